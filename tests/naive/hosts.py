"""The slow, obvious twin of `netad_pcap.hosts`: dictionaries, one flow at a time."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from netad_pcap.families import ATTACKS
from netad_pcap.flows import address_text
from netad_pcap.hosts import VERDICTS, ScoredFlows
from netad_pcap.hosts.evidence import excess

KAPPAS = (0.15, 0.3, 0.5, 0.7, 0.9)
P_FLOOR, EVIDENCE_P = 1e-3, 0.1
DESIGN_EFFECT, KNOWN_EFFECT = 3.0, 1.5
MEMORY_S = 3_600
QUIET_US, DAY_US = 1_800_000_000, 86_400_000_000


@dataclass
class Entity:
    kind: str
    ends: tuple[str, str]
    number: int
    since_row: int
    steps: int = 0
    support: int = 0
    wealth: list[float] = field(default_factory=lambda: [0.0] * len(KAPPAS))
    sums: list[float] = field(default_factory=lambda: [0.0] * len(ATTACKS))
    findings: list[Found] = field(default_factory=list)
    related: Found | None = None
    suspicion: float = 0.0


@dataclass
class Found:
    number: int
    kind: str
    ends: tuple[str, str]
    end_us: int
    rows: int = 0
    family: int = -1
    sums: list[float] = field(default_factory=lambda: [0.0] * len(ATTACKS))
    members: list[int] = field(default_factory=list)

    def join(self, sums: Any, rows: int, end_us: int) -> None:
        self.rows += rows
        self.end_us = max(self.end_us, end_us)
        self.sums = [a + b for a, b in zip(self.sums, sums, strict=True)]
        self.family = family_of(self.sums, self.rows)


def family_of(sums: list[float], rows: int) -> int:
    best = max(range(len(sums)), key=lambda i: (sums[i], -i))
    if sum(sums) <= 0 or sums[best] < 0.5 * sum(sums) or sums[best] < 0.1 * rows:
        return -1
    return best


class NaiveBook:
    """Findings by number with their rows, from one go over all flows."""

    def __init__(
        self, alerts_per_day: float = 0.1, max_entities: int = 1 << 17, retired: int = 1024
    ) -> None:
        self.alerts_per_day = alerts_per_day
        self.max_entities = max_entities
        self.entities: OrderedDict[tuple[str, str, str], Entity] = OrderedDict()
        self.numbers = 0
        self.found: list[Found] = []
        self.retired = [("", 0.0)] * retired

    def _entity(self, kind: str, ends: tuple[str, str], row: int) -> Entity:
        key = (kind, *ends)
        if key in self.entities:
            self.entities.move_to_end(key)
            return self.entities[key]
        suspicion = 0.0
        for place, (address, its) in enumerate(self.retired):
            if kind == "host" and address == ends[0]:
                suspicion, self.retired[place] = its, ("", 0.0)
        if len(self.entities) == self.max_entities:
            _, forgotten = self.entities.popitem(last=False)
            least = min(range(len(self.retired)), key=lambda i: self.retired[i][1])
            if forgotten.kind == "host" and forgotten.suspicion > self.retired[least][1]:
                self.retired[least] = (forgotten.ends[0], forgotten.suspicion)
        self.numbers += 1
        self.entities[key] = Entity(kind, ends, self.numbers, row, suspicion=suspicion)
        return self.entities[key]

    def suspicions(self) -> dict[str, float]:
        """By host that is remembered or retired."""
        remembered = {e.ends[0]: e.suspicion for e in self.entities.values() if e.kind == "host"}
        return {**remembered, **{address: its for address, its in self.retired if its}}

    def run(self, scored: ScoredFlows) -> list[Found]:
        ids = scored.flows.identity
        sources, destinations = address_text(ids["src_ip"]), address_text(ids["dst_ip"])
        once: dict[Any, tuple[int, int]] = {}
        evidence_rows: list[tuple[int, str, str, int]] = []
        in_finding: dict[int, Found] = {}
        first_us = clock = days = day = 0
        for row in range(len(scored)):
            a, b = sources[row], destinations[row]
            end_us, p = int(ids["end_us"][row]), float(scored.p_value[row])
            probabilities = [
                float(scored.probabilities[row, scored.families.index(name)]) for name in ATTACKS
            ]
            top = max(range(len(ATTACKS)), key=lambda i: (probabilities[i], -i))
            family = top if probabilities[top] >= 0.5 else -1
            if row == 0:
                first_us, clock, days = int(ids["start_us"][0]), end_us, 1
            clock = max(clock, end_us)
            if (clock - first_us) // DAY_US > day:
                day, days = (clock - first_us) // DAY_US, days + 1
            host = self._entity("host", (a, ""), row)
            pair = self._entity("pair", (a, b), row)
            target = self._entity("target", ("", b), row)
            host.suspicion += excess(p)
            place = (a, b, int(ids["dst_port"][row]), int(ids["protocol"][row]))
            second = end_us // 1_000_000
            told = once.get(place)
            last, gap = (second, 0) if told is None else told
            counts = second >= last + gap or second < last
            if counts:
                longer = second < last + MEMORY_S
                once[place] = (second, min(gap + 1, MEMORY_S) if longer else 1)
            p = p if p <= 1 else 1.0
            if p <= EVIDENCE_P:
                evidence_rows.append((row, a, b, family))
                found = next(
                    (
                        f
                        for f in (self._open(e.findings, family, end_us)
                                  for e in (pair, host, target))
                        if f is not None
                    ),
                    None,
                )  # fmt: skip
                if found is not None:
                    found.members.append(row)
                    in_finding[row] = found
                    found.join(probabilities, 1, end_us)
                    continue
            if not counts:
                continue
            logs = {}
            passed = {}
            for entity in (host, pair, target):
                entity.steps += 1
                fresh = 1.0 / (entity.steps * (entity.steps + 1))
                if sum(entity.wealth) / len(KAPPAS) < fresh:
                    entity.since_row, entity.support = row, 0
                    entity.sums = [0.0] * len(ATTACKS)
                q = max(p, P_FLOOR)
                known = VERDICTS[scored.verdict[row]] == "malicious"
                effect = KNOWN_EFFECT if known else DESIGN_EFFECT
                entity.wealth = [
                    (w + fresh) * (k * q ** (k - 1)) ** (1 / effect)
                    for w, k in zip(entity.wealth, KAPPAS, strict=True)
                ]
                if p <= EVIDENCE_P:
                    entity.support += 1
                    entity.sums = [x + y for x, y in zip(entity.sums, probabilities, strict=True)]
                wealth = sum(entity.wealth) / len(KAPPAS) + 1.0 / (entity.steps + 1)
                logs[entity.kind] = math.log(wealth)
                k = entity.number
                passed[entity.kind] = wealth >= k * (k + 1) / (self.alerts_per_day * days)
            if p > EVIDENCE_P or not any(passed.values()):
                continue
            best = max(logs.values())
            if logs["pair"] >= 0.7 * best:
                subject = pair
            elif passed["host"] and (logs["host"] >= logs["target"] or not passed["target"]):
                subject = host
            elif passed["target"]:
                subject = target
            else:
                subject = pair
            its_family = family_of(subject.sums, subject.support)
            new: Found | None = None
            end = subject
            if subject is not target and self._widens(host.related, its_family, end_us):
                new, end = host.related, host
            elif subject is not host and self._widens(target.related, its_family, end_us):
                new, end = target.related, target
            if new is None:
                new = Found(len(self.found) + 1, end.kind, end.ends, end_us)
                self.found.append(new)
                if end is pair:
                    host.related = target.related = new
            new.kind, new.ends = end.kind, end.ends
            end.findings.insert(0, new)
            new.join(subject.sums, subject.support, end_us)
            new.members.append(row)
            in_finding[row] = new
            for earlier, source, destination, its in evidence_rows:
                if (
                    subject.since_row <= earlier < row
                    and earlier not in in_finding
                    and (subject is target or source == a)
                    and (subject is host or destination == b)
                    and (new.family < 0 or its < 0 or its == new.family)
                ):
                    new.members.append(earlier)
                    in_finding[earlier] = new
            for entity in (host, pair, target):
                self.numbers += 1
                entity.number, entity.since_row = self.numbers, row + 1
                entity.steps = entity.support = 0
                entity.wealth = [0.0] * len(KAPPAS)
                entity.sums = [0.0] * len(ATTACKS)
        for found in self.found:
            found.members.sort()
        return self.found

    @staticmethod
    def _open(findings: list[Found], family: int, clock: int) -> Found | None:
        recent = [f for f in findings if clock - f.end_us <= QUIET_US]
        same = [f for f in recent if f.family == family]
        return next(iter([*same, *(f for f in recent if family < 0 or f.family < 0)]), None)

    @staticmethod
    def _widens(related: Found | None, family: int, clock: int) -> bool:
        return (
            related is not None
            and related.kind == "pair"
            and (related.family == family or related.family < 0 or family < 0)
            and clock - related.end_us <= QUIET_US
        )
