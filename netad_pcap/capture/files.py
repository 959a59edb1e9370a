"""From what a user named (files, folders, `-`) to the list of captures."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from netad_pcap.capture.compression import DECOMPRESSORS
from netad_pcap.capture.magic import HEAD_BYTES, compression_of, format_of
from netad_pcap.capture.source import STANDARD_INPUT, ByteSource, Rejoined, open_source, read_head
from netad_pcap.errors import CaptureError

__all__ = ["find_captures", "may_be_capture"]


def find_captures(paths: Iterable[str | os.PathLike[str]]) -> list[str]:
    """The captures that the paths name, in their order; folders are searched, sorted by path.

    What is named itself is kept whatever it is: `open_capture` says what is wrong with it.
    In a folder, captures are the files that begin as one, plain or compressed, and those that
    cannot be looked into (reading them will say so). Links to folders are not followed.

    Raises:
        CaptureError: a path does not exist, or a folder holds no capture.
    """
    found: list[str] = []
    for named in paths:
        path = os.fspath(named)
        if path == STANDARD_INPUT:
            found.append(path)
        elif not path:
            raise CaptureError("a capture without a name (an empty argument); name a file")
        elif Path(path).is_dir():
            inside = [str(file) for file in _files(Path(path)) if may_be_capture(file)]
            if not inside:
                raise CaptureError(
                    f"{path} holds no capture (pcap or pcapng, plain or in gzip or zstd); "
                    "name another folder or a file"
                )
            found.extend(inside)
        elif not Path(path).exists():
            raise CaptureError(f"{path} does not exist; check the path")
        else:
            found.append(path)
    return found


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for root, _, names in os.walk(folder):
        found.extend(file for name in names if (file := Path(root, name)).is_file())
    return sorted(found)


def may_be_capture(path: Path) -> bool:
    """Whether a file begins as a capture, plain or compressed, or cannot be looked into."""
    try:
        stream, _ = open_source(path)
    except CaptureError:
        return True
    try:
        head = read_head(stream, HEAD_BYTES)
        compression = compression_of(head)
        if compression is not None:
            inside: ByteSource = DECOMPRESSORS[compression](Rejoined(head, stream))
            head = read_head(inside, HEAD_BYTES)
        return format_of(head) is not None
    finally:
        stream.close()
