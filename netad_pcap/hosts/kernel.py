"""The loop behind findings: evidence about hosts, pairs and targets, row by row.

Its slow, obvious twin is `tests/naive/hosts.py`. Declared arrays in, named fields from
`hosts.layout`, one loop, no allocation inside. State is explicit, so cutting the input
anywhere changes nothing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from netad_pcap.detection.verdicts import VERDICTS
from netad_pcap.hosts.entities import Array, Number, entity_hash, restart, slot_of
from netad_pcap.hosts.evidence import EVIDENCE_P, excess, log_bets, log_wealth, put_in
from netad_pcap.hosts.finding import HOST, PAIR, TARGET
from netad_pcap.hosts.layout import NEW, WIDENED
from netad_pcap.metering.keys import mix

__all__ = ["QUIET_US", "family_of_sums", "weigh"]

#: A finding takes no more flows when it had none for this long, µs.
QUIET_US = 1_800_000_000
_DAY_US = 86_400_000_000
#: Detectors remember what hosts did for so long, s.
_MEMORY_S = np.int64(3_600)
#: A pair is named when it holds at least this share of the log evidence.
_PAIR_SHARE = 0.7
#: Least mean probability of a family that a finding is named after.
_LEAST_MEAN = 0.1
_NONE = -1
_SUSPICIOUS, _MALICIOUS = VERDICTS.index("suspicious"), VERDICTS.index("malicious")


@njit(cache=True)
def family_of_sums(sums: Array, rows: int) -> int:
    """The attack family with at least half of the summed probability of all of them and a
    mean of at least a tenth per flow; −1 where there is none."""
    best = 0
    total = 0.0
    for i in range(len(sums)):
        total += sums[i]
        if sums[i] > sums[best]:
            best = i
    if total <= 0.0 or sums[best] < 0.5 * total or sums[best] < _LEAST_MEAN * rows:
        return _NONE
    return best


@njit(cache=True)
def _open_finding(findings: Array, head: int, family: Number, clock: Number) -> Number:
    """The finding of a chain that a flow of this family belongs to: not quiet for too long,
    and of the same family, or one of both of no known family; −1 = none."""
    fallback = _NONE
    while head >= 0:
        f = findings[head]
        if clock - f.end_us <= QUIET_US:
            if f.family == family:
                return head
            if fallback < 0 and (family < 0 or f.family < 0):
                fallback = head
        head = f.previous
    return fallback


@njit(cache=True)
def _widens(findings: Array, related: int, family: int, clock: int) -> bool:
    """Whether a new finding of this family is an open one about a pair, with a new partner."""
    if related < 0:
        return False
    f = findings[related]
    alike = f.family == family or f.family < 0 or family < 0
    return f.kind == PAIR and alike and clock - f.end_us <= QUIET_US


@njit(cache=True)
def _join(
    findings: Array,
    family_sums: Array,
    number: Number,
    probabilities: Array,
    rows: Number,
    end_us: Number,
    evidence: float,
) -> None:
    """Add flows to a finding; its family follows what was summed."""
    f: Any = findings[number]
    f.rows += rows
    f.end_us = max(f.end_us, end_us)
    f.evidence += evidence
    for i in range(len(probabilities)):
        family_sums[number, i] += probabilities[i]
    f.family = family_of_sums(family_sums[number], f.rows)


@njit(cache=True)
def weigh(
    entities: Array,
    invested: Array,
    sums: Array,
    heads: Array,
    book: Array,
    retired: Array,
    once: Array,
    findings: Array,
    family_sums: Array,
    events: Array,
    kappas: Array,
    alerts_per_day: float,
    max_findings: int,
    source: Array,
    destination: Array,
    dst_port: Array,
    protocol: Array,
    start_us: Array,
    end_us: Array,
    p_value: Array,
    verdict: Array,
    size: Array,
    mute: Array,
    row_family: Array,
    probabilities: Array,
    first: int,
    finding: Array,
) -> int:
    """Weigh rows `first` … of a batch; see `hosts.book` for what the arrays are.

    Args:
        source: uint64 [n, 2], address words; `destination` alike.
        size: int64 [n], payload bytes.
        mute: bool [n], rows that speak for nobody.
        row_family: int32 [n], the family whose probability is at least one half, or −1.
        probabilities: float64 [n, F], of the attack families.
        finding: int32 [n], filled: index of the finding known at the row, or −1.

    Returns:
        How many rows of the batch are done; fewer than n when `findings` or `events` must
        be made larger.
    """
    bets = np.empty(len(kappas))
    zero = np.uint64(0)
    log10 = math.log(10.0)
    for i in range(first, len(p_value)):
        if book[0].events >= len(events) or book[0].findings >= len(findings):
            return i
        row = book[0].rows
        if row == 0:
            book[0].first_us = start_us[i]
            book[0].clock_us = end_us[i]
            book[0].days = 1
        book[0].rows = row + 1
        book[0].clock_us = max(book[0].clock_us, end_us[i])
        # One stamp far ahead is one more day, not the years between.
        day = (book[0].clock_us - book[0].first_us) // _DAY_US
        if day > book[0].day:
            book[0].day = day
            book[0].days += 1
        budget = alerts_per_day * book[0].days

        a, b = source[i, 0], source[i, 1]
        c, d = destination[i, 0], destination[i, 1]
        host = slot_of(
            entities, invested, sums, heads, book, retired, np.int64(HOST), a, b, zero, zero, row
        )
        pair = slot_of(
            entities, invested, sums, heads, book, retired, np.int64(PAIR), a, b, c, d, row
        )
        target = slot_of(
            entities, invested, sums, heads, book, retired, np.int64(TARGET), zero, zero, c, d, row
        )

        h = entities[host]
        if h.flows == 0:
            h.start_us = start_us[i]
            h.end_us = end_us[i]
        h.flows += 1
        h.suspicious += verdict[i] == _SUSPICIOUS
        h.malicious += verdict[i] == _MALICIOUS
        h.bytes += size[i]
        h.start_us = min(h.start_us, start_us[i])
        h.end_us = max(h.end_us, end_us[i])

        finding[i] = _NONE
        if mute[i]:
            continue
        h.suspicion += excess(p_value[i])

        # Flows of one pair and port tell the same thing again: what they tell counts at ever
        # longer intervals, as long as detectors remember.
        key = mix(entity_hash(3, a, b, c, d) ^ np.uint64((dst_port[i] << 8) | (protocol[i] & 255)))
        place = np.int64(key & np.uint64(len(once) - 1))
        second = end_us[i] // 1_000_000
        counts, gap = True, np.int64(1)
        if once[place, 0] == np.int64(key):
            last, gap = once[place, 1], once[place, 2]
            counts = second >= last + gap or second < last
            gap = np.int64(1) if second >= last + _MEMORY_S else min(gap + 1, _MEMORY_S)
        if counts:
            once[place, 0] = np.int64(key)
            once[place, 1] = second
            once[place, 2] = gap

        mean_bet = log_bets(p_value[i], verdict[i] == _MALICIOUS, kappas, bets) / log10
        if p_value[i] <= EVIDENCE_P:
            found = _open_finding(findings, entities[pair].finding, row_family[i], end_us[i])
            if found < 0:
                found = _open_finding(findings, h.finding, row_family[i], end_us[i])
            if found < 0:
                found = _open_finding(findings, entities[target].finding, row_family[i], end_us[i])
            if found >= 0:
                finding[i] = found
                gain = mean_bet if counts else 0.0
                _join(findings, family_sums, found, probabilities[i], 1, end_us[i], gain)
                continue
        if not counts:
            continue

        # Three accounts bet on the flow; whoever passes the budget first speaks for all.
        passed = False
        best = -math.inf
        host_log = pair_log = target_log = -math.inf
        host_passed = target_passed = False
        for kind in range(3):
            slot = host if kind == HOST else pair if kind == PAIR else target
            e = entities[slot]
            e.steps += 1
            if put_in(invested[slot], e.steps, bets):
                e.since_row = row
                e.support = 0
                for j in range(sums.shape[1]):
                    sums[slot, j] = 0.0
            if p_value[i] <= EVIDENCE_P:
                e.support += 1
                for j in range(sums.shape[1]):
                    sums[slot, j] += probabilities[i, j]
            wealth = log_wealth(invested[slot], e.steps)
            needed = math.log(float(e.number)) + math.log(e.number + 1.0) - math.log(budget)
            passes = wealth >= needed
            passed |= passes
            best = max(best, wealth)
            if kind == HOST:
                host_log, host_passed = wealth, passes
            elif kind == PAIR:
                pair_log = wealth
            else:
                target_log, target_passed = wealth, passes
        # A flow that speaks against an entity cannot be what a finding begins with.
        if not passed or p_value[i] > EVIDENCE_P:
            continue
        if book[0].findings >= max_findings:
            book[0].untold += 1
            continue

        if pair_log >= _PAIR_SHARE * best:
            subject = pair
        elif host_passed and (host_log >= target_log or not target_passed):
            subject = host
        elif target_passed:
            subject = target
        else:
            subject = pair
        s = entities[subject]
        family = family_of_sums(sums[subject], s.support)

        # The same thing with a second partner is the same finding, told of the host or target.
        what, end = NEW, subject
        number = np.int64(book[0].findings)
        if subject != target and _widens(findings, h.related, family, end_us[i]):
            what, end, number = WIDENED, host, np.int64(h.related)
        elif subject != host and _widens(findings, entities[target].related, family, end_us[i]):
            what, end, number = WIDENED, target, np.int64(entities[target].related)
        if what == NEW:
            book[0].findings += 1
            f = findings[number]
            f.row = row
            f.rows = 0
            f.evidence = 0.0
            f.end_us = end_us[i]
            for j in range(family_sums.shape[1]):
                family_sums[number, j] = 0.0
        f = findings[number]
        e = entities[end]
        f.kind = e.kind
        f.src_high, f.src_low = e.src_high, e.src_low
        f.dst_high, f.dst_low = e.dst_high, e.dst_low
        if end == pair:
            h.related = number
            entities[target].related = number
        f.previous = e.finding
        e.finding = number
        _join(findings, family_sums, number, sums[subject], s.support, end_us[i], best / log10)
        finding[i] = number

        event = events[book[0].events]
        book[0].events += 1
        event.row = row
        event.since_row = s.since_row
        event.src_high, event.src_low = s.src_high, s.src_low
        event.dst_high, event.dst_low = s.dst_high, s.dst_low
        event.kind = s.kind
        event.finding = number
        event.family = f.family
        event.what = what
        for kind in range(3):
            slot = host if kind == HOST else pair if kind == PAIR else target
            restart(entities, invested, sums, book, slot, row + 1)
    return len(p_value)
