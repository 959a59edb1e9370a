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


def compile_kernels(
    tell: Callable[[], None], *, profile: str, strict: bool = False, findings: bool = False
) -> None:
    """Compile what metering needs; nothing to do from the second run on.

    Args:
        tell: called before it takes a while.
        profile, strict: how captures will be metered: each way has a kernel of its own.
        findings: also what context and findings need.
    """
    prepare_numba_cache()
    from netad_pcap.context.kernel import count
    from netad_pcap.hosts.kernel import weigh
    from netad_pcap.metering.kernel import feed_for
    from netad_pcap.metering.rules import RULES

    feed = feed_for(RULES[profile], strict)
    if _is_kept(feed) and (not findings or (_is_kept(weigh) and _is_kept(count))):
        return
    tell()
    second = _second_process(profile, strict, findings) if (os.cpu_count() or 1) > 1 else None
    _compile_reader_and_decoder(profile, strict)
    _compile_rows(profile, strict)
    if findings:
        _compile_context()
    if second is not None:
        second.wait()


def _is_kept(kernel: Any) -> bool:
    """Whether numba has compiled this function here before, from any version of its source."""
    cache = Path(kernel._cache.cache_path)
    module = kernel.py_func.__module__.rpartition(".")[2]
    return any(cache.glob(f"{module}.{kernel.py_func.__qualname__}-*.nbi"))


def _second_process(profile: str, strict: bool, findings: bool) -> subprocess.Popen[bytes] | None:
    """Where it fails, this process compiles what it meets, and says what is wrong."""
    command = [sys.executable, "-m", "netad_pcap.engine.first_run", profile]
    quiet = subprocess.DEVNULL
    try:
        return subprocess.Popen(
            [*command, *(["--strict"] * strict), *(["--findings"] * findings)],
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
        )
    except OSError:
        return None


def _compile_reader_and_decoder(profile: str, strict: bool) -> None:
    """By decoding one packet: types decide what is compiled, not values."""
    from netad_pcap.capture import open_capture
    from netad_pcap.metering.decode import decode_block

    with open_capture(io.BytesIO(ONE_PACKET)) as reader:
        for block in reader.blocks():
            decode_block(block, profile=profile, strict=strict)


def _compile_rows(profile: str, strict: bool) -> None:
    """By finishing a table that was fed nothing."""
    from netad_pcap.metering.table import FlowTable

    FlowTable(profile, strict=strict).finish()


def _compile_context() -> None:
    """By attaching it to no row."""
    from netad_pcap.context import ContextCounters
    from netad_pcap.metering.table import FlowTable
    from netad_pcap.schema import CONTEXT

    ContextCounters(tuple(CONTEXT)).attach(FlowTable("cic-fixed").no_rows())


def _compile_flows(profile: str, *, strict: bool, findings: bool) -> None:
    """By metering one packet, and weighing a row of zeros."""
    import numpy as np

    from netad_pcap.hosts import FindingBook, ScoredFlows
    from netad_pcap.metering.packets import PACKET
    from netad_pcap.metering.row_columns import batch_of, new_columns
    from netad_pcap.metering.table import FlowTable

    FlowTable(profile, strict=strict).feed(np.zeros(1, PACKET))
    if findings:
        columns = new_columns(profile)
        columns.view(np.uint8)[:] = 0
        flows = batch_of(columns, 1, profile=profile, captures=("",))
        one = np.ones(1)
        scored = ScoredFlows(flows, one, one, np.zeros(1, "u1"), np.full(1, -1, "i4"))
        FindingBook().update(scored)


if __name__ == "__main__":
    # Ctrl-C does not end it: it is done in seconds, and what it has made is kept.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _compile_flows(sys.argv[1], strict="--strict" in sys.argv, findings="--findings" in sys.argv)
