"""Whether this system and this process can capture, and what to do where they cannot."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

__all__ = ["CAPTURE_REMEDY", "has_ring", "may_capture"]

_CAP_NET_RAW = 13  # capability(7)

#: Two ways to capture without being root. Capabilities belong to the real program file.
CAPTURE_REMEDY = (
    f"setcap cap_net_raw,cap_net_admin=eip {os.path.realpath(sys.executable)} (for everybody who "
    "may run it), or leave the right to a capture program: "
    "tcpdump -U -i INTERFACE -w - | netad-pcap monitor -"
)


def has_ring() -> bool:
    """Whether the system has packet sockets, whose ring `capture.live` reads: Linux."""
    return hasattr(socket, "AF_PACKET")


def may_capture() -> bool:
    """Whether this process may open a packet socket: the effective set in proc(5)."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        effective = next(line for line in lines if line.startswith("CapEff"))
        return bool(int(effective.split()[1], 16) >> _CAP_NET_RAW & 1)
    except (OSError, StopIteration, ValueError):
        return False
