"""The first run on a machine: kernels are compiled once, half of them by a second process.

numba compiles under one lock, so threads would gain nothing. What either process makes it
leaves in the cache (`numba_cache`), where the other and every later run find it.
"""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from netad_pcap.engine.numba_cache import prepare_numba_cache

__all__ = ["ONE_PACKET", "compile_kernels"]

#: A capture of one packet: Ethernet, IPv4, UDP, no payload.
ONE_PACKET = (
    struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)
    + struct.pack("<IIII", 1_000_000_000, 0, 42, 42)
    + bytes(12)
    + struct.pack(">HBBHHHBBH", 0x0800, 0x45, 0, 28, 0, 0, 64, 17, 0)
    + bytes((198, 18, 0, 1, 198, 18, 0, 2))
    + struct.pack(">HHHH", 9, 9, 8, 0)
)


def compile_kernels(tell: Callable[[], None], *, findings: bool) -> None:
    """Compile what metering needs; nothing to do from the second run on.

    Args:
        tell: called before it takes a while.
        findings: also what context and findings need.
    """
    prepare_numba_cache()
    from netad_pcap.context.kernel import count
    from netad_pcap.hosts.kernel import weigh
    from netad_pcap.metering.kernel import feed

    if _is_kept(feed) and (not findings or (_is_kept(weigh) and _is_kept(count))):
        return
    tell()
    second = _second_process(findings=findings) if (os.cpu_count() or 1) > 1 else None
    _compile_reader_and_decoder()
    if findings:
        _compile_context()
    if second is not None:
        second.wait()


def _is_kept(kernel: Any) -> bool:
    """Whether numba has compiled this function here before, from any version of its source."""
    cache = Path(kernel._cache.cache_path)
    module = kernel.py_func.__module__.rpartition(".")[2]
    return any(cache.glob(f"{module}.{kernel.py_func.__name__}-*.nbi"))


def _second_process(*, findings: bool) -> subprocess.Popen[bytes] | None:
    """Where it fails, this process compiles what it meets, and says what is wrong."""
    command = [sys.executable, "-m", "netad_pcap.engine.first_run"]
    quiet = subprocess.DEVNULL
    try:
        return subprocess.Popen(
            [*command, "--findings"] if findings else command,
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
        )
    except OSError:
        return None


def _compile_reader_and_decoder() -> None:
    """By decoding one packet: types decide what is compiled, not values."""
    from netad_pcap.capture import open_capture
    from netad_pcap.metering.decode import decode_block

    with open_capture(io.BytesIO(ONE_PACKET)) as reader:
        for block in reader.blocks():
            decode_block(block, profile="cic-fixed", strict=False)


def _compile_context() -> None:
    """By attaching it to no row."""
    from netad_pcap.context import ContextCounters
    from netad_pcap.metering.table import FlowTable
    from netad_pcap.schema import CONTEXT

    ContextCounters(tuple(CONTEXT)).attach(FlowTable("cic-fixed").no_rows())


def _compile_flows(*, findings: bool) -> None:
    """By metering one packet, and weighing its flow."""
    import numpy as np

    from netad_pcap.hosts import FindingBook, ScoredFlows
    from netad_pcap.metering.packets import PACKET
    from netad_pcap.metering.table import FlowTable

    table = FlowTable("cic-fixed")
    table.feed(np.zeros(1, PACKET))
    (flows,) = table.finish()
    if findings:
        one = np.ones(1)
        scored = ScoredFlows(flows, one, one, np.zeros(1, "u1"), np.full(1, -1, "i4"))
        FindingBook().update(scored)


if __name__ == "__main__":
    # Ctrl-C does not end it: it is done in seconds, and what it has made is kept.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _compile_flows(findings="--findings" in sys.argv)
