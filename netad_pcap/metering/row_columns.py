"""The columns that rows leave in: one record of arrays, which the emission kernel fills.

Features have the data set's names, as identifiers (`Fwd Pkt Len Max` is `fwd_pkt_len_max`).
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import CONNECTION, IDENTITY, FlowBatch
from netad_pcap.metering.rules import LIFE_KDD, RULES, SUBFLOW_GAPS
from netad_pcap.metering.rules import PROFILES as TOOL_PROFILES
from netad_pcap.schema import PROFILES

__all__ = ["BATCH_ROWS", "KDD_ROW_COLUMNS", "ROW_COLUMNS", "batch_of", "new_columns"]

#: Rows of a full batch.
BATCH_ROWS = 8_192
#: Rows that a column has room for: were columns a power of two apart, all of them would want
#: the same few lines of the cache.
_ROOM = BATCH_ROWS + 40
#: Features that are whole numbers in every profile; the others are real.
_WHOLE = re.compile(
    "Flow Duration|Tot (Fwd|Bwd) Pkts|Total Connection Flow Time|.* Retrans. Count|ICMP .*"
    "|.* Flag (Cnt|Count)|... (PSH|URG|RST) Flags|... Header Len|Init ... Win Byts"
    "|... Act Data Pkts|... Seg Size Min"
)
#: In the upstream tool and the fork of 2022 averages of these are whole numbers too.
_WHOLE_SUBFLOWS = re.compile("Subflow .*")
_WHOLE_BULKS = re.compile(".*/b Avg|.* Blk Rate Avg")


def _identifier(feature: str) -> str:
    return re.sub("[^a-z0-9]+", "_", feature.lower()).strip("_")


_FEATURES: Mapping[str, str] = {
    name: _identifier(name) for profile in TOOL_PROFILES for name in PROFILES[profile].features
}
#: `origin` is not the kernel's.
_OTHERS = {name: kind for name, kind in {**IDENTITY, **CONNECTION}.items() if name != "origin"}
_ADDRESSES = ("src_ip", "dst_ip")

#: Bool as uint8, of which numba can nest arrays.
_OTHER_COLUMNS = [
    (name, kind if kind != "?" else "u1", (_ROOM, 16) if name in _ADDRESSES else (_ROOM,))
    for name, kind in _OTHERS.items()
]
#: One record: an array [room] for each column, of addresses [room, 16].
ROW_COLUMNS = np.dtype(
    _OTHER_COLUMNS
    + [
        (field, np.dtype("i8" if _WHOLE.fullmatch(name) else "f8"), (_ROOM,))
        for name, field in _FEATURES.items()
    ]
)
#: KDD's `urgent` is a connection column too.
_KDD_FEATURES = {name: name for name in PROFILES["kdd"].features} | {"urgent": "urgent_packets"}
#: The same for KDD's connections: all its columns are real, symbols are codes.
KDD_ROW_COLUMNS = np.dtype(
    _OTHER_COLUMNS + [(field, "f8", (_ROOM,)) for field in _KDD_FEATURES.values()]
)


#: Memory of columns that nobody holds any more, by its bytes: fresh memory costs more than
#: filling it.
_SPARE: dict[int, list[NDArray[np.uint8]]] = {
    kind.itemsize: [] for kind in (ROW_COLUMNS, KDD_ROW_COLUMNS)
}
_MOST_SPARE = 2


def new_columns(profile: str) -> NDArray[Any]:
    """ROW_COLUMNS [1] or KDD_ROW_COLUMNS [1], with room for a full batch; not filled."""
    kind = KDD_ROW_COLUMNS if RULES[profile].life == LIFE_KDD else ROW_COLUMNS
    spare = _SPARE[kind.itemsize]
    memory = spare.pop() if spare else np.empty(kind.itemsize, np.uint8)
    # What is made of a buffer, not of an array, is what all views keep alive.
    columns = np.frombuffer(memory.data, kind)
    weakref.finalize(columns, _spare, memory).atexit = False
    return columns


def _spare(memory: NDArray[np.uint8]) -> None:
    spare = _SPARE[len(memory)]
    if len(spare) < _MOST_SPARE:
        spare.append(memory)


def batch_of(
    columns: NDArray[Any], rows: int, *, profile: str, captures: tuple[str, ...]
) -> FlowBatch:
    """The first rows as a batch in the profile's columns, which share the memory of `columns`.

    Args:
        columns: what `new_columns` gives.
        rows: how many are filled.
        profile: a name of `rules.ALL_PROFILES`.
        captures: names of the files.
    """
    record = columns[0]
    fields = _FEATURES if columns.dtype == ROW_COLUMNS else _KDD_FEATURES
    rules = RULES[profile]
    whole_bulks = rules.bulk == 0 or not rules.segments
    whole_subflows = not (rules.subflow == SUBFLOW_GAPS and rules.segments)

    def feature(name: str) -> NDArray[Any]:
        column: NDArray[Any] = record[fields[name]][:rows]
        whole = (whole_bulks and _WHOLE_BULKS.fullmatch(name)) or (
            whole_subflows and _WHOLE_SUBFLOWS.fullmatch(name)
        )
        return column.astype("i8") if whole else column

    def other(name: str) -> NDArray[Any]:
        column: NDArray[Any] = record[name][:rows].view(_OTHERS[name])
        return column

    return FlowBatch(
        profile=profile,
        captures=captures,
        identity={name: other(name) for name in IDENTITY if name in _OTHERS},
        features={name: feature(name) for name in PROFILES[profile].features},
        connection={name: other(name) for name in CONNECTION},
    )
