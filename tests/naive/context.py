"""The slow, obvious twin of `context.counters`: every row looks back over all flows before it.

A flow is a list of what was told of it; what it adds now is what it was told to be last.
Sums are made anew for each row, without tables that forget.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from netad_pcap.schema.context import CONTEXT, ENTITIES, QUANTITIES, SCALES_S


@dataclass
class Row:
    """A row as the meter gives it."""

    flow: int
    packet: int  # number of the flow's last packet
    src: int
    dst: int
    port: int
    start_us: int
    end_us: int
    up: float
    down: float
    answered: bool
    state: str
    open: bool
    ended: bool
    group: bool = False  # sent to a multicast or broadcast address
    zone: int = 0  # of the name asked for last; 0 = none
    name: int = 0
    questions: int = 0
    names: int = 0  # that are not the one asked for before
    name_bytes: int = 0


@dataclass
class Flow:
    """A flow as told so far."""

    keys: tuple[Any, ...]
    counted_us: int
    start_us: int
    row: Row
    alike: list[bool] = field(default_factory=list)
    context: dict[str, float] = field(default_factory=dict)
    is_open: bool = True


@dataclass
class Asked:
    """What one telling of a flow adds to its zone."""

    time_us: int
    zone: Any
    questions: int
    names: int
    name_bytes: int
    first: int | None  # the name, of a flow that is new


class NaiveContext:
    """Context of one row after the other."""

    def __init__(self) -> None:
        self.flows: dict[int, Flow] = {}
        self.order: list[Flow] = []
        self.now = -(10**18)
        self.asked: list[Asked] = []

    def tell(self, row: Row) -> dict[str, float]:
        known = self.flows.get(row.flow)
        if known is not None and known.row.packet == row.packet:
            if not row.open:
                del self.flows[row.flow]
                if row.ended:
                    known.is_open = False
            return known.context
        self.now = max(self.now, row.end_us)
        port = 0 if row.group else row.port
        keys = (row.src, row.dst, (row.src, row.dst), (row.dst, port), (row.src, row.dst, port))
        zone = (row.src, row.zone) if row.zone else None
        alike = [self._alike(kind, key, row) for kind, key in enumerate(keys)]
        if known is None:
            known = Flow(keys, self.now, row.start_us, row)
            self.flows[row.flow] = known
            self.order.append(known)
        if zone is not None:
            before = Row(**{**vars(row), "questions": 0, "names": 0, "name_bytes": 0})
            before = before if known.row is row else known.row
            self.asked.append(
                Asked(
                    self.now,
                    zone,
                    row.questions - before.questions,
                    max(row.names - 1, 0) - max(before.names - 1, 0),
                    row.name_bytes - before.name_bytes,
                    row.name if known.row is row else None,
                )
            )
        known.row, known.alike, known.is_open = row, alike, not row.ended
        known.context = {name: max(self._value(name, keys, zone), 0.0) for name in CONTEXT}
        if not row.open:
            del self.flows[row.flow]
        return known.context

    def _mine(self, kind: int, key: Any) -> list[Flow]:
        return [flow for flow in self.order if flow.keys[kind] == key]

    def _sum(self, kind: int, key: Any, scale_s: int, value: Any) -> float:
        return sum(
            math.exp((flow.counted_us - self.now) / (scale_s * 1e6)) * float(value(flow))
            for flow in self._mine(kind, key)
        )

    def _alike(self, kind: int, key: Any, row: Row) -> bool:
        flows = self._sum(kind, key, SCALES_S[-1], lambda f: 1)
        if flows < 0.5:
            return False
        up = self._sum(kind, key, SCALES_S[-1], lambda f: math.log1p(f.row.up)) / flows
        down = self._sum(kind, key, SCALES_S[-1], lambda f: math.log1p(f.row.down)) / flows
        return abs(math.log1p(row.up) - up) < 0.1 and abs(math.log1p(row.down) - down) < 0.1

    def _met(self, kind: int, key: Any, scale_s: int, of: int) -> float:
        """How many entities of kind `of` were met, each once a scale."""
        total = 0.0
        counted: dict[Any, int] = {}
        for flow in self.order:
            last = counted.get(flow.keys[of])
            if last is None or flow.counted_us - last >= scale_s * 1e6:
                counted[flow.keys[of]] = flow.counted_us
                if flow.keys[kind] == key:
                    total += math.exp((flow.counted_us - self.now) / (scale_s * 1e6))
        return total

    def _value(self, name: str, keys: tuple[Any, ...], zone: Any) -> float:
        column = CONTEXT[name]
        kind, scale_s = column.entity, SCALES_S[column.scale]
        quantity = tuple(QUANTITIES)[column.quantity]
        if ENTITIES[kind] == "zone":
            return 0.0 if zone is None else self._zone(zone, quantity, scale_s)
        key, entity = keys[kind], ENTITIES[kind]

        def total(value: Any) -> float:
            return self._sum(kind, key, scale_s, value)

        sums = {
            "flows": lambda f: 1,
            "unanswered": lambda f: not (f.row.answered or f.row.group),
            "refused": lambda f: f.row.state == "REJ",
            "reset": lambda f: f.row.state in ("RSTO", "RSTR", "RSTOS0", "RSTRH"),
            "empty": lambda f: f.row.up + f.row.down == 0,
            "alike": lambda f: f.alike[kind],
            "uploaded": lambda f: f.row.up,
        }
        if quantity in sums:
            return total(sums[quantity])
        flows = max(total(sums["flows"]), 1e-9)  # all faded away: nothing is known
        if quantity == "unanswered_share":
            return min(total(sums["unanswered"]) / flows, 1.0)
        if quantity == "empty_share":
            return min(total(sums["empty"]) / flows, 1.0)
        if quantity == "partners":
            return self._met(kind, key, scale_s, 4 if entity == "service" else 2)
        if quantity == "services":
            return self._met(kind, key, scale_s, 3 if entity == "destination" else 4)
        if quantity == "upload_share":
            both = total(lambda f: f.row.up + f.row.down)
            return total(sums["uploaded"]) / both if both > 0.5 else 0.5
        if quantity.startswith(("mean", "spread")):
            side = "up" if quantity.endswith("up") else "down"
            mean = total(lambda f: math.log1p(getattr(f.row, side))) / flows
            if quantity.startswith("mean"):
                return math.expm1(mean) if flows > 1e-3 else 0.0
            if flows <= 2.5:
                return 1.0
            square = total(lambda f: math.log1p(getattr(f.row, side)) ** 2) / flows
            return math.sqrt(max(square - mean**2, 0.0))
        if quantity == "open":
            return sum(flow.is_open for flow in self._mine(kind, key))
        if quantity == "known":
            return (self.now - self._mine(kind, key)[0].counted_us) / 1e6
        return self._gaps(kind, key, quantity)

    def _zone(self, zone: Any, quantity: str, scale_s: int) -> float:
        mine = [asked for asked in self.asked if asked.zone == zone]
        weight = [math.exp((asked.time_us - self.now) / (scale_s * 1e6)) for asked in mine]
        questions = sum(w * asked.questions for w, asked in zip(weight, mine, strict=True))
        if quantity == "questions":
            return questions
        if quantity == "name_length":
            length = sum(w * asked.name_bytes for w, asked in zip(weight, mine, strict=True))
            return min(length / max(questions, 1e-3), 253.0)
        names = 0.0
        counted: dict[int, int] = {}
        for w, asked in zip(weight, mine, strict=True):
            names += w * asked.names
            if asked.first is not None:
                last = counted.get(asked.first)
                if last is None or asked.time_us - last >= scale_s * 1e6:
                    counted[asked.first] = asked.time_us
                    names += w
        return names

    def _gaps(self, kind: int, key: Any, quantity: str) -> float:
        starts = [flow.start_us for flow in self._mine(kind, key)]
        mean = variance = 0.0
        for number in range(1, len(starts)):
            gap = max((starts[number] - starts[number - 1]) / 1e6, 0.0)
            share = 1.0 / min(number, 16)
            off = gap - mean
            mean += share * off
            variance = (1 - share) * (variance + share * off * off)
        if quantity == "gap":
            return mean
        return 1.0 if len(starts) < 4 else math.sqrt(variance) / max(mean, 1e-3)
