"""Bytes of a table's file, decompressed by what its first bytes say."""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from netad_pcap.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined,unused-ignore]

__all__ = ["plain_bytes"]

_GZIP, _ZSTD, _XZ = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00"
#: Compressed bytes given to zstd at once; nothing else bounds what comes out.
_PIECE = 1 << 12


@contextmanager
def plain_bytes(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes; gzip, zstd and xz are undone.

    Raises:
        UsageError: compressed data that are cut or damaged, met while reading.
    """
    with path.open("rb") as file:
        start = file.read(6)
        file.seek(0)
        try:
            if start.startswith(_GZIP):
                with gzip.open(file, "rb") as stream:
                    yield cast("IO[bytes]", stream)
            elif start.startswith(_XZ):
                with lzma.open(file, "rb") as stream:
                    yield cast("IO[bytes]", stream)
            elif start.startswith(_ZSTD):
                yield cast("IO[bytes]", io.BufferedReader(_ZstdFile(file), 1 << 20))
            else:
                yield file
        except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
            raise UsageError(f"{path}: compressed flow table is damaged: {error}") from None


class _ZstdFile(io.RawIOBase):
    """zstd frames as bytes; unlike the library's own reader it tells where the last one is cut."""

    def __init__(self, file: IO[bytes]) -> None:
        import zstandard

        self._file = file
        self._library = zstandard
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._between = True
        self._input = b""
        self._output = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        while not self._output and self._advance():
            pass
        target = memoryview(buffer)
        count = min(len(target), len(self._output))
        target[:count] = self._output[:count]
        self._output = self._output[count:]
        return count

    def _advance(self) -> bool:
        """Decompresses one more piece; False at the end."""
        self._input = self._input or self._file.read(_PIECE)
        if not self._input:
            if not self._between:
                raise EOFError("the zstd data are cut off")
            return False
        given, self._input = self._input, b""
        try:
            self._output = memoryview(self._frame.decompress(given))
        except self._library.ZstdError as error:
            raise EOFError(str(error)) from None
        self._between = self._frame.eof
        if self._between:
            self._input = self._frame.unused_data
            self._frame = self._library.ZstdDecompressor().decompressobj()
        return True
