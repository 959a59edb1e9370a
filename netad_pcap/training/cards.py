"""The model card: what a bundle is, what it was fitted to, what it reaches, what it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netad_pcap.capture.wording import count_of
from netad_pcap.detection import Bundle
from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.training.coverage import coverage_lines

__all__ = ["above_chance", "card_text", "weak_families"]

#: An AUC whose interval does not lie above this tells nothing.
CHANCE = 0.5

_COLUMNS = {
    "auc": "AUC",
    "large_auc": "AUC, 20 flows or more",
    "recall": "recall at 1%",
    "large_recall": "recall at 1%, 20 flows or more",
    "hit": "captures hit at 1%",
    "flagged": "flagged",
    "found": "captures with a true finding",
    "first": "attacker first of the hosts",
}


def above_chance(figure: Mapping[str, float]) -> bool:
    """Whether an AUC's 95% interval lies above one half, and rests on two sources or more."""
    return figure["low"] > CHANCE and figure["sources"] >= 2


def weak_families(families: Mapping[str, Any]) -> list[str]:
    """The attack families for which a method is not shown to be better than chance."""
    return [f for f in ATTACKS if "auc" in families.get(f, {}) and not
            above_chance(families[f]["auc"])]  # fmt: skip


def card_text(bundle: Bundle) -> str:
    """The card of a bundle, Markdown; from its manifest alone."""
    return "\n".join(_lines(bundle)) + "\n"


def _lines(bundle: Bundle) -> Iterator[str]:
    yield f"# {bundle.name} {bundle.version}"
    yield ""
    made_with = ", ".join(f"{name} {number}" for name, number in sorted(bundle.made_with.items()))
    detectors = ", ".join(detector.name for detector in bundle.detectors)
    yield (
        f"Detectors: {detectors}, fused. Flows of profile {bundle.profile}, times in "
        f"{bundle.clock}. Seed {bundle.seed}. Made with {made_with}."
    )
    yield ""
    for detector in bundle.detectors:
        given = ", ".join(
            f"{key} {value}"
            for key, value in sorted(detector.parameters.items())
            if key != "families"
        )
        yield f"- {detector.name} ({detector.distribution} {detector.version}): {given}"
    for baseline in bundle.baselines:
        yield (
            f"- baseline {baseline.name}: {baseline.says}; weight of "
            f"{count_of(round(baseline.fused.flows), 'flow')}"
        )
    yield from (f"- {line}" for line in coverage_lines(bundle.metrics))
    yield ""
    yield from _data(bundle)
    if "held_out" in bundle.metrics:
        yield from _figures(bundle.metrics)
    yield from _limits(bundle.metrics)


def _data(bundle: Bundle) -> Iterator[str]:
    yield "## What it was fitted to"
    yield ""
    yield (
        "Weights were fitted to statistics of the captures listed here; no packet, address or "
        "payload is contained. A capture weighs at most 20 flows of a class. Inputs are columns of "
        "the profile and of context (what hosts did lately) alone: no address, port, time of day "
        "or flow id."
    )
    yield ""
    yield from _parting(bundle.metrics)
    yield ""
    yield "| source | licence as stated | files |"
    yield "|---|---|---|"
    for source in bundle.training:
        yield f"| {source.source} | {source.licence or 'none stated'} | {len(source.files)} |"
    yield ""
    yield (
        "SHA-256 of every file fitted on stands in `manifest.json` (`training`); the first eight "
        "digits of each:"
    )
    yield ""
    for source in bundle.training:
        yield f"- {source.source}: {' '.join(file.sha256[:8] for file in source.files)}"
    yield ""


