"""The loop behind the counters: flow by flow, what its entities did lately.

Its slow, obvious twin is `tests/naive/context.py`. Which column stands where is in the plan
that `counters` makes of the table `netad_pcap.schema.context`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from netad_pcap.context.entities import (
    ALIKE,
    BEGINS,
    CELL,
    COUNTED_US,
    DOWN,
    DOWN_BYTES,
    EMPTY,
    FLOWS,
    GAP_MEAN,
    GAP_VARIANCE,
    KINDS,
    NAME_BYTES,
    NAMES,
    OF_ANY,
    OPENED,
    PARTNERS,
    QUESTIONS,
    REFUSED,
    RESET,
    SERVICES,
    SINCE_US,
    STARTED_US,
    STARTS,
    SUM_IN,
    TIME_US,
    UNANSWERED,
    UP,
    UP_BYTES,
    VALUES,
    entity_key,
    find,
    forget_told,
    remember_told,
    take_places,
    told_place,
)
from netad_pcap.metering.keys import mix
from netad_pcap.schema.context import QUANTITIES, SCALES_S

__all__ = ["UNKNOWN_SPREAD", "cell_of", "count"]

_SCALES = len(SCALES_S)
_LONGEST = _SCALES - 1
_SOURCE, _DESTINATION, _PAIR, _SERVICE, _CONVERSATION, _ZONE, _NAME = range(KINDS)
(_FLOWS, _UNANSWERED, _REFUSED, _RESET, _EMPTY, _ALIKE, _PARTNERS, _SERVICES, _UPLOADED,
 _UNANSWERED_SHARE, _EMPTY_SHARE, _UPLOAD_SHARE, _MEAN_UP, _MEAN_DOWN, _SPREAD_UP, _SPREAD_DOWN,
 _OPEN, _KNOWN, _GAP, _GAP_SPREAD, _QUESTIONS, _NAMES, _NAME_LENGTH,
) = range(len(QUANTITIES))  # fmt: skip
_kernel = njit(cache=True, error_model="numpy")

_SCALE_US = np.array(SCALES_S) * 1e6
#: Flows whose bytes differ by less than this share, either way, are of one size.
_ALIKE_SHARE = 0.1
#: Of less than three flows, or gaps, nothing is known of their spread: as if it were wide.
UNKNOWN_SPREAD = 1.0
_LEAST = 2.5
#: Fewer flows than this have no mean; no flow has more bytes than the exponential of this.
_LEAST_FLOWS = 1e-3
_MOST_LOGARITHM = 45.0
#: Means and variances of gaps are over about so many.
_GAPS = 16.0
#: Characters of a name as text (RFC 1035, section 2.3.4).
_LONGEST_NAME = 253.0
_OPEN_END = 0


def cell_of(quantity: int, scale: int) -> int:
    """The cell of `Entities.sums` that is a column as it stands; −1: it takes more than that."""
    kept = (FLOWS, UNANSWERED, REFUSED, RESET, EMPTY, ALIKE, PARTNERS, SERVICES, UP_BYTES)
    if quantity <= _UPLOADED:
        return int(CELL[kept[quantity], scale])
    asked = {_QUESTIONS: QUESTIONS, _NAMES: NAMES}
    return int(CELL[asked[quantity], scale]) if quantity in asked else -1


@_kernel
def count(
    source: Any,
    destination: Any,
    service: Any,
    asked: Any,
    identity: Any,
    values: Any,
    end_reason: Any,
    is_open: Any,
    entities: Any,
    told: Any,
    clock: Any,
    plan: Any,
    context: Any,
) -> None:
    """Context of each row, in the order in which rows leave the meter.

    Args:
        source, destination: uint64 [n, 2].
        service: uint64 [n], protocol and destination port.
        asked: uint64 [n, 2], zone and name asked for; zone 0: none.
        identity: int64 [n, 4]: number of the first and of the last packet, start and end in µs.
        values: float64 [n, VALUES], what each flow adds to sums.
        end_reason: uint8 [n], 0 = open.
        is_open: bool [n], rows that tell of open flows.
        entities: `Entities`.
        told: `ToldFlows` with n free places.
        clock: int64 [1], the largest time of a packet so far, µs.
        plan: int64 [columns, 4], entity, cell (−1: a figure), quantity and scale.
        context: float32 [n, columns], filled.
    """
    keys = np.empty(KINDS, np.uint64)
    places = np.empty(KINDS, np.int64)
    faded = np.empty(_SCALES)
    added = np.empty(VALUES + KINDS)
    columns = context.shape[1]
    for row in range(len(end_reason)):
        flow = mix(np.uint64(identity[row, 0]))
        place = told_place(told, flow)
        kinds = _keys(source, destination, service, asked, row, keys)
        if place >= 0 and told.marks[place, 0] == identity[row, 1]:
            for column in range(columns):
                context[row, column] = told.context[place, column]
            if not is_open[row]:
                forget_told(told, place)
                if end_reason[row] != _OPEN_END:
                    _close(entities, keys, kinds)
            continue
        new = place < 0
        clock[0] = max(clock[0], identity[row, 3])
        now = clock[0]
        for scale in range(_SCALES):
            faded[scale] = 1.0
            if not new:
                faded[scale] = math.exp((told.marks[place, 1] - now) / _SCALE_US[scale])
        for k in range(VALUES):
            added[k] = values[row, k]
        take_places(entities, keys, kinds, now, places)
        _fade(entities.sums, entities.marks, places, kinds, now)
        _compare(entities.sums, places, kinds, added)
        _add(entities.sums, places, kinds, told.added, place, added, faded)
        if new:
            _meet(entities.sums, entities.marks, places, kinds, now)
            _note_start(entities.gaps, entities.marks, places[_CONVERSATION], identity[row, 2])
        stays = end_reason[row] == _OPEN_END
        if stays and new:
            for kind in range(kinds):
                entities.marks[kind, places[kind], OPENED] += 1
        elif not stays and not new:
            _close(entities, keys, kinds)
        sums, marks, gaps = entities.sums, entities.marks, entities.gaps
        _fill(sums, marks, gaps, places, kinds, plan, now, context, row)
        if is_open[row]:
            if new:
                place = remember_told(told, flow)
                told.marks[place, 1] = now
            told.marks[place, 0] = identity[row, 1]
            for k in range(VALUES + KINDS):
                told.added[place, k] = added[k]
            for column in range(columns):
                told.context[place, column] = context[row, column]
        elif not new:
            forget_told(told, place)


@_kernel
def _keys(source: Any, destination: Any, service: Any, asked: Any, row: int, keys: Any) -> int:
    """Fills the keys of a row's entities; returns how many kinds it has."""
    a, b = source[row, 0], source[row, 1]
    c, d = destination[row, 0], destination[row, 1]
    nothing = np.uint64(0)
    keys[_SOURCE] = entity_key(a, b, nothing)
    keys[_DESTINATION] = entity_key(c, d, nothing)
    keys[_PAIR] = entity_key(keys[_SOURCE], keys[_DESTINATION], nothing)
    keys[_SERVICE] = entity_key(c, d, service[row])
    keys[_CONVERSATION] = entity_key(keys[_SOURCE], keys[_SERVICE], nothing)
    if asked[row, 0] == nothing:
        return OF_ANY
    keys[_ZONE] = entity_key(keys[_SOURCE], asked[row, 0], nothing)
    keys[_NAME] = entity_key(keys[_ZONE], asked[row, 1], nothing)
    return KINDS


