"""The model card: what a bundle is, what it was fitted to, what it reaches, what it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netad_pcap.detection import Bundle
from netad_pcap.families import ATTACKS, BENIGN

__all__ = ["above_chance", "card_text"]

#: An AUC whose interval does not lie above this tells nothing.
CHANCE = 0.5


def above_chance(figure: Mapping[str, float]) -> bool:
    """Whether a figure's 95% interval lies above one half, and rests on two sources or more."""
    return figure["low"] > CHANCE and figure["sources"] >= 2


def card_text(bundle: Bundle, sources: Mapping[str, list[str]]) -> str:
    """The card, Markdown.

    Args:
        bundle: with its metrics.
        sources: by part (`fit`, `calibrate`, `hold_out`).
    """
    return "\n".join(_lines(bundle, sources)) + "\n"


def _lines(bundle: Bundle, sources: Mapping[str, list[str]]) -> Iterator[str]:
    yield f"# {bundle.name} {bundle.version}"
    yield ""
    yield (
        f"Detectors: {', '.join(d.name for d in bundle.detectors)}. Flows of profile "
        f"{bundle.profile}, times in {bundle.clock}. Seed {bundle.seed}. Made with "
        + ", ".join(f"{name} {number}" for name, number in sorted(bundle.made_with.items()))
        + "."
    )
    yield ""
    yield "## What it was fitted to"
    yield ""
    yield (
        "Weights were fitted to statistics of the captures listed here; no packet, address or "
        "payload is contained. Sources are parted whole: fitted on, calibrated on (benign flows "
        "only), left out of both and measured on. A capture weighs at most 20 flows of a class."
    )
    yield ""
    for part, words in (
        ("fit", "Fitted on"),
        ("calibrate", "Calibrated on"),
        ("hold_out", "Measured on"),
    ):
        yield f"- {words}: {', '.join(sources[part]) or 'nothing'}"
    yield ""
    yield "| source | licence as stated | files | SHA-256 of the files |"
    yield "|---|---|---|---|"
    for source in bundle.training:
        hashes = " ".join(file.sha256[:16] for file in source.files)
        yield f"| {source.source} | {source.licence} | {len(source.files)} | {hashes} |"
    yield ""
    if bundle.metrics:
        yield from _figures(bundle.metrics)
    yield from _limits(bundle.metrics)


def _figures(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield "## What it reaches on sources left out"
    yield ""
    yield (
        "Means over sources of means over captures, with 95% bootstrap intervals. AUC: attack "
        "flows of a capture against benign flows of the clean captures; one half is chance. "
        f"Recall and hits: threshold at {metrics['false_alarms']:.0%} false alarms on the "
        "calibration sources."
    )
    yield ""
    for name, families in metrics["held_out"].items():
        yield f"### {name}"
        yield ""
        yield "| family | AUC per capture | recall | captures hit | sources | captures |"
        yield "|---|---|---|---|---|---|"
        for family in ATTACKS:
            if family not in families:
                continue
            row = families[family]
            cells = [_cell(row[column]) for column in ("auc", "recall", "captures_hit")]
            auc = row["auc"]
            if not above_chance(auc):
                cells[0] += " (not above chance)"
            yield f"| {family} | {' | '.join(cells)} | {auc['sources']} | {auc['captures']} |"
        if BENIGN in families:
            benign = families[BENIGN]
            yield ""
            yield (
                f"False alarms reached on clean captures: {_cell(benign['false_alarms'])} of "
                f"flows; captures without any: {_cell(benign['quiet'])}."
            )
        yield ""


def _limits(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield "## What it cannot do"
    yield ""
    for name, families in metrics.get("held_out", {}).items():
        weak = [f for f in ATTACKS if f in families and not above_chance(families[f]["auc"])]
        if weak:
            yield (
                f"- {name}: on sources left out no better than chance, or not shown to be "
                f"(fewer than two sources), for {', '.join(weak)}."
            )
        missing = [f for f in ATTACKS if f not in families]
        if missing:
            yield f"- {name}: not measured (no source left out) for {', '.join(missing)}."
    yield (
        "- Calibration does not carry over between networks: the share of flows flagged on "
        "another network may be many times the budget. Calibrate on your own benign traffic: "
        "`netad-pcap train CAPTURE… -o own.netad`."
    )
    yield (
        "- Single exploits, single injections and valid credentials inside ordinary traffic "
        "leave no trace in flow statistics."
    )


def _cell(figure: Mapping[str, float]) -> str:
    return f"{figure['mean']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"