def _parting(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Which sources are for what."""
    if "folds" in metrics:
        yield (
            f"Whole sources were dealt to {len(metrics['folds'])} folds. Weights are fitted to all "
            "of them. Calibrated on the same, crosswise: each fold's benign flows (families' "
            "probabilities: all flows) by what detectors fitted without that fold say of them."
        )
        yield ""
        for number, fold in enumerate(metrics["folds"], 1):
            yield f"- Fold {number}: {', '.join(fold)}"
        return
    yield (
        "Sources are parted whole: fitted on, calibrated on (benign flows; families' probabilities "
        "on all), left out of both and measured on."
    )
    yield ""
    sources = metrics.get("sources", {})
    for part, words in (
        ("fit", "Fitted on"),
        ("calibrate", "Calibrated on"),
        ("hold_out", "Left out"),
    ):
        yield f"- {words}: {', '.join(sources.get(part, ())) or 'nothing'}"


def _figures(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield "## What it reaches on sources left out"
    yield ""
    if "folds" in metrics:
        yield (
            "Each fold was left out once: the recipe was run on the others alone, calibration "
            "included, and what it made was measured on the fold. The weights in this file are the "
            "same recipe's on all folds."
        )
        yield ""
    if "chosen_by" in metrics:
        yield f"{metrics['chosen_by']}"
        yield ""
    yield (
        "Means over sources of means over captures, with 95% bootstrap intervals (sources redrawn, "
        "then captures). AUC: attack flows of a capture against benign flows of clean captures of "
        "other sources; one half is chance. Recall and hits: threshold at 1% false alarms on the "
        "clean captures of other sources. Flagged: by verdict or as part of a finding, at the "
        "default budgets."
    )
    yield ""
    for name, families in sorted(metrics["held_out"].items()):
        yield from _table(name, families)


def _table(name: str, families: Mapping[str, Any]) -> Iterator[str]:
    columns = [c for c in _COLUMNS if any(c in row for f, row in families.items() if f != BENIGN)]
    yield f"### {name}"
    yield ""
    yield f"| family | {' | '.join(_COLUMNS[c] for c in columns)} | sources | captures |"
    yield "|" + "---|" * (len(columns) + 3)
    for family in (*ATTACKS, "attacks"):
        row = families.get(family, {})
        if "auc" not in row:
            continue
        cells = [_cell(row.get(column)) for column in columns]
        auc = row["auc"]
        if not above_chance(auc):
            cells[0] += " **not above one half**"
        yield f"| {family} | {' | '.join(cells)} | {auc['sources']} | {auc['captures']} |"
    means = _over_families(families)
    if means:
        yield f"Mean over families of recall at 1%: {means}."
    yield ""
    benign = families.get(BENIGN)
    if benign and "false_alarms" in benign:
        yield (
            f"False alarms reached on clean captures at the nominal 1%: "
            f"{_cell(benign['false_alarms'])}. Clean captures below the threshold that one in ten "
            f"of the other sources' clean captures reaches: {_cell(benign['silent'])}."
        )
        if "flagged" in benign:
            yield f"Flows of clean captures flagged: {_cell(benign['flagged'])}."
        if "quiet" in benign:
            yield f"Clean captures without a finding: {_cell(benign['quiet'])}."
        by_flows = families["attacks"].get("first_by_flows")
        if by_flows:
            yield f"Hosts by their number of flows alone: an attacker first in {_cell(by_flows)}."
        yield ""


def _over_families(families: Mapping[str, Any]) -> str:
    """`0.31 (all captures, 10 families)`: each family alike, whatever its captures."""
    told = []
    for name, words in (("recall", "all captures"), ("large_recall", "20 flows or more")):
        means = [families[f][name]["mean"] for f in ATTACKS if name in families.get(f, {})]
        if means:
            over = "1 family" if len(means) == 1 else f"{len(means)} families"
            told.append(f"{sum(means) / len(means):.2f} ({words}, {over})")
    return ", ".join(told)


def _limits(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield "## What it cannot do"
    yield ""
    for name, families in sorted(metrics.get("held_out", {}).items()):
        weak = weak_families(families)
        if weak:
            yield (
                f"- {name}: on sources left out its AUC is not shown to lie above one half (95% "
                f"interval, two sources or more) for {', '.join(weak)}: for these it is no better "
                "than chance as far as was measured."
            )
        missing = [f for f in ATTACKS if f not in families]
        if missing:
            yield f"- {name}: not measured, no source left out, for {', '.join(missing)}."
    if "held_out" not in metrics:
        yield "- Nothing was measured: no labelled captures of further sources were given."
    fused = metrics.get("held_out", {}).get("fused", {}).get("attacks", {})
    if "first_by_flows" in fused and fused["first"]["mean"] < fused["first_by_flows"]["mean"]:
        yield (
            "- The order of hosts guides no better to an attacker than their number of flows: "
            f"first in {_cell(fused['first'])} against {_cell(fused['first_by_flows'])}."
        )
    yield (
        "- An AUC above one half is far from an alarm: see recall at 1%, which is low for most "
        "families. Verdicts of single flows are hints; findings add them up."
    )
    yield (
        "- Calibration does not carry over between networks: the share of flows flagged on "
        "another network may be many times the budget. Calibrate on your own benign traffic: "
        "`netad-pcap train CAPTURE… -o own.netad`."
    )
    yield (
        "- Single exploits, single injections and valid credentials inside ordinary traffic "
        "leave no trace in flow statistics."
    )


def _cell(figure: Mapping[str, float] | None) -> str:
    if figure is None:
        return ""
    return f"{figure['mean']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"
