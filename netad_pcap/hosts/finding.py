"""What is said about hosts, pairs and targets: findings, and the ranking of hosts.

One finding or host is a small frozen record; flows stay columns (`FlowBatch`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

__all__ = ["HOST", "KINDS", "PAIR", "TARGET", "Finding", "HostRecord", "ranked", "utc_text"]

#: Kinds of entity that evidence is kept about; a kind's number is its place here.
KINDS = ("host", "pair", "target")
HOST, PAIR, TARGET = range(3)


@dataclass(frozen=True)
class Finding:
    """A host, a pair or a target whose evidence passed the budget for findings.

    Attributes:
        number: counts from 1 in order of discovery; the id is `f<number>`.
        kind: `host` (a source), `pair` (source and destination) or `target` (a destination).
        source: address of the source; None for a target.
        destination: address of the destination; None for a host.
        family: a name of `netad_pcap.families`; `anomaly` where no family explains it.
        start_us: start of the earliest of its flows, µs since 1970.
        end_us: last packet of its flows, µs since 1970.
        evidence: log10 of the e-value of its flows when it was found, plus what came since.
        flows: flows that it rests on.
        peers: distinct addresses at the other end (sources of a target).
        ports: distinct destination ports.
        most_ports: the destination ports with most flows, most first, at most eight.
        protocol: IP protocol of most of its flows.
        unanswered: flows without a packet from the destination.
        refused: flows that the destination reset before any payload.
        packets: packets of its flows, both directions.
        forward_bytes: payload bytes from source to destination.
        backward_bytes: payload bytes from destination to source.
        mean_duration_us: mean duration of its flows, µs.
        duration_spread: standard deviation of the durations over their mean.
        counts_are_minimum: more peers or ports were there than are counted exactly.
        open: flows were still coming when the capture ended.
        reasons: what happened, in words, most telling first.
    """

    number: int
    kind: str
    source: str | None
    destination: str | None
    family: str
    start_us: int
    end_us: int
    evidence: float
    flows: int
    peers: int
    ports: int
    most_ports: tuple[int, ...]
    protocol: int
    unanswered: int
    refused: int
    packets: int
    forward_bytes: int
    backward_bytes: int
    mean_duration_us: float
    duration_spread: float
    counts_are_minimum: bool
    open: bool
    reasons: tuple[str, ...]

    @property
    def id(self) -> str:
        """The id that flows carry in `Finding`: `f1`, `f2`, …"""
        return f"f{self.number}"

    @property
    def subject(self) -> str:
        """The address that the finding speaks about first."""
        return self.source if self.source is not None else str(self.destination)

    def to_json(self) -> dict[str, Any]:
        """As it stands in a report, keys in fixed order."""
        return {
            "id": self.id,
            "kind": self.kind,
            "source": self.source,
            "destination": self.destination,
            "family": self.family,
            "start": utc_text(self.start_us),
            "end": utc_text(self.end_us),
            "open": self.open,
            "evidence": round(self.evidence, 6),
            "flows": self.flows,
            "peers": self.peers,
            "ports": self.ports,
            "counts_are_minimum": self.counts_are_minimum,
            "most_ports": list(self.most_ports),
            "protocol": self.protocol,
            "unanswered": self.unanswered,
            "refused": self.refused,
            "packets": self.packets,
            "forward_bytes": self.forward_bytes,
            "backward_bytes": self.backward_bytes,
            "mean_duration_us": round(self.mean_duration_us, 3),
            "duration_spread": round(self.duration_spread, 6),
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True)
class HostRecord:
    """One source host in the ranking by suspicion.

    Attributes:
        address: its address.
        suspicion: over its flows, the sum of the decades by which each is stranger than the mean
            harmless one (`evidence.excess`); no probability.
        flows: flows that it began.
        suspicious: of these, with the verdict `suspicious`.
        malicious: of these, with the verdict `malicious`.
        bytes: payload bytes of its flows, both directions.
        start_us: start of its first flow, µs since 1970.
        end_us: last packet of its flows, µs since 1970.
        findings: ids of the findings in which it is a source, or the target.
    """

    address: str
    suspicion: float
    flows: int
    suspicious: int
    malicious: int
    bytes: int
    start_us: int
    end_us: int
    findings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it stands in a report, keys in fixed order."""
        return {
            "address": self.address,
            "suspicion": round(self.suspicion, 6),
            "flows": self.flows,
            "suspicious": self.suspicious,
            "malicious": self.malicious,
            "bytes": self.bytes,
            "start": utc_text(self.start_us),
            "end": utc_text(self.end_us),
            "findings": list(self.findings),
        }


class _Suspect(Protocol):
    @property
    def address(self) -> str: ...
    @property
    def suspicion(self) -> float: ...


_Host = TypeVar("_Host", bound=_Suspect)


def ranked(hosts: Iterable[_Host]) -> list[_Host]:
    """The one order of hosts, in reports and in reviews of several: the most suspicious first,
    with or without findings (decision 17); among equals by address."""
    return sorted(hosts, key=lambda host: (-host.suspicion, host.address))


def utc_text(time_us: int) -> str:
    """A time as ISO 8601 in UTC with microseconds and `Z`; years beyond 9999 as 9999's end."""
    epoch = dt.datetime(1970, 1, 1)
    try:
        moment = epoch + dt.timedelta(microseconds=int(time_us))
    except OverflowError:
        moment = dt.datetime.max if time_us > 0 else dt.datetime.min
    return moment.isoformat(timespec="microseconds") + "Z"