@_kernel
def _add(
    sums: Any, places: Any, kinds: int, before: Any, place: int, added: Any, faded: Any
) -> None:
    """What a flow adds to its entities: of one that was told before, the difference.

    Most of it counts as of when the flow was first told, questions as of when they came.
    """
    for scale in range(_SCALES):
        for cell in range(BEGINS[scale], BEGINS[scale + 1]):
            k = SUM_IN[cell]
            if k < VALUES:
                change = added[k] if place < 0 else added[k] - before[place, k]
                if k < QUESTIONS:
                    change *= faded[scale]
                for kind in range(kinds):
                    sums[kind, places[kind], cell] += change
            elif k == ALIKE:
                for kind in range(kinds):
                    change = added[VALUES + kind]
                    if place >= 0:
                        change -= before[place, VALUES + kind]
                    sums[kind, places[kind], cell] += faded[scale] * change


@_kernel
def _close(entities: Any, keys: Any, kinds: int) -> None:
    """A flow that was open is over; entities that were forgotten meanwhile know nothing of it."""
    for kind in range(kinds):
        place = find(entities, kind, keys[kind])
        if place >= 0 and entities.marks[kind, place, OPENED] > 0:
            entities.marks[kind, place, OPENED] -= 1


@_kernel
def _fade(sums: Any, marks: Any, places: Any, kinds: int, now: int) -> None:
    for kind in range(kinds):
        place = places[kind]
        passed = now - marks[kind, place, TIME_US]
        if passed > 0:
            marks[kind, place, TIME_US] = now
            for scale in range(_SCALES):
                share = math.exp(-passed / _SCALE_US[scale])
                for cell in range(BEGINS[scale], BEGINS[scale + 1]):
                    sums[kind, place, cell] *= share


