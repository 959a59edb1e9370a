"""What a method is chosen by: cross-validation inside the rows to learn from, and nothing else.

No row of an experiment's test sets is read here. What is left out in turn is like what the tests
hold: rows at random where the experiment splits at random, else whole days, or (where there is one
day or none) whole attack types. Run by `python -m netad_pcap.training.reproduction.choosing`,
which writes `docs/results/choosing.md`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.families import BENIGN
from netad_pcap.training.reproduction.cells import Cell, compute
from netad_pcap.training.reproduction.experiment import Experiment, Part, Split, capped
from netad_pcap.training.reproduction.experiments import EXPERIMENTS
from netad_pcap.training.reproduction.methods import METHODS, MOST_LEARNED, Method
from netad_pcap.training.reproduction.pages import table_lines
from netad_pcap.training.reproduction.store import write_whole

__all__ = ["CANDIDATES", "CRITERIA", "Criterion", "choose", "inner_splits", "page"]

#: Parts that types, or rows at random, are dealt to.
_FOLDS = 3
#: Rows of one label that are tried on at most, and rows that are learned from at most: floods of
#: equal rows teach a choice nothing.
_MOST_OF_LABEL = 500
_MOST_BENIGN = 5_000


@dataclass(frozen=True)
class Criterion:
    """What a choice is made by.

    Attributes:
        says: in words.
        path: where it stands among a test's figures.
        least: whether less is better.
    """

    says: str
    path: tuple[str, ...]
    least: bool = False


_AUC = Criterion("ROC-AUC", ("auc",))
_RECALL = Criterion("recall at 1% false alarms", ("recall_at", "0.01"))
CRITERIA: Mapping[str, Criterion] = MappingProxyType(
    {
        "kdd-random": Criterion("macro recall", ("classes", "macro_recall")),
        "kdd-corrected": Criterion("least cost", ("classes", "least_cost"), least=True),
        "nsl-kdd": _AUC,
        "cic2018-random": Criterion("accuracy", ("classes", "accuracy")),
        "cic2018-by-day-first": _RECALL,
        "cic2018-by-day-second": _RECALL,
        "cic-2017-to-2018": _RECALL,
        "cic-2018-to-2017": _RECALL,
    }
)

_TRIED = (
    Method("extra_trees least_rows=5", ("extra_trees",), None, {"least_rows": 5}),
    Method("extra_trees balance=1", ("extra_trees",), None, {"balance": 1.0}),
    Method("random_forest least_rows=5", ("random_forest",), None, {"least_rows": 5}),
    Method("random_forest balance=1", ("random_forest",), None, {"balance": 1.0}),
    Method("random_forest binary", ("random_forest",), binary=True),
    Method("extra_trees binary", ("extra_trees",), binary=True),
    Method("random_forest trees=400", ("random_forest",), None, {"trees": 400}),
    Method("fused forests", ("random_forest", "extra_trees"), None),
    Method("gradient_boosting balance=0.5", ("gradient_boosting",), None, {"balance": 0.5}),
    Method("fused two", ("gradient_boosting", "sparse_autoencoder"), None, {"epochs": 20}),
    Method(
        "fused extra",
        ("extra_trees", "gradient_boosting", "sparse_autoencoder"),
        None,
        {"epochs": 20},
    ),
    Method(
        "fused wide",
        (
            "extra_trees",
            "gradient_boosting",
            "sparse_autoencoder",
            "contractive_autoencoder",
            "denoising_autoencoder",
        ),
        None,
        {"epochs": 20},
    ),
    Method(
        "fused novelty",
        (
            "gradient_boosting",
            "sparse_autoencoder",
            "contractive_autoencoder",
            "denoising_autoencoder",
            "pca",
        ),
        None,
        {"epochs": 20},
    ),
    Method(
        "fused stacked",
        ("stacked", "gradient_boosting", "sparse_autoencoder"),
        None,
        {"epochs": 20},
    ),
)
#: What is compared: methods of the table of results, and others that were tried.
CANDIDATES: Mapping[str, Method] = MappingProxyType(
    {**METHODS, **{method.name: method for method in _TRIED}}
)


def choose(
    experiment: Experiment, data: Path, methods: Sequence[Method], seed: int
) -> Iterator[dict[str, Any]]:
    """For each method its figures on what was left out, fold by fold.

    Args:
        experiment: whose training rows are read.
        data: folder of the data sets' tables.
        methods: to compare.
        seed: of folds and fits.
    """
    splits = inner_splits(experiment, experiment.split(data, seed).train, seed)
    for method in methods:
        folds = {}
        for name, split in splits.items():
            cell = Cell(experiment, method, seed, {}, data)
            (folds[name],) = compute(cell, split)["tests"].values()
        yield {"experiment": experiment.name, "method": method.name, "seed": seed, "folds": folds}


def inner_splits(experiment: Experiment, train: Part, seed: int) -> dict[str, Split]:
    """What is left out → rows to learn from, and rows left out."""
    random = np.random.default_rng(seed)
    rows = random.integers(_FOLDS, size=len(train.labels))
    attack = train.families != BENIGN
    days = sorted(set(train.day[attack].tolist()))
    if experiment.same:
        out = {f"rows {fold}": rows == fold for fold in range(_FOLDS)}
        learned = {name: ~mask for name, mask in out.items()}
    elif len(days) > 1:
        out = {day: train.day == day for day in days}
        learned = {name: ~mask for name, mask in out.items()}
    else:
        fold_of = _dealt_types(train, random)
        kind = np.array([fold_of.get(label, -1) for label in train.labels.tolist()])
        # Types that are new, and rows of the others.
        out = {f"types {fold}": (kind == fold) | (rows == fold) for fold in range(_FOLDS)}
        learned = {name: ~mask for name, mask in out.items()}
    return {
        name: Split(
            capped(train.take(np.flatnonzero(learned[name])), MOST_LEARNED, seed),
            {"left out": train.take(_evened(train, mask, random))},
        )
        for name, mask in out.items()
    }


def _dealt_types(train: Part, random: np.random.Generator) -> dict[str, int]:
    """Attack type → its fold; each family's are spread."""
    types: list[str] = []
    for family in sorted(set(train.families) - {BENIGN}):
        mine = sorted(set(train.labels[train.families == family].astype(str)))
        types += random.permutation(mine).tolist()
    return {name: place % _FOLDS for place, name in enumerate(types)}


