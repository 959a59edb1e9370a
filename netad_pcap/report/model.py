"""The report: what was read, by which models it was judged, what was found, every flow.

`netad_pcap.analyze` returns a `Report`; its rows wait in a spool until it is closed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from netad_pcap.errors import UsageError
from netad_pcap.hosts import Finding, HostRecord, utc_text
from netad_pcap.report.columns import analyze_header
from netad_pcap.report.counts import Counts, count_rows
from netad_pcap.report.csv_table import CsvTable
from netad_pcap.report.escaping import plain_text
from netad_pcap.report.json_rows import write_document, write_lines
from netad_pcap.report.no_rows import no_report_rows
from netad_pcap.report.output import open_output
from netad_pcap.report.parquet_table import ParquetTable, typed
from netad_pcap.report.spool import ReportRows, Spool
from netad_pcap.report.table import report_table
from netad_pcap.report.takeover import Takeover

if TYPE_CHECKING:
    import pandas
    import polars as pl

__all__ = ["FORMATS", "CaptureRecord", "ModelRecord", "Report", "format_of"]

#: Formats of reports, by suffix without the dot.
FORMATS = ("csv", "json", "jsonl", "parquet")
_CORRECTED = "cic-fixed"


@dataclass(frozen=True)
class CaptureRecord:
    """One capture, or flow table, that a report is about.

    Attributes:
        name: as given by the user.
        sha256: of the file's bytes; None where it was not whole on disk (standard input).
        format: `pcap`, `pcapng` or the kind of table.
        link_types: names, most packets first.
        interfaces: how many the format describes.
        packets: records read.
        bytes: their captured bytes.
        start_us: smallest time stamp, µs since 1970; None without packets.
        end_us: largest.
        health: the health block, as `CaptureHealth.to_json` gives it.
        remarks: what a person should know of it, one clause each, most important first.
    """

    name: str
    sha256: str | None = None
    format: str | None = None
    link_types: tuple[str, ...] = ()
    interfaces: int = 1
    packets: int = 0
    bytes: int = 0
    start_us: int | None = None
    end_us: int | None = None
    health: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it stands in a report."""
        return {
            "name": plain_text(self.name),
            "sha256": self.sha256,
            "format": self.format,
            "link_types": list(self.link_types),
            "interfaces": self.interfaces,
            "packets": self.packets,
            "bytes": self.bytes,
            "start": None if self.start_us is None else utc_text(self.start_us),
            "end": None if self.end_us is None else utc_text(self.end_us),
            "health": dict(self.health),
        }


@dataclass(frozen=True)
class ModelRecord:
    """One bundle that judged the flows.

    Attributes:
        name: of the bundle.
        version: its version.
        sha256: of its file.
        profile: rule book of the flows that it was trained on.
        detectors: names and versions, as printed: `autoencoder 1.2`.
        baseline: name of the baseline that p-values are by.
        nearest: name of the baseline that says what is usual: the one nearest to the traffic, or
            `baseline` where the traffic is like none.
        nearest_drift: how far the traffic is from that one; None = not measured.
        shipped: whether the baseline is a shipped one, not of this network.
        drift: how far the traffic is from `baseline`, 0 to 1; None = not measured.
        drift_outside_findings: where that is high, how far the flows in no finding are from it;
            None = not measured, or fewer than 50 of them.
        drift_is_high: whether counts expected by chance mean nothing any more.
        unsure: too few flows to tell which of several baselines is nearest.
    """

    name: str
    version: str
    sha256: str
    profile: str | None = None
    detectors: tuple[str, ...] = ()
    baseline: str | None = None
    nearest: str | None = None
    nearest_drift: float | None = None
    shipped: bool = True
    drift: float | None = None
    drift_is_high: bool = False
    drift_outside_findings: float | None = None
    unsure: bool = False

    def to_json(self) -> dict[str, Any]:
        """As it stands in a report."""
        return {
            "name": self.name,
            "version": self.version,
            "sha256": self.sha256,
            "profile": self.profile,
            "detectors": list(self.detectors),
            "baseline": self.baseline,
            "nearest": self.nearest,
            "nearest_drift": self.nearest_drift,
            "shipped": self.shipped,
            "drift": self.drift,
            "drift_is_high": self.drift_is_high,
            "drift_outside_findings": self.drift_outside_findings,
            "unsure": self.unsure,
        }