@_kernel
def _compare(sums: Any, places: Any, kinds: int, added: Any) -> None:
    """Whether a flow is of one size with its entities' mean over the longest scale: 1, else 0."""
    for kind in range(KINDS):
        added[VALUES + kind] = 0.0
    for kind in range(kinds):
        place = places[kind]
        alike = False
        flows = sums[kind, place, CELL[FLOWS, _LONGEST]]
        if flows >= 0.5:
            up = added[UP] - sums[kind, place, CELL[UP, _LONGEST]] / flows
            down = added[DOWN] - sums[kind, place, CELL[DOWN, _LONGEST]] / flows
            alike = abs(up) < _ALIKE_SHARE and abs(down) < _ALIKE_SHARE
        added[VALUES + kind] = 1.0 if alike else 0.0


@_kernel
def _meet(sums: Any, marks: Any, places: Any, kinds: int, now: int) -> None:
    """A new flow: its pair, service, conversation and name count once a scale for those that
    met."""
    source, destination, pair = places[_SOURCE], places[_DESTINATION], places[_PAIR]
    service, conversation = places[_SERVICE], places[_CONVERSATION]
    for scale in range(_SCALES):
        partners, services = CELL[PARTNERS, scale], CELL[SERVICES, scale]
        if _counts(marks, _PAIR, pair, scale, now):
            sums[_SOURCE, source, partners] += 1.0
            sums[_DESTINATION, destination, partners] += 1.0
        if services < 0:
            continue  # not kept over the shortest
        if _counts(marks, _SERVICE, service, scale, now):
            sums[_DESTINATION, destination, services] += 1.0
        if _counts(marks, _CONVERSATION, conversation, scale, now):
            sums[_SOURCE, source, services] += 1.0
            sums[_PAIR, pair, services] += 1.0
            sums[_SERVICE, service, partners] += 1.0
        if kinds > OF_ANY and _counts(marks, _NAME, places[_NAME], scale, now):
            sums[_ZONE, places[_ZONE], CELL[NAMES, scale]] += 1.0


@_kernel
def _counts(marks: Any, kind: int, place: int, scale: int, now: int) -> bool:
    if now - marks[kind, place, COUNTED_US + scale] < _SCALE_US[scale]:
        return False
    marks[kind, place, COUNTED_US + scale] = now
    return True


