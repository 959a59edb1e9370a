"""FindingBook: evidence about hosts, pairs and targets, kept while flows stream by.

Batches of scored flows go in; out come, for each row, the finding that is known at it, and
later which earlier rows a new finding takes in. Cutting the input anywhere changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.families import ANOMALY, ATTACKS
from netad_pcap.flows import FlowBatch, address_text
from netad_pcap.hosts import layout
from netad_pcap.hosts.evidence import EVIDENCE_P, KAPPAS
from netad_pcap.hosts.finding import HOST, KINDS, TARGET, Finding, HostRecord, ranked
from netad_pcap.hosts.kernel import QUIET_US, weigh
from netad_pcap.hosts.recent import EVIDENCE_ROW, Tally, address_words, evidence_rows, matching
from netad_pcap.hosts.scored import ScoredFlows
from netad_pcap.hosts.words import reasons_of

__all__ = [
    "ALERTS_PER_DAY",
    "NEEDED",
    "Attribution",
    "FindingBook",
    "mute_rows",
]

#: False findings expected per day of capture time begun, at most.
ALERTS_PER_DAY = 0.1
#: A source with a smaller share of a target's suspicious flows is not named: it is one of too many,
#: or a client that was swept along.
_LEAST_SHARE = 1 / 16
#: Identity columns without which flows speak for nobody.
NEEDED = ("src_ip", "dst_ip", "dst_port", "protocol", "start_us", "end_us")
#: ICMP and ICMPv6 error types: they answer what others did (RFC 792; RFC 4443, section 2.1).
_ICMP_ERRORS = (3, 4, 5, 11, 12)
_ICMPV6_ERRORS = (1, 2, 3, 4)


@dataclass(frozen=True, eq=False)
class Attribution:
    """Which findings the rows of a batch rest on.

    Attributes:
        finding: int32 [n], number of the finding known at the row (1 for `f1`), or −1.
        earlier_row: int64 [k], rows of the whole input, counted from 0, that a finding made
            in this batch takes in afterwards; they may lie in this batch too.
        earlier_finding: int32 [k], the finding that each of them belongs to.
        new: numbers of the findings made in this batch.
    """

    finding: NDArray[np.int32]
    earlier_row: NDArray[np.int64]
    earlier_finding: NDArray[np.int32]
    new: tuple[int, ...]


class FindingBook:
    """Findings and hosts of one stream of flows.

    Args:
        alerts_per_day: false findings expected per day of capture time begun, at most.
        max_entities: hosts, pairs and targets remembered at once.
    """

    def __init__(
        self,
        *,
        alerts_per_day: float = ALERTS_PER_DAY,
        max_entities: int = layout.MAX_ENTITIES,
    ) -> None:
        if max_entities < 3:
            raise ValueError("max_entities: a flow has three, a host, a pair and a target")
        self.alerts_per_day = float(alerts_per_day)
        self._entities = np.zeros(max_entities, dtype=layout.ENTITY)
        self._invested = np.zeros((max_entities, len(KAPPAS)))
        self._sums = np.zeros((max_entities, len(ATTACKS)))
        buckets = 1 << max(4, (2 * max_entities - 1).bit_length())
        self._heads = np.full(buckets, -1, dtype="i4")
        self._book = np.zeros(1, dtype=layout.BOOK)
        self._book["newest"] = self._book["oldest"] = -1
        self._retired = np.zeros(layout.RETIRED_HOSTS, dtype=layout.ENTITY)
        self._retired["newer"] = -1
        self._once = np.zeros((layout.ONCE_SLOTS, 3), dtype="i8")
        self._findings = np.zeros(64, dtype=layout.FINDING)
        self._family_sums = np.zeros((64, len(ATTACKS)))
        self._events = np.zeros(64, dtype=layout.EVENT)
        self._recent = np.zeros(0, dtype=EVIDENCE_ROW)
        self._tallies: list[Tally] = []

    def update(self, scored: ScoredFlows) -> Attribution:
        """Weigh a batch of flows.

        Flows without addresses (tables that lack them) speak for nobody.
        """
        flows, n = scored.flows, len(scored)
        finding = np.full(n, -1, dtype="i4")
        if not n or any(name not in flows.identity for name in NEEDED):
            return Attribution(finding, np.empty(0, "i8"), np.empty(0, "i4"), ())
        source = address_words(flows.identity["src_ip"])
        destination = address_words(flows.identity["dst_ip"])
        probabilities, row_family = _attacks(scored)
        mute = mute_rows(flows)
        first_row = int(self._book["rows"][0])
        known = int(self._book["findings"][0])
        size = _sizes(flows)
        events = []
        done = 0
        while done < n:
            self._make_room()
            done = weigh(
                self._entities, self._invested, self._sums, self._heads, self._book,
                self._retired, self._once, self._findings, self._family_sums, self._events,
                KAPPAS, self.alerts_per_day, layout.MAX_FINDINGS,
                source, destination,
                flows.identity["dst_port"], flows.identity["protocol"],
                flows.identity["start_us"], flows.identity["end_us"],
                np.asarray(scored.p_value, "f8"), np.asarray(scored.verdict, "u1"),
                size, mute, row_family, probabilities, done, finding,
            )  # fmt: skip
            events.append(self._events[: int(self._book["events"][0])].copy())
            self._book["events"] = 0
        speaking = np.flatnonzero((scored.p_value <= EVIDENCE_P) & ~mute)
        rows = evidence_rows(flows, speaking, first_row, source, destination, row_family, finding)
        new = tuple(range(known + 1, int(self._book["findings"][0]) + 1))
        self._tallies.extend(Tally() for _ in new)
        earlier = self._take_in(rows, np.concatenate(events))
        finding[finding >= 0] += 1
        return Attribution(finding, *earlier, new)

    def _make_room(self) -> None:
        """The kernel stops when these are full; they double up to the cap on findings."""
        if int(self._book["findings"][0]) == len(self._findings):
            self._findings = np.concatenate([self._findings, np.zeros_like(self._findings)])
            self._family_sums = np.concatenate(
                [self._family_sums, np.zeros_like(self._family_sums)]
            )

    def _take_in(
        self, rows: NDArray[Any], events: NDArray[Any]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Earlier flows of each finding made now; counts of all; what to remember."""
        told = rows[rows["finding"] >= 0]
        joined, joined_at = [told], [told["row"]]
        recent = np.concatenate([self._recent, rows])
        earlier_row, earlier_finding = [np.empty(0, "i8")], [np.empty(0, "i4")]
        for event in events:
            here = int(np.searchsorted(recent["row"], event["row"]))
            window = recent[max(0, here - layout.MAX_RECENT) : here]
            wanted = matching(window, event)
            number = int(event["finding"])
            window["finding"][wanted] = number
            joined.append(window[wanted])
            joined_at.append(np.full(len(joined[-1]), event["row"], dtype="i8"))
            earlier_row.append(joined[-1]["row"])
            earlier_finding.append(np.full(len(joined[-1]), number + 1, dtype="i4"))
        self._recent = recent[-layout.MAX_RECENT :].copy()
        # In the order in which they join, however the input was cut: the first peers are counted.
        counted = np.concatenate(joined)
        counted = counted[np.lexsort((counted["row"], np.concatenate(joined_at)))]
        for number in np.unique(counted["finding"]).tolist():
            self._tallies[number].add(counted[counted["finding"] == number])
        return np.concatenate(earlier_row), np.concatenate(earlier_finding)

    @property
    def rows(self) -> int:
        """Rows weighed so far."""
        return int(self._book["rows"][0])

    @property
    def untold(self) -> int:
        """Crossings of the budget behind the cap on findings: counted, not told."""
        return int(self._book["untold"][0])

    def outline(self, number: int) -> tuple[int, str, int]:
        """Flows, family and end (µs since 1970) of a finding: what tells whether it changed."""
        record, tally = self._findings[number - 1], self._tallies[number - 1]
        return tally.flows, _family(record), tally.end_us

    def finding(self, number: int) -> Finding:
        """The finding of this number (1 for `f1`) as it stands now."""
        record, tally = self._findings[number - 1], self._tallies[number - 1]
        kind = int(record["kind"])
        family = _family(record)
        source = _address(record["src_high"], record["src_low"]) if kind != TARGET else None
        destination = _address(record["dst_high"], record["dst_low"]) if kind != HOST else None
        ports = [p for p, _ in sorted(tally.ports.items(), key=lambda item: (-item[1], item[0]))]
        protocol = min(tally.protocols, key=lambda p: (-tally.protocols[p], p), default=0)
        counts: dict[str, Any] = {
            "flows": tally.flows,
            "unanswered": tally.unanswered,
            "refused": tally.refused,
            "forward_bytes": tally.forward_bytes,
            "backward_bytes": tally.backward_bytes,
            "mean_duration_us": tally.mean_duration_us,
            "duration_spread": tally.duration_spread,
            "protocol": protocol,
        }
        reasons = reasons_of(
            kind=KINDS[kind],
            source=source,
            destination=destination,
            family=family,
            sources=len(tally.sources),
            destinations=len(tally.destinations),
            ports=ports[:8],
            port_count=len(ports),
            minimum=tally.full,
            **counts,
        )
        return Finding(
            number=number,
            kind=KINDS[kind],
            source=source,
            destination=destination,
            family=family,
            start_us=tally.start_us,
            end_us=tally.end_us,
            evidence=float(record["evidence"]),
            peers=len(tally.sources if kind == TARGET else tally.destinations),
            ports=len(ports),
            most_ports=tuple(ports[:8]),
            packets=tally.packets,
            counts_are_minimum=tally.full,
            open=int(self._book["clock_us"][0]) - tally.end_us < QUIET_US,
            reasons=reasons,
            **counts,
        )

    def findings(self) -> list[Finding]:
        """All findings, in order of discovery."""
        return [self.finding(number) for number in range(1, len(self._tallies) + 1)]

    def hosts(self, limit: int = layout.RETIRED_HOSTS) -> list[HostRecord]:
        """The most suspicious hosts, `ranked`."""
        named: dict[tuple[int, int], list[str]] = {}
        for number, tally in enumerate(self._tallies):
            record = self._findings[number]
            subjects = {(int(record["src_high"]), int(record["src_low"]))}
            if int(record["kind"]) == TARGET:
                # Not of all flows: of more sources than are remembered, not all are counted.
                least = _LEAST_SHARE * tally.sources.total()
                subjects = {source for source, flows in tally.sources.items() if flows >= least}
            for key in subjects:
                named.setdefault(key, []).append(f"f{number + 1}")
        kept = self._entities[: int(self._book["size"][0])]
        hosts = np.concatenate(
            [kept[kept["kind"] == HOST], self._retired[self._retired["suspicion"] > 0]]
        )
        order = np.lexsort((hosts["src_low"], hosts["src_high"], -hosts["suspicion"]))
        return ranked(
            HostRecord(
                address=_address(row["src_high"], row["src_low"]),
                suspicion=float(row["suspicion"]),
                flows=int(row["flows"]),
                suspicious=int(row["suspicious"]),
                malicious=int(row["malicious"]),
                bytes=int(row["bytes"]),
                start_us=int(row["start_us"]),
                end_us=int(row["end_us"]),
                findings=tuple(named.get((int(row["src_high"]), int(row["src_low"])), ())),
            )
            for row in hosts[order[:limit]]
        )


