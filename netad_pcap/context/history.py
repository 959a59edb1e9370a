"""The last flows of the same source, for detectors that read sequences (design 7.5).

One pass in the order in which rows leave the meter; cutting the rows into batches anywhere
changes nothing. Of each source the last L − 1 rows are kept, in one pool of rows with the
needed columns only; a batch costs what its own rows cost, whatever is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch

__all__ = ["HORIZON_US", "NEEDED", "SOURCES", "FlowHistory"]

#: Identity columns that histories are made from, in words.
NEEDED: Mapping[str, str] = {"src_ip": "source addresses", "end_us": "times"}

#: History is kept for the sources seen last, and reaches back an hour.
SOURCES = 65_536
HORIZON_US = 3_600_000_000

_GROUPS = ("identity", "features", "connection", "context", "text")
_NONE = -1
#: A remembered row is a row of the current batch (0, 1, …) or, below this, a place of the pool.
_POOL = -2
#: Places of the vector `counts`.
_KNOWN, _FREE, _PLACES = range(3)


class FlowHistory:
    """Attaches to each row the rows of the last flows of its source.

    Args:
        length: L, how many flows a history holds, the row itself included; 0: none.
        columns: what readers of a history need; of rows kept from earlier batches only these
            hold their values (others are zero or empty: nothing but histories points at them).
        sources: how many sources are remembered: those seen last.
        horizon_us: how far back from a flow's end a history reaches, in µs.
    """

    def __init__(
        self,
        length: int,
        columns: Sequence[str] = (),
        *,
        sources: int = SOURCES,
        horizon_us: int = HORIZON_US,
    ) -> None:
        if length < 0 or sources < 1:
            raise ValueError("a history has a length of at least 0 and at least one source")
        self.length = length
        self.columns = tuple(columns)
        self.horizon_us = horizon_us
        depth = max(length - 1, 0)
        buckets = 1 << max(sources - 1, 1).bit_length()
        self._key = np.zeros((sources, 2), np.uint64)
        self._head = np.full(buckets, _NONE, np.int32)
        self._chain = np.full(sources, _NONE, np.int32)
        # Sources in the order in which they were seen last; number `sources` is both ends.
        self._after = np.full(sources + 1, sources, np.int32)
        self._before = np.full(sources + 1, sources, np.int32)
        self._last = np.full((sources, depth), _NONE, np.int64)
        self._last_end_us = np.zeros((sources, depth), np.int64)
        self._seen = np.zeros(sources, np.int64)
        self._touched = np.zeros(sources, np.bool_)
        self._counts = np.zeros(3, np.int64)
        self._free = np.empty(0, np.int64)
        self._pool: dict[str, dict[str, NDArray[Any]]] = {}

    def attach(self, flows: FlowBatch) -> FlowBatch:
        """The batch with `history` int32 [carried + n, L], earlier rows in front.

        Rows in front are only pointed at; their own histories hold nothing but themselves.

        Args:
            flows: n rows, in the order in which they left; their history is made anew.

        Raises:
            UsageError: the flows tell no source address or no time.
            KeyError: they lack a needed column.
        """
        if self.length == 0:
            return flows
        n = len(flows)
        for name, what in NEEDED.items():
            if name not in flows.identity and n:
                raise UsageError(f"histories of sources need {what}, which these flows lack")
        if not n:
            return replace(flows, history=np.empty((0, self.length), np.int32), carried=0)
        needed = self._needed(flows)
        self._make_room(n)
        history = np.full((n, self.length), _NONE, np.int64)
        kept_row = np.empty(n, np.int64)
        kept_place = np.empty(n, np.int64)
        touched = np.empty(min(n, len(self._seen)), np.int64)
        kept = _attach(
            np.ascontiguousarray(flows.identity["src_ip"]).view(">u8").astype(np.uint64),
            flows.identity["end_us"],
            self.horizon_us,
            history,
            self._key,
            self._head,
            self._chain,
            self._after,
            self._before,
            self._last,
            self._last_end_us,
            self._seen,
            self._touched,
            touched,
            self._free,
            self._counts,
            kept_row,
            kept_place,
        )
        carried = np.unique(history[history <= _POOL])  # deepest place first; any order is fine
        result = self._with_carried(flows, history, _POOL - carried, carried)
        # Places given back in this batch are filled only now: `carried` was read from them.
        self._keep(flows, needed, kept_row[:kept], kept_place[:kept])
        return result

    def _needed(self, flows: FlowBatch) -> list[tuple[str, str]]:
        """Group and name of each needed column, as `FlowBatch.column` would find it."""
        found = []
        for column in self.columns:
            flows.column(column)  # names what is missing
            order = ("features", "context", "connection", "identity", "text")
            found.append((next(g for g in order if column in getattr(flows, g)), column))
        return found

    def _make_room(self, n: int) -> None:
        """At least `n` free places in the pool: no batch keeps more rows than it has."""
        free, places = int(self._counts[_FREE]), int(self._counts[_PLACES])
        if free >= n:
            return
        grown = max(places + n - free, places * 3 // 2)
        fresh = np.arange(grown - 1, places - 1, -1)
        kept = self._free[:free]
        self._free = np.empty(grown, np.int64)
        self._free[: len(fresh)] = fresh
        self._free[len(fresh) : len(fresh) + free] = kept
        self._counts[_FREE], self._counts[_PLACES] = len(fresh) + free, grown

    def _keep(
        self,
        flows: FlowBatch,
        needed: list[tuple[str, str]],
        rows: NDArray[np.int64],
        places: NDArray[np.int64],
    ) -> None:
        size = int(self._counts[_PLACES])
        for group, name in needed:
            column = getattr(flows, group)[name]
            columns = self._pool.setdefault(group, {})
            kept = columns.get(name)
            if kept is None or len(kept) < size:
                grown = np.empty((size, *column.shape[1:]), column.dtype)
                if kept is not None:
                    grown[: len(kept)] = kept
                columns[name] = kept = grown
            kept[places] = column[rows]

    def _with_carried(
        self,
        flows: FlowBatch,
        history: NDArray[np.int64],
        places: NDArray[np.int64],
        carried: NDArray[np.int64],
    ) -> FlowBatch:
        """Carried rows in front of the batch's own, histories numbered accordingly."""
        c = len(carried)
        numbered = np.where(history >= 0, history + c, _NONE)
        deep = history <= _POOL
        numbered[deep] = np.searchsorted(carried, history[deep])
        full = np.full((c + len(flows), self.length), _NONE, np.int32)
        full[:c, -1] = np.arange(c)
        full[c:] = numbered
        if not c:
            return replace(flows, history=full, carried=0)
        groups: dict[str, Any] = {}
        for group in _GROUPS:
            pool = self._pool.get(group, {})
            groups[group] = {
                name: np.concatenate([_front(column, pool.get(name), places), column])
                for name, column in getattr(flows, group).items()
            }
        weight = flows.weight
        if weight is not None:
            weight = np.concatenate([np.zeros(c), weight])
        return replace(flows, **groups, weight=weight, history=full, carried=c)


