"""What `netad-pcap evaluate` prints: tables for people."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from netad_pcap.capture.wording import count_of
from netad_pcap.families import BENIGN
from netad_pcap.report import console_for, terminal_text
from netad_pcap.training.cuts import refusals
from netad_pcap.training.evaluation import LARGE

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["figures_text", "print_figures"]

#: Two tables a method: how scores order flows, and what is made of them.
_TABLES: Sequence[Mapping[str, str]] = (
    {
        "auc": "ROC-AUC",
        "pr_auc": "PR-AUC",
        "recall_0.1": "recall at 0.1%",
        "recall": "at 1%",
        "recall_5": "at 5%",
    },
    {
        "hit": "hit at 1%",
        "flagged": "flagged",
        "found": "found",
        "seconds_to_flag": "s to a flag",
        "seconds_to_finding": "s to a finding",
    },
)
_CLEAN = {
    "false_alarms_0.1": "of flows above the threshold at 0.1%",
    "false_alarms": "at 1%",
    "false_alarms_5": "at 5%",
    "silent": "of captures below the quiet threshold",
    "flagged": "of flows flagged",
    "quiet": "of captures without a finding",
}
_HOSTS = {"first": "the first", "first_three": "among the first three"}
#: Captures told one by one at most.
_MOST_CAPTURES = 20
#: Where no terminal says: five figures with their intervals.
_WIDTH = 160


def print_figures(evaluation: Mapping[str, Any], *, stream: TextIO) -> None:
    """The figures of `evaluate` as tables."""
    console = console_for(stream)
    if not console.is_terminal:
        console.width = _WIDTH
    for line in _head(evaluation):
        console.print(terminal_text(line))
    for remark in evaluation["remarks"]:
        console.print(terminal_text(remark), style="yellow")
    told = {name: families for name, families in evaluation["figures"].items() if families}
    if not any("auc" in row for families in told.values() for row in families.values()):
        console.print(
            "no AUC and no recall: they take clean captures of other sources than an attack's"
        )
    for name, families in told.items():
        _print_method(console, name, families, evaluation.get("pooled", {}).get(name, {}))
    _print_rules(console, evaluation)
    _print_captures(console, evaluation)
    _print_confusion(console, evaluation.get("confusion", {}))
    for line in _alarms(evaluation.get("alarms_per_hour", {})):
        console.print(line)


def figures_text(evaluation: Mapping[str, Any]) -> str:
    """The same as plain text."""
    out = io.StringIO()
    print_figures(evaluation, stream=out)
    return out.getvalue()


def _head(evaluation: Mapping[str, Any]) -> Iterator[str]:
    left_out = evaluation["left_out"]
    yield (
        f"{count_of(evaluation['captures'], 'capture')}, {count_of(evaluation['flows'], 'flow')}; "
        f"{len(left_out)} without a label left out; verdicts at --fpr {evaluation['fpr']:g}, "
        f"findings at --alerts-per-day {evaluation['alerts_per_day']:g}"
    )
    again = evaluation.get("duplicates", {"captures": {}, "flows": 0})
    if again["captures"] or again["flows"]:
        yield (
            f"seen before and left out: {count_of(len(again['captures']), 'capture')}, "
            f"{count_of(again['flows'], 'flow')}"
        )
    if "split" in evaluation:
        fitted = ", ".join(evaluation["fitted_in_turns"])
        how = f"{fitted} fitted in turns, each" if fitted else "thresholds of"
        yield (
            f"{how} {'left out' if fitted else 'other groups'} by {evaluation['split']}, seed "
            f"{evaluation['seed']}"
        )


def _print_method(
    console: Console, name: str, families: Mapping[str, Any], pooled: Mapping[str, Any]
) -> None:
    for columns in _TABLES:
        there = {
            c: head for c, head in columns.items() if any(c in row for row in families.values())
        }
        rows = list(_rows(families, there))
        if not rows:
            continue
        table = _table(terminal_text(name), [*there.values(), "sources", "captures"])
        for row in rows:
            table.add_row(*row)
        console.print(table)
    attacks = families.get("attacks", {})
    for figure, words in _HOSTS.items():
        if figure in attacks:
            console.print(
                f"hosts: an attacker is {words} in {_cell(attacks[figure])} of "
                f"{count_of(attacks[figure]['captures'], 'capture')} of "
                f"{count_of(attacks[figure]['sources'], 'source')}; "
                f"by number of flows in {_cell(attacks[figure + '_by_flows'])}"
            )
    clean = families.get(BENIGN)
    if clean:
        said = ", ".join(f"{_cell(clean[c])} {words}" for c, words in _CLEAN.items() if c in clean)
        console.print(f"clean captures: {said}")
    if "attacks" in pooled:
        one = pooled["attacks"]
        console.print(
            f"pooled, a capture as {LARGE} flows at most: ROC-AUC {one['roc_auc']:.2f}, PR-AUC "
            f"{one['pr_auc']:.2f} (chance {one['pr_chance']:.2f})"
        )


def _print_rules(console: Console, evaluation: Mapping[str, Any]) -> None:
    """What thresholds by rules reach, and where a rule may not be used."""
    told = evaluation.get("thresholds", {})
    if not told:
        return
    heads = ["rule", "groups", "flagged where set", "recall", "hit", "false alarms"]
    table = _table("threshold by a rule", heads)
    for method, rules in told.items():
        for rule, groups in rules.items():
            there = [how["flagged_there"] for how in groups.values() if "threshold" in how]
            figures = evaluation["figures"].get(method, {})
            cells = [
                _cell(figures[family][figure]) if figure in figures.get(family, {}) else ""
                for family, figure in (
                    ("attacks", f"recall_{rule}"),
                    ("attacks", f"hit_{rule}"),
                    (BENIGN, f"false_alarms_{rule}"),
                )
            ]
            promised = f"{sum(there) / len(there):.3f}" if there else ""
            row = [rule, f"{len(there)} of {len(groups)}", promised, *cells]
            table.add_row(terminal_text(method), *row)
    console.print(table)
    for method, rules in told.items():
        for rule, words in refusals(rules):
            console.print(terminal_text(f"{method}, {rule}: {words}"))


def _rows(families: Mapping[str, Any], columns: Mapping[str, str]) -> Iterator[list[str]]:
    for family, row in families.items():
        if family == BENIGN:
            continue
        for prefix, words in (("", family), ("large_", f"  {LARGE} flows or more")):
            mine = {c: row[prefix + c] for c in columns if prefix + c in row}
            if mine:
                some = next(iter(mine.values()))
                cells = [_cell(mine[c], c) if c in mine else "" for c in columns]
                yield [words, *cells, str(some["sources"]), str(some["captures"])]


def _print_captures(console: Console, evaluation: Mapping[str, Any]) -> None:
    """Attack captures one by one, by the fused score."""
    rows = [
        row for row in evaluation.get("per_capture", {}).get("fused", ()) if row["family"] != BENIGN
    ]
    if not rows:
        return
    heads = ["family", "flows", "AUC", "recall at 1%", "flagged", "found", "attacker first"]
    table = _table("capture, by the fused score", heads)
    for row in rows[:_MOST_CAPTURES]:
        figures = [row.get(name) for name in ("auc", "recall", "flagged", "found", "first")]
        cells = ["" if value is None else f"{value:.2f}" for value in figures[:3]]
        cells += ["" if value is None else "yes" if value else "no" for value in figures[3:]]
        name = terminal_text(row["capture"].rsplit("/", 1)[-1])
        table.add_row(name, row["family"], f"{row['flows']:,}", *cells)
    console.print(table)
    if len(rows) > _MOST_CAPTURES:
        console.print(f"and {count_of(len(rows) - _MOST_CAPTURES, 'more capture')}; --json has all")


def _print_confusion(console: Console, confusion: Mapping[str, Mapping[str, float]]) -> None:
    if not confusion:
        return
    labels = list(dict.fromkeys(label for row in confusion.values() for label in row))
    table = _table("true \\ called (weight of flows)", labels)
    for family, row in confusion.items():
        table.add_row(family, *(f"{row[label]:,.0f}" if label in row else "" for label in labels))
    console.print(table)


def _alarms(alarms: Mapping[str, float]) -> Iterator[str]:
    if alarms:
        words = f"false alarms in {alarms['hours']:.2g} h of clean captures: "
        words += f"{alarms['flagged_flows']:.3g} flows an hour"
        if "captures_with_a_finding" in alarms:
            words += f", {alarms['captures_with_a_finding']:.3g} captures with a finding an hour"
        yield words


def _table(first: str, heads: Sequence[str]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(first, no_wrap=True)
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _cell(figure: Mapping[str, float], name: str = "") -> str:
    digits = 0 if name.startswith("seconds") else 2
    mean, low, high = (f"{figure[part]:.{digits}f}" for part in ("mean", "low", "high"))
    return f"{mean} ({low}-{high})"
