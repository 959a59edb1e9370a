"""Rows of a report as a polars table: typed, under the names of `report.columns`.

CSV, Parquet and `to_pandas()` are made of it; what a cell looks like as text is decided by
the writers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.families import ANOMALY, BENIGN
from netad_pcap.flows import FlowBatch, address_text
from netad_pcap.hosts import VERDICTS, told_score
from netad_pcap.metering.extensions import ext_text
from netad_pcap.report.columns import score_header
from netad_pcap.report.community_id import community_ids
from netad_pcap.report.escaping import plain_text
from netad_pcap.report.spool import lists_of_text
from netad_pcap.schema import KDD_SYMBOLS
from netad_pcap.schema.kdd_services import OTHER_ICMP

if TYPE_CHECKING:
    import polars as pl

    from netad_pcap.hosts import ScoredFlows
    from netad_pcap.report.spool import ReportRows

__all__ = ["called", "flow_series", "labels", "report_series", "report_table"]

#: What the tools print as Label of an unlabelled flow (cicflowmeter.md 5).
_NO_LABEL = {"cic-2018": "No Label"}
_NEED_LABEL = "NeedManualLabel"


def report_table(
    rows: ReportRows, header: Iterable[str], finding_families: tuple[str, ...]
) -> pl.DataFrame:
    """The named columns of some rows of a report."""
    import polars as pl

    return pl.DataFrame([report_series(name, rows, finding_families) for name in header])


def labels(rows: ReportRows, finding_families: tuple[str, ...]) -> NDArray[Any]:
    """The Label of each row, object [n] of text: the family of its finding; else what it is
    `called`."""
    result = called(rows.scored)
    if finding_families:
        found = np.array(finding_families, dtype=object)[np.maximum(rows.finding, 1) - 1]
        result = np.where(rows.finding > 0, found, result)
    return result.astype(object)


def called(scored: ScoredFlows) -> NDArray[Any]:
    """By their own verdicts, object [n]: benign, the verdict's family, or anomaly; "" for rows
    that were not judged."""
    names = np.array([*scored.families, ANOMALY], dtype=object)
    own = names[np.where(scored.family >= 0, scored.family, len(names) - 1)]
    result = np.where(scored.verdict == 0, BENIGN, own)
    result = np.where(scored.verdict == 1, ANOMALY, result)
    return np.where(scored.verdict >= len(VERDICTS), "", result).astype(object)


def report_series(name: str, rows: ReportRows, finding_families: tuple[str, ...]) -> pl.Series:
    """One column of `analyze`'s reports."""
    import polars as pl

    scored = rows.scored
    judged = scored.verdict < len(VERDICTS)
    if name == "Label":
        return _texts(name, labels(rows, finding_families))
    if name == "Verdict":
        return _of_codes(name, np.where(judged, scored.verdict, -1), VERDICTS)
    if name in ("Score", "PValue"):
        column = told_score(scored.score, rows.finding) if name == "Score" else scored.p_value
        return pl.Series(name, np.where(judged, column, np.nan)).fill_nan(None)
    if name == "Detector":
        return _of_codes(name, np.where(judged, scored.detector, -1), scored.detectors)
    if name == "Finding":
        number = pl.Series(name, rows.finding)
        text = "f" + pl.col(name).cast(pl.String)
        return pl.DataFrame([number]).select(pl.when(pl.col(name) > 0).then(text).alias(name))[name]
    if name == "Reasons":
        return _reasons(rows)
    for place, detector in enumerate(scored.detectors):
        if name == score_header(detector):
            own = pl.Series(name, scored.novelty[:, place])
            return own if judged.all() else own.set(pl.Series(~judged), None)
    return flow_series(name, scored.flows)


def flow_series(name: str, flows: FlowBatch) -> pl.Series:
    """One column that needs no scores; null throughout where the flows do not have it.

    `Timestamp` is int64, µs since 1970.
    """
    import polars as pl

    ids, n = flows.identity, len(flows)
    if name in KDD_SYMBOLS and name in flows.features:
        return _symbols(name, flows.features[name])
    if name in flows.features:
        return pl.Series(name, flows.features[name])
    if name == "Label":
        return _label(flows)
    if name == "Flow ID" and {"src_ip", "dst_ip", "src_port", "dst_port", "protocol"} <= ids.keys():
        return _flow_id(flows)
    if name in _NUMBERS and _NUMBERS[name] in ids:
        return pl.Series(name, ids[_NUMBERS[name]].astype("i8"))
    if name in _ADDRESSES and _ADDRESSES[name] in ids:
        return _texts(name, address_text(ids[_ADDRESSES[name]]))
    if name in _CAPTURES and _CAPTURES[name] in ids:
        return _of_codes(name, ids[_CAPTURES[name]], flows.captures)
    if name == "Ext" and "ext" in ids:
        return _ext(ids["ext"])
    if name == "Community ID" and {"src_ip", "dst_ip", "protocol", "src_port"} <= ids.keys():
        return _texts(name, community_ids(flows))
    if name in _TEXTS and _TEXTS[name] in flows.text:
        return _texts(name, flows.text[_TEXTS[name]])
    if name in _NUMBERS:
        return pl.Series(name, [None], dtype=pl.Int64).new_from_index(0, n)
    kind = pl.String if name in _KNOWN_TEXT else pl.Float64
    return pl.Series(name, [None], dtype=kind).new_from_index(0, n)