@dataclass(frozen=True, eq=False)
class Report:
    """A finished analysis.

    Use it in a `with` block, or call `close`, to let its temporary file go early.

    Attributes:
        version: of netad-pcap.
        captures: what was read.
        models: by which the flows were judged; empty where nothing was scored.
        findings: all of them, those of the subject with the strongest one first.
        hosts: the most suspicious ones, most suspicious first.
        spool: the flows that were judged, and the rows where there is no `takeover`.
        takeover: the rows, where these are of another profile than the flows judged.
        meter: `native`, `nfstream` or `table`.
        profile: rule book of the rows.
        judged_profile: rule book of the flows that verdicts, findings, hosts and summary are
            about; None: that of the rows.
        clock: resolution of the times, `us` or `ms`.
        settings: what the user chose or the defaults were: `fpr`, `alerts_per_day`, …
        seed: of whatever draws at random.
        interrupted: the user stopped it; what was read until then is in it.
        remarks: what a person should know of the run, one clause each.
        seconds: what took how long: `read beforehand`, `metered`, `scored`; for people only, in no
            report.
        untold_findings: how many more there were than a report tells.
        finding_families: family of `f1`, `f2`, …
        summary: counts over all flows that were judged.
    """

    version: str
    captures: Sequence[CaptureRecord]
    models: Sequence[ModelRecord]
    findings: Sequence[Finding]
    hosts: Sequence[HostRecord]
    spool: Spool
    meter: str = "nfstream"
    profile: str | None = None
    judged_profile: str | None = None
    clock: str = "us"
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    interrupted: bool = False
    remarks: Sequence[str] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    untold_findings: int = 0
    takeover: Takeover | None = None
    finding_families: tuple[str, ...] = field(init=False)
    summary: Counts = field(init=False)

    def __post_init__(self) -> None:
        strength: dict[str, float] = {}
        for finding in self.findings:
            known = strength.get(finding.subject, 0.0)
            strength[finding.subject] = max(known, finding.evidence)

        def place(finding: Finding) -> tuple[float, str, int]:
            return (-strength[finding.subject], finding.subject, finding.number)

        families = {finding.number: finding.family for finding in self.findings}
        last = max(families, default=0)
        object.__setattr__(self, "findings", tuple(sorted(self.findings, key=place)))
        object.__setattr__(
            self, "finding_families", tuple(families.get(n, "") for n in range(1, last + 1))
        )
        counts = count_rows(self.spool.rows(), self.finding_families, self.fpr)
        object.__setattr__(self, "summary", counts)

    @property
    def fpr(self) -> float:
        """The false-alarm budget of verdicts."""
        return float(self.settings.get("fpr", 0.01))

    def __enter__(self) -> Report:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the rows go."""
        self.spool.close()
        if self.takeover is not None:
            self.takeover.close()

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.spool if self.takeover is None else self.takeover)

    def flows(self) -> Iterator[ReportRows]:
        """The rows, batch by batch."""
        return (self.spool if self.takeover is None else self.takeover).rows()

    def to_json(self) -> dict[str, Any]:
        """The report's header: everything but the flows, keys in fixed order."""
        return {
            "netad_pcap": self.version,
            "captures": [capture.to_json() for capture in self.captures],
            "meter": self.meter,
            "profile": self.profile,
            "judged_profile": self.judged_profile or self.profile,
            "clock": self.clock,
            "models": [model.to_json() for model in self.models],
            "settings": dict(self.settings),
            "seed": self.seed,
            "interrupted": self.interrupted,
            "remarks": [plain_text(remark) for remark in self.remarks],
            "summary": self.summary.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
            "hosts": [host.to_json() for host in self.hosts],
        }

    def to_pandas(self) -> pandas.DataFrame:
        """All rows as one DataFrame: the columns of the Parquet report."""
        import pyarrow as pa

        frame: pandas.DataFrame = pa.concat_tables(map(typed, self._tables())).to_pandas()
        return frame

    def _tables(self) -> Iterator[pl.DataFrame]:
        """The rows, batch by batch, under `header`; without any, one table of no row."""
        batches = self.flows() if len(self) else [no_report_rows(self.profile, ())]
        for rows in batches:
            yield report_table(rows, self.header, self.finding_families)

    @property
    def header(self) -> tuple[str, ...]:
        """The columns of the CSV and Parquet report."""
        return analyze_header(self.profile, self.spool.detectors)

    def write(
        self,
        target: str | os.PathLike[str],
        *,
        format: str | None = None,  # noqa: A002 - the name of the option
        force: bool = False,
    ) -> None:
        """Write the report; it appears whole or not at all.

        Args:
            target: a path, or `-` for standard output.
            format: one of `FORMATS`; None: what the suffix says.
            force: replace an existing file.

        Raises:
            UsageError: no such format.
            OutputError: it exists, or cannot be written.
            ReaderGone: the reader of standard output went away.
        """
        kind = format_of(target, format)
        with open_output(target, force=force) as out:
            self.write_to(out, kind)

    def write_to(self, out: BinaryIO, kind: str) -> None:
        """Write the report to an open file in one of `FORMATS`."""
        if kind == "json":
            write_document(out, self.to_json(), self.flows(), self.finding_families)
        elif kind == "jsonl":
            write_lines(out, self.to_json(), self.flows(), self.finding_families)
        elif kind == "csv":
            table = CsvTable(out, self.header, profile=_CORRECTED)
            for cells in self._tables():
                table.write(cells.get_columns())
        else:
            parquet = ParquetTable(out, self.to_json())
            with contextlib.closing(parquet):
                for cells in self._tables():
                    parquet.write(cells)


def format_of(
    target: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002 - the name of the option
    formats: Sequence[str] = FORMATS,
) -> str:
    """The format of an output: what was asked for, else what its suffix says.

    Raises:
        UsageError: neither names one of `formats`.
    """
    kind = format or Path(target).suffix.removeprefix(".").lower()
    if kind in formats:
        return kind
    known = ", ".join(formats)
    if format:
        raise UsageError(f"no format {format!r}; use one of {known}")
    if os.fspath(target) == "-":
        raise UsageError(f"-o -: standard output has no suffix; say --format, one of {known}")
    raise UsageError(f"{target}: the suffix names no format; use one of {known}, or --format")
