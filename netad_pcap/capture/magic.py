"""What a file is, told by its first bytes and never by its name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["COMPRESSIONS", "HEAD_BYTES", "PCAPNG_MAGIC", "PCAP_MAGICS", "compression_of",
           "foreign_words", "format_of"]  # fmt: skip

#: Bytes that the functions here want to see (a tar names itself at byte 257).
HEAD_BYTES = 512

#: First four bytes -> (struct's byte order, nanoseconds, bytes of a record header).
PCAP_MAGICS: Mapping[bytes, tuple[str, bool, int]] = MappingProxyType(
    {
        b"\xd4\xc3\xb2\xa1": ("<", False, 16),
        b"\xa1\xb2\xc3\xd4": (">", False, 16),
        b"\x4d\x3c\xb2\xa1": ("<", True, 16),
        b"\xa1\xb2\x3c\x4d": (">", True, 16),
        b"\x34\xcd\xb2\xa1": ("<", False, 24),  # Kuznetzov's Linux patch of 1998
        b"\xa1\xb2\xcd\x34": (">", False, 24),
    }
)

PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"  # Section Header Block, draft-ietf-opsawg-pcapng 4.1

COMPRESSIONS: Mapping[bytes, str] = MappingProxyType(
    {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
)

#: First bytes of what people give by mistake -> what it is and what to do.
_FOREIGN: Mapping[bytes, str] = MappingProxyType(
    {
        b"PK\x03\x04": "a zip archive; unpack it first",
        b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive; unpack it first",
        b"Rar!": "a rar archive; unpack it first",
        b"BZh": "compressed with bzip2; unpack it first",
        b"\xfd7zXZ\x00": "compressed with xz; unpack it first",
        b"\x04\x22\x4d\x18": "compressed with lz4; unpack it first",
        b"snoop\x00\x00\x00": "a snoop capture; convert it with editcap",
        b"btsnoop\x00": "a Bluetooth capture (btsnoop), which holds no IP",
        b"GMBU": "a Network Monitor capture; convert it with editcap",
        b"RTSS": "a Network Monitor 1 capture; convert it with editcap",
        b"XCP\x00": "a NetXray capture; convert it with editcap",
        b"TRSNIFF data": "a Sniffer capture; convert it with editcap",
        b"\x7fver": "an OmniPeek capture; convert it with editcap",
        b"iptrace ": "an iptrace capture; convert it with editcap",
        b"PAR1": "a Parquet file, not a capture",
        b"ARROW1": "an Arrow file, not a capture",
        b"\x7fELF": "a program, not a capture",
        b"version https://git-lfs": "a Git LFS pointer; fetch the file with git lfs pull",
        b"<!DOCTYPE": "an HTML page, not a capture; download the file itself",
        b"<html": "an HTML page, not a capture; download the file itself",
    }
)


def compression_of(head: bytes) -> str | None:
    """`gzip`, `zstd` or None."""
    return next((name for magic, name in COMPRESSIONS.items() if head.startswith(magic)), None)


def format_of(head: bytes) -> str | None:
    """`pcap`, `pcapng` or None."""
    if head[:4] in PCAP_MAGICS:
        return "pcap"
    # The byte order magic is asked for too: four line ends alone begin many a text file.
    if head.startswith(PCAPNG_MAGIC) and head[8:12] in (b"\x1a\x2b\x3c\x4d", b"\x4d\x3c\x2b\x1a"):
        return "pcapng"
    return None


def foreign_words(head: bytes) -> str:
    """What a file that is no capture is, in words that follow `FILE is`."""
    for magic, words in _FOREIGN.items():
        if head.startswith(magic):
            return words
    if head[257:262] == b"ustar":
        return "a tar archive; unpack it first"
    if not head.strip(b"\x00"):
        return "no capture: it begins with zero bytes only"
    return "no capture: it begins neither as pcap nor as pcapng, plain or in gzip or zstd"
