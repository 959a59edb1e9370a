"""The rule book told slowly: one Python object per flow, lists of packets, no arrays.

Written from cicflowmeter.md 3 to 8 and design 6; `tests/metering/test_kernel.py` holds
it and the kernel together on ugly input.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from dataclasses import dataclass, field, replace

FLOW_TIMEOUT = 120_000_000
ACTIVITY_TIMEOUT = 5_000_000
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128
NAMES = {FIN: "FIN", SYN: "SYN", RST: "RST", PSH: "PSH", ACK: "ACK", URG: "URG"}


@dataclass(frozen=True)
class Packet:
    """One decoded packet; addresses as integers, times in µs."""

    time: int
    frame: int
    src: int
    dst: int
    src_port: int
    dst_port: int
    protocol: int
    payload: int = 0
    header: int = 20
    flags: int = 0
    window: int = 0
    sequence: int = 0
    acknowledgment: int = 0
    icmp_type: int = -1
    icmp_code: int = -1


@dataclass
class Flow:
    """A flow with all that it was given."""

    key: tuple[int, int, int, int, int]
    src: int
    dst: int
    src_port: int
    dst_port: int
    protocol: int
    packets: list[tuple[Packet, bool]] = field(default_factory=list)
    active: list[int] = field(default_factory=list)
    idle: list[int] = field(default_factory=list)
    active_start: int = 0
    active_end: int = 0
    gaps: int = 0
    state: str = ""
    forward_fins: int = 0
    backward_fins: int = 0
    connection_time: int = 0
    segments: deque[tuple[int, ...]] = field(default_factory=deque)
    retransmissions: list[bool] = field(default_factory=list)
    seen_at: int = 0
    leaves: int = 0

    @property
    def start(self) -> int:
        return self.packets[0][0].time

    @property
    def end(self) -> int:
        return self.packets[-1][0].time

    def touch(self, time: int) -> None:
        if time - self.active_end > ACTIVITY_TIMEOUT:
            if self.active_end - self.active_start > 0:
                self.active.append(self.active_end - self.active_start)
            self.idle.append(time - self.active_end)
            self.active_start = time
        self.active_end = time


def signed_bytes(address: int) -> tuple[int, ...]:
    return tuple(b - 256 if b > 127 else b for b in address.to_bytes(16, "big"))


class Meter:
    """Meters packets of one profile; `rows` are the finished flows in the order they left."""

    def __init__(self, profile: str, *, strict: bool) -> None:
        self.profile = profile
        self.strict = strict
        self.upstream = profile in ("cic-2018", "cic-v4")
        self.open: dict[tuple[int, ...], Flow] = {}
        self.waiting: list[Flow] = []
        self.rows: list[Flow] = []
        self.now: int | None = None

    # --- keys -------------------------------------------------------------------------
    def _slot(self, p: Packet) -> tuple[int, ...]:
        one, two = (p.src, p.src_port), (p.dst, p.dst_port)
        if p.src == p.dst and self.profile == "cic-2018" and self.strict:
            return (*one, *two, p.protocol)
        return (*min(one, two), *max(one, two), p.protocol)

    def _own_key(self, p: Packet, reverse: bool) -> tuple[int, int, int, int, int]:
        here = (p.src, p.dst, p.src_port, p.dst_port, p.protocol)
        there = (p.dst, p.src, p.dst_port, p.src_port, p.protocol)
        if self.profile != "cic-2018":
            return there if reverse else here
        if p.src == p.dst:
            if self.strict:
                return here
            return here if p.src_port <= p.dst_port else there
        return here if signed_bytes(p.src) < signed_bytes(p.dst) else there

    def _forward(self, flow: Flow, p: Packet) -> bool:
        if p.src == p.dst:
            return self.strict or p.src_port == flow.src_port or p.src_port == p.dst_port
        return p.src == flow.src

    # --- life -------------------------------------------------------------------------
    def feed(self, p: Packet) -> None:
        if not self.strict:
            self._tick(p.time)
        slot = self._slot(p)
        flow = self.open.get(slot)
        if flow is None:
            self._begin(slot, p, None, fresh=True)
            return
        if not self.strict and self.now is not None and self.now - flow.seen_at > FLOW_TIMEOUT:
            self._end(flow)
            self._begin(slot, p, None, fresh=True)
            return
        if self.upstream:
            self._feed_upstream(slot, flow, p)
        else:
            self._feed_fork(slot, flow, p)

    def _feed_upstream(self, slot: tuple[int, ...], flow: Flow, p: Packet) -> None:
        if p.time - flow.start > FLOW_TIMEOUT:
            self._end(flow)
            self._begin(slot, p, flow, fresh=False)
            return
        if self._another_icmp(flow, p):
            self._end(flow)
            self._begin(slot, p, flow, fresh=True)
            return
        flow.seen_at = self.now or 0
        forward = self._forward(flow, p)
        ends = False
        if self.profile == "cic-2018":
            ends = bool(p.flags & FIN)
        elif p.flags & FIN and forward:
            flow.forward_fins += 1
            if flow.forward_fins > 1:
                return
        else:
            ends = bool(p.flags & (FIN | RST))
        if not ends:
            flow.touch(p.time)
        self._add(flow, p, forward)
        if ends:
            del self.open[slot]
            self._end(flow)

    def _feed_fork(self, slot: tuple[int, ...], flow: Flow, p: Packet) -> None:
        fixed = self.profile == "cic-fixed"
        reopens = flow.state == "READY" and bool(p.flags & SYN)
        if p.time - flow.start > FLOW_TIMEOUT or reopens:
            self._end(flow)
            if p.protocol == 6:
                fresh = reopens and (fixed or not p.flags & ACK)
            elif p.protocol == 17 and fixed:
                fresh = p.time - flow.end > FLOW_TIMEOUT
            else:
                fresh = True
            self._begin(slot, p, flow, fresh=fresh)
            return
        if not p.flags & (FIN | RST | ACK) and self._another_icmp(flow, p):
            self._end(flow)
            self._begin(slot, p, flow, fresh=True)
            return
        flow.seen_at = self.now or 0
        forward = self._forward(flow, p)
        flow.touch(p.time)
        self._add(flow, p, forward)
        if p.flags & FIN:
            if forward:
                flow.forward_fins += 1
            else:
                flow.backward_fins += 1
            if flow.state == "":
                flow.state = "F1"
            elif flow.state == "F1" and flow.forward_fins and flow.backward_fins:
                flow.state = "F2"
        elif p.flags & RST or (p.flags & ACK and flow.state == "F2"):
            flow.state = "READY"

    @staticmethod
    def _another_icmp(flow: Flow, p: Packet) -> bool:
        first = flow.packets[0][0]
        return (
            p.icmp_type >= 0 and p.icmp_type != first.icmp_type and p.icmp_code != first.icmp_code
        )

    def _begin(self, slot: tuple[int, ...], p: Packet, before: Flow | None, *, fresh: bool) -> None:
        reverse = self.profile == "cic-fixed" and bool(p.flags & SYN) and bool(p.flags & ACK)
        key = self._own_key(p, reverse) if before is None else before.key
        if fresh:
            ends = (
                (p.dst, p.src, p.dst_port, p.src_port)
                if reverse
                else (p.src, p.dst, p.src_port, p.dst_port)
            )
            flow = Flow(key, *ends, p.protocol)
        else:
            assert before is not None
            flow = Flow(key, before.src, before.dst, before.src_port, before.dst_port, p.protocol)
            if not self.upstream:
                flow.connection_time = before.connection_time + (p.time - before.end)
            flow.segments = before.segments
        flow.seen_at = self.now or 0
        flow.active_start = flow.active_end = p.time
        forward = self._forward(flow, p) or (self.upstream and not fresh)
        if self.profile == "cic-fixed" and p.flags & FIN:
            if forward:
                flow.forward_fins += 1
            else:
                flow.backward_fins += 1
        self.open.pop(slot, None)
        self.open[slot] = flow
        self._add(flow, p, forward)

    def _add(self, flow: Flow, p: Packet, forward: bool) -> None:
        before = flow.packets[-1][0].time if flow.packets else p.time
        if self.profile in ("cic-v4", "cic-fixed"):
            if (p.time - before) / 1000000.0 > 1.0:
                flow.gaps += 1
                flow.touch(p.time)
        elif self.profile == "cic-fixed-2022":
            if p.time - before / 1000000.0 > 1.0:
                flow.gaps += 1
                flow.touch(p.time)
        elif not flow.packets and p.time - p.time / 1000000.0 > 1.0:
            flow.gaps = 1
        again = False
        if self.profile == "cic-fixed" and p.protocol == 6:
            segment = (p.src, p.sequence, p.acknowledgment, p.payload, p.window)
            remembered = list(flow.segments)
            again = segment in (remembered if self.strict else remembered[-256:])
            flow.segments.append(segment)
        flow.retransmissions.append(again)
        flow.packets.append((p, forward))

    def _end(self, flow: Flow) -> None:
        if flow.protocol == 6 or (flow.protocol == 17 and self.profile == "cic-fixed"):
            flow.connection_time += flow.end - flow.start
        if self.strict:
            if not self.upstream or len(flow.packets) > 1:
                self.rows.append(flow)
            return
        assert self.now is not None
        flow.leaves = self.now // 1_000_000 + 1
        self.waiting.append(flow)

    # --- capture time -----------------------------------------------------------------
    def _tick(self, time: int) -> None:
        if self.now is None:
            self.now = time
            return
        while time > self.now:
            step = min(time, (self.now // 1_000_000 + 1) * 1_000_000)
            self.now = step
            if step % 1_000_000 == 0:
                self._leave(step)
                if not self.open and not self.waiting:
                    self.now = time

    def _leave(self, whole_second: int) -> None:
        leaving = self.waiting
        self.waiting = []
        for slot, flow in list(self.open.items()):
            if whole_second - flow.seen_at > FLOW_TIMEOUT:
                del self.open[slot]
                self._end(flow)
        leaving = leaving + self.waiting
        self.waiting = []
        self.rows += sorted(leaving, key=_order)

    def finish(self) -> list[Flow]:
        if not self.strict:
            self.rows += sorted(self.waiting, key=_order)
            self.waiting = []
        left = list(self.open.values())
        self.open = {}
        before = len(self.rows)
        for flow in left:
            self._end(flow)
        if not self.strict:
            self.rows += sorted(self.waiting, key=_order)
            self.waiting = []
        else:
            self.ended_before = before
        return self.rows


def _order(flow: Flow) -> tuple[int, int]:
    return flow.end, flow.packets[0][0].frame


# --- columns --------------------------------------------------------------------------
def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def deviation(values: list[float]) -> float:
    if len(values) < 2:
        return 0.0
    m = mean(values)
    return math.fsum((v - m) ** 2 for v in values) / (len(values) - 1)


def four(values: list[int]) -> tuple[float, float, float, float]:
    """Mean, std, max, min; zeros when there is none."""
    if not values:
        return 0.0, 0.0, 0.0, 0.0
    floats = [float(v) for v in values]
    return mean(floats), math.sqrt(deviation(floats)), float(max(values)), float(min(values))


@dataclass
class Bulk:
    start: int = 0
    last: int = 0
    size: int = 0
    count: int = 0
    bulks: int = 0
    packets: int = 0
    bytes: int = 0
    duration: int = 0

    def step(self, time: int, payload: int, other_last: int) -> None:
        if other_last > self.start:
            self.start = 0
        if payload <= 0:
            return
        if self.start == 0 or (time - self.last) / 1000000.0 > 1.0:
            self.start = self.last = time
            self.count, self.size = 1, payload
            return
        self.count += 1
        self.size += payload
        if self.count == 4:
            self.bulks += 1
            self.packets += 4
            self.bytes += self.size
            self.duration += time - self.start
        elif self.count > 4:
            self.packets += 1
            self.bytes += payload
            self.duration += time - self.last
        self.last = time


def columns(flow: Flow, profile: str) -> dict[str, float]:
    """The features of a finished flow under their 2018 names."""
    upstream = profile in ("cic-2018", "cic-v4")
    fixed = profile == "cic-fixed"
    packets = flow.packets
    first, first_forward = packets[0]
    fwd = [p for p, forward in packets if forward]
    bwd = [p for p, forward in packets if not forward]
    nf, nb = len(fwd), len(bwd)
    sum_f, sum_b = sum(p.payload for p in fwd), sum(p.payload for p in bwd)
    duration = flow.end - flow.start
    seconds = duration / 1000000.0
    out: dict[str, float] = {
        "Flow Duration": duration,
        "Tot Fwd Pkts": nf,
        "Tot Bwd Pkts": nb,
        "TotLen Fwd Pkts": sum_f,
        "TotLen Bwd Pkts": sum_b,
    }
    for name, side in (("Fwd", fwd), ("Bwd", bwd)):
        m, s, high, low = four([p.payload for p in side])
        out |= {
            f"{name} Pkt Len Max": high,
            f"{name} Pkt Len Min": low,
            f"{name} Pkt Len Mean": m,
            f"{name} Pkt Len Std": s,
            f"{name} Seg Size Avg": sum(p.payload for p in side) / len(side) if side else 0.0,
            f"{name} Header Len": sum(p.header for p in side),
            f"{name} Pkts/s": len(side) / seconds if duration > 0 else 0.0,
        }
        times = [p.time for p in side]
        gaps = [b - a for a, b in itertools.pairwise(times)]
        m, s, high, low = four(gaps)
        out |= {
            f"{name} IAT Tot": sum(gaps),
            f"{name} IAT Mean": m,
            f"{name} IAT Std": s,
            f"{name} IAT Max": high,
            f"{name} IAT Min": low,
        }
    if duration == 0:
        out["Flow Byts/s"] = -1.0 if fixed else (math.inf if sum_f + sum_b else math.nan)
        out["Flow Pkts/s"] = -1.0 if fixed else math.inf
    else:
        out["Flow Byts/s"] = (sum_f + sum_b) / seconds
        out["Flow Pkts/s"] = (nf + nb) / seconds
    times = [p.time for p, _ in packets]
    gaps = [b - a for a, b in itertools.pairwise(times)]
    names = ("Flow IAT Mean", "Flow IAT Std", "Flow IAT Max", "Flow IAT Min")
    values = four(gaps) if gaps or fixed else (math.nan,) * 4
    out |= dict(zip(names, values, strict=True))
    lengths = [float(p.payload) for p, _ in packets]
    if upstream:
        lengths = [lengths[0], *lengths]
    variance = deviation(lengths)
    out |= {
        "Pkt Len Min": min(lengths),
        "Pkt Len Max": max(lengths),
        "Pkt Len Mean": mean(lengths),
        "Pkt Len Std": math.sqrt(variance),
        "Pkt Len Var": variance,
        "Pkt Size Avg": math.fsum(lengths) / (nf + nb),
        "Down/Up Ratio": 0.0 if nf == 0 else float(nb // nf) if upstream else nb / nf,
    }
    out |= _flag_columns(flow, profile, fwd, bwd)
    out |= _bulk_columns(flow, profile)
    k = flow.gaps
    for name, value in (
        ("Subflow Fwd Pkts", nf),
        ("Subflow Fwd Byts", sum_f),
        ("Subflow Bwd Pkts", nb),
        ("Subflow Bwd Byts", sum_b),
    ):
        out[name] = 0 if k == 0 else value / k if fixed else value // k
    out["Init Fwd Win Byts"] = first.window if first_forward else 0
    window = -1 if profile == "cic-2018" else 0
    for i, (p, forward) in enumerate(packets):
        if not forward and (not fixed or i == 0 or window == 0):
            window = p.window
    out["Init Bwd Win Byts"] = window
    data = [p for i, (p, f) in enumerate(packets) if f and p.payload >= 1 and (i or fixed)]
    out["Fwd Act Data Pkts"] = len(data)
    out["Bwd Act Data Pkts"] = sum(p.payload >= 1 for p in bwd)
    out["Fwd Seg Size Min"] = min(p.header for p in fwd) if first_forward else 0
    out["Bwd Seg Size Min"] = 0 if first_forward else min(p.header for p in bwd)
    for name, periods in (("Active", flow.active), ("Idle", flow.idle)):
        m, s, high, low = four(periods)
        out |= {f"{name} Mean": m, f"{name} Std": s, f"{name} Max": high, f"{name} Min": low}
    out["ICMP Code"], out["ICMP Type"] = first.icmp_code, first.icmp_type
    pairs = list(zip(packets, flow.retransmissions, strict=True))
    out["Fwd TCP Retrans. Count"] = sum(again for (_, f), again in pairs if f)
    out["Bwd TCP Retrans. Count"] = sum(again for (_, f), again in pairs if not f)
    out["Total TCP Retrans. Count"] = sum(flow.retransmissions)
    timed = flow.protocol == 6 or (flow.protocol == 17 and fixed)
    out["Total Connection Flow Time"] = flow.connection_time if timed else 0
    return out


def _flag_columns(
    flow: Flow, profile: str, fwd: list[Packet], bwd: list[Packet]
) -> dict[str, float]:
    first, first_forward = flow.packets[0]
    columns = (
        "FIN Flag Cnt", "SYN Flag Cnt", "RST Flag Cnt", "PSH Flag Cnt",
        "ACK Flag Cnt", "URG Flag Cnt", "CWE Flag Count", "ECE Flag Cnt",
    )  # fmt: skip
    out: dict[str, float] = {}
    if profile == "cic-2018":
        printed = (RST, PSH, ECE, SYN, ACK, FIN, URG, CWR)
        for name, flag in zip(columns, printed, strict=True):
            out[name] = int(bool(first.flags & flag))
    else:
        printed = (FIN, SYN, RST, PSH, ACK, URG, CWR, ECE)
        for name, flag in zip(columns, printed, strict=True):
            out[name] = sum(bool(p.flags & flag) for p, _ in flow.packets)
    upstream = profile in ("cic-2018", "cic-v4")
    for word, flag in (("PSH", PSH), ("URG", URG), ("RST", RST)):
        for name, side in (("Fwd", fwd), ("Bwd", bwd)):
            out[f"{name} {word} Flags"] = sum(bool(p.flags & flag) for p in side)
    if upstream:
        for word, flag in (("PSH", PSH), ("URG", URG)):
            out[f"Fwd {word} Flags"] = int(bool(first.flags & flag))
            out[f"Bwd {word} Flags"] = 0
    if profile == "cic-fixed-2022":
        name = "Fwd RST Flags" if first_forward else "Bwd RST Flags"
        out[name] -= int(bool(first.flags & RST))
    return out


def _bulk_columns(flow: Flow, profile: str) -> dict[str, float]:
    machines = {True: Bulk(), False: Bulk()}
    for p, forward in flow.packets:
        if profile == "cic-2018":
            break
        if profile == "cic-v4":
            machines[False].step(p.time, p.payload, 0)
        else:
            machines[forward].step(p.time, p.payload, machines[not forward].last)
    out: dict[str, float] = {}
    for name, m in (("Fwd", machines[True]), ("Bwd", machines[False])):
        rate = m.bytes / (m.duration / 1000000.0) if m.bulks and m.duration else 0.0
        if profile == "cic-fixed":
            out[f"{name} Byts/b Avg"] = m.bytes / m.bulks if m.bulks else 0.0
            out[f"{name} Pkts/b Avg"] = m.packets / m.bulks if m.bulks else 0.0
            out[f"{name} Blk Rate Avg"] = rate
        else:
            out[f"{name} Byts/b Avg"] = m.bytes // m.bulks if m.bulks else 0
            out[f"{name} Pkts/b Avg"] = m.packets // m.bulks if m.bulks else 0
            out[f"{name} Blk Rate Avg"] = math.trunc(rate)
    return out


def mirrored(p: Packet) -> Packet:
    """The packet with its ends swapped."""
    return replace(p, src=p.dst, dst=p.src, src_port=p.dst_port, dst_port=p.src_port)
