"""The tables behind the counters: entities seen last, and flows that were told and are open.

Kernels and their layout. Entities are sources, destinations, pairs, services, conversations,
and zones and names that a source asks for; of each kind the most recently seen are remembered.
State is explicit. Who knows the keys must not choose the buckets, so these depend on a seed that
nobody knows; where an entity lies says nothing, so results do not.
"""

from __future__ import annotations

import secrets
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from netad_pcap.metering.keys import mix
from netad_pcap.schema.context import ENTITIES, SCALES_S

__all__ = [
    "ALIKE",
    "BEGINS",
    "CELL",
    "COUNTED_US",
    "DOWN",
    "DOWN_BYTES",
    "DOWN_SQUARED",
    "EMPTY",
    "FLOWS",
    "GAP_MEAN",
    "GAP_VARIANCE",
    "KINDS",
    "NAMES",
    "NAME_BYTES",
    "OF_ANY",
    "OPENED",
    "PARTNERS",
    "QUESTIONS",
    "REFUSED",
    "RESET",
    "SERVICES",
    "SINCE_US",
    "STARTED_US",
    "STARTS",
    "SUMS",
    "SUM_IN",
    "TIME_US",
    "UNANSWERED",
    "UP",
    "UP_BYTES",
    "UP_SQUARED",
    "VALUES",
    "Entities",
    "ToldFlows",
    "entity_key",
    "find",
    "forget_told",
    "make_entities",
    "make_told",
    "rehash",
    "remember_told",
    "take_places",
    "told_place",
]

#: What is summed for an entity; the first `VALUES` are what a flow itself adds.
(FLOWS, UNANSWERED, REFUSED, RESET, EMPTY, UP, UP_SQUARED, DOWN, DOWN_SQUARED, UP_BYTES,
 DOWN_BYTES, QUESTIONS, NAMES, NAME_BYTES, ALIKE, PARTNERS, SERVICES) = range(17)  # fmt: skip
VALUES, SUMS = 14, 17
#: Kinds of entities; the first so many are those of any flow. Behind the columns' own stand
#: names, which only tell whether a source has asked for one before.
KINDS, OF_ANY = len(ENTITIES) + 1, 5

#: Which of them are kept over which scale: the cells of an entity, scale by scale.
_KEPT = (
    (FLOWS, UNANSWERED, PARTNERS),
    (FLOWS, UNANSWERED, REFUSED, RESET, EMPTY, QUESTIONS, NAMES, ALIKE, PARTNERS, SERVICES),
    (FLOWS, UP, UP_SQUARED, DOWN, DOWN_SQUARED, UP_BYTES, DOWN_BYTES, UNANSWERED, QUESTIONS,
     NAMES, NAME_BYTES, ALIKE, PARTNERS, SERVICES),
)  # fmt: skip
#: First cell of each scale, and behind the last.
BEGINS: tuple[int, ...] = (0, *accumulate(map(len, _KEPT)))
#: What each cell sums.
SUM_IN: NDArray[np.int64] = np.array([k for kept in _KEPT for k in kept])
#: int64 [SUMS, scales], the cell of a sum over a scale, −1 = not kept.
CELL: NDArray[np.int64] = np.full((SUMS, len(SCALES_S)), -1)
for _scale, _kept in enumerate(_KEPT):
    CELL[list(_kept), _scale] = np.arange(BEGINS[_scale], BEGINS[_scale + 1])

_kernel = njit(cache=True, error_model="numpy")

#: Longer ago than any scale.
LONG_AGO = np.iinfo(np.int64).min // 2


#: Fields of `Entities.links`.
CHAIN, NEWER, OLDER = range(3)
#: Fields of `Entities.marks`; from `COUNTED_US` on one a scale.
SINCE_US, TIME_US, STARTED_US, OPENED, COUNTED_US = range(5)
#: Fields of `Entities.gaps`.
STARTS, GAP_MEAN, GAP_VARIANCE = range(3)