@_kernel
def _note_start(gaps: Any, marks: Any, place: int, start_us: int) -> None:
    """The time since the conversation's last flow began."""
    before = marks[_CONVERSATION, place, STARTED_US]
    marks[_CONVERSATION, place, STARTED_US] = start_us
    gaps[_CONVERSATION, place, STARTS] += 1.0
    starts = gaps[_CONVERSATION, place, STARTS]
    if starts < 1.5:  # the first flow: no gap yet
        return
    share = 1.0 / min(starts - 1.0, _GAPS)
    off = max((start_us - before) / 1e6, 0.0) - gaps[_CONVERSATION, place, GAP_MEAN]
    variance = gaps[_CONVERSATION, place, GAP_VARIANCE]
    gaps[_CONVERSATION, place, GAP_MEAN] += share * off
    gaps[_CONVERSATION, place, GAP_VARIANCE] = (1.0 - share) * (variance + share * off * off)


@_kernel
def _fill(
    sums: Any,
    marks: Any,
    gaps: Any,
    places: Any,
    kinds: int,
    plan: Any,
    now: int,
    context: Any,
    row: int,
) -> None:
    """The columns of a row. One function: it is called for each row, its parts for each column."""
    for column in range(len(plan)):
        kind, cell = plan[column, 0], plan[column, 1]
        if kind >= kinds:
            context[row, column] = 0.0
            continue
        place = places[kind]
        if cell >= 0:
            # What is subtracted from sums as flows change may leave rounding behind.
            context[row, column] = max(sums[kind, place, cell], 0.0)
            continue
        quantity, scale = plan[column, 2], plan[column, 3]
        flows = max(sums[kind, place, CELL[FLOWS, scale]], 1e-9)
        value = 0.0
        if quantity == _UNANSWERED_SHARE:
            value = min(sums[kind, place, CELL[UNANSWERED, scale]] / flows, 1.0)
        elif quantity == _EMPTY_SHARE:
            value = min(sums[kind, place, CELL[EMPTY, scale]] / flows, 1.0)
        elif quantity == _UPLOAD_SHARE:
            up = max(sums[kind, place, CELL[UP_BYTES, scale]], 0.0)
            total = up + max(sums[kind, place, CELL[DOWN_BYTES, scale]], 0.0)
            value = up / total if total > 0.5 else 0.5
        elif quantity < _SPREAD_UP:  # a mean
            k = UP if quantity == _MEAN_UP else DOWN
            # Forgotten since, or faded away: what is added to a flow that is no longer counted.
            if flows > _LEAST_FLOWS:
                mean = sums[kind, place, CELL[k, scale]] / flows
                value = math.expm1(min(mean, _MOST_LOGARITHM))
        elif quantity < _OPEN:  # a spread
            k = UP if quantity == _SPREAD_UP else DOWN
            value = UNKNOWN_SPREAD
            if flows > _LEAST:
                mean = sums[kind, place, CELL[k, scale]] / flows
                square = sums[kind, place, CELL[k + 1, scale]] / flows
                value = math.sqrt(max(square - mean * mean, 0.0))
        elif quantity == _OPEN:
            value = float(marks[kind, place, OPENED])
        elif quantity == _KNOWN:
            value = (now - marks[kind, place, SINCE_US]) / 1e6
        elif quantity == _GAP:
            value = gaps[kind, place, GAP_MEAN]
        elif quantity == _NAME_LENGTH:
            questions = max(sums[kind, place, CELL[QUESTIONS, scale]], _LEAST_FLOWS)
            value = min(sums[kind, place, CELL[NAME_BYTES, scale]] / questions, _LONGEST_NAME)
        else:
            value = UNKNOWN_SPREAD
            if gaps[kind, place, STARTS] > 1.0 + _LEAST:
                deviation = math.sqrt(max(gaps[kind, place, GAP_VARIANCE], 0.0))
                value = deviation / max(gaps[kind, place, GAP_MEAN], 1e-3)
        context[row, column] = max(value, 0.0)
