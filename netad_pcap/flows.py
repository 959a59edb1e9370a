"""FlowBatch: some tens of thousands of flows as columns.

What metering hands on and everything behind it reads (the second arrow of
`bytes → packets → flows → context → scores → verdicts → hosts → report`).
There is no object per flow: a batch is groups of numpy arrays of one length.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas
    import pyarrow

__all__ = [
    "CONNECTION",
    "IDENTITY",
    "MAPPED_IPV4",
    "FlowBatch",
    "address_text",
    "are_ipv4",
    "concatenate",
    "flow_id_text",
]

Column = NDArray[Any]

#: What the 16 bytes of a mapped IPv4 address begin with.
MAPPED_IPV4 = bytes(10) + b"\xff\xff"
#: Identity columns: name → dtype. Addresses are 16 bytes, IPv4 mapped (::ffff:a.b.c.d);
#: `capture` and `last_capture` index `FlowBatch.captures`; frames count from 1 in each file.
#: `id_reversed`: the Flow ID names the destination first (cicflowmeter.md 3).
#: `ext`: bits of `metering.extensions`. `open`: an open flow's columns so far.
#: `origin`, where captures are metered in several profiles at once: of the first profile's flow
#: that the flow's first packet belongs to, the place of its first frame among all frames read,
#: −1 = none, and of open flows.
IDENTITY: Mapping[str, np.dtype[Any]] = {
    "src_ip": np.dtype("u1"),  # [n, 16]
    "dst_ip": np.dtype("u1"),  # [n, 16]
    "src_port": np.dtype("i4"),
    "dst_port": np.dtype("i4"),
    "protocol": np.dtype("i4"),
    "start_us": np.dtype("i8"),
    "end_us": np.dtype("i8"),
    "first_frame": np.dtype("i8"),
    "last_frame": np.dtype("i8"),
    "capture": np.dtype("i4"),
    "last_capture": np.dtype("i4"),
    "id_reversed": np.dtype("?"),
    "ext": np.dtype("u2"),
    "open": np.dtype("?"),
    "tag": np.dtype("i4"),
    "origin": np.dtype("i8"),
}

#: Connection columns, written to no dialect (design 6): name → dtype. `dns_zone` and `dns_name`
#: are hashes of what a flow of DNS asked for last, 0 = none; `dns_names` counts names that are
#: not the one asked for before (`metering.questions`).
CONNECTION: Mapping[str, np.dtype[Any]] = {
    "state": np.dtype("u1"),  # index into metering.states.STATES
    "fwd_syn": np.dtype("i4"),
    "bwd_syn": np.dtype("i4"),
    "fwd_fin": np.dtype("i4"),
    "bwd_fin": np.dtype("i4"),
    "fwd_rst": np.dtype("i4"),
    "bwd_rst": np.dtype("i4"),
    "urgent": np.dtype("i4"),
    "bad_fragments": np.dtype("i4"),
    "fwd_sequence_bytes": np.dtype("i8"),
    "bwd_sequence_bytes": np.dtype("i8"),
    "end_reason": np.dtype("u1"),  # index into metering.states.END_REASONS
    "dns_zone": np.dtype("u4"),
    "dns_name": np.dtype("u4"),
    "dns_questions": np.dtype("i4"),
    "dns_names": np.dtype("i4"),
    "dns_name_bytes": np.dtype("i8"),
}


#: Identity columns that a table may lack: what a person would look for in its header.
_IN_TABLES = {
    "src_ip": "Src IP",
    "dst_ip": "Dst IP",
    "src_port": "Src Port",
    "dst_port": "Dst Port",
    "protocol": "Protocol",
    "start_us": "Timestamp",
    "end_us": "Timestamp",
    "state": "connection state",
}


@dataclass(frozen=True, eq=False)
class FlowBatch:
    """Flows as columns.

    Attributes:
        profile: rule book the features follow (`cic-2018`, …), or None for a foreign table.
        clock: resolution of the times that made the features: `us` or `ms`.
        captures: names that `capture` and `last_capture` index.
        identity: `IDENTITY` columns; those that a table lacks are absent.
        features: the data set's columns by 2018 spelling (`Tot Fwd Pkts`), int64 or float64.
        connection: `CONNECTION` columns; empty for tables.
        context: what `context/` added; empty before.
        text: columns of strings per flow (`application`, `server_name`, `label`, …), object dtype.
        weight: float64 [n], in training only.
        history: int32 [n, L], row numbers of the last L flows of the same source, oldest first,
            the row itself last, −1 = none; made by `context/`.
        carried: the first `carried` rows are only pointed at by `history`: they get no scores.
    """

    profile: str | None
    features: Mapping[str, Column]
    identity: Mapping[str, Column] = field(default_factory=dict)
    connection: Mapping[str, Column] = field(default_factory=dict)
    context: Mapping[str, Column] = field(default_factory=dict)
    text: Mapping[str, Column] = field(default_factory=dict)
    captures: tuple[str, ...] = ()
    clock: str = "us"
    weight: Column | None = None
    history: Column | None = None
    carried: int = 0

    def __post_init__(self) -> None:
        lengths = {len(c) for g in self._groups() for c in g.values()}
        lengths |= {len(c) for c in (self.weight, self.history) if c is not None}
        if len(lengths) > 1:
            raise ValueError(f"columns of unequal length in one batch: {sorted(lengths)}")

    def _groups(self) -> tuple[Mapping[str, Column], ...]:
        return (self.identity, self.features, self.connection, self.context, self.text)

    def __len__(self) -> int:
        for group in self._groups():
            for column in group.values():
                return len(column)
        return 0

    def column(self, name: str) -> Column:
        """One column of features, context, connection or identity, in that order.

        Raises:
            KeyError: no group has it; the message names it.
        """
        for group in (self.features, self.context, self.connection, self.identity, self.text):
            if name in group:
                return group[name]
        raise KeyError(f"no column named {name!r} in this batch")

    def has(self, name: str) -> bool:
        """Whether `column(name)` would find it."""
        return any(name in group for group in self._groups())

    def payload(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bytes that each end sent, float64 [n] twice, finite; 0 where a table does not say."""
        return (
            self._bytes("TotLen Fwd Pkts", "src_bytes"),
            self._bytes("TotLen Bwd Pkts", "dst_bytes"),
        )

    def _bytes(self, *names: str) -> NDArray[np.float64]:
        for name in names:  # CIC's flows, KDD's connections
            if name in self.features:
                column = self.features[name].astype(np.float64)
                return np.nan_to_num(column, nan=0.0, posinf=0.0, neginf=0.0)
        return np.zeros(len(self))

    def lacks(self, names: Iterable[str]) -> tuple[str, ...]:
        """Which of the named columns are missing, as tables call them.

        A time stamp whose clock does not say which half of the day it is gives no time.
        """
        missing = []
        for name in names:
            if self.has(name):
                continue
            word = _IN_TABLES.get(name, name)
            if name == "end_us" and self.has("start_us"):
                word = "Flow Duration"
            elif word == "Timestamp" and "timestamp" in self.text:
                word = "am or pm in Timestamp"
            missing.append(word)
        return tuple(dict.fromkeys(missing))

    def take(self, rows: NDArray[Any] | slice) -> FlowBatch:
        """The rows named by an index array, a mask or a slice; history does not survive."""

        def cut(group: Mapping[str, Column]) -> dict[str, Column]:
            return {name: column[rows] for name, column in group.items()}

        return replace(
            self,
            identity=cut(self.identity),
            features=cut(self.features),
            connection=cut(self.connection),
            context=cut(self.context),
            text=cut(self.text),
            weight=None if self.weight is None else self.weight[rows],
            history=None,
            carried=0,
        )

    def without_carried(self) -> FlowBatch:
        """The rows that get scores; the batch itself, history and all, where none is carried."""
        return self.take(slice(self.carried, None)) if self.carried else self

    def matrix(self, names: Iterable[str]) -> NDArray[np.float64]:
        """The named columns side by side, float64 [n, len(names)].

        Each row in one piece of memory: column by column, numpy would add up a row by itself in
        another order than one of several, and detectors would say something else of it.
        """
        columns = [self.column(name).astype(np.float64, copy=False) for name in names]
        if not columns:
            return np.empty((len(self), 0))
        return np.column_stack(columns)

    def to_arrow(self) -> pyarrow.Table:
        """All columns as an Arrow table; without copying where the dtype allows."""
        import pyarrow as pa

        arrays: dict[str, Any] = {}
        for group in self._groups():
            for name, column in group.items():
                if column.ndim == 2:
                    flat = pa.py_buffer(np.ascontiguousarray(column))
                    kind = pa.binary(column.shape[1])
                    arrays[name] = pa.FixedSizeBinaryArray.from_buffers(
                        kind, len(column), [None, flat]
                    )
                elif column.dtype == object:
                    arrays[name] = pa.array(column, type=pa.string())
                else:
                    arrays[name] = pa.array(column)
        return pa.table(arrays)

    def to_pandas(self) -> pandas.DataFrame:
        """All columns as a DataFrame; addresses as text."""
        import pandas as pd

        columns: dict[str, Any] = {}
        for group in self._groups():
            for name, column in group.items():
                columns[name] = address_text(column) if column.ndim == 2 else column
        return pd.DataFrame(columns)


