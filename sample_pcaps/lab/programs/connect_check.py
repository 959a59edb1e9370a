"""Whether ports answer: `connect_check ADDRESS,… PORT,… [--wait SECONDS] [--rounds N]`; a second
for each.
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import time

__all__ = ["check"]


def check(addresses: list[str], ports: list[int], wait_s: float) -> int:
    """Connects to each port of each host once, port after port.

    Returns:
        How many answered.
    """
    open_ports = 0
    for port in ports:
        for address in addresses:
            with contextlib.suppress(OSError):
                socket.create_connection((address, port), 1.0).close()
                open_ports += 1
            time.sleep(wait_s)
    return open_ports


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("addresses")
    parser.add_argument("ports")
    parser.add_argument("--wait", type=float, default=0.02)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    for _ in range(given.rounds):
        check(given.addresses.split(","), [int(p) for p in given.ports.split(",")], given.wait)
