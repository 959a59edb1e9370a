"""CSE-CIC-IDS2018: samples of the original release, and the improved releases of 2017 and 2018."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from netad_pcap.families import BENIGN, family_of_label
from netad_pcap.training.reproduction.experiment import Experiment, Part, Split, part_of
from netad_pcap.training.reproduction.tables import Table, read_cic

__all__ = ["CIC_EXPERIMENTS"]

_SAMPLE = ("cic2018/web_loicudp.parquet", "cic2018/bruteforce_loichttp.parquet")
_OF_2017 = "cic2017improved/flows.parquet"
_OF_2018 = "cic2018improved/flows.parquet"
#: Lin, Ye and Xu's classes by our families: the data sets' labels lead there.
_CLASSES = {
    BENIGN: "Normal",
    "ddos": "DDoS",
    "botnet": "BOT",
    "lateral": "Inf",
    "brute_force": "BF",
    "dos": "DoS",
    "web_attack": "Web",
}
_IN_SAMPLE = (BENIGN, "ddos", "brute_force", "web_attack")
_IMPROVED = {**_CLASSES, "scan": "PortScan", "exploit": "Heartbleed"}
_FIRST_DAYS = ("2018-02-14", "2018-02-20")


def _columns(folder_columns: tuple[str, ...], *, port: bool) -> Mapping[str, int]:
    names = (*folder_columns, "protocol", *(("dst_port",) if port else ()))
    return dict.fromkeys(names, 0)


def _features(names: str) -> tuple[str, ...]:
    from netad_pcap.schema import PROFILES

    return tuple(PROFILES[names].features)


@lru_cache(maxsize=2)
def _sample(folder: Path) -> Table:
    return read_cic([folder / name for name in _SAMPLE], even=True)


@lru_cache(maxsize=2)
def _improved(folder: Path, name: str) -> Part:
    return part_of(read_cic([folder / name]), family_of_label)


def _random(folder: Path, seed: int) -> Split:
    """Nine tenths of each class to learn from; the paper's one percent to choose by is not used."""
    whole = part_of(_sample(folder), family_of_label)
    random = np.random.default_rng(seed)
    train, test = [], []
    for family in sorted(set(whole.families)):
        members = random.permutation(np.flatnonzero(whole.families == family))
        cut = round(0.9 * len(members))
        train.append(members[:cut])
        test.append(members[cut:])
    return Split(
        whole.take(np.sort(np.concatenate(train))),
        {"10% at random": whole.take(np.sort(np.concatenate(test)))},
    )


def _by_day(first: bool, folder: Path, seed: int) -> Split:
    del seed  # Days do not change.
    table = _sample(folder)
    early = np.isin(table.day.astype(str), _FIRST_DAYS)
    parts = [part_of(table.take(np.flatnonzero(rows)), family_of_label) for rows in (early, ~early)]
    train, test = parts if first else parts[::-1]
    return Split(train, {"21-23 February" if first else "14 and 20 February": test})


def _transfer(source: str, target: str, folder: Path, seed: int) -> Split:
    del seed  # All of both.
    year = "2018" if target == _OF_2018 else "2017"
    return Split(_improved(folder, source), {f"{year} improved": _improved(folder, target)})


_SAMPLE_COLUMNS = _columns(_features("cic-2018"), port=False)
_IMPROVED_COLUMNS = _columns(
    tuple(n for n in _features("cic-fixed-2022") if n != "Total TCP Flow Time"), port=True
)


def _day_experiment(first: bool) -> Experiment:
    name = "first" if first else "second"
    learned = "14 and 20 February (password attacks, LOIC-HTTP)"
    tried = "21 to 23 February (LOIC-UDP, web attacks)"
    if not first:
        learned, tried = tried, learned
    return Experiment(
        name=f"cic2018-by-day-{name}",
        title=f"CSE-CIC-IDS2018 sample by day: {learned} → {tried}",
        says=(
            "Honest protocol: other days, other attacks. Attack or benign is all that can be "
            "told of a kind of attack never seen.",
        ),
        files=_SAMPLE,
        classes={family: _CLASSES[family] for family in _IN_SAMPLE},
        columns=_SAMPLE_COLUMNS,
        split=partial(_by_day, first),
        cost={},
    )


def _transfer_experiment(source: str, target: str) -> Experiment:
    years = ("2017", "2018") if target == _OF_2018 else ("2018", "2017")
    return Experiment(
        name=f"cic-{years[0]}-to-{years[1]}",
        title=f"CIC-IDS {years[0]} → {years[1]}, improved releases",
        says=(
            "Honest protocol: another network in another year. Addresses, clients' ports and "
            "times are never read; the destination port is.",
            "Class shares are those of the samples, and artificial.",
        ),
        files=(source, target),
        classes=_IMPROVED,
        columns=_IMPROVED_COLUMNS,
        split=partial(_transfer, source, target),
        cost={},
    )


CIC_EXPERIMENTS = (
    Experiment(
        name="cic2018-random",
        title="CSE-CIC-IDS2018 sample, random split (Lin, Ye and Xu, tables 6 and 7)",
        says=(
            "Published protocol, as far as the sample goes: nine tenths of each class to learn "
            "from, one tenth to be tried on, drawn at random anew for each seed; four of the "
            "paper's seven classes (no botnet, infiltration or DoS rows could be had in number).",
            "Rows of the sample are not consecutive flows, so sequences of ten cannot be formed: "
            "networks that read sequences get each flow alone.",
            "Both sources were rounded alike; class and source stay tied, so these are upper "
            "bounds.",
        ),
        files=_SAMPLE,
        classes={family: _CLASSES[family] for family in _IN_SAMPLE},
        columns=_SAMPLE_COLUMNS,
        split=_random,
        cost={},
        same=True,
    ),
    _day_experiment(True),
    _day_experiment(False),
    _transfer_experiment(_OF_2017, _OF_2018),
    _transfer_experiment(_OF_2018, _OF_2017),
)
