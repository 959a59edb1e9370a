"""Which columns of the matched flows differ, by how much, and which cause explains it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap import schema
from netad_pcap.compare.causes import CAUSES, Cause, measured_otherwise
from netad_pcap.compare.matching import Matching
from netad_pcap.compare.pairs import Pairs
from netad_pcap.compare.result import CauseCount, ColumnDifference, Example
from netad_pcap.compare.side import Side

__all__ = ["PairsCompared", "compare_pairs"]

#: What stands in `Label` where nobody has labelled; equal to any label (cicflowmeter.md 5).
_UNLABELLED = ("", "No Label", "NeedManualLabel")
_IDENTITY = {"Src Port": "src_port", "Dst Port": "dst_port", "Protocol": "protocol"}
_ADDRESSES = {"Src IP": "src_ip", "Dst IP": "dst_ip"}


@dataclass(frozen=True, eq=False)
class PairsCompared:
    """Differences of the matched flows.

    Attributes:
        equal: flows equal in all columns.
        columns: columns compared.
        differences: those that differ.
        causes: causes found.
        unexplained: flows with a difference that no cause explains.
    """

    equal: int
    columns: tuple[str, ...]
    differences: tuple[ColumnDifference, ...]
    causes: tuple[CauseCount, ...]
    unexplained: int


@dataclass(eq=False)
class _Tested:
    """A cause with the flows in which it holds, and what it has explained so far."""

    cause: Cause
    says: str
    mask: NDArray[np.bool_]
    hit: NDArray[np.bool_]
    columns: list[str] = field(default_factory=list)


def compare_pairs(a: Side, b: Side, matching: Matching, rtol: float) -> PairsCompared:
    """Compares all columns that both tables have, one at a time."""
    pairs = Pairs.of(a, b, matching)
    differs = np.zeros(len(pairs), dtype=bool)
    unexplained = np.zeros(len(pairs), dtype=bool)
    tested: list[_Tested] | None = None
    columns: list[str] = []
    differences: list[ColumnDifference] = []
    for name, unequal, gap, relative, values in _columns(pairs, matching, rtol):
        columns.append(name)
        if not unequal.any():
            continue
        differs |= unequal
        if tested is None:
            tested = list(_tested(pairs))
        rest = unequal.copy()
        for entry in tested:
            found = rest & entry.mask if entry.cause.covers(name) else None
            if found is not None and found.any():
                entry.hit |= found
                entry.columns.append(name)
                rest &= ~found
        unexplained |= rest
        worst = int(np.argmax(np.where(unequal, gap, -1.0))) if gap is not None else -1
        if worst < 0 or not unequal[worst]:
            worst = int(np.argmax(unequal))
        differences.append(
            ColumnDifference(
                name,
                int(unequal.sum()),
                int(rest.sum()),
                None if gap is None else float(gap[unequal].max(initial=0.0)),
                None if relative is None else float(relative[unequal].max(initial=0.0)),
                _example(pairs, worst, values),
            )
        )
    causes = [
        CauseCount(
            entry.cause.code, entry.says, int(entry.hit.sum()), "both",
            tuple(dict.fromkeys(entry.columns)), _example(pairs, int(np.argmax(entry.hit)), None),
        )
        for entry in tested or ()
        if entry.hit.any()
    ]  # fmt: skip
    return PairsCompared(
        len(pairs) - int(differs.sum()),
        tuple(columns),
        tuple(sorted(differences, key=lambda d: -d.flows)),
        tuple(sorted(causes, key=lambda c: -c.flows)),
        int(unexplained.sum()),
    )


_Values = tuple[NDArray[Any], NDArray[Any]]
_Compared = tuple[
    str, NDArray[np.bool_], NDArray[np.float64] | None, NDArray[np.float64] | None, _Values
]


def _columns(pairs: Pairs, matching: Matching, rtol: float) -> Iterator[_Compared]:
    """Each common column: name, where it differs, by how much (absolute, relative), values."""
    a, b = pairs.a.side, pairs.b.side
    for name in schema.COLUMNS:
        if name in _ADDRESSES or name in _IDENTITY:
            key = _ADDRESSES.get(name) or _IDENTITY[name]
            if key in a.identity and key in b.identity:
                x, y = a.identity[key][pairs.a.rows], b.identity[key][pairs.b.rows]
                unequal = (x != y).any(axis=1) if x.ndim == 2 else x != y
                yield name, unequal, None, None, (x, y)
        elif name in ("Flow ID", "Label"):
            key = name.lower().replace(" ", "_")
            if a.has_text(key) and b.has_text(key):
                x, y = a.text(key, pairs.a.rows), b.text(key, pairs.b.rows)
                unequal = np.asarray(x != y, dtype=bool)
                if name == "Label":
                    unequal &= ~(np.isin(x, _UNLABELLED) | np.isin(y, _UNLABELLED))
                yield name, unequal, None, None, (x, y)
        elif name == "Timestamp":
            if matching.time_a is not None and matching.time_b is not None:
                x, y = matching.time_a[pairs.a.rows], matching.time_b[pairs.b.rows]
                gap = np.abs(x - y).astype(np.float64)
                yield name, x != y, gap, None, (x, y)
        elif pairs.has(name):
            yield _numbers(name, pairs, rtol)


def _numbers(name: str, pairs: Pairs, rtol: float) -> _Compared:
    """A numeric column; NaN equals NaN, infinities equal themselves."""
    x, y = pairs.a(name), pairs.b(name)
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.abs(x.astype(np.float64) - y.astype(np.float64))
        size = np.maximum(np.abs(x.astype(np.float64)), np.abs(y.astype(np.float64)))
        same = (x == y) | (np.isnan(x) & np.isnan(y))
        finite = np.isfinite(gap)
        unequal = ~(same | (finite & (gap <= rtol * size)))
        relative = np.divide(gap, size, out=np.zeros_like(gap), where=finite & (size > 0))
    return name, unequal, np.where(finite, gap, 0.0), relative, (x, y)


def _tested(pairs: Pairs) -> Iterator[_Tested]:
    """Every cause that can hold, both ways round."""
    last = measured_otherwise(pairs.a.profile, pairs.b.profile)
    same_rules = pairs.a.profile is not None and pairs.a.profile == pairs.b.profile
    for cause in (*CAUSES, *((last,) if last else ())):
        if same_rules and "{a}" in cause.says:
            continue
        ways = [pairs, pairs.turned()]
        masks = [cause.holds(way) for way in ways]
        seen = np.zeros(len(pairs), dtype=bool)
        for way, mask in zip(ways, masks, strict=True):
            if mask is None or not (mask & ~seen).any():
                continue
            says = cause.says.format(
                a=way.a.profile or f"{way.a.side.table.file.path.name}'s",
                b=way.b.profile or f"{way.b.side.table.file.path.name}'s",
            )
            yield _Tested(cause, says, mask & ~seen, np.zeros(len(pairs), dtype=bool))
            if "{" not in cause.says:
                seen |= mask


def _example(pairs: Pairs, position: int, values: _Values | None) -> Example:
    from netad_pcap.flows import address_text

    row = int(pairs.a.rows[position])
    if values is None:
        return Example(pairs.a.side.flow_name(row), "", "")
    shown = []
    for column in values:
        value = column[position]
        shown.append(
            str(address_text(column[position : position + 1])[0])
            if column.ndim == 2
            else repr(value.item()) if isinstance(value, np.generic) else str(value)
        )  # fmt: skip
    return Example(pairs.a.side.flow_name(row), shown[0], shown[1])
