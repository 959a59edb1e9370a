"""Small tables in the shape of KDD Cup 99's and NSL-KDD's, written to a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars

from netad_pcap.schema import KDD_COLUMNS, KDD_SYMBOLS

CATEGORIES = {
    "neptune": "dos", "satan": "probe", "guess_passwd": "r2l", "rootkit": "u2r", "saint": "probe",
}  # fmt: skip
#: Rows of each label; `saint` is in the tests alone.
_LEARNED = {"normal": 300, "neptune": 200, "satan": 60, "guess_passwd": 30, "rootkit": 25}
_TRIED = {**_LEARNED, "saint": 40}


def write_tables(folder: Path) -> Path:
    """All files of the KDD experiments."""
    (folder / "kdd").mkdir(parents=True)
    (folder / "nslkdd").mkdir()
    lines = ["attack,category", *(f"{k},{v}" for k, v in CATEGORIES.items()), "normal,normal"]
    (folder / "kdd" / "attack_types.csv").write_text("\n".join(lines) + "\n")
    for seed, (name, counts) in enumerate(
        {
            "kdd/kddcup.data_10_percent": _LEARNED,
            "kdd/corrected": _TRIED,
            "nslkdd/KDDTrain+": _LEARNED,
            "nslkdd/KDDTest+": _TRIED,
            "nslkdd/KDDTest-21": {"normal": 30, "neptune": 20, "saint": 20},
        }.items()
    ):
        _table(counts, seed, dotted=name.startswith("kdd")).write_parquet(
            folder / f"{name}.parquet"
        )
    return folder


def _table(counts: dict[str, int], seed: int, *, dotted: bool) -> polars.DataFrame:
    random = np.random.default_rng(seed)
    labels = np.repeat(list(counts), list(counts.values()))
    kind = np.array([sorted(_TRIED).index(label) for label in labels])
    columns: dict[str, object] = {}
    for place, name in enumerate(KDD_COLUMNS):
        if name in KDD_SYMBOLS:
            words = np.array(KDD_SYMBOLS[name])
            columns[name] = words[(kind + random.integers(0, 2, len(kind))) % len(words)]
        else:
            far = 30.0 * ((kind + place) % 6)
            columns[name] = np.rint(random.exponential(5.0, len(kind)) + far).astype(np.int32)
    columns["label"] = [f"{label}." if dotted else label for label in labels]
    return polars.DataFrame(columns)
