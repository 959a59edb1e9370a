"""The table of a report's own columns: what stands behind the data set's.

CSV and Parquet headers, JSON keys, the JSON Schema and the docs are made from it, or
checked against it. The data sets' columns stand in `netad_pcap.schema`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netad_pcap.schema import PROFILES

__all__ = [
    "BEHIND_CONNECTIONS",
    "BEHIND_FLOWS",
    "IDENTITY_COLUMNS",
    "REPORT_COLUMNS",
    "ReportColumn",
    "analyze_header",
    "feature_columns",
    "score_header",
]


@dataclass(frozen=True)
class ReportColumn:
    """One column.

    Attributes:
        name: as CSV, Parquet and Arrow have it.
        key: as JSON has it.
        dtype: `text`, `int64`, `float64`, `time` or `texts` (several texts; in a CSV one).
        unit: `none` where there is none.
        meaning: one clause.
    """

    name: str
    key: str
    dtype: str
    unit: str
    meaning: str


#: Identity, in the order of the data sets.
IDENTITY_COLUMNS = (
    ReportColumn("Flow ID", "flow_id", "text", "none", "key of the flow"),
    ReportColumn("Src IP", "src_ip", "text", "none", "address of the initiator"),
    ReportColumn("Src Port", "src_port", "int64", "none", "port of the initiator"),
    ReportColumn("Dst IP", "dst_ip", "text", "none", "address of the responder"),
    ReportColumn("Dst Port", "dst_port", "int64", "none", "port of the responder"),
    ReportColumn("Protocol", "protocol", "int64", "none", "IP protocol number"),
    ReportColumn("Timestamp", "timestamp", "time", "UTC", "time of the first packet"),
)

_TABLE = (
    ReportColumn("Ext", "ext", "texts", "none", "where the meter differs from the Java tool"),
    ReportColumn("Verdict", "verdict", "text", "none", "benign, suspicious or malicious"),
    ReportColumn("Score", "score", "float64", "none",
                 "-log10 of the detectors' p-values: their mean, or the largest of several models "
                 "or where a detector is left out; half a decade more for a flow of a finding"),
    ReportColumn("PValue", "p_value", "float64", "none",
                 "share of harmless flows that are as suspicious by themselves"),
    ReportColumn("Detector", "detector", "text", "none", "the detector that spoke most strongly"),
    ReportColumn("Finding", "finding", "text", "none", "the finding that rests on this flow"),
    ReportColumn("Reasons", "reasons", "texts", "none", "what is unusual, with normal ranges"),
    ReportColumn("Community ID", "community_id", "text", "none", "Community ID v1, seed 0"),
    ReportColumn("Application", "application", "text", "none", "application, as dissected"),
    ReportColumn("Server Name", "server_name", "text", "none", "name that the client asked for"),
    ReportColumn("Client Fingerprint", "client_fingerprint", "text", "none",
                 "fingerprint of the client's hello"),
    ReportColumn("Server Fingerprint", "server_fingerprint", "text", "none",
                 "fingerprint of the server's hello"),
    ReportColumn("First Frame", "first_frame", "int64", "frames", "its number in Capture, from 1"),
    ReportColumn("Last Frame", "last_frame", "int64", "frames",
                 "its number in Last Capture, from 1"),
    ReportColumn("Capture", "capture", "text", "none", "file in which the flow begins"),
    ReportColumn("Last Capture", "last_capture", "text", "none", "file in which the flow ends"),
)  # fmt: skip

REPORT_COLUMNS: Mapping[str, ReportColumn] = {column.name: column for column in _TABLE}
#: What `flows` writes behind the dialect, unless `--strict`.
BEHIND_FLOWS = ("Ext", "Community ID", "First Frame", "Last Frame", "Capture")
#: The same behind KDD's columns, which do not say whose connection it was.
BEHIND_CONNECTIONS = (*(c.name for c in IDENTITY_COLUMNS if c.name != "Flow ID"), *BEHIND_FLOWS)
#: The profile whose columns stand first in every report, for any CICFlowMeter pipeline.
_FIRST = "cic-2018"
_IDENTITY_NAMES = tuple(column.name for column in IDENTITY_COLUMNS)
_LABEL = "Label"


def feature_columns(profile: str | None) -> tuple[str, ...]:
    """The feature columns of a report on flows of a profile: CSE-CIC-IDS2018's first, then
    those that only the profile has."""
    first = PROFILES[_FIRST].features
    own = PROFILES[profile].features if profile is not None else ()
    return (*first, *(name for name in own if name not in first))


def score_header(detector: str) -> str:
    """The header of a detector's own score."""
    return f"score:{detector}"


def analyze_header(profile: str | None, detectors: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of `analyze`'s CSV, Parquet and `to_pandas()`, in order."""
    first = PROFILES[_FIRST].columns
    return (
        *first,
        *(name for name in feature_columns(profile) if name not in first),
        *REPORT_COLUMNS,
        *(score_header(detector) for detector in detectors),
    )