def are_ipv4(addresses: Column) -> NDArray[np.bool_]:
    """Which addresses uint8 [n, 16] are mapped IPv4, bool [n]."""
    prefix = np.frombuffer(MAPPED_IPV4, np.uint8)
    mapped: NDArray[np.bool_] = (addresses[:, : len(prefix)] == prefix).all(axis=1)
    return mapped


def address_text(addresses: Column) -> Column:
    """Addresses uint8 [n, 16] as text [n] (object): dotted for mapped IPv4, RFC 5952 otherwise.

    Each distinct address is formatted once.
    """
    if not len(addresses):
        return np.empty(0, dtype=object)
    packed = np.ascontiguousarray(addresses).view("V16").ravel()
    distinct, inverse = np.unique(packed, return_inverse=True)
    texts = np.empty(len(distinct), dtype=object)
    for i, raw in enumerate(distinct):
        data = raw.tobytes()
        if data.startswith(MAPPED_IPV4):
            texts[i] = ".".join(map(str, data[12:]))
        else:
            texts[i] = str(ipaddress.IPv6Address(data))
    return texts[inverse]


def flow_id_text(identity: Mapping[str, Column]) -> Column:
    """Flow IDs `src-dst-sport-dport-protocol` [n] (object), as the tool prints them
    (cicflowmeter.md 3): the destination first where `id_reversed` says so."""
    source, target = address_text(identity["src_ip"]), address_text(identity["dst_ip"])
    turned = identity["id_reversed"]
    parts = (
        np.where(turned, target, source),
        np.where(turned, source, target),
        np.where(turned, identity["dst_port"], identity["src_port"]),
        np.where(turned, identity["src_port"], identity["dst_port"]),
        identity["protocol"],
    )
    texts = np.empty(len(source), dtype=object)
    texts[:] = [
        f"{a}-{b}-{p}-{q}-{n}" for a, b, p, q, n in zip(*(c.tolist() for c in parts), strict=True)
    ]
    return texts


