"""A zoo of tiny captures, named by their defect, and the parts that they are built of."""

from __future__ import annotations

import gzip
import io
import random
import struct
from collections.abc import Callable, Iterable, Iterator

import zstandard

from netad_pcap.capture import open_capture
from netad_pcap.capture.reader import CaptureReader
from tests.naive.records import Record

ETHERNET, RAW, SLL = 1, 101, 113
T0 = 1_500_000_000  # seconds


def pcap(
    *packets: tuple[int, bytes] | tuple[int, bytes, int],
    order: str = "<",
    nanoseconds: bool = False,
    link_type: int = ETHERNET,
    snaplen: int = 65_535,
    version: tuple[int, int] = (2, 4),
) -> bytes:
    """Classic pcap; packets are (ticks, data) or (ticks, data, wire length)."""
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    capture = bytearray(struct.pack(order + "IHHiIII", magic, *version, 0, 0, snaplen, link_type))
    per_second = 10**9 if nanoseconds else 10**6
    for ticks, data, *wire in packets:
        seconds, fraction = divmod(ticks, per_second)
        length = wire[0] if wire else len(data)
        capture += record(seconds & 0xFFFFFFFF, fraction, len(data), length, order) + data
    return bytes(capture)


def record(seconds: int, fraction: int, captured: int, wire: int, order: str = "<") -> bytes:
    """The header of a record of classic pcap."""
    return struct.pack(order + "IIII", seconds, fraction, captured, wire)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """Any block of pcapng."""
    body += bytes(-len(body) % 4)
    length = len(body) + 12
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)


