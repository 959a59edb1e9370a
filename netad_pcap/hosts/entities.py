"""The table of remembered hosts, pairs and targets: hash chains, and the order of use.

Kernels of `hosts.kernel`. When all slots are taken the entity seen least recently makes
room; hosts that were suspicious go to the list of retired ones.
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
def _retire(entities: Array, book: Array, retired: Array, slot: int) -> None:
    """Keep a host that is forgotten, if it was more suspicious than the least one kept."""
    if entities[slot].kind != HOST or entities[slot].suspicion <= 0.0:
        return
    if book[0].retired < len(retired):
        retired[book[0].retired] = entities[slot]
        book[0].retired += 1
        return
    least = 0
    for i in range(1, len(retired)):
        if retired[i].suspicion < retired[least].suspicion:
            least = i
    if retired[least].suspicion < entities[slot].suspicion:
        retired[least] = entities[slot]


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
    if book[0].size < len(entities):
        slot = np.int32(book[0].size)
        book[0].size += 1
    else:
        slot = book[0].oldest
        _retire(entities, book, retired, slot)
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
    e.flows = 0
    e.suspicious = 0
    e.malicious = 0
    e.bytes = 0
    e.suspicion = 0.0
    e.chain = heads[bucket]
    heads[bucket] = slot
    _link_newest(entities, book, slot)
    restart(entities, invested, sums, book, slot, row)
    return slot
