"""Flows as JSON, one object a line; the report as one document, or as JSON Lines.

Keys stand in fixed order and numbers are printed by one rule, so the same report is the
same bytes. NaN and infinities are null. Times are ISO 8601 in UTC, microseconds, `Z`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from netad_pcap.report.columns import IDENTITY_COLUMNS, REPORT_COLUMNS, feature_columns
from netad_pcap.report.table import report_series
from netad_pcap.report.timestamps import moment_of

if TYPE_CHECKING:
    import polars as pl

    from netad_pcap.report.spool import ReportRows

__all__ = ["flow_lines", "write_document", "write_lines"]

_ISO = "%Y-%m-%dT%H:%M:%S%.6fZ"


def flow_lines(rows: ReportRows, finding_families: tuple[str, ...]) -> bytes:
    """Rows of a report, one JSON object a line."""
    import polars as pl

    flows = rows.scored.flows
    series = []
    for column in (*IDENTITY_COLUMNS, *REPORT_COLUMNS.values()):
        values = report_series(column.name, rows, finding_families).alias(column.key)
        if column.dtype == "time":
            frame = pl.DataFrame([values])
            values = frame.select(moment_of(column.key).dt.strftime(_ISO))[column.key]
        elif column.name == "Ext":
            values = _lists_of_codes(values)
        series.append(values)
    own = feature_columns(flows.profile)
    names = [name for name in own if name in flows.features]
    features = pl.DataFrame([report_series(name, rows, finding_families) for name in names])
    scores = pl.DataFrame(
        [pl.Series(d, rows.scored.novelty[:, i]) for i, d in enumerate(rows.scored.detectors)]
    )
    label = report_series("Label", rows, finding_families).alias("label")
    head = len(IDENTITY_COLUMNS)
    columns = [*series[:head], label, *series[head:]]
    if names:
        columns.append(features.to_struct("features"))
    if rows.scored.detectors:
        columns.append(scores.to_struct("scores"))
    lines = io.BytesIO()
    pl.DataFrame(columns).write_ndjson(lines)
    return lines.getvalue()


def _lists_of_codes(codes: pl.Series) -> pl.Series:
    """Blank-separated codes as lists; each distinct text is split once."""
    import polars as pl

    distinct = codes.unique(maintain_order=True).to_list()
    lists = pl.Series(
        codes.name, [(text or "").split() for text in distinct], dtype=pl.List(pl.String)
    )
    place = {text: i for i, text in enumerate(distinct)}
    if len(place) == 1:
        return lists.new_from_index(0, len(codes))
    return lists.gather([place[text] for text in codes.to_list()])


def write_document(
    out: BinaryIO,
    header: Mapping[str, Any],
    batches: Iterable[ReportRows],
    finding_families: tuple[str, ...],
) -> None:
    """The whole report as one JSON object: the header's keys, then `flows`, one a line."""
    body = json.dumps(header, ensure_ascii=False, allow_nan=False, indent=1)
    out.write(body.removesuffix("\n}").encode())
    out.write(b',\n "flows": [')
    between = b"\n"
    for rows in batches:
        lines = flow_lines(rows, finding_families).removesuffix(b"\n")
        if lines:
            out.write(between)
            # A line break inside a string is written as \n: these are between objects only.
            out.write(lines.replace(b"\n", b",\n"))
            between = b",\n"
    out.write(b"\n ]\n}\n")


def write_lines(
    out: BinaryIO,
    header: Mapping[str, Any],
    batches: Iterable[ReportRows],
    finding_families: tuple[str, ...],
) -> None:
    """The report as JSON Lines: the header object first, then one flow per line."""
    out.write(json.dumps(header, ensure_ascii=False, allow_nan=False).encode() + b"\n")
    for rows in batches:
        out.write(flow_lines(rows, finding_families))
