"""Which flow of one table is which of the other.

A flow's key is its two ends, in either direction, and its protocol (and its capture where both
tables name them); among flows of one key the start time decides, then size, then the file's
order. What is left is matched to the nearest start within a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.timestamps import HALF_DAY_US
from netad_pcap.capture.wording import count_of
from netad_pcap.compare.side import Side
from netad_pcap.errors import UsageError

if TYPE_CHECKING:
    import polars

__all__ = ["NEAREST_US", "Matching", "match_flows"]

#: Starts that differ by more than this are different flows: a table in whole seconds may round.
NEAREST_US = 1_000_000
_QUARTER_HOUR_US = 15 * 60 * 1_000_000
_SIZES = ("Flow Duration", "Tot Fwd Pkts", "Tot Bwd Pkts")


@dataclass(frozen=True, eq=False)
class Matching:
    """Pairs of rows, and what is left.

    Attributes:
        rows_a, rows_b: int64 [pairs], in the order of A.
        only_a, only_b: rows without a counterpart.
        reversed_: bool [pairs], the source of the one is the destination of the other.
        key_a, key_b: number of each row's key, common to both tables, int64 [n].
        time_a, time_b: comparable start times in µs (offset taken out, coarser clock's
            resolution, modulo 12 hours where a half of the day is unknown), or None.
        clock_offset_us: what was taken off B.
        by: what identified flows.
    """

    rows_a: NDArray[np.int64]
    rows_b: NDArray[np.int64]
    only_a: NDArray[np.int64]
    only_b: NDArray[np.int64]
    reversed_: NDArray[np.bool_]
    key_a: NDArray[np.int64]
    key_b: NDArray[np.int64]
    time_a: NDArray[np.int64] | None
    time_b: NDArray[np.int64] | None
    clock_offset_us: int
    by: str


def match_flows(a: Side, b: Side) -> Matching:
    """Matches the flows of two tables.

    Raises:
        UsageError: neither addresses nor times to match by, and unequal numbers of rows.
    """
    import polars as pl

    shared = [name for name in a.identity if name in b.identity]
    addressed = {"src_ip", "dst_ip"} <= set(shared)
    timed = a.start_us is not None and b.start_us is not None
    if not addressed and not timed:
        return _by_row(a, b)
    (key_a, turned_a), (key_b, turned_b), by_capture = _keys(a, b, shared)
    time_a, time_b, offset = None, None, 0
    if a.start_us is not None and b.start_us is not None:
        resolution = max(a.table.clock_resolution_us, b.table.clock_resolution_us, 1)
        ambiguous = a.table.clock_ambiguous or b.table.clock_ambiguous
        span = HALF_DAY_US if ambiguous else None
        start_a = a.start_us // resolution * resolution
        start_b = b.start_us // resolution * resolution
        offset = _clock_offset(key_a, start_a, key_b, start_b, span)
        time_a, time_b = start_a, start_b - offset
        if span:
            time_a, time_b = time_a % span, time_b % span
    frames = [
        _frame(side, key, turned, time)
        for side, key, turned, time in (
            (a, key_a, turned_a, time_a),
            (b, key_b, turned_b, time_b),
        )
    ]
    sizes = [name for name in _SIZES if all(name in frame.columns for frame in frames)]
    pairs = []
    for exact in (["key", "time", "turned", *sizes], ["key", "time", "turned"], ["key", "time"]):
        found = _join(frames[0], frames[1], exact)
        frames = _less(frames, found)
        pairs.append(found)
    if timed:
        found = _nearest(*frames)
        frames = _less(frames, found)
        pairs.append(found)
    all_pairs = pl.concat(pairs).sort("row_a")
    rows_a, rows_b = (all_pairs[n].to_numpy().astype(np.int64) for n in ("row_a", "row_b"))
    words = ["five-tuple" if addressed else "destination port and protocol"]
    words = ["capture", *words] if by_capture else words
    return Matching(
        rows_a,
        rows_b,
        _rows(frames[0]),
        _rows(frames[1]),
        turned_a[rows_a] != turned_b[rows_b],
        key_a,
        key_b,
        time_a,
        time_b,
        offset,
        ", ".join(words) + (" and start time" if timed else ", in order"),
    )


def _by_row(a: Side, b: Side) -> Matching:
    """Tables without addresses and times: row by row, if they have the same number."""
    paired = min(a.rows, b.rows)
    if a.rows != b.rows and paired:
        raise UsageError(
            "the tables have neither addresses nor times in common, and "
            f"{a.rows:,} and {count_of(b.rows, 'row')}: there is nothing to match flows by"
        )
    rows_a, rows_b = np.arange(a.rows), np.arange(b.rows)
    pairs = rows_a[:paired]
    same = np.zeros(paired, dtype=bool)
    return Matching(
        pairs, pairs, rows_a[paired:], rows_b[paired:], same,
        rows_a, rows_b, None, None, 0, "order of rows",
    )  # fmt: skip


def _keys(
    a: Side, b: Side, shared: list[str]
) -> tuple[
    tuple[NDArray[np.int64], NDArray[np.bool_]], tuple[NDArray[np.int64], NDArray[np.bool_]], bool
]:
    """Key numbers of both tables, and whether each flow's source is the higher end."""
    captures = [set() if side.captures is None else set(side.captures) for side in (a, b)]
    by_capture = bool(captures[0] & captures[1])
    number = {name: i for i, name in enumerate(sorted(captures[0] | captures[1]))}
    packed, turned = [], []
    for side in (a, b):
        ends = np.zeros((side.rows, 2, 18), dtype=np.uint8)
        for i, way in enumerate(("src", "dst")):
            if f"{way}_ip" in shared:
                ends[:, i, :16] = side.identity[f"{way}_ip"]
            if f"{way}_port" in shared:
                port = side.identity[f"{way}_port"].astype(">u2")
                ends[:, i, 16:] = port.view(np.uint8).reshape(-1, 2)
        first, second = (np.ascontiguousarray(ends[:, i]).view("V18").ravel() for i in (0, 1))
        if {"src_ip", "dst_ip"} <= set(shared) and side.rows:
            swap = _greater(ends[:, 0], ends[:, 1])
            first, second = np.where(swap, second, first), np.where(swap, first, second)
        else:
            swap = np.zeros(side.rows, dtype=bool)
        key = np.zeros((side.rows, 44), dtype=np.uint8)
        key[:, :18] = first.view(np.uint8).reshape(-1, 18)
        key[:, 18:36] = second.view(np.uint8).reshape(-1, 18)
        if "protocol" in shared:
            key[:, 36:40] = side.identity["protocol"].astype("<i4").view(np.uint8).reshape(-1, 4)
        if by_capture and side.captures is not None:
            index = np.array([number[name] for name in side.captures], dtype="<i4")
            key[:, 40:] = index.view(np.uint8).reshape(-1, 4)
        packed.append(key)
        turned.append(swap)
    joint = np.concatenate(packed).view("V44").ravel()
    _, inverse = np.unique(joint, return_inverse=True)
    numbers = inverse.astype(np.int64)
    return (numbers[: a.rows], turned[0]), (numbers[a.rows :], turned[1]), by_capture