_NUMBERS: Mapping[str, str] = {
    "Src Port": "src_port",
    "Dst Port": "dst_port",
    "Protocol": "protocol",
    "Timestamp": "start_us",
    "First Frame": "first_frame",
    "Last Frame": "last_frame",
}
_ADDRESSES = {"Src IP": "src_ip", "Dst IP": "dst_ip"}
_CAPTURES = {"Capture": "capture", "Last Capture": "last_capture"}
_TEXTS = {
    "Application": "application",
    "Server Name": "server_name",
    "Client Fingerprint": "client_fingerprint",
    "Server Fingerprint": "server_fingerprint",
}
_KNOWN_TEXT = {*_ADDRESSES, *_CAPTURES, *_TEXTS, "Flow ID", "Ext", "Community ID", "Label"}


def _texts(name: str, column: NDArray[Any]) -> pl.Series:
    """Text, object [n], None or empty = null."""
    import polars as pl

    series = pl.Series(name, column.tolist(), dtype=pl.String)
    return series.replace("", None)


def _reasons(rows: ReportRows) -> pl.Series:
    """Lists of text; empty for the many rows without."""
    import polars as pl

    series = pl.Series("Reasons", lists_of_text(rows.scored.reasons, len(rows)))
    return series.cast(pl.List(pl.String))


def _of_codes(name: str, codes: NDArray[Any], names: tuple[str, ...]) -> pl.Series:
    """Names by their place; −1, and places that are not there, are null."""
    import polars as pl

    index = pl.Series(name, np.where((codes >= 0) & (codes < len(names)), codes, len(names)))
    texts = [plain_text(text) for text in names]  # a file's name may be any bytes
    return pl.Series(name, [*texts, None], dtype=pl.String).gather(index)


def _symbols(name: str, codes: NDArray[Any]) -> pl.Series:
    """KDD's words by their codes; a service without a code is ICMP's other one."""
    words = KDD_SYMBOLS[name]
    places = np.where(codes < 0, len(words), codes).astype(np.int64)
    return _of_codes(name, places, (*words, OTHER_ICMP))


def _ext(bits: NDArray[Any]) -> pl.Series:
    import polars as pl

    distinct, places = np.unique(bits, return_inverse=True)
    return _of_codes("Ext", places, tuple(ext_text(int(b)) for b in distinct)).replace("", None) \
        if len(bits) else pl.Series("Ext", [], dtype=pl.String)  # fmt: skip


def _label(flows: FlowBatch) -> pl.Series:
    """The truth where it is known, else what the tool prints."""
    import polars as pl

    if "label" in flows.text:
        return _texts("Label", flows.text["label"])
    word = _NO_LABEL.get(flows.profile or "", _NEED_LABEL)
    return pl.Series("Label", [word]).new_from_index(0, len(flows))


def _flow_id(flows: FlowBatch) -> pl.Series:
    """`src-dst-sport-dport-protocol`, or the ends the other way (cicflowmeter.md 3)."""
    import polars as pl

    ids = flows.identity
    reverse = ids.get("id_reversed", np.zeros(len(flows), dtype=bool))
    columns = {
        "a": address_text(ids["src_ip"]).tolist(),
        "b": address_text(ids["dst_ip"]).tolist(),
        "ap": ids["src_port"],
        "bp": ids["dst_port"],
        "protocol": ids["protocol"],
        "reverse": reverse,
    }
    straight = pl.concat_str(["a", "b", "ap", "bp", "protocol"], separator="-")
    turned = pl.concat_str(["b", "a", "bp", "ap", "protocol"], separator="-")
    frame = pl.DataFrame(columns)
    return frame.select(pl.when("reverse").then(turned).otherwise(straight).alias("Flow ID"))[
        "Flow ID"
    ]