class Entities(NamedTuple):
    """What is remembered of entities; the first axis is their kind, the second their place.

    Attributes:
        key: uint64 [kinds, most].
        head: int32 [kinds, buckets], first of each chain of the hash table, −1 = none.
        links: int32 [kinds, most + 1, 3], next of the same bucket, then newer and older in order
            of use; place `most` is both ends of that order.
        size: int64 [kinds], how many places are taken.
        marks: int64 [kinds, most, 4 + scales], when it was first seen, to when `sums` have
            faded, start of the last flow, flows open now, and by scale when it last counted as a
            partner or service; times in µs.
        sums: float64 [kinds, most, cells].
        gaps: float64 [kinds, most, 3], starts of flows, and mean and variance of the times
            between them, in seconds.
        seed: of the buckets.
    """

    key: NDArray[np.uint64]
    head: NDArray[np.int32]
    links: NDArray[np.int32]
    size: NDArray[np.int64]
    marks: NDArray[np.int64]
    sums: NDArray[np.float64]
    gaps: NDArray[np.float64]
    seed: np.uint64


class ToldFlows(NamedTuple):
    """Open flows that were told: what they added, and their context as of their last packet.

    Attributes:
        key: uint64 [places].
        head: int32 [buckets].
        chain: int32 [places], next of the same bucket; of a free place, the next free one.
        state: int64 [2], first free place (−1 = none), how many are taken.
        marks: int64 [places, 2], number of the last packet told, when it was first told (µs).
        added: float64 [places, VALUES + kinds], the flow's values, then per kind whether it
            was alike the entity's earlier ones.
        context: float32 [places, columns].
    """

    key: NDArray[np.uint64]
    head: NDArray[np.int32]
    chain: NDArray[np.int32]
    state: NDArray[np.int64]
    marks: NDArray[np.int64]
    added: NDArray[np.float64]
    context: NDArray[np.float32]


def make_entities(most: int) -> Entities:
    """Empty tables for `most` entities of each kind; memory is taken as it is used."""
    kinds, scales = KINDS, len(SCALES_S)
    links = np.zeros((kinds, most + 1, 3), np.int32)
    links[:, most] = most
    return Entities(
        key=np.zeros((kinds, most), np.uint64),
        head=np.full((kinds, 1 << max(most - 1, 1).bit_length()), -1, np.int32),
        links=links,
        size=np.zeros(kinds, np.int64),
        marks=np.zeros((kinds, most, COUNTED_US + scales), np.int64),
        sums=np.zeros((kinds, most, len(SUM_IN))),
        gaps=np.zeros((kinds, most, 3)),
        seed=np.uint64(secrets.randbits(64)),
    )


def make_told(places: int, columns: int) -> ToldFlows:
    """An empty table for `places` flows, all of them free."""
    chain = np.arange(1, places + 1, dtype=np.int32)
    chain[-1:] = -1
    return ToldFlows(
        key=np.zeros(places, np.uint64),
        head=np.full(1 << max(places - 1, 1).bit_length(), -1, np.int32),
        chain=chain,
        state=np.array([0 if places else -1, 0]),
        marks=np.zeros((places, 2), np.int64),
        added=np.zeros((places, VALUES + KINDS)),
        context=np.zeros((places, columns), np.float32),
    )


@_kernel
def entity_key(a: Any, b: Any, c: Any) -> Any:
    """The 64-bit key of three words."""
    return mix(mix(mix(a + np.uint64(0x9E3779B97F4A7C15)) ^ b) + c)


@_kernel
def find(entities: Any, kind: int, key: Any) -> int:
    """The place of an entity, or −1."""
    mask = np.uint64(entities.head.shape[1] - 1)
    place = np.int64(entities.head[kind, mix(key + entities.seed) & mask])
    while place >= 0 and entities.key[kind, place] != key:
        place = np.int64(entities.links[kind, place, CHAIN])
    return place


