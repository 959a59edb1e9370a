"""The table of remembered hosts, pairs and targets: hash chains, and the order of use.

Kernels of `hosts.kernel`. When all slots are taken the entity seen least recently makes
room; hosts that were suspicious go to the list of retired ones, and are taken from it when they
are seen again, so that nobody is told twice and all of a host counts where places are few.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from netad_pcap.hosts.finding import HOST
from netad_pcap.metering.keys import mix

__all__ = ["Array", "Number", "entity_hash", "restart", "slot_of"]

Array = NDArray[Any]
#: A 64-bit word, a slot or a row: numba takes the type from the caller.
Number = Any


@njit(cache=True)
def entity_hash(kind: Number, a: Number, b: Number, c: Number, d: Number) -> Number:
    """The 64-bit hash of a kind and two addresses of two words each."""
    word = mix(np.uint64(a) + np.uint64(0x9E3779B97F4A7C15) * np.uint64(kind + 1))
    word = mix(word ^ np.uint64(b))
    word = mix(word + np.uint64(c))
    return mix(word ^ (np.uint64(d) + np.uint64(0x632BE59BD9B4E019)))


@njit(cache=True)
def _unlink_use(entities: Array, book: Array, slot: int) -> None:
    newer, older = entities[slot].newer, entities[slot].older
    if newer >= 0:
        entities[newer].older = older
    else:
        book[0].newest = older
    if older >= 0:
        entities[older].newer = newer
    else:
        book[0].oldest = newer


@njit(cache=True)
def _link_newest(entities: Array, book: Array, slot: int) -> None:
    entities[slot].newer = -1
    entities[slot].older = book[0].newest
    if book[0].newest >= 0:
        entities[book[0].newest].newer = slot
    book[0].newest = slot
    if book[0].oldest < 0:
        book[0].oldest = slot


@njit(cache=True)
def _bucket(retired: Array, a: Number, b: Number) -> Number:
    word = entity_hash(np.int64(HOST), a, b, np.uint64(0), np.uint64(0))
    return np.int64(word % np.uint64(len(retired)))


@njit(cache=True)
def _free(retired: Array, slot: Number) -> None:
    """A retired host is retired no longer."""
    r: Any = retired[slot]
    bucket = _bucket(retired, r.src_high, r.src_low)
    if retired[bucket].newer == slot:
        retired[bucket].newer = r.chain
    else:
        walk = retired[bucket].newer
        while retired[walk].chain != slot:
            walk = retired[walk].chain
        retired[walk].chain = r.chain
    r.suspicion = 0.0


@njit(cache=True)
def _retire(entities: Array, retired: Array, slot: int) -> None:
    """Keep a host that is forgotten, if it was more suspicious than the least one kept."""
    e = entities[slot]
    if e.kind != HOST or e.suspicion <= 0.0:
        return
    least = 0
    for i in range(1, len(retired)):
        if retired[i].suspicion < retired[least].suspicion:
            least = i
    if retired[least].suspicion >= e.suspicion:
        return
    if retired[least].suspicion > 0.0:
        _free(retired, least)
    head = retired[least].newer
    retired[least] = e
    retired[least].newer = head
    bucket = _bucket(retired, e.src_high, e.src_low)
    retired[least].chain = retired[bucket].newer
    retired[bucket].newer = least


@njit(cache=True)
def _recall(retired: Array, kind: Number, a: Number, b: Number) -> Any:
    """What is told of a host that was retired, which it is no longer: flows, suspicious ones,
    malicious ones, bytes, start and end in µs, suspicion. All 0 for anyone else."""
    slot = retired[_bucket(retired, a, b)].newer if kind == HOST else np.int32(-1)
    while slot >= 0:
        r = retired[slot]
        if r.src_low == b and r.src_high == a:
            told = (
                r.flows, r.suspicious, r.malicious, r.bytes, r.start_us, r.end_us, r.suspicion
            )  # fmt: skip
            _free(retired, slot)
            return told
        slot = r.chain
    none = np.int64(0)
    return none, none, none, none, none, none, 0.0


@njit(cache=True)
def restart(
    entities: Array, invested: Array, sums: Array, book: Array, slot: int, row: int
) -> None:
    """The entity appears anew: next number, untouched wealth."""
    book[0].numbers += 1
    entities[slot].number = book[0].numbers
    entities[slot].steps = 0
    entities[slot].support = 0
    entities[slot].since_row = row
    for i in range(invested.shape[1]):
        invested[slot, i] = -math.inf
    for i in range(sums.shape[1]):
        sums[slot, i] = 0.0


@njit(cache=True)
def slot_of(
    entities: Array,
    invested: Array,
    sums: Array,
    heads: Array,
    book: Array,
    retired: Array,
    kind: Number,
    a: Number,
    b: Number,
    c: Number,
    d: Number,
    row: Number,
) -> Number:
    """The slot of an entity, made if need be, and now the one used last."""
    mask = np.uint64(len(heads) - 1)
    bucket = np.int64(entity_hash(kind, a, b, c, d) & mask)
    slot = heads[bucket]
    while slot >= 0:
        e = entities[slot]
        if (
            e.kind == kind
            and e.src_low == b
            and e.dst_low == d
            and e.src_high == a
            and e.dst_high == c
        ):
            _unlink_use(entities, book, slot)
            _link_newest(entities, book, slot)
            return slot
        slot = e.chain
    # Before room is made: who leaves might take the place of its past.
    told = _recall(retired, kind, a, b)
    if book[0].size < len(entities):
        slot = np.int32(book[0].size)
        book[0].size += 1
    else:
        slot = book[0].oldest
        _retire(entities, retired, slot)
        _unlink_use(entities, book, slot)
        e = entities[slot]
        old = np.int64(entity_hash(e.kind, e.src_high, e.src_low, e.dst_high, e.dst_low) & mask)
        if heads[old] == slot:
            heads[old] = e.chain
        else:
            walk = heads[old]
            while entities[walk].chain != slot:
                walk = entities[walk].chain
            entities[walk].chain = e.chain
    e = entities[slot]
    e.kind = kind
    e.src_high, e.src_low, e.dst_high, e.dst_low = a, b, c, d
    e.finding = -1
    e.related = -1
    e.flows, e.suspicious, e.malicious, e.bytes, e.start_us, e.end_us, e.suspicion = told
    e.chain = heads[bucket]
    heads[bucket] = slot
    _link_newest(entities, book, slot)
    restart(entities, invested, sums, book, slot, row)
    return slot
