"""Labelled flows: captures metered one by one, labelled by a truth file, thinned and weighted.

What training, calibration and evaluation read. The capture is the unit of weight: in no
class does one weigh more than twenty flows (evaluation.md).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.context.counters import ContextCounters
from netad_pcap.context.history import FlowHistory
from netad_pcap.errors import CaptureError
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.meter import meter
from netad_pcap.training.history_rows import join_batches, pieces_apart, rows_with_past
from netad_pcap.training.truth import Truth

__all__ = [
    "MOST_WEIGHT",
    "Labelled",
    "LabelledCapture",
    "cut_apart",
    "join",
    "label_captures",
    "seed_of",
    "some_rows",
]

#: What a capture weighs at most in one class, in flows.
MOST_WEIGHT = 20.0


@dataclass(frozen=True, eq=False)
class LabelledCapture:
    """The flows of one capture.

    Attributes:
        name: path as given.
        source: repository or network that it came from.
        sha256: of its file.
        flows: with `history` and carried rows where a detector needs them.
        families: object [n], one a flow that is not carried.
        group: what must stay on one side of a split; "": its source.
    """

    name: str
    source: str
    sha256: str
    flows: FlowBatch
    families: NDArray[Any]
    group: str = ""

    def __post_init__(self) -> None:
        if not self.group:
            object.__setattr__(self, "group", self.source)


@dataclass(frozen=True, eq=False)
class Labelled:
    """Flows of several captures as one batch.

    Attributes:
        flows: with weight; the first `flows.carried` are only pointed at.
        families: object [n].
        capture: int [n], number of each flow's capture.
        source: object [n], its source.
    """

    flows: FlowBatch
    families: NDArray[Any]
    capture: NDArray[np.int64]
    source: NDArray[Any]


def label_captures(
    captures: Iterable[str],
    truth: Truth | None,
    *,
    profile: str,
    history: int,
    columns: Sequence[str],
    context: Sequence[str] = (),
    most_rows: int,
    seed: int,
    meter_name: str,
    unlabelled: Callable[[str], None] = lambda name: None,
) -> Iterator[LabelledCapture]:
    """Meters and labels captures, each by itself.

    Args:
        captures: paths.
        truth: None: every flow is benign and every capture its own source.
        profile: rule book.
        history: flows of the same source that a detector needs, the flow itself included.
        columns: features to keep.
        context: context columns that a detector needs.
        most_rows: of a class in one capture so many flows are kept, drawn with `seed`.
        seed: for the draw.
        meter_name: `native` or `nfstream`.
        unlabelled: told of captures that no line names or that cannot be read.
    """
    for name in captures:
        if truth is not None and not truth.names(name):
            unlabelled(name)
            continue
        past = FlowHistory(history, (*columns, *context))
        lately = ContextCounters(context)
        metered = meter(name, profile=profile, meter=meter_name, open_flows=bool(context))
        try:
            batches = [_slim(lately.attach(batch), columns) for batch in metered]
        except CaptureError:
            unlabelled(name)
            continue
        if not batches:
            continue
        flows = past.attach(concatenate(batches))
        families = (
            np.full(len(flows), BENIGN, object) if truth is None else truth.families_of(flows, name)
        )
        rows = _drawn(families, most_rows, seed_of(name, seed))
        if len(rows):
            yield LabelledCapture(
                name,
                name if truth is None else truth.source_of(name),
                hashlib.sha256(Path(name).read_bytes()).hexdigest(),
                rows_with_past(flows, rows),
                families[rows],
            )


def some_rows(capture: LabelledCapture, rows: NDArray[np.intp]) -> LabelledCapture:
    """A capture with some of its flows: numbers among those that are not carried."""
    return replace(
        capture, flows=rows_with_past(capture.flows, rows), families=capture.families[rows]
    )


def cut_apart(
    capture: LabelledCapture, pieces: Sequence[NDArray[np.intp]]
) -> list[LabelledCapture]:
    """A capture in pieces whose windows share no flow (`pieces_apart`)."""
    return [
        replace(capture, flows=flows, families=capture.families[rows])
        for flows, rows in zip(pieces_apart(capture.flows, pieces), pieces, strict=True)
    ]


def join(parts: Sequence[LabelledCapture], *, weighted: bool = True) -> Labelled:
    """Several captures as one batch: carried rows first, histories renumbered.

    Args:
        parts: at least one.
        weighted: a capture weighs at most `MOST_WEIGHT` in a class; else each flow weighs 1.
    """
    if not parts:
        raise ValueError("no capture to join")
    flows = join_batches([p.flows for p in parts])
    weights = [_weights(p.families) if weighted else np.ones(len(p.families)) for p in parts]
    weight = np.concatenate([np.zeros(flows.carried), *weights])
    lengths = [len(p.families) for p in parts]
    return Labelled(
        flows=replace(flows, weight=weight),
        families=np.concatenate([p.families for p in parts]),
        capture=np.repeat(np.arange(len(parts)), lengths),
        source=np.repeat(np.array([p.source for p in parts], object), lengths),
    )


def _weights(families: NDArray[Any]) -> NDArray[np.float64]:
    weight = np.ones(len(families))
    for family in set(families.tolist()):
        rows = families == family
        weight[rows] = min(1.0, MOST_WEIGHT / rows.sum())
    return weight


def _slim(batch: FlowBatch, columns: Sequence[str]) -> FlowBatch:
    features = {name: batch.features[name] for name in batch.features if name in columns}
    return replace(batch, features=features, text={}, connection={})


def _drawn(families: NDArray[Any], most: int, seed: int) -> NDArray[np.intp]:
    """Rows that are kept, in order; flows taken out by the truth are not among them."""
    generator = np.random.default_rng(seed)
    kept = []
    for family in sorted(set(families.tolist()) - {""}):
        rows = np.flatnonzero(families == family)
        if len(rows) > most:
            rows = generator.choice(rows, most, replace=False)
        kept.append(rows)
    return np.sort(np.concatenate(kept)) if kept else np.empty(0, np.intp)


def seed_of(name: str, seed: int) -> int:
    """A seed of a capture's own, so that other captures do not change its draw."""
    digest = hashlib.sha256(f"{seed}/".encode() + os.fsencode(Path(name).name)).digest()
    return int.from_bytes(digest[:8], "big")