def section(order: str = "<", version: tuple[int, int] = (1, 0)) -> bytes:
    """Section Header Block."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, *version, -1), order)


def interface(
    link_type: int = ETHERNET,
    snaplen: int = 0,
    *,
    tsresol: int | None = None,
    tsoffset: int | None = None,
    name: str | None = None,
    order: str = "<",
) -> bytes:
    """Interface Description Block."""
    body = struct.pack(order + "HHI", link_type, 0, snaplen)
    if name is not None:
        body += option(2, name.encode(), order)
    if tsresol is not None:
        body += option(9, bytes([tsresol]), order)
    if tsoffset is not None:
        body += option(14, struct.pack(order + "q", tsoffset), order)
    return block(1, body + option(0, b"", order), order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """An option of a block."""
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def enhanced(
    ticks: int, data: bytes, *, of: int = 0, wire: int | None = None, order: str = "<"
) -> bytes:
    """Enhanced Packet Block."""
    length = len(data) if wire is None else wire
    head = struct.pack(order + "IIIII", of, ticks >> 32, ticks & 0xFFFFFFFF, len(data), length)
    return block(6, head + data, order)


def simple(data: bytes, *, wire: int | None = None, order: str = "<") -> bytes:
    """Simple Packet Block."""
    return block(3, struct.pack(order + "I", len(data) if wire is None else wire) + data, order)


def obsolete(ticks: int, data: bytes, *, of: int = 0, order: str = "<") -> bytes:
    """The obsolete Packet Block."""
    head = struct.pack(
        order + "HHIIII", of, 0, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)
    )
    return block(2, head + data, order)


def frame(kind: int = 0x0800, size: int = 60) -> bytes:
    """An Ethernet frame of zeros of some ethertype."""
    return (bytes(12) + struct.pack(">H", kind)).ljust(size, b"\x00")


ARP = frame(0x0806)
US = T0 * 10**6

#: What a reader must survive; those that are no captures stand in `NOT_CAPTURES`.
ZOO: dict[str, bytes] = {
    "two_packets": pcap((US, frame()), (US + 5, frame(size=80))),
    "no_packets": pcap(),
    "only_arp": pcap((US, ARP), (US + 1, ARP)),
    "truncated_last_record": pcap((US, frame()), (US + 1, frame()))[:-7],
    "truncated_record_header": pcap((US, frame()))[:-60] + b"\x00" * 9,
    "impossible_length": pcap((US, frame())) + record(T0, 0, 262_145, 262_145) + bytes(300_000),
    "largest_record": pcap((US, bytes(262_144)), (US, ARP), snaplen=0),
    "clock_runs_back": pcap((US, ARP), (US - 12_000, ARP), (US - 12_000, ARP), (US + 7, ARP)),
    "stamp_far_ahead": pcap((US, ARP), (US + 10**12, ARP), (US + 1, ARP), (US + 2, ARP)),
    "no_time": pcap((0, ARP), (US, ARP)),
    "before_1970": pcap((-5, ARP)),
    "big_endian_ns": pcap((US * 1000 + 1999, ARP), order=">", nanoseconds=True),
    "little_endian_ns": pcap((US * 1000 + 1999, ARP), nanoseconds=True),
    "big_endian": pcap((US, ARP), order=">"),
    "longer_than_snaplen": pcap((US, frame(size=100)), (US, ARP), snaplen=64),
    "wire_shorter": pcap((US, frame(), 50)),
    "cut_by_snaplen": pcap((US, frame(), 1500)),
    "empty_frames": pcap((US, b""), (US, b"")),
    "raw_ip": pcap((US, bytes(20)), link_type=RAW),
    "old_version": pcap((US, frame(), 90), version=(2, 3)),
    "kuznetzov": struct.pack("<IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 65_535, 1)
    + (record(T0, 1, 60, 60) + bytes(8) + frame()) * 2,
    "fcs_in_link_type": pcap((US, ARP), link_type=0x24000001),
    "two_link_types": section()
    + interface(ETHERNET)
    + enhanced(US, ARP)
    + interface(RAW)
    + enhanced(US + 1, bytes(20), of=1)
    + enhanced(US + 2, ARP),
    "two_snaplens": section()
    + interface(snaplen=100)
    + enhanced(US, ARP)
    + interface(snaplen=0)
    + enhanced(US, ARP),
    "above_snaplen": section() + interface(snaplen=40) + enhanced(US, ARP[:40]) + enhanced(US, ARP),
    "late_interface": section()
    + interface(name="eth0")
    + enhanced(US, ARP)
    + interface(name="eth1")
    + enhanced(US, ARP, of=1),
    "two_sections": (section() + interface() + enhanced(US, ARP)) * 2,
    "two_byte_orders": section()
    + interface()
    + enhanced(US, ARP)
    + section(">")
    + interface(order=">")
    + enhanced(US, ARP, order=">"),
    "big_endian_ng": section(">") + interface(order=">") + enhanced(US, ARP, order=">"),
    "tsresol_2_pow": section() + interface(tsresol=0x80 | 20) + enhanced((T0 << 20) + 3, ARP),
    "tsresol_2_pow_60": section() + interface(tsresol=0x80 | 60) + enhanced((9 << 60) + 1, ARP),
    "tsresol_seconds": section() + interface(tsresol=0) + enhanced(T0, ARP),
    "tsresol_ns": section() + interface(tsresol=9) + enhanced(US * 1000 + 999, ARP),
    "tsresol_too_fine": section() + interface(tsresol=30) + enhanced(US, ARP),
    "tsoffset": section() + interface(tsoffset=T0) + enhanced(77, ARP),
    "simple_packets": section()
    + interface(snaplen=64)
    + simple(ARP)
    + simple(ARP + b"1234", wire=99),
    "obsolete_packets": section() + interface() + obsolete(US, ARP),
    "unknown_blocks": section()
    + interface()
    + block(0x0BAD, b"x" * 77)
    + enhanced(US, ARP)
    + block(5, b"\x00" * 8)
    + enhanced(US, ARP),
    "long_unknown_block": section()
    + interface()
    + block(0x0BAD, bytes(1_500_000))
    + enhanced(US, ARP),
    "cut_in_unknown_block": section() + interface() + enhanced(US, ARP) + block(9, bytes(99))[:-9],
    "long_options": section()
    + interface()
    + block(6, struct.pack("<IIIII", 0, 0, 9, 60, 60) + ARP + option(1, b"c" * 60_000) * 20)
    + enhanced(US, ARP),
    "garbage_block": section()
    + interface()
    + enhanced(US, ARP)
    + b"\x06\x00\x00\x00\x1d\x00\x00\x00" * 9,
    "unequal_lengths": section() + interface() + enhanced(US, ARP)[:-4] + bytes(4),
    "undescribed_interface": section() + interface() + enhanced(US, ARP) + enhanced(US, ARP, of=1),
    "packet_before_interface": section() + enhanced(US, ARP),
    "captured_above_block": section()
    + interface()
    + block(6, struct.pack("<IIIII", 0, 0, 9, 64, 64) + ARP),
    "damaged_options": section() + block(1, struct.pack("<HHI", 1, 0, 0) + b"\x02\x00\xff\x00"),
    "section_of_version_2": section() + interface() + enhanced(US, ARP) + section(version=(2, 0)),
    "section_of_version_1_1": section(version=(1, 1)) + interface() + enhanced(US, ARP),
    "second_length_of_section_wrong": section()[:-4] + bytes(4) + interface() + enhanced(US, ARP),
    "section_cut": section() + interface() + enhanced(US, ARP) + section()[:20],
}

NOT_CAPTURES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "zeros": (bytes(5000), "zero bytes only"),
    "random": (random.Random(7).randbytes(5000), "no capture"),
    "text": (b"\n\r\r\n a text that begins like pcapng", "no capture"),
    "zip": (b"PK\x03\x04" + bytes(40), "a zip archive"),
    "snoop": (b"snoop\x00\x00\x00" + bytes(40), "a snoop capture"),
    "tar": (b"name".ljust(257, b"\x00") + b"ustar" + bytes(250), "a tar archive"),
    "header_cut": (pcap()[:23], "ends within its file header"),
    "unheard_version": (pcap(version=(3, 0)), "version 3.0"),
    "gzip_of_nothing": (gzip.compress(b""), "holds nothing"),
    "gzip_of_text": (gzip.compress(b"text"), "packed with gzip"),
    "gzip_twice": (gzip.compress(gzip.compress(pcap())), "compressed twice"),
    "gzip_header_only": (gzip.compress(pcap())[:12], "cut off"),
    "zstd_of_text": (zstandard.compress(b"text"), "packed with zstd"),
    "zstd_damaged": (b"\x28\xb5\x2f\xfd" + b"\xff" * 50, "zstd data are damaged"),
}


class Dribble(io.RawIOBase):
    """A stream whose reads give as many bytes as `sizes` says, over and over."""

    def __init__(self, data: bytes, sizes: Iterable[int]) -> None:
        self._data = data
        self._sizes = _forever(list(sizes))
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = min(next(self._sizes), len(buffer), len(self._data) - self._at)
        buffer[:count] = self._data[self._at : self._at + count]
        self._at += count
        return count


def _forever(sizes: list[int]) -> Iterator[int]:
    while True:
        yield from sizes


def read_all(
    capture: bytes,
    *,
    sizes: Iterable[int] = (1 << 30,),
    max_frames: int = 16_384,
    read_bytes: int = 1 << 19,
    seen: Callable[[CaptureReader], None] = lambda reader: None,
) -> tuple[list[Record], CaptureReader]:
    """All records that our reader gives, as the naive reader writes them."""
    records: list[Record] = []
    stream = io.BufferedReader(Dribble(capture, sizes), 1)
    with open_capture(stream) as reader:
        for b in reader.blocks(max_frames, read_bytes=read_bytes):
            records.extend(
                Record(
                    int(b.time_us[i]),
                    int(b.captured[i]),
                    int(b.wire[i]),
                    int(b.link_type[i]),
                    int(b.interface[i]),
                    int(b.frame[i]),
                    bool(b.behind[i]),
                    b.data[b.offset[i] : b.offset[i] + b.captured[i]].tobytes(),
                    int(b.nanosecond[i]),
                )
                for i in range(len(b.offset))
            )
        seen(reader)
    return records, reader
