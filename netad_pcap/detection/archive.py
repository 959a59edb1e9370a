"""The zip around a bundle: written byte for byte reproducibly, read as hostile input.

A bundle's members are stored, not compressed: the bytes then depend on no zlib, and nothing
can swell while it is read.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from netad_pcap.errors import ModelError

__all__ = ["CARD", "LIMITS", "MANIFEST", "MAX_BYTES", "WEIGHTS", "pack", "unpack"]

MANIFEST = "manifest.json"
WEIGHTS = "weights.safetensors"
CARD = "card.md"

_MIB = 1 << 20
#: The members of a bundle, in their order, and how large each may be, in bytes.
LIMITS: Mapping[str, int] = {MANIFEST: 16 * _MIB, WEIGHTS: 512 * _MIB, CARD: 4 * _MIB}
#: How large a bundle may be, in bytes.
MAX_BYTES = sum(LIMITS.values()) + _MIB

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_ENCRYPTED = 0x1  # APPNOTE 4.4.4
_LOCAL_HEADER = b"PK\x03\x04"
_END, _END_BYTES = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_BYTES = b"PK\x06\x07", 20
_MAX_DIRECTORY_BYTES = 1 << 16
#: Everything that the zipfile module was seen to raise on bytes that are not what they seem.
_BROKEN = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    IndexError,
    OverflowError,
    struct.error,
    zlib.error,
)


def pack(members: Mapping[str, bytes]) -> bytes:
    """The members of a bundle as the bytes of a zip; the same members give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name in LIMITS:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[name])
    return buffer.getvalue()


def unpack(data: bytes, where: str) -> dict[str, bytes]:
    """The members of a bundle from the bytes of its zip.

    Args:
        data: the whole file.
        where: the file, for messages.

    Raises:
        ModelError: not a zip, not a bundle, damaged, too large, or an odd zip.
    """
    _check_frame(data, where)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(entries, where)
            return {entry.filename: _member(archive, entry, where) for entry in entries}
    except _BROKEN as problem:
        reason = " ".join(str(problem).split())[:200] or type(problem).__name__
        raise ModelError(
            f"{where}: the model file is damaged ({reason}); get or make it again"
        ) from problem


def _check_frame(data: bytes, where: str) -> None:
    """A zip that begins at the first byte and ends at the last, with a small directory: a
    directory of millions of entries would fill the memory before anything could be counted."""
    if not data.startswith(_LOCAL_HEADER):
        what = "it is empty" if not data else "it is not a zip"
        raise ModelError(f"{where}: not a model of netad-pcap: {what}")
    end = data[-_END_BYTES:]
    if len(end) < _END_BYTES or not end.startswith(_END):
        raise ModelError(
            f"{where}: the model file is damaged (cut, or something follows the zip); get or make "
            f"it again"
        )
    directory_bytes = int.from_bytes(end[12:16], "little")  # APPNOTE 4.3.16
    zip64 = data[-_END_BYTES - _LOCATOR_BYTES :].startswith(_LOCATOR)  # APPNOTE 4.3.15
    if zip64 or directory_bytes > _MAX_DIRECTORY_BYTES:
        raise ModelError(f"{where}: not a model of netad-pcap: the zip holds too many members")


def _check_entries(entries: list[zipfile.ZipInfo], where: str) -> None:
    names = [entry.filename for entry in entries]
    if MANIFEST not in names:
        raise ModelError(f"{where}: not a model of netad-pcap: the zip has no {MANIFEST}")
    for name in names:
        if name not in LIMITS:
            raise ModelError(
                f"{where}: not a model of netad-pcap: the zip holds {ascii(name)[:100]}"
            )
        if names.count(name) > 1:
            raise ModelError(f"{where}: the zip holds {name} twice")
    for name in LIMITS:
        if name not in names:
            raise ModelError(f"{where}: the model has no {name}; get or make it again")
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise ModelError(f"{where}: {entry.filename} is compressed, which no model is")
        if entry.flag_bits & _ENCRYPTED:
            raise ModelError(f"{where}: {entry.filename} is encrypted, which no model is")
        if entry.file_size > LIMITS[entry.filename]:
            limit = LIMITS[entry.filename]
            raise ModelError(
                f"{where}: {entry.filename} is too large: {entry.file_size:,} bytes, "
                f"at most {limit:,}"
            )


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> bytes:
    with archive.open(entry) as stream:
        data = stream.read(LIMITS[entry.filename] + 1)
    if len(data) != entry.file_size:
        raise ModelError(f"{where}: {entry.filename} is shorter than the zip says")
    return data
