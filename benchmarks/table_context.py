"""Context made of a flow table against context made while metering the same capture.

`python -m benchmarks.table_context [--profile NAME] [--scores] CAPTURE …` prints, by column, the
share of rows whose values are equal, and within a tenth; with `--scores` how close the default
model's scores are. Every capture weighs alike.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import netad_pcap
from netad_pcap.capture.tables import open_flow_table
from netad_pcap.context import ContextCounters
from netad_pcap.context.tables import rows_with_context
from netad_pcap.errors import NetadError
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.meter import meter
from netad_pcap.report import open_flow_table as new_table
from netad_pcap.schema import CONTEXT

COLUMNS = tuple(CONTEXT)
#: Values are equal to so many digits (float32, summed in another order), …
_EQUAL = (1e-3, 1e-3)
#: … and near within a tenth, or a twentieth of a flow, byte or second.
_NEAR = (0.1, 0.05)


#: Scores are −log10 of p.
_CLOSE = 0.1


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far both agree on one capture.

    Attributes:
        rows: how many flows.
        equal, near: float64 [columns], share of rows.
        metered, table: float64 [columns], means.
    """

    rows: int
    equal: NDArray[np.float64]
    near: NDArray[np.float64]
    metered: NDArray[np.float64]
    table: NDArray[np.float64]


def agreement(capture: Path, profile: str, folder: Path) -> Agreement | None:
    """Meter a capture, write its flows, and make their context again; None: it has no flow.

    Args:
        capture: the file.
        profile: rule book.
        folder: where the table may lie.
    """
    counters = ContextCounters(COLUMNS)
    batches = [
        counters.attach(batch)
        for batch in meter(capture, profile=profile, meter="native", open_flows=True)
    ]
    left = [batch for batch in batches if len(batch)]
    if not left:
        return None
    path = folder / "flows.csv"
    with new_table(path, profile) as table:
        for batch in left:
            table.write(batch)
    read = concatenate(rows_with_context(open_flow_table(path), COLUMNS))
    path.unlink()
    metered, again = (_matrix(flows) for flows in (concatenate(left), read))
    return Agreement(
        len(metered),
        _share(metered, again, *_EQUAL),
        _share(metered, again, *_NEAR),
        metered.mean(axis=0),
        again.mean(axis=0),
    )


def close_scores(capture: Path, folder: Path) -> tuple[float, float]:
    """Share of flows whose fused score by the default model differs by at most a tenth (−log10 of
    p) between capture and table, and Spearman's rank correlation of both."""
    path = folder / "report.csv"
    with netad_pcap.analyze(capture, apps="none") as report:
        report.write(path)
        one = report.to_pandas()
    with netad_pcap.analyze(path) as report:
        other = report.to_pandas()
    path.unlink()
    ranks = one["Score"].corr(other["Score"], method="spearman")
    close = (one["Score"] - other["Score"]).abs() <= _CLOSE
    return float(close.mean()), float(ranks)


def _matrix(flows: FlowBatch) -> NDArray[np.float64]:
    return np.column_stack([flows.context[name].astype(np.float64) for name in COLUMNS])


def _share(
    one: NDArray[np.float64], other: NDArray[np.float64], relative: float, absolute: float
) -> NDArray[np.float64]:
    return np.asarray(np.isclose(other, one, rtol=relative, atol=absolute).mean(axis=0))


def _mean(found: Sequence[Agreement], name: str) -> NDArray[np.float64]:
    columns: list[Any] = [getattr(one, name) for one in found]
    return np.asarray(np.mean(columns, axis=0))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table_context")
    parser.add_argument("captures", nargs="+", type=Path)
    parser.add_argument("--profile", default="cic-fixed")
    parser.add_argument("--scores", action="store_true")
    arguments = parser.parse_args()
    found, scores = [], []
    with tempfile.TemporaryDirectory() as name:
        for capture in arguments.captures:
            try:
                one = agreement(capture, arguments.profile, Path(name))
                if one is not None and arguments.scores:
                    scores.append(close_scores(capture, Path(name)))
            except NetadError as error:
                sys.stderr.write(f"{error}\n")
                continue
            if one is not None:
                found.append(one)
    equal, near = (_mean(found, name) for name in ("equal", "near"))
    flows = sum(one.rows for one in found)
    print(f"{arguments.profile}: {len(found)} captures, {flows:,} flows")
    print(f"equal {equal.mean():.3f}, within a tenth {near.mean():.3f}")
    if scores:
        close, ranks = np.nanmean(scores, axis=0)
        print(f"scores within a tenth {close:.3f}, rank correlation of scores {ranks:.3f}")
    print(f"{'':30s}  equal  within a tenth  mean metered  mean of table")
    metered, table = (_mean(found, name) for name in ("metered", "table"))
    for place in np.argsort(near, kind="stable").tolist():
        print(
            f"{COLUMNS[place]:30s} {equal[place]:6.3f} {near[place]:15.3f} "
            f"{metered[place]:13.3f} {table[place]:14.3f}"
        )


if __name__ == "__main__":
    main()
