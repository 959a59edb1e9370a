"""gzip and zstd as byte sources: members or frames in a row, memory bounded, cuts told.

A cut or damaged stream gives all bytes that can be had before the damage, then ends with
`damage` set. Which bytes those are does not depend on how the input was read.
"""

from __future__ import annotations

import zlib
from types import MappingProxyType

import zstandard

from netad_pcap.capture.source import ByteSource

__all__ = ["DECOMPRESSORS", "GzipSource", "ZstdSource"]

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_INPUT = 1 << 16
#: Compressed bytes given to zstd at once. Nothing bounds its output but this: 4 bytes may
#: stand for a block of 128 KiB.
_ZSTD_INPUT = 1 << 12
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)  # RFC 8878 3.1.2


class _Inflated:
    """What both have in common: pieces of input in, output handed out as asked for."""

    def __init__(self, source: ByteSource, piece: int) -> None:
        self.damage: str | None = None
        self._source = source
        self._piece = bytearray(piece)
        self._read = 0
        self._output = memoryview(b"")
        self._ended = False

    def readinto(self, buffer: memoryview) -> int:
        """Fills the front of the buffer; 0 at the end or at the damage."""
        while not self._output and not self._ended:
            self._output = memoryview(self._advance(len(buffer)))
        count = min(len(buffer), len(self._output))
        buffer[:count] = self._output[:count]
        self._output = self._output[count:]
        return count

    def close(self) -> None:
        """Closes the compressed source."""
        self._source.close()

    def _advance(self, limit: int) -> bytes:
        raise NotImplementedError

    def _next_piece(self) -> bytes:
        """A full piece of input, shorter only at the end: pieces never depend on read sizes."""
        view = memoryview(self._piece)
        count = 0
        while count < len(view) and (got := self._source.readinto(view[count:])):
            count += got
        self._read += count
        return bytes(view[:count])

    def _end(self, damage: str | None) -> None:
        self._ended = True
        self.damage = self._source.damage or damage


class GzipSource(_Inflated):
    """Bytes of a gzip file (RFC 1952): members in a row, zero padding behind them."""

    def __init__(self, source: ByteSource) -> None:
        """Reads compressed bytes from `source`."""
        super().__init__(source, _GZIP_INPUT)
        self._member = zlib.decompressobj(wbits=31)
        self._input = b""
        self._fresh = True

    def _advance(self, limit: int) -> bytes:
        if not self._input:
            self._input = self._next_piece()
            if not self._input:
                self._end(None if self._fresh else "the gzip data are cut off")
                return b""
        if self._fresh and not self._begin_member():
            return b""
        before = self._member.copy()
        given = self._input
        try:
            output = self._member.decompress(given, limit)
        except zlib.error as error:
            return self._rescue(before, given, error)
        self._input = self._member.unconsumed_tail
        if self._member.eof:
            self._input = self._member.unused_data
            self._member = zlib.decompressobj(wbits=31)
            self._fresh = True
        return output

    def _begin_member(self) -> bool:
        """Whether a member begins here; padding is passed, anything else ends the bytes."""
        first = self._read == len(self._input)
        self._input = self._input if first else self._input.lstrip(b"\x00")
        if not self._input:
            return False
        if len(self._input) < len(_GZIP_MAGIC):
            self._input += self._next_piece()
        if not self._input.startswith(_GZIP_MAGIC):
            self._end("what follows the gzip data is not gzip")
            return False
        self._fresh = False
        return True

    def _rescue(self, member: zlib._Decompress, given: bytes, error: zlib.error) -> bytes:
        """The output up to the damaged byte: the same input again, byte by byte."""
        output = bytearray()
        at = 0
        try:
            for at in range(len(given)):
                output += member.decompress(given[at : at + 1])
        except zlib.error:
            pass
        where = self._read - len(given) + at
        reason = str(error).rpartition(": ")[2]
        self._end(f"the gzip data are damaged at their byte {where:,} ({reason})")
        return bytes(output)


class ZstdSource(_Inflated):
    """Bytes of a zstd file (RFC 8878): frames in a row, skippable ones passed."""

    def __init__(self, source: ByteSource) -> None:
        """Reads compressed bytes from `source`."""
        super().__init__(source, _ZSTD_INPUT)
        self._decompressor = zstandard.ZstdDecompressor()
        self._frame = self._decompressor.decompressobj()
        self._input = b""
        self._fresh = True
        self._skip = 0

    def _advance(self, limit: int) -> bytes:
        self._input = self._input or self._next_piece()
        if not self._input:
            self._end(None if self._fresh and not self._skip else "the zstd data are cut off")
            return b""
        if self._skip:
            passed = min(self._skip, len(self._input))
            self._input, self._skip = self._input[passed:], self._skip - passed
            return b""
        if self._fresh and not self._begin_frame():
            return b""
        given, self._input = self._input, b""
        try:
            output = self._frame.decompress(given)
        except (zstandard.ZstdError, MemoryError) as error:
            where = self._read - len(given)
            reason = str(error).rpartition(": ")[2]
            self._end(f"the zstd data are damaged behind their byte {where:,} ({reason})")
            return b""
        if self._frame.eof:
            self._input = self._frame.unused_data
            self._frame = self._decompressor.decompressobj()
            self._fresh = True
        return bytes(output)

    def _begin_frame(self) -> bool:
        """Whether a frame of data begins here; a skippable one is passed (size: bytes 4-7)."""
        if len(self._input) < 8:
            self._input += self._next_piece()
        if int.from_bytes(self._input[:4], "little") in _SKIPPABLE and len(self._input) >= 8:
            self._skip = 8 + int.from_bytes(self._input[4:8], "little")
            return False
        self._fresh = False
        return True


#: Name of a compression (`magic.compression_of`) -> its source.
DECOMPRESSORS = MappingProxyType({"gzip": GzipSource, "zstd": ZstdSource})
