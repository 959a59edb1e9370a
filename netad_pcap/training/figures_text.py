"""What `netad-pcap evaluate` prints: figures as tables of plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netad_pcap.families import BENIGN
from netad_pcap.training.evaluation import LARGE

__all__ = ["figures_text"]

_COLUMNS = {
    "auc": "AUC",
    "recall": "recall at 1%",
    "hit": "hit at 1%",
    "flagged": "flagged",
    "found": "found",
}
_CLEAN = {
    "false_alarms": "of flows above the threshold at 1%",
    "silent": "of captures below the quiet threshold",
    "flagged": "of flows flagged",
    "quiet": "of captures without a finding",
}
_HOSTS = {"first": "the first", "first_three": "among the first three"}


def figures_text(evaluation: Mapping[str, Any]) -> str:
    """The figures of `evaluate` as text."""
    return "\n".join(_lines(evaluation))


def _lines(evaluation: Mapping[str, Any]) -> Iterator[str]:
    left_out = evaluation["left_out"]
    yield (
        f"{evaluation['captures']:,} captures, {evaluation['flows']:,} flows; {len(left_out)} "
        f"without a label left out; verdicts at --fpr {evaluation['fpr']:g}, findings at "
        f"--alerts-per-day {evaluation['alerts_per_day']:g}"
    )
    yield from evaluation["remarks"]
    told = {name: families for name, families in evaluation["figures"].items() if families}
    if not any("auc" in row for families in told.values() for row in families.values()):
        yield "no AUC and no recall: they take clean captures of other sources than an attack's"
    for name, families in told.items():
        yield ""
        yield from _table(name, families)


def _table(name: str, families: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    there = [c for c in _COLUMNS if any(c in row for row in families.values())]
    heads = "".join(f"{_COLUMNS[c]:>18}" for c in there)
    yield f"{name:<20}{heads}{'sources':>9}{'captures':>10}"
    for family, row in families.items():
        if family == BENIGN:
            continue
        for prefix, words in (("", family), ("large_", f"  {LARGE} flows or more")):
            mine = {c: row[prefix + c] for c in there if prefix + c in row}
            if mine:
                some = next(iter(mine.values()))
                cells = "".join(f"{_cell(mine[c]) if c in mine else '':>18}" for c in there)
                yield f"{words:<20}{cells}{some['sources']:>9}{some['captures']:>10}"
    attacks = families.get("attacks", {})
    for figure, words in _HOSTS.items():
        if figure in attacks:
            yield (
                f"hosts: an attacker is {words} in {_cell(attacks[figure])} of "
                f"{attacks[figure]['captures']} captures of {attacks[figure]['sources']} sources; "
                f"by number of flows in {_cell(attacks[figure + '_by_flows'])}"
            )
    clean = families.get(BENIGN)
    if clean:
        said = ", ".join(f"{_cell(clean[c])} {words}" for c, words in _CLEAN.items() if c in clean)
        yield f"clean captures: {said}"


def _cell(figure: Mapping[str, float]) -> str:
    return f"{figure['mean']:.2f} ({figure['low']:.2f}-{figure['high']:.2f})"
