"""The data sets' tables as they lie in a folder `tables/`: columns, labels, days, hashes."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import KDD_COLUMNS, KDD_SYMBOLS, match_header

__all__ = ["Table", "kdd_categories", "read_cic", "read_kdd", "sha256"]

#: One source of CSE-CIC-IDS2018 cut these to whole numbers, and another all to 32 bits: a model
#: could learn the source.
_CUT_TO_WHOLE = ("Flow Byts/s", "Flow Pkts/s")
_IDENTITY = {"Dst Port": ("dst_port", "i4"), "Protocol": ("protocol", "i4")}


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of a data set.

    Attributes:
        flows: their columns; KDD's symbols as codes.
        labels: object [n], as published, without KDD's trailing dot.
        day: object [n], of the capture; empty text where the table does not say.
    """

    flows: FlowBatch
    labels: NDArray[Any]
    day: NDArray[Any]

    def take(self, rows: NDArray[Any]) -> Table:
        """Some rows."""
        return Table(self.flows.take(rows), self.labels[rows], self.day[rows])


def read_kdd(path: Path) -> Table:
    """A table of KDD's 41 columns and a label (Parquet).

    Raises:
        UsageError: it is not there, or is no such table.
    """
    frame = _frame(path)
    missing = [name for name in (*KDD_COLUMNS, "label") if name not in frame.columns]
    if missing:
        raise UsageError(f"{path}: no column {missing[0]}: not a table of KDD Cup 99")
    features = {}
    for name in KDD_COLUMNS:
        column = frame[name].to_numpy()
        if name in KDD_SYMBOLS:
            code = {word: float(place) for place, word in enumerate(KDD_SYMBOLS[name])}
            features[name] = np.array([code.get(str(word), -1.0) for word in column])
        else:
            features[name] = column.astype(np.float64)
    labels = np.array([str(v).removesuffix(".") for v in frame["label"].to_numpy()], object)
    return Table(FlowBatch(None, features), labels, np.full(len(labels), "", object))


def kdd_categories(folder: Path) -> dict[str, str]:
    """Label → normal, dos, probe, r2l or u2r, as published.

    Raises:
        UsageError: the file is not there.
    """
    path = folder / "kdd" / "attack_types.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["attack"]: row["category"] for row in csv.DictReader(file)}
    except OSError as problem:
        raise UsageError(f"{path}: {problem.strerror}: see --data") from None


def read_cic(paths: Sequence[Path], *, even: bool = False) -> Table:
    """Tables of CICFlowMeter's columns and a `Label` (Parquet), those columns that all have.

    Args:
        paths: files; `day` is a column of theirs, or empty.
        even: round all numbers as the coarsest source did.

    Raises:
        UsageError: one is not there, or is no flow table.
    """
    tables = [_read_cic(path, even) for path in paths]
    shared = [
        name for name in tables[0].flows.features
        if all(name in table.flows.features for table in tables)
    ]  # fmt: skip
    identity = [
        name for name in tables[0].flows.identity
        if all(name in table.flows.identity for table in tables)
    ]  # fmt: skip

    def joined(group: str, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        return {
            name: np.concatenate([getattr(table.flows, group)[name] for table in tables])
            for name in names
        }

    flows = FlowBatch(None, joined("features", shared), identity=joined("identity", identity))
    return Table(
        flows,
        np.concatenate([table.labels for table in tables]),
        np.concatenate([table.day for table in tables]),
    )


def sha256(path: Path) -> str:
    """Of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_cic(path: Path, even: bool) -> Table:
    frame = _frame(path)
    try:
        names = match_header(frame.columns, allow_missing=True).columns
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None
    columns: Mapping[str, Any] = {
        name: frame[cell] for cell, name in zip(frame.columns, names, strict=True) if name
    }
    features: dict[str, NDArray[Any]] = {}
    identity: dict[str, NDArray[Any]] = {}
    for name, column in columns.items():
        if name in _IDENTITY:
            key, dtype = _IDENTITY[name]
            identity[key] = column.to_numpy().astype(dtype)
        elif column.dtype.is_numeric() and name != "Src Port":
            values = column.to_numpy().astype(np.float64)
            if even:
                values = np.floor(values) if name in _CUT_TO_WHOLE else values
                values = values.astype(np.float32).astype(np.float64)
            features[name] = values
    labels = np.array(columns["Label"].to_list(), object)
    day = frame["day"].to_list() if "day" in frame.columns else [""] * len(labels)
    return Table(FlowBatch(None, features, identity=identity), labels, np.array(day, object))


def _frame(path: Path) -> Any:
    import polars

    try:
        return polars.read_parquet(path)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; --data names the folder of tables/") from None
    except (OSError, polars.exceptions.PolarsError) as problem:
        first = str(problem).splitlines()[0]
        raise UsageError(f"{path}: not a table (Parquet): {first}") from None
