"""Outputs appear whole or not at all.

A file is written beside its place under a temporary name, synced and renamed. Standard
output (`-`) is a stream: a reader that goes away ends the program silently.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from netad_pcap.errors import OutputError, ReaderGone

__all__ = ["STANDARD_OUTPUT", "check_output", "folder_beside", "make_folder", "open_output"]

#: The target that means standard output.
STANDARD_OUTPUT = "-"


def check_output(target: str | os.PathLike[str], *, force: bool = False) -> None:
    """Say early what would go wrong: before hours of metering, not after.

    Raises:
        OutputError: the folder is absent or cannot be written to, or the file exists and
            `force` was not given.
    """
    if os.fspath(target) == STANDARD_OUTPUT:
        return
    path = Path(target)
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"cannot write {path}: no folder {folder}; make it first")
    if path.is_dir():
        raise OutputError(f"cannot write {path}: it is a folder; name a file")
    if path.exists() and not force:
        raise OutputError(f"{path} exists; use --force to replace it, or another name")
    if path.exists() and not path.is_file():
        return  # a device or a named pipe: written to as it is
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write {path}: no right to write in {folder}")


def folder_beside(target: str | os.PathLike[str] | None) -> Path | None:
    """The folder in which temporary files for `target` belong; None: the system's."""
    if target is None or os.fspath(target) == STANDARD_OUTPUT:
        return None
    return Path(target).absolute().parent


def make_folder(folder: Path) -> None:
    """A folder for outputs, and those above it, where they are not there.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OutputError(f"{folder}: cannot be made ({problem.strerror})") from None


@contextlib.contextmanager
def open_output(target: str | os.PathLike[str], *, force: bool = False) -> Iterator[BinaryIO]:
    """A binary file that appears at `target` when the block ends well, and never otherwise.

    Raises:
        OutputError: see `check_output`; or the disk is full, or the write failed.
        ReaderGone: the reader of standard output or of a pipe went away.
    """
    check_output(target, force=force)
    if os.fspath(target) == STANDARD_OUTPUT:
        with _told("standard output"):
            stream = sys.stdout.buffer
            yield stream
            stream.flush()
        return
    path = Path(target)
    if path.exists() and not path.is_file():
        with _told(str(path)), path.open("wb") as device:
            yield device
        return
    with _told(str(path)):
        temporary = _TemporaryFile(path)
        try:
            yield temporary.stream
            temporary.publish(force=force)
        finally:
            temporary.discard()


class _TemporaryFile:
    """A file beside `path` that becomes it, or goes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        descriptor, name = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=".part", dir=path.parent
        )
        self._name = Path(name)
        self.stream: BinaryIO = os.fdopen(descriptor, "wb", buffering=1 << 20)

    def publish(self, *, force: bool) -> None:
        self.stream.flush()
        os.fsync(self.stream.fileno())
        # mkstemp makes private files; an output has the rights that any new file has.
        mask = os.umask(0)
        os.umask(mask)
        self._name.chmod(0o666 & ~mask)
        self.stream.close()
        if force:
            self._name.replace(self._path)
        else:
            self._publish_new()
        _sync_folder(self._path.parent)

    def _publish_new(self) -> None:
        """Rename, but never over a file that appeared since we looked."""
        try:
            os.link(self._name, self._path)
        except FileExistsError:
            raise OutputError(
                f"{self._path} exists; use --force to replace it, or another name"
            ) from None
        except OSError:  # a file system without hard links
            if self._path.exists():
                raise OutputError(
                    f"{self._path} exists; use --force to replace it, or another name"
                ) from None
            self._name.replace(self._path)

    def discard(self) -> None:
        with contextlib.suppress(OSError):
            self.stream.close()
        self._name.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """The rename survives a power cut too, where the system can sync folders."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _told(name: str) -> Iterator[None]:
    """Failures of writing as errors for people."""
    try:
        yield
    except OSError as error:
        number = _number(error)
        if number == errno.EPIPE:
            raise ReaderGone(f"the reader of {name} went away") from None
        if number in (errno.ENOSPC, errno.EDQUOT):
            raise OutputError(f"cannot write {name}: the disk is full; nothing was left") from None
        if number == errno.EFBIG:
            raise OutputError(f"cannot write {name}: it would be larger than allowed") from None
        if number in _TELLING:
            raise OutputError(f"cannot write {name}: {os.strerror(number)}") from None
        raise


#: What a person can do something about.
_TELLING = (
    errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.EIO, errno.EROFS,
    errno.ENAMETOOLONG,
)  # fmt: skip


def _number(error: OSError) -> int | None:
    """The system's number of an error; polars tells it in the text only."""
    if error.errno is not None:
        return error.errno
    told = re.search(r"\(os error (\d+)\)", str(error))
    return int(told[1]) if told else None
