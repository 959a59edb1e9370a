"""Flow tables made of numbers, for the tests of training: a CSV each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from netad_pcap.report import open_flow_table
from netad_pcap.testing import make_flows


def write_table(
    path: Path,
    labels: Sequence[str],
    *,
    profile: str = "cic-fixed",
    without: Sequence[str] = (),
    seed: int = 0,
) -> Path:
    """A table with these labels, one a flow; those that are not benign are large.

    Args:
        path: where to.
        labels: as they stand in `Label`.
        profile: whose header and numbers.
        without: columns that are left out.
        seed: of the numbers.
    """
    flows = make_flows(len(labels), seed, profile)
    text = np.array(labels, dtype=object)
    for name, column in flows.features.items():
        if not name.startswith("ICMP") and column.dtype.kind in "if":
            column[np.char.lower(text.astype(str)) != "benign"] *= 50
    if profile == "cic-2018":  # by this the profile is told (cicflowmeter.md 6)
        flows.features["SYN Flag Cnt"][:] = flows.features["Fwd PSH Flags"]
    flows.text["label"] = text  # type: ignore[index]
    whole = path.with_suffix(".whole.csv")
    with open_flow_table(whole, profile, strict=True) as table:
        table.write(flows)
    pl.read_csv(whole, infer_schema=False).drop(without).write_csv(path)
    whole.unlink()
    return path


#: A table that has lost who talked to whom and when.
BARE = ("Flow ID", "Src IP", "Src Port", "Dst IP", "Timestamp")
