"""A case: several reports as one. Hosts by suspicion, incidents in order of time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netad_pcap.hosts import ranked
from netad_pcap.report import display_filter
from netad_pcap.review.reading import ReportFile, read_report

__all__ = ["Case", "HostOfCase", "Incident", "review"]


@dataclass(frozen=True)
class Incident:
    """One finding of one report.

    Attributes:
        report: name of the report's file.
        id: the finding's id there.
        kind: `host`, `pair` or `target`.
        source: address, None for a target.
        destination: address, None for a host.
        family: a family of traffic, or `anomaly`.
        start: ISO 8601, UTC.
        end: ISO 8601, UTC.
        evidence: log10.
        flows: how many it rests on.
        reasons: what happened, in words.
        filter: a Wireshark display filter that shows its packets.
    """

    report: str
    id: str
    kind: str
    source: str | None
    destination: str | None
    family: str
    start: str
    end: str
    evidence: float
    flows: int
    reasons: tuple[str, ...]
    filter: str

    @property
    def subject(self) -> str:
        """The address that it speaks about first."""
        return self.source or self.destination or "?"

    def to_json(self) -> dict[str, Any]:
        """Keys in fixed order."""
        return {
            "report": self.report,
            "id": self.id,
            "kind": self.kind,
            "source": self.source,
            "destination": self.destination,
            "family": self.family,
            "start": self.start,
            "end": self.end,
            "evidence": self.evidence,
            "flows": self.flows,
            "reasons": list(self.reasons),
            "filter": self.filter,
        }


@dataclass(frozen=True)
class HostOfCase:
    """One host over all reports.

    Attributes:
        address: its address.
        suspicion: the highest in any report (two may be of one capture); no probability.
        evidence: of its strongest incident, log10; 0 without any.
        flows: that it began.
        suspicious: of these, unlike the baseline.
        malicious: of these, of a known family.
        bytes: payload of its flows, both directions.
        start: of its first flow, ISO 8601, UTC.
        end: of its last one.
        incidents: in which it is the source or the target, in order of time.
        filter: a Wireshark display filter that shows its packets.
    """

    address: str
    suspicion: float
    evidence: float
    flows: int
    suspicious: int
    malicious: int
    bytes: int
    start: str
    end: str
    incidents: tuple[Incident, ...]
    filter: str

    def to_json(self) -> dict[str, Any]:
        """Keys in fixed order; incidents by report and id."""
        return {
            "address": self.address,
            "suspicion": self.suspicion,
            "evidence": self.evidence,
            "flows": self.flows,
            "suspicious": self.suspicious,
            "malicious": self.malicious,
            "bytes": self.bytes,
            "start": self.start,
            "end": self.end,
            "incidents": [{"report": i.report, "id": i.id} for i in self.incidents],
            "filter": self.filter,
        }


@dataclass(frozen=True)
class Case:
    """What several reports say together.

    Attributes:
        reports: the files, as given.
        captures: name, SHA-256, start and end of each capture, each once.
        models: name, version and SHA-256 of each model, each once.
        interrupted: names of the reports that stop early.
        flows: over all reports.
        hosts: the most suspicious first (`hosts.ranked`).
        incidents: in order of time.
    """

    reports: tuple[str, ...]
    captures: tuple[Mapping[str, Any], ...]
    models: tuple[Mapping[str, Any], ...]
    interrupted: tuple[str, ...]
    flows: int
    hosts: tuple[HostOfCase, ...]
    incidents: tuple[Incident, ...]

    def to_json(self) -> dict[str, Any]:
        """Keys in fixed order."""
        return {
            "reports": list(self.reports),
            "captures": [dict(capture) for capture in self.captures],
            "models": [dict(model) for model in self.models],
            "interrupted": list(self.interrupted),
            "flows": self.flows,
            "hosts": [host.to_json() for host in self.hosts],
            "incidents": [incident.to_json() for incident in self.incidents],
        }


def review(paths: Iterable[str | os.PathLike[str]]) -> Case:
    """Read reports and put them together.

    Raises:
        UsageError: one of them is not a report.
    """
    files = [read_report(path) for path in paths]
    incidents = sorted(
        (_incident(file.name, item) for file in files for item in file.header["findings"]),
        key=lambda incident: (incident.start, incident.report, len(incident.id), incident.id),
    )
    return Case(
        reports=tuple(file.name for file in files),
        captures=_once(files, "captures", ("name", "sha256", "start", "end")),
        models=_once(files, "models", ("name", "version", "sha256")),
        interrupted=tuple(file.name for file in files if file.header.get("interrupted")),
        flows=sum(_whole_number(file.header["summary"].get("flows")) for file in files),
        hosts=_hosts(files, incidents),
        incidents=tuple(incidents),
    )


def _incident(report: str, item: Mapping[str, Any]) -> Incident:
    ports = [port for port in item["most_ports"] if isinstance(port, int)]
    addresses = [a for a in (item["source"], item["destination"]) if a]
    return Incident(
        report=report,
        id=item["id"],
        kind=item["kind"],
        source=item["source"],
        destination=item["destination"],
        family=item["family"],
        start=item["start"],
        end=item["end"],
        evidence=float(item["evidence"]),
        flows=item["flows"],
        reasons=tuple(str(reason) for reason in item["reasons"]),
        filter=display_filter(
            addresses, protocol=item["protocol"], ports=ports, port_count=item["ports"]
        ),
    )


def _hosts(files: Sequence[ReportFile], incidents: Sequence[Incident]) -> tuple[HostOfCase, ...]:
    """All hosts of all reports, `ranked`."""
    merged: dict[str, dict[str, Any]] = {}
    named: dict[str, set[int]] = {}
    place_of = {(incident.report, incident.id): i for i, incident in enumerate(incidents)}
    for file in files:
        for item in file.header["hosts"]:
            known = merged.setdefault(item["address"], dict(item, suspicion=0.0, flows=0,
                                      suspicious=0, malicious=0, bytes=0))  # fmt: skip
            known["suspicion"] = max(known["suspicion"], float(item["suspicion"]))
            for key in ("flows", "suspicious", "malicious", "bytes"):
                known[key] += item[key]
            known["start"] = min(known["start"], item["start"])
            known["end"] = max(known["end"], item["end"])
            for number in item["findings"]:
                place = place_of.get((file.name, number))
                if place is not None:
                    named.setdefault(item["address"], set()).add(place)
    for place, incident in enumerate(incidents):
        if incident.kind == "target" and incident.destination:
            named.setdefault(incident.destination, set()).add(place)
    its_incidents = {a: tuple(incidents[i] for i in sorted(its)) for a, its in named.items()}
    for address, its in its_incidents.items():
        merged.setdefault(address, {
            "suspicion": 0.0, "flows": 0, "suspicious": 0, "malicious": 0, "bytes": 0,
            "start": its[0].start, "end": max(i.end for i in its),
        })  # fmt: skip
    hosts = (
        HostOfCase(
            address=address,
            suspicion=host["suspicion"],
            evidence=max((i.evidence for i in its_incidents.get(address, ())), default=0.0),
            flows=host["flows"],
            suspicious=host["suspicious"],
            malicious=host["malicious"],
            bytes=host["bytes"],
            start=host["start"],
            end=host["end"],
            incidents=its_incidents.get(address, ()),
            filter=display_filter([address]),
        )
        for address, host in merged.items()
    )
    return tuple(ranked(hosts))


def _once(
    files: Sequence[ReportFile], key: str, wanted: Sequence[str]
) -> tuple[Mapping[str, Any], ...]:
    """Entries of all headers, cut to some keys, each once."""
    found: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for file in files:
        for item in file.header.get(key, []):
            entry = {name: item.get(name) for name in wanted}
            found.setdefault(tuple(str(value) for value in entry.values()), entry)
    return tuple(found.values())


def _whole_number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
