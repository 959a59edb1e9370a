"""Counts over all rows of a report: flows by verdict, label and finding; the worst flows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netad_pcap.flows import address_text
from netad_pcap.hosts import VERDICTS, utc_text
from netad_pcap.report.table import labels

if TYPE_CHECKING:
    from netad_pcap.report.spool import ReportRows

__all__ = ["WORST", "Counts", "WorstFlow", "count_rows"]

#: How many of the worst flows are told.
WORST = 5


@dataclass(frozen=True)
class WorstFlow:
    """A flagged flow that is in no finding.

    Attributes:
        source: address; None for tables without.
        destination: address.
        destination_port: 0 without ports.
        protocol: IP protocol.
        start_us: first packet, µs since 1970.
        score: higher = more suspicious.
        label: its Label.
        reasons: in words, with normal ranges.
    """

    source: str | None
    destination: str | None
    destination_port: int
    protocol: int
    start_us: int | None
    score: float
    label: str
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As it stands in a report."""
        return {
            "source": self.source,
            "destination": self.destination,
            "destination_port": self.destination_port,
            "protocol": self.protocol,
            "timestamp": None if self.start_us is None else utc_text(self.start_us),
            "score": round(self.score, 6),
            "label": self.label,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True)
class Counts:
    """What the summary says about flows.

    Attributes:
        flows: rows.
        scored: of these, with a verdict.
        benign: neither flagged nor in a finding.
        in_findings: in a finding.
        alone: flagged by their own verdict and in no finding.
        alone_malicious: of these, of a known family.
        unlike: flagged by their own verdict, in findings or not.
        expected_by_chance: of the flows in no finding, how many a harmless network would
            have flagged.
        labels: flows by Label, most first.
        alone_services: (protocol, destination port) of the flows in `alone`, most first, at
            most five.
        worst: the flows in `alone` with the highest scores.
    """

    flows: int
    scored: int
    benign: int
    in_findings: int
    alone: int
    alone_malicious: int
    unlike: int
    expected_by_chance: float
    labels: dict[str, int]
    alone_services: tuple[tuple[tuple[int, int], int], ...]
    worst: tuple[WorstFlow, ...]

    def to_json(self) -> dict[str, Any]:
        """As it stands in a report."""
        return {
            "flows": self.flows,
            "scored": self.scored,
            "benign": self.benign,
            "in_findings": self.in_findings,
            "alone": self.alone,
            "alone_malicious": self.alone_malicious,
            "unlike": self.unlike,
            "expected_by_chance": round(self.expected_by_chance, 3),
            "labels": dict(self.labels),
            "worst": [flow.to_json() for flow in self.worst],
        }


def count_rows(
    batches: Iterable[ReportRows], finding_families: tuple[str, ...], fpr: float
) -> Counts:
    """Count all rows once, batch by batch."""
    totals: Counter[str] = Counter()
    by_label: Counter[str] = Counter()
    services: Counter[tuple[int, int]] = Counter()
    worst: list[tuple[float, int, WorstFlow]] = []
    for rows in batches:
        scored = rows.scored
        judged = scored.verdict < len(VERDICTS)
        flagged = judged & (scored.verdict > 0)
        found = rows.finding > 0
        alone = flagged & ~found
        totals["flows"] += len(rows)
        totals["scored"] += int(judged.sum())
        totals["benign"] += int((judged & ~flagged & ~found).sum())
        totals["found"] += int(found.sum())
        totals["unlike"] += int(flagged.sum())
        totals["alone"] += int(alone.sum())
        totals["malicious"] += int((alone & (scored.verdict == 2)).sum())
        label = labels(rows, finding_families)
        by_label.update(label.tolist())
        _count_services(services, rows, alone)
        worst.extend(_worst(rows, alone, label))
        worst.sort(key=lambda item: item[:2])
        del worst[WORST:]
    by_label.pop("", None)
    outside = totals["scored"] - totals["found"]
    return Counts(
        flows=totals["flows"],
        scored=totals["scored"],
        benign=totals["benign"],
        in_findings=totals["found"],
        alone=totals["alone"],
        alone_malicious=totals["malicious"],
        unlike=totals["unlike"],
        expected_by_chance=fpr * max(0, outside),
        labels=dict(sorted(by_label.items(), key=lambda item: (-item[1], item[0]))),
        alone_services=tuple(sorted(services.items(), key=lambda item: (-item[1], item[0]))[:5]),
        worst=tuple(flow for _, _, flow in worst),
    )


def _count_services(services: Counter[tuple[int, int]], rows: ReportRows, alone: Any) -> None:
    ids = rows.scored.flows.identity
    if "protocol" in ids and "dst_port" in ids and alone.any():
        pairs = np.column_stack([ids["protocol"][alone], ids["dst_port"][alone]])
        values, counts = np.unique(pairs, axis=0, return_counts=True)
        for (protocol, port), count in zip(values.tolist(), counts.tolist(), strict=True):
            services[protocol, port] += count


def _worst(rows: ReportRows, alone: Any, label: Any) -> list[tuple[float, int, WorstFlow]]:
    """The worst flows of a batch, each led by what it is sorted by."""
    scored, ids = rows.scored, rows.scored.flows.identity
    places = np.flatnonzero(alone)
    places = places[np.argsort(-scored.score[places], kind="stable")][:WORST]
    result = []
    for place in places.tolist():

        def one(name: str, place: int = place) -> Any:
            return ids[name][place].item() if name in ids else None

        def address(name: str, place: int = place) -> str | None:
            return str(address_text(ids[name][place : place + 1])[0]) if name in ids else None

        flow = WorstFlow(
            source=address("src_ip"),
            destination=address("dst_ip"),
            destination_port=one("dst_port") or 0,
            protocol=one("protocol") or 0,
            start_us=one("start_us"),
            score=float(scored.score[place]),
            label=str(label[place]),
            reasons=tuple(scored.reasons.get(place, ())),
        )
        result.append((-flow.score, rows.first_row + place, flow))
    return result