@_kernel
def take_places(entities: Any, keys: Any, kinds: int, now_us: int, places: Any) -> None:
    """The place of one entity of each of the first `kinds`, all now the newest; where the places
    of a kind are taken its oldest makes room.

    Kinds are looped over in here: a call that hands over all tables costs more than the search.
    """
    most = entities.key.shape[1]
    mask = np.uint64(entities.head.shape[1] - 1)
    links, marks = entities.links, entities.marks
    for kind in range(kinds):
        key = keys[kind]
        bucket = mix(key + entities.seed) & mask
        place = np.int64(entities.head[kind, bucket])
        while place >= 0 and entities.key[kind, place] != key:
            place = np.int64(links[kind, place, CHAIN])
        if place >= 0:
            _unlink(links, kind, place)
        else:
            if entities.size[kind] < most:
                place = entities.size[kind]
                entities.size[kind] += 1
            else:
                place = np.int64(links[kind, most, NEWER])
                _unlink(links, kind, place)
                _drop(entities, kind, place)
            entities.key[kind, place] = key
            links[kind, place, CHAIN] = entities.head[kind, bucket]
            entities.head[kind, bucket] = place
            for mark in range(marks.shape[2]):
                marks[kind, place, mark] = LONG_AGO
            marks[kind, place, SINCE_US] = now_us
            marks[kind, place, TIME_US] = now_us
            marks[kind, place, OPENED] = 0
            for cell in range(len(SUM_IN)):
                entities.sums[kind, place, cell] = 0.0
            for k in range(3):
                entities.gaps[kind, place, k] = 0.0
        newest = links[kind, most, OLDER]
        links[kind, newest, NEWER] = place
        links[kind, place, OLDER] = newest
        links[kind, place, NEWER] = most
        links[kind, most, OLDER] = place
        places[kind] = place


@_kernel
def _unlink(links: Any, kind: int, place: int) -> None:
    older, newer = links[kind, place, OLDER], links[kind, place, NEWER]
    links[kind, older, NEWER] = newer
    links[kind, newer, OLDER] = older


@_kernel
def _drop(entities: Any, kind: int, place: int) -> None:
    """Takes an entity out of its chain."""
    mask = np.uint64(entities.head.shape[1] - 1)
    bucket = mix(entities.key[kind, place] + entities.seed) & mask
    following = entities.links[kind, place, CHAIN]
    if entities.head[kind, bucket] == place:
        entities.head[kind, bucket] = following
        return
    before = entities.head[kind, bucket]
    while entities.links[kind, before, CHAIN] != place:
        before = entities.links[kind, before, CHAIN]
    entities.links[kind, before, CHAIN] = following


@_kernel
def told_place(told: Any, key: Any) -> int:
    """The place of a flow that was told, or −1."""
    place = told.head[key & np.uint64(len(told.head) - 1)]
    while place >= 0 and told.key[place] != key:
        place = told.chain[place]
    return np.int64(place)


@_kernel
def remember_told(told: Any, key: Any) -> int:
    """A place for a flow that was not told before; there must be a free one."""
    place = told.state[0]
    told.state[0] = told.chain[place]
    told.state[1] += 1
    bucket = key & np.uint64(len(told.head) - 1)
    told.key[place] = key
    told.chain[place] = told.head[bucket]
    told.head[bucket] = place
    return place


@_kernel
def forget_told(told: Any, place: int) -> None:
    """The flow has left."""
    bucket = told.key[place] & np.uint64(len(told.head) - 1)
    if told.head[bucket] == place:
        told.head[bucket] = told.chain[place]
    else:
        before = told.head[bucket]
        while told.chain[before] != place:
            before = told.chain[before]
        told.chain[before] = told.chain[place]
    told.chain[place] = told.state[0]
    told.state[0] = place
    told.state[1] -= 1


@_kernel
def rehash(old: Any, new: Any) -> None:
    """Moves the flows of a table to an empty one with more places."""
    for bucket in range(len(old.head)):
        place = np.int64(old.head[bucket])
        while place >= 0:
            there = remember_told(new, old.key[place])
            for k in range(old.marks.shape[1]):
                new.marks[there, k] = old.marks[place, k]
            for k in range(old.added.shape[1]):
                new.added[there, k] = old.added[place, k]
            for k in range(old.context.shape[1]):
                new.context[there, k] = old.context[place, k]
            place = np.int64(old.chain[place])
