"""A network of our own: a namespace with two ends of one wire, no uplink, gone afterwards.

What is to happen inside runs in a thread that enters it; the process stays outside.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

_CLONE_NEWNET = 0x40000000
_T = TypeVar("_T")
#: The two ends of the wire. What is sent at one arrives at the other.
NEAR, FAR = "near0", "far0"


@dataclass(frozen=True)
class Namespace:
    """Where the wire is."""

    name: str

    def ip(self, *arguments: str) -> None:
        """`ip`, inside."""
        subprocess.run(["ip", "-n", self.name, *arguments], check=True, capture_output=True)

    def inside(self, what: Callable[[], _T]) -> _T:
        """Calls in a thread that has entered the namespace; its result or its error."""
        done: list[_T] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                with Path("/run/netns", self.name).open("rb") as entrance:
                    libc = ctypes.CDLL(None, use_errno=True)
                    if libc.setns(entrance.fileno(), _CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), "setns")
                done.append(what())
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]
        return done[0]

    def send(self, frames: Sequence[bytes], interface: str = NEAR) -> None:
        """Sends frames at one end of the wire, as fast as it goes."""

        def put() -> None:
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as packets:
                packets.bind((interface, 0))
                for frame in frames:
                    packets.send(frame)

        self.inside(put)

    def start(self, *arguments: str | Path, **options: Any) -> subprocess.Popen[bytes]:
        """The program, inside."""
        command = ["ip", "netns", "exec", self.name, sys.executable, "-m", "netad_pcap"]
        return subprocess.Popen([*command, *map(str, arguments)], **options)


@contextlib.contextmanager
def wire() -> Iterator[Namespace]:
    """A namespace with `near0` and `far0`; skips where that cannot be."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a network namespace needs Linux and root")
    if shutil.which("ip") is None:
        pytest.skip("ip (iproute2) is not installed")
    namespace = Namespace(f"netad-test-{os.getpid()}")
    made = subprocess.run(["ip", "netns", "add", namespace.name], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no network namespace: {made.stderr.strip()}")
    try:
        # Silent: no router solicitations, no neighbour discovery.
        quiet = Path("/proc/sys/net/ipv6/conf/default/disable_ipv6")
        if quiet.exists():
            namespace.inside(lambda: quiet.write_text("1"))
        namespace.ip("link", "add", NEAR, "type", "veth", "peer", "name", FAR)
        namespace.ip("addr", "add", "198.18.0.1/24", "dev", FAR)
        for name in ("lo", NEAR, FAR):
            namespace.ip("link", "set", name, "up")
        yield namespace
    finally:
        subprocess.run(["ip", "netns", "del", namespace.name], capture_output=True)