def concatenate(batches: Iterable[FlowBatch]) -> FlowBatch:
    """Several batches of one profile as one; columns that any of them lacks are dropped.

    Raises:
        ValueError: no batch, or batches of different profiles or clocks.
    """
    parts = list(batches)
    if not parts:
        raise ValueError("no batch to concatenate")
    if len({(p.profile, p.clock) for p in parts}) > 1:
        raise ValueError("batches of different profiles or clocks cannot be joined")
    captures = tuple(dict.fromkeys(name for part in parts for name in part.captures))
    position = {name: i for i, name in enumerate(captures)}

    def joined(group: str) -> dict[str, Column]:
        first = getattr(parts[0], group)
        shared = [name for name in first if all(name in getattr(p, group) for p in parts)]
        result = {}
        for name in shared:
            columns = [getattr(p, group)[name] for p in parts]
            if name in ("capture", "last_capture"):
                columns = [
                    np.array([position[c] for c in p.captures], dtype="i4")[column]
                    if p.captures
                    else column
                    for p, column in zip(parts, columns, strict=True)
                ]
            result[name] = np.concatenate(columns)
        return result

    weights = [p.weight for p in parts]
    return replace(
        parts[0],
        captures=captures,
        identity=joined("identity"),
        features=joined("features"),
        connection=joined("connection"),
        context=joined("context"),
        text=joined("text"),
        weight=np.concatenate([w for w in weights if w is not None])
        if all(w is not None for w in weights)
        else None,
        history=None,
        carried=0,
    )