def _evened(train: Part, mask: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.intp]:
    """Of the rows of a mask so many of each label, and of benign ones, at most."""
    kept = []
    for label in sorted(set(train.labels[mask].astype(str))):
        mine = random.permutation(np.flatnonzero(mask & (train.labels == label)))
        most = _MOST_BENIGN if train.families[mine[0]] == BENIGN else _MOST_OF_LABEL
        kept.append(mine[:most])
    return np.sort(np.concatenate(kept))


def page(told: Sequence[Mapping[str, Any]]) -> str:
    """The choices as Markdown: by experiment, method by method, the mean over folds and seeds."""
    lines = [
        "# What methods were chosen by",
        "",
        "Made by `python -m netad_pcap.training.reproduction.choosing`; not written by hand. "
        "Figures are of cross-validation inside the rows to learn from: no test row was read. "
        "They are no results: what is left out here is nearer to what was learned than the test "
        "sets are.",
        "",
    ]
    for name in CRITERIA:
        mine = [one for one in told if one["experiment"] == name]
        if not mine:
            continue
        criterion = CRITERIA[name]
        lines += [f"## {name}", ""]
        folds = sorted({fold for one in mine for fold in one["folds"]})
        lines += [f"By {criterion.says}; left out in turn: {', '.join(folds)}.", ""]
        means = {
            method: [_values(one, criterion) for one in mine if one["method"] == method]
            for method in dict.fromkeys(one["method"] for one in mine)
        }
        there = {m: v for m, v in means.items() if all(len(row) for row in v)}
        order = sorted(
            there, key=lambda m: float(np.mean(there[m])) * (1 if criterion.least else -1)
        )
        lines += table_lines(
            ["method", "mean", "by seed"],
            [
                [
                    method,
                    f"{np.mean(there[method]):.4f}",
                    " ".join(f"{np.mean(row):.4f}" for row in there[method]),
                ]
                for method in order
            ],
        )
    return "\n".join(lines)


def _values(one: Mapping[str, Any], criterion: Criterion) -> list[float]:
    """The criterion in each fold; empty where the method does not have it."""
    found = []
    for figures in one["folds"].values():
        value: Any = figures
        for key in criterion.path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is None:
            return []
        found.append(float(value))
    return found


def main() -> None:
    """Compare, keep the figures, and write the page of all that were ever compared."""
    parser = argparse.ArgumentParser(
        prog="python -m netad_pcap.training.reproduction.choosing", description=main.__doc__
    )
    parser.add_argument("experiment", choices=list(CRITERIA))
    parser.add_argument("--method", action="append", required=True, choices=list(CANDIDATES))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path("../shared/tables"))
    parser.add_argument("--output", type=Path, default=Path("docs/results"))
    given = parser.parse_args()
    store = given.output / "choosing.json"
    told = json.loads(store.read_text(encoding="utf-8")) if store.is_file() else []
    for seed in range(given.seeds):
        methods = [CANDIDATES[name] for name in given.method]
        for new in choose(EXPERIMENTS[given.experiment], given.data, methods, seed):
            what = ("experiment", "method", "seed")
            told = [one for one in told if any(one[k] != new[k] for k in what)] + [new]
            lines = ",\n".join(json.dumps(one, sort_keys=True) for one in told)
            write_whole(store, f"[\n{lines}\n]\n")
            write_whole(given.output / "choosing.md", page(told))
            print(f"{new['experiment']} {new['method']} seed {seed}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
