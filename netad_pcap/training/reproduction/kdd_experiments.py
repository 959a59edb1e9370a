"""KDD Cup 99 and NSL-KDD."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from netad_pcap.families import BENIGN
from netad_pcap.schema import KDD_COLUMNS
from netad_pcap.training.reproduction.experiment import Experiment, Part, Split, part_of
from netad_pcap.training.reproduction.tables import kdd_categories, read_kdd

__all__ = ["KDD_EXPERIMENTS"]

#: KDD's categories are no families of ours: each has one to stand for it.
_STANDS_FOR = {
    "normal": BENIGN,
    "dos": "dos",
    "probe": "scan",
    "r2l": "brute_force",
    "u2r": "exploit",
}
_CLASSES = {
    BENIGN: "normal",
    "dos": "DoS",
    "scan": "probe",
    "brute_force": "R2L",
    "exploit": "U2R",
}
#: The contest's cost matrix (Elkan, Results of the KDD'99 Classifier Learning Contest, 1999):
#: true class → called → cost.
_COST = {
    BENIGN: {BENIGN: 0.0, "scan": 1.0, "dos": 2.0, "exploit": 2.0, "brute_force": 2.0},
    "scan": {BENIGN: 1.0, "scan": 0.0, "dos": 2.0, "exploit": 2.0, "brute_force": 2.0},
    "dos": {BENIGN: 2.0, "scan": 1.0, "dos": 0.0, "exploit": 2.0, "brute_force": 2.0},
    "exploit": {BENIGN: 3.0, "scan": 2.0, "dos": 2.0, "exploit": 0.0, "brute_force": 2.0},
    "brute_force": {BENIGN: 4.0, "scan": 2.0, "dos": 2.0, "exploit": 2.0, "brute_force": 0.0},
}
_TEN = "kdd/kddcup.data_10_percent.parquet"
_CORRECTED = "kdd/corrected.parquet"
_TRAIN, _TEST, _TEST_21 = (f"nslkdd/KDD{name}.parquet" for name in ("Train+", "Test+", "Test-21"))
_TYPES = "kdd/attack_types.csv"


@lru_cache(maxsize=3)
def _part(folder: Path, name: str) -> Part:
    categories = kdd_categories(folder)

    def family(label: str) -> str | None:
        category = categories.get(label)
        return None if category is None else _STANDS_FOR[category]

    return part_of(read_kdd(folder / name), family)


def _random(folder: Path, seed: int) -> Split:
    whole = _part(folder, _TEN)
    order = np.random.default_rng(seed).permutation(len(whole.families))
    cut = round(0.8 * len(order))
    train, test = np.sort(order[:cut]), np.sort(order[cut:])
    return Split(whole.take(train), {"20% at random": whole.take(test)})


def _files(train: str, tests: tuple[str, ...], folder: Path, seed: int) -> Split:
    del seed  # The split is published.
    named = {Path(name).stem: _part(folder, name) for name in tests}
    return Split(_part(folder, train), named)


KDD_EXPERIMENTS = (
    Experiment(
        name="kdd-random",
        title="KDD Cup 99, 10% set, random split (Liu and Yang, table 3)",
        says=(
            "Published protocol: 80% of the rows to learn from, 20% to be tried on, drawn at "
            "random anew for each seed; five classes.",
            "Three of four test rows have an equal row among those learned from, so this split "
            "measures memory. It is here to stand beside the paper, not to choose by.",
            "Rows tell neither host nor time: networks that read sequences get each row alone.",
        ),
        files=(_TEN, _TYPES),
        classes=_CLASSES,
        columns=KDD_COLUMNS,
        split=_random,
        cost=_COST,
        same=True,
    ),
    Experiment(
        name="kdd-corrected",
        title="KDD Cup 99, 10% set → corrected (the contest's own split)",
        says=(
            "Honest protocol: the whole 10% set to learn from, the contest's test set with "
            "corrected labels to be tried on; 17 of its attack types (18,729 rows) are new.",
            "Cost is the contest's: a mean per row, the lower the better.",
        ),
        files=(_TEN, _CORRECTED, _TYPES),
        classes=_CLASSES,
        columns=KDD_COLUMNS,
        split=partial(_files, _TEN, (_CORRECTED,)),
        cost=_COST,
    ),
    Experiment(
        name="nsl-kdd",
        title="NSL-KDD, Train+ → Test+ and Test-21",
        says=(
            "Honest protocol, as Tavallaee and others published it in 2009: 17 attack types of "
            "the test sets are new. Test-21 is a part of Test+.",
            "The column `difficulty` is never read.",
        ),
        files=(_TRAIN, _TEST, _TEST_21, _TYPES),
        classes=_CLASSES,
        columns=KDD_COLUMNS,
        split=partial(_files, _TRAIN, (_TEST, _TEST_21)),
        cost={},
    ),
)
