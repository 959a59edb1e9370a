"""Labelled captures, metered once a process: flows with context and history, as all methods read
them."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from netad_pcap.errors import UsageError
from netad_pcap.schema import CONTEXT, PROFILES
from netad_pcap.training.captures_index import truth_of_index
from netad_pcap.training.labelled import LabelledCapture, label_captures
from netad_pcap.training.truth import Truth, read_truth

__all__ = ["COLUMNS", "MOST_KEPT", "LabSet", "lab_set", "lab_sums", "public_set", "public_sums"]

_PROFILE = "cic-fixed"
#: What methods read of a capture's flows: the profile's columns, and what went on around each.
COLUMNS: Mapping[str, int] = MappingProxyType(
    dict.fromkeys((*PROFILES[_PROFILE].features, *CONTEXT), 0)
)
#: Of a class in one capture so many flows are kept, drawn at random.
MOST_KEPT = 5_000
#: Flows of the same source that sequences hold.
_HISTORY = 10
#: Of the draw of `MOST_KEPT`: what is measured is the same for all seeds.
_SEED = 0


def public_sums(data: Path) -> dict[str, str]:
    """The hash of the public captures' index, which has theirs.

    Raises:
        UsageError: there is none.
    """
    index = data / "captures" / "index.csv"
    if not index.is_file():
        raise UsageError(f"{index}: no such file; --data names its folder")
    return {"captures/index.csv": hashlib.sha256(index.read_bytes()).hexdigest()}


def public_set(data: Path) -> tuple[LabelledCapture, ...]:
    """The labelled public captures.

    Raises:
        UsageError: no index, or one of the captures that it labels is not there.
    """
    return _public_set(data, *public_sums(data).values())


@lru_cache(maxsize=1)
def _public_set(data: Path, sha256: str) -> tuple[LabelledCapture, ...]:
    del sha256  # Of another index the captures are others.
    folder = data / "captures"
    truth = truth_of_index(folder / "index.csv")
    names = [str(folder / name) for name in sorted({rule.capture for rule in truth.rules})]
    # Cells say the hash of the index: without one of its captures they would be of other data.
    missing = [name for name in names if not Path(name).is_file()]
    if missing:
        what = f"{missing[0]}: not here, though index.csv labels it"
        raise UsageError(what if len(missing) == 1 else f"{what} ({len(missing)} of {len(names)})")
    return tuple(_labelled(names, truth))


@dataclass(frozen=True, eq=False)
class LabSet:
    """What the lab recorded.

    Attributes:
        train: captures to learn from, conditions included.
        test: of networks that training never saw, conditions included.
        recorded: names of those of `test` that are as recorded.
    """

    train: tuple[LabelledCapture, ...]
    test: tuple[LabelledCapture, ...]
    recorded: frozenset[str]


def lab_sums(lab: Path | None) -> dict[str, str]:
    """The hash of the recording's `split.csv`, which has those of its captures.

    Raises:
        UsageError: there is none.
    """
    if lab is None:
        raise UsageError("the lab's networks are not here: --lab names what make lab-dataset wrote")
    split = lab / "split.csv"
    if not split.is_file():
        raise UsageError(f"{split}: no such file; make lab-dataset writes it")
    return {"lab/split.csv": hashlib.sha256(split.read_bytes()).hexdigest()}


def lab_set(lab: Path) -> LabSet:
    """The parts `train` and `test` of a recording; a capture's source is its network.

    Raises:
        UsageError: there is none, or its `split.csv` names no capture of a part.
    """
    return _lab_set(lab, *lab_sums(lab).values())


@lru_cache(maxsize=1)
def _lab_set(lab: Path, sha256: str) -> LabSet:
    del sha256  # Of another split the captures are others.
    rows = _split_rows(lab / "split.csv")
    parts = {}
    for part in ("train", "test"):
        names = [str(lab / row["capture"]) for row in rows if row["part"] == part]
        parts[part] = tuple(_labelled(names, read_truth(lab / part / "truth.csv")))
        if not parts[part]:
            raise UsageError(f"{lab / 'split.csv'}: names no labelled capture of part {part}")
    recorded = frozenset(str(lab / r["capture"]) for r in rows if r["condition"] == "recorded")
    return LabSet(parts["train"], parts["test"], recorded)


def _split_rows(path: Path) -> list[dict[str, str]]:
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    except UnicodeDecodeError:
        rows = []
    if not rows or not {"capture", "part", "condition"} <= rows[0].keys():
        raise UsageError(f"{path}: not a split as make lab-dataset writes it; record it again")
    return rows


def _labelled(names: Iterable[str], truth: Truth) -> Iterable[LabelledCapture]:
    return label_captures(
        names,
        truth,
        profile=_PROFILE,
        history=_HISTORY,
        columns=PROFILES[_PROFILE].features,
        context=tuple(CONTEXT),
        most_rows=MOST_KEPT,
        seed=_SEED,
        meter_name="native",
    )
