"""`netad-pcap flows`: metering only, written while the meter runs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netad_pcap.engine.first_run import compile_kernels
from netad_pcap.engine.metering import METERS, Metering, never
from netad_pcap.engine.no_flow import why_no_flow
from netad_pcap.engine.numba_cache import prepare_numba_cache
from netad_pcap.engine.outputs import spare_inputs
from netad_pcap.engine.progress import ProgressReport
from netad_pcap.engine.sources import PathLike, find_sources
from netad_pcap.errors import NetadError, UsageError

if TYPE_CHECKING:
    from netad_pcap.flows import FlowBatch
    from netad_pcap.metering.meter import CaptureRead

__all__ = ["FlowsResult", "write_flows"]


@dataclass(frozen=True)
class FlowsResult:
    """What a run of `flows` did.

    Attributes:
        rows: written.
        reads: what is known of each capture.
        unreadable: name → why.
        interrupted: the user stopped it; the rows until then are written.
        remark: why there is no row, or which columns are empty; None where there is nothing to say.
        metered_s: wall-clock seconds of the run.
    """

    rows: int
    reads: Sequence[CaptureRead]
    unreadable: dict[str, NetadError]
    interrupted: bool
    remark: str | None
    metered_s: float


def write_flows(
    captures: PathLike | Sequence[PathLike],
    output: PathLike = "-",
    *,
    profile: str = "cic-2018",
    strict: bool = False,
    meter: str = METERS[0],
    dialect: str | None = None,
    timezone: str = "UTC",
    label: Callable[[FlowBatch], FlowBatch] | None = None,
    format: str | None = None,  # noqa: A002 - the name of the option
    force: bool = False,
    join: bool = False,
    max_packets: int | None = None,
    max_flows: int | None = None,
    strict_capture: bool = False,
    should_stop: Callable[[], bool] = never,
    progress: ProgressReport | None = None,
    first_run: Callable[[], None] | None = None,
) -> FlowsResult:
    """Meter captures into a table that appears whole or not at all.

    Args:
        label: fills `text["label"]` of a batch; None leaves the tool's own text.
        others: as `analyze` and the report's outputs have them.

    Raises:
        CaptureError: nothing can be read, or damage under `strict_capture`.
        OutputError: the table cannot be written, or exists.
        UsageError: no such profile, dialect, format or time zone.
    """
    prepare_numba_cache()
    from netad_pcap.capture import open_capture
    from netad_pcap.report import FLOW_FORMATS, check_output, format_of, open_flow_table
    from netad_pcap.report.timestamps import check_timezone
    from netad_pcap.schema import DIALECTS

    if os.fspath(output) == "-" and format is None:
        format = "csv"  # noqa: A001 - a table for the next program in the pipe
    kind = format_of(output, format, FLOW_FORMATS)
    if dialect is not None and dialect not in DIALECTS:
        raise UsageError(f"no dialect {dialect!r}; use one of {', '.join(DIALECTS)}")
    check_timezone(timezone)
    named = [captures] if isinstance(captures, str | os.PathLike) else captures
    spare_inputs(output, named)
    check_output(output, force=force)
    run = Metering(
        find_sources(captures, allow_tables=False),
        profile=profile,
        strict=strict,
        meter=meter,
        join=join,
        max_packets=max_packets,
        max_flows=max_flows,
        strict_capture=strict_capture,
        should_stop=should_stop,
        progress=progress,
        open_reader=open_capture,  # no hash, which would take a third of the time
    )
    if first_run is not None:
        compile_kernels(first_run, profile=profile, strict=strict)
    begun = time.perf_counter()
    with open_flow_table(
        output, profile, force=force, strict=strict, dialect=dialect, timezone=timezone, format=kind
    ) as table:
        for batch in run.batches():
            table.write(batch if label is None else label(batch))
        rows = table.rows
    return FlowsResult(
        rows=rows,
        reads=tuple(run.reads),
        unreadable=run.unreadable,
        interrupted=run.interrupted,
        remark=_empty_columns(profile) if rows else why_no_flow(run.reads, profile, strict=strict),
        metered_s=time.perf_counter() - begun,
    )


def _empty_columns(profile: str) -> str | None:
    """Columns that stand in the table and that packets' headers do not tell (KDD's)."""
    from netad_pcap.schema import IDENTITY_COLUMNS, PROFILES

    known = PROFILES[profile]
    empty = [n for n in known.columns if n not in (*known.features, *IDENTITY_COLUMNS)]
    if not empty:
        return None
    return (
        f"{len(empty)} columns are empty, not 0: {empty[0]} to {empty[-1]} tell what was said "
        "inside connections, which no header shows"
    )