def _greater(x: NDArray[np.uint8], y: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether row x is greater than row y, byte by byte; uint8 [n, k] each."""
    unequal = x != y
    at = unequal.argmax(axis=1)
    rows = np.arange(len(x))
    return np.asarray(unequal.any(axis=1) & (x[rows, at] > y[rows, at]))


def _clock_offset(
    key_a: NDArray[np.int64], time_a: NDArray[np.int64],
    key_b: NDArray[np.int64], time_b: NDArray[np.int64], span: int | None,
) -> int:  # fmt: skip
    """B's clock minus A's in whole quarters of an hour, from keys that occur once in each.

    0 unless most of them agree on another one.
    """
    once_a, first_a, count_a = np.unique(key_a, return_index=True, return_counts=True)
    once_b, first_b, count_b = np.unique(key_b, return_index=True, return_counts=True)
    _, in_a, in_b = np.intersect1d(
        once_a[count_a == 1], once_b[count_b == 1], assume_unique=True, return_indices=True
    )
    if not len(in_a):
        return 0
    i, j = first_a[count_a == 1][in_a], first_b[count_b == 1][in_b]
    lag = time_b[j] - time_a[i]
    if span:
        lag = (lag + span // 2) % span - span // 2
    near = np.abs(lag - np.round(lag / _QUARTER_HOUR_US) * _QUARTER_HOUR_US) <= NEAREST_US
    quarters, votes = np.unique(
        np.round(lag[near] / _QUARTER_HOUR_US).astype(np.int64), return_counts=True
    )
    if not len(votes) or votes.max() * 2 <= len(lag):
        return 0
    return int(quarters[votes.argmax()]) * _QUARTER_HOUR_US


def _frame(
    side: Side,
    key: NDArray[np.int64],
    turned: NDArray[np.bool_],
    time: NDArray[np.int64] | None,
) -> polars.DataFrame:
    import polars as pl

    columns: dict[str, Any] = {
        "row": np.arange(side.rows, dtype=np.int64),
        "key": key,
        "turned": turned,
        "time": np.zeros(side.rows, dtype=np.int64) if time is None else time,
    }
    columns |= {name: side.column(name).astype(np.int64) for name in _SIZES if side.has(name)}
    return pl.DataFrame(columns)


def _join(a: polars.DataFrame, b: polars.DataFrame, on: list[str]) -> polars.DataFrame:
    """Pairs that agree in `on`; several of a kind in the order of the file."""
    import polars as pl

    def counted(frame: polars.DataFrame) -> polars.DataFrame:
        return frame.with_columns(pl.int_range(pl.len()).over(on).alias("copy"))

    joined = counted(a).join(counted(b), on=[*on, "copy"], how="inner", suffix="_b")
    return joined.select(pl.col("row").alias("row_a"), pl.col("row_b"))


def _nearest(a: polars.DataFrame, b: polars.DataFrame) -> polars.DataFrame:
    """Pairs of one key whose starts are nearest; each row once."""
    import polars as pl

    left = a.select("key", "time", pl.col("row").alias("row_a")).sort("time")
    right = b.select("key", pl.col("time"), pl.col("row").alias("row_b")).sort("time")
    right = right.with_columns(pl.col("time").alias("time_b"))
    near = left.join_asof(
        right, on="time", by="key", strategy="nearest", tolerance=NEAREST_US,
        check_sortedness=False,
    ).drop_nulls("row_b")  # fmt: skip
    near = near.with_columns((pl.col("time") - pl.col("time_b")).abs().alias("lag"))
    near = near.sort("lag", "row_a").unique("row_b", keep="first", maintain_order=True)
    return near.select("row_a", "row_b")


def _rows(frame: polars.DataFrame) -> NDArray[np.int64]:
    return np.sort(frame["row"].to_numpy()).astype(np.int64)


def _less(frames: list[polars.DataFrame], pairs: polars.DataFrame) -> list[polars.DataFrame]:
    """What is left of both tables without the pairs."""
    import polars as pl

    return [
        frame.filter(~pl.col("row").is_in(pairs[name].implode()))
        for frame, name in zip(frames, ("row_a", "row_b"), strict=True)
    ]