def _front(
    column: NDArray[Any], pool: NDArray[Any] | None, places: NDArray[np.int64]
) -> NDArray[Any]:
    """What stands in a column for carried rows."""
    if pool is not None:
        return pool[places]
    empty: NDArray[Any] = np.zeros((len(places), *column.shape[1:]), column.dtype)
    if column.dtype == object:
        empty[:] = ""
    return empty


@njit(cache=True)
def _attach(
    address: Any,
    end_us: Any,
    horizon_us: int,
    history: Any,
    key: Any,
    head: Any,
    chain: Any,
    after: Any,
    before: Any,
    last: Any,
    last_end_us: Any,
    seen: Any,
    touched: Any,
    touched_list: Any,
    free: Any,
    counts: Any,
    kept_row: Any,
    kept_place: Any,
) -> int:
    """Histories of the rows of a batch, and which of its rows are kept at which places.

    Args:
        address: uint64 [n, 2].
        end_us: int64 [n].
        horizon_us: µs.
        history: int64 [n, L], filled: rows of the batch, −1, or −2 − place of the pool.
        key: uint64 [s, 2], address of each source.
        head: int32 [buckets], first source of each bucket of the hash table.
        chain: int32 [s], next source of the same bucket.
        after: int32 [s + 1], source seen next.
        before: int32 [s + 1], source seen before.
        last: int64 [s, L − 1], ring of the last rows of each source, coded as in `history`.
        last_end_us: int64 [s, L − 1].
        seen: int64 [s], rows of each source so far.
        touched: bool [s], all False between calls.
        touched_list: int64 [min(n, s)].
        free: int64, stack of free places.
        counts: int64 [3]: known sources, free places, places.
        kept_row: int64 [n], filled.
        kept_place: int64 [n], filled.

    Returns:
        How many rows are kept.
    """
    most = len(seen)
    depth = last.shape[1]
    mask = np.uint64(len(head) - 1)
    touched_count = 0
    for row in range(len(end_us)):
        high, low = address[row, 0], address[row, 1]
        bucket = _bucket(high, low, mask)
        source = head[bucket]
        while source != _NONE and (key[source, 0] != high or key[source, 1] != low):
            source = chain[source]
        if source == _NONE:
            if counts[_KNOWN] < most:
                source = counts[_KNOWN]
                counts[_KNOWN] += 1
            else:
                source = after[most]  # seen longest ago: forgotten
                after[before[source]] = after[source]
                before[after[source]] = before[source]
                old = _bucket(key[source, 0], key[source, 1], mask)
                if head[old] == source:
                    head[old] = chain[source]
                else:
                    other = head[old]
                    while chain[other] != source:
                        other = chain[other]
                    chain[other] = chain[source]
                for k in range(min(depth, seen[source])):
                    if last[source, k] <= _POOL:
                        free[counts[_FREE]] = _POOL - last[source, k]
                        counts[_FREE] += 1
                    last[source, k] = _NONE
                seen[source] = 0
            key[source, 0], key[source, 1] = high, low
            chain[source] = head[bucket]
            head[bucket] = source
        else:
            after[before[source]] = after[source]
            before[after[source]] = before[source]
        newest = before[most]
        after[newest] = source
        before[source] = newest
        after[source] = most
        before[most] = source

        history[row, depth] = row
        for k in range(min(depth, seen[source])):
            place = (seen[source] - 1 - k) % depth
            if end_us[row] - last_end_us[source, place] > horizon_us:
                break
            history[row, depth - 1 - k] = last[source, place]
        if depth:
            place = seen[source] % depth
            if seen[source] >= depth and last[source, place] <= _POOL:
                free[counts[_FREE]] = _POOL - last[source, place]
                counts[_FREE] += 1
            last[source, place] = row
            last_end_us[source, place] = end_us[row]
            seen[source] += 1
            if not touched[source]:
                touched[source] = True
                touched_list[touched_count] = source
                touched_count += 1
    kept = 0
    for t in range(touched_count):
        source = touched_list[t]
        touched[source] = False
        for k in range(min(depth, seen[source])):
            if last[source, k] >= 0:
                counts[_FREE] -= 1
                place = free[counts[_FREE]]
                kept_row[kept] = last[source, k]
                kept_place[kept] = place
                kept += 1
                last[source, k] = _POOL - place
    return kept


@njit(cache=True)
def _bucket(high: Any, low: Any, mask: Any) -> Any:
    """Fibonacci hashing of both halves (Knuth, TAOCP 3, 6.4)."""
    mixed = (high ^ (low >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ low) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed ^ (mixed >> np.uint64(32))) & mask)