def _family(record: Any) -> str:
    return ATTACKS[record["family"]] if record["family"] >= 0 else ANOMALY


def _attacks(scored: ScoredFlows) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Probabilities of the attack families, float64 [n, len(ATTACKS)], and the attack family
    with a probability of at least one half, int32 [n], −1 = none."""
    n = len(scored)
    result = np.zeros((n, len(ATTACKS)))
    for place, family in enumerate(scored.families):
        if family in ATTACKS and scored.probabilities.shape[1] > place:
            column = scored.probabilities[:, place]
            result[:, ATTACKS.index(family)] = np.nan_to_num(column, nan=0.0)
    best = result.argmax(axis=1).astype("i4")
    return result, np.where(result[np.arange(n), best] >= 0.5, best, -1).astype("i4")


def mute_rows(flows: FlowBatch) -> NDArray[np.bool_]:
    """Rows that speak for nobody, bool [n]: errors that answer what others did, and open
    flows, whose rows come again."""
    mute = np.zeros(len(flows), dtype=bool)
    if "open" in flows.identity:
        mute |= flows.identity["open"]
    if "ICMP Type" in flows.features:
        kind, protocol = flows.features["ICMP Type"], flows.identity["protocol"]
        mute |= (protocol == 1) & np.isin(kind, _ICMP_ERRORS)
        mute |= (protocol == 58) & np.isin(kind, _ICMPV6_ERRORS)
    return mute


def _sizes(flows: FlowBatch) -> NDArray[np.int64]:
    """Payload bytes of each flow, both directions, int64 [n]."""
    forward, backward = flows.payload()
    return np.clip(forward + backward, 0, 2.0**62).astype("i8")


def _address(high: int, low: int) -> str:
    """Two words as the text of an address."""
    data = int(high).to_bytes(8, "big") + int(low).to_bytes(8, "big")
    return str(address_text(np.frombuffer(data, "u1").reshape(1, 16))[0])
