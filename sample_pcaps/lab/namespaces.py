"""Network namespaces: entered by a thread for a moment, or by a process for good."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sample_pcaps.lab.errors import LabError

__all__ = ["PREFIX", "command_in", "inside", "ip", "offloads_off", "taken"]

#: Of every name that the lab gives to a namespace.
PREFIX = "netad-lab-"
_FOLDER = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_T = TypeVar("_T")

_SIOCETHTOOL = 0x8946
#: linux/ethtool.h: checksums, segmentation and merging of packets. Veth pairs do none of it in
#: hardware: with them on, packets larger than the wire takes and without checksums are recorded.
_ETHTOOL_OFF = (0x15, 0x17, 0x1F, 0x24, 0x2C)  # SRXCSUM, STXCSUM, STSO, SGSO, SGRO


def taken(name: str) -> bool:
    """Whether a namespace has this name."""
    return (_FOLDER / name).exists()


def ip(*arguments: str) -> None:
    """`ip` of iproute2.

    Raises:
        LabError: it failed, in its own words.
    """
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


def command_in(name: str, command: Sequence[str]) -> list[str]:
    """The command as it is run in a namespace; its process is the command's own."""
    return ["ip", "netns", "exec", name, *command]


def inside(name: str, what: Callable[[], _T]) -> _T:
    """Calls in a thread that has entered the namespace; its result or its error."""
    done: list[_T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with (_FOLDER / name).open("rb") as entrance:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(entrance.fileno(), _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), f"setns {name}")
            done.append(what())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def offloads_off(interface: str) -> None:
    """Packets as they would be on a wire; called inside the namespace of the interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for command in _ETHTOOL_OFF:
            value = ctypes.create_string_buffer(struct.pack("II", command, 0))
            request: Any = struct.pack("16sP16x", interface.encode(), ctypes.addressof(value))
            try:
                fcntl.ioctl(asked, _SIOCETHTOOL, request)
            except OSError as error:
                if error.errno != errno.EOPNOTSUPP:
                    raise
