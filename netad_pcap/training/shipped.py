"""The bundle that the package ships, trained again: `python -m netad_pcap.training.shipped`.

Reads the labelled captures under NETAD_PCAP_DATA (default `../shared`), whose index becomes
a truth file, and what `make lab-dataset` recorded to train on (folder LAB, default `out/lab`),
each where it is. The same seed gives the same weights. `SOURCES` (comma-separated, environment)
names the sources to use; without it all are used.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from netad_pcap.detection import Bundle, Scorer, write_bundle
from netad_pcap.errors import ModelError, NetadError
from netad_pcap.hosts import ALERTS_PER_DAY
from netad_pcap.training.captures_index import licences, truth_of_index
from netad_pcap.training.cards import card_text
from netad_pcap.training.crossing import Turn, crossed
from netad_pcap.training.duplicates import Duplicates
from netad_pcap.training.evaluation import ScoredCapture, measure
from netad_pcap.training.fitting import Learned, Witness, bundle_of, learn, needs_of_detectors
from netad_pcap.training.grouping import Grouping
from netad_pcap.training.judged import FUSED, judge_captures
from netad_pcap.training.kinds import KINDS
from netad_pcap.training.labelled import LabelledCapture, label_captures
from netad_pcap.training.measuring import figures_of, scored_captures
from netad_pcap.training.splits import deal_sources
from netad_pcap.training.starting import with_context
from netad_pcap.training.truth import Rule, Truth, read_truth

__all__ = [
    "DETECTORS",
    "LAB_LICENCE",
    "NAME",
    "PARAMETERS",
    "PROFILE",
    "SEED",
    "VERSION",
    "crossed_scores",
    "fit_crossed",
    "given_captures",
    "main",
    "training_captures",
]

NAME = "shipped"
VERSION = "7"
DETECTORS = ("autoencoder", "lstm", "mlp", "behaviour", "names")
PROFILE = "cic-fixed"
SEED = 20_261_124
#: By detector, keywords of its constructor that differ from its own.
PARAMETERS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    with_context(DETECTORS, {"mlp": {"hidden": 128, "epochs": 12, "dropout": 0.3}})
)
#: What was chosen while looking at what is reported: the card says so.
CHOSEN_BY = (
    "These figures flatter: which detectors are fused and how, that they read context and what it "
    "counts, the widths, epochs and dropout of the networks, how evidence is tempered and counted "
    "before it is a finding, that its flows rank higher, the order of hosts, that no special "
    "baseline judges unasked, and kinds of traffic that the lab recorded because they had been "
    "false alarms or had been missed, were chosen by leaving these same sources out. Networks of "
    "the lab that nothing was fitted to are measured in `docs/results/lab.md`; choices looked at "
    "them twice (special baselines, decision 15; the order of hosts and the fusion, decisions 4 "
    "and 17)."
)
#: Of a class in one capture so many flows are kept.
MOST_ROWS = 200
#: Of captures that the project's own lab recorded.
LAB_LICENCE = "recorded by `make lab-dataset` of this project"


def training_captures(
    data: Path, lab: Path, sources: frozenset[str] | None, seed: int = SEED
) -> tuple[list[LabelledCapture], Truth, dict[str, str]]:
    """Labelled captures to learn from, what is true of them, and the licences of their sources.

    Args:
        data: folder that may hold `captures/index.csv`.
        lab: folder that may hold what the lab recorded: `train/truth.csv`.
        sources: which sources to use; None: all.
        seed: for the rows that are kept.

    Raises:
        ModelError: there is neither, or none of these sources.
    """
    captures: list[LabelledCapture] = []
    rules: list[Rule] = []
    licence: dict[str, str] = {}
    for folder, truth, known in _collections(data, lab):
        if sources is not None:
            truth = Truth(tuple(rule for rule in truth.rules if rule.source in sources))
        named = sorted(
            str(path) for path in folder.rglob("*") if path.is_file() and truth.names(str(path))
        )
        needs = needs_of_detectors(DETECTORS, PROFILE, PARAMETERS)
        found = list(
            label_captures(
                named,
                truth,
                profile=PROFILE,
                history=needs.history,
                columns=needs.columns,
                context=needs.context,
                most_rows=MOST_ROWS,
                seed=seed,
                meter_name="native",
            )
        )
        flows = sum(len(capture.families) for capture in found)
        _say(f"{flows:,} flows kept of {len(found)} labelled captures in {folder.name}")
        captures += found
        rules += truth.rules
        licence |= known
    if not captures:
        raise ModelError(
            "no labelled captures: NETAD_PCAP_DATA names a folder with captures/index.csv, LAB one "
            "that `make lab-dataset` made"
        )
    return captures, Truth(tuple(rules)), licence


def _collections(data: Path, lab: Path) -> Iterator[tuple[Path, Truth, dict[str, str]]]:
    """What is there: folder, truth, source → licence."""
    index = data / "captures" / "index.csv"
    if index.is_file():
        yield index.parent, truth_of_index(index), licences(index)
    recorded = lab / "train" / "truth.csv"
    if recorded.is_file():
        truth = read_truth(recorded)
        yield recorded.parent, truth, dict.fromkeys((r.source for r in truth.rules), LAB_LICENCE)


def fit_crossed(
    captures: Sequence[LabelledCapture],
    seed: int,
    licences: Mapping[str, str],
    parameters: Mapping[str, Mapping[str, Any]] = PARAMETERS,
    truth: Truth | None = None,
) -> Bundle:
    """A bundle of all captures, with the figures of all turns in its metrics and card.

    The arguments are those of `crossed_scores`.
    """
    bundle, scored, folds = crossed_scores(captures, seed, licences, parameters, truth)
    metrics = {
        **bundle.metrics,
        "folds": [list(fold) for fold in folds],
        "chosen_by": CHOSEN_BY,
        "held_out": figures_of({name: measure(mine) for name, mine in scored.items()}, seed),
    }
    bundle = replace(bundle, metrics=metrics)
    return replace(bundle, card=card_text(bundle))


def crossed_scores(
    captures: Sequence[LabelledCapture],
    seed: int,
    licences: Mapping[str, str],
    parameters: Mapping[str, Mapping[str, Any]] = PARAMETERS,
    truth: Truth | None = None,
) -> tuple[Bundle, dict[str, list[ScoredCapture]], list[tuple[str, ...]]]:
    """A bundle of all captures, what the turns say of those left out by method, and the folds.

    Over all turns every source is judged once, by weights and calibrations that never saw it.

    Args:
        captures: labelled flows.
        seed: of everything that is drawn.
        licences: source → licence, for the card.
        parameters: by detector, keywords of its constructor.
        truth: where given, the captures left out are judged once more from their files, whole, as
            `analyze` does it: with findings and the order of hosts.
    """
    folds = deal_sources(captures, seed)

    def learning(some: Sequence[LabelledCapture]) -> tuple[Learned, ...]:
        return learn(some, DETECTORS, profile=PROFILE, seed=seed, parameters=parameters, say=_say)

    def bundling(
        learned: Sequence[Learned],
        fitted_to: Sequence[LabelledCapture],
        witnesses: Sequence[Witness],
    ) -> Bundle:
        return bundle_of(
            NAME,
            learned,
            fitted_to,
            witnesses,
            profile=PROFILE,
            seed=seed,
            licences=licences,
            bundle_version=VERSION,
            baseline="mixed",
            kinds=KINDS,
            say=_say,
        )

    bundle, turns = crossed(captures, folds, learning, bundling)
    scored: dict[str, list[ScoredCapture]] = {}
    for turn in turns:
        methods = scored_captures(Scorer([turn.bundle], "cpu"), turn.left_out)
        if truth is not None:
            methods[FUSED] = _judged(turn, truth)
        for method, mine in methods.items():
            scored.setdefault(method, []).extend(mine)
    return bundle, scored, folds


def _judged(turn: Turn, truth: Truth) -> list[ScoredCapture]:
    """What a report would say of captures that its model knows nothing of."""
    names = [capture.name for capture in turn.left_out]
    _say(f"judging {len(names)} captures by what was fitted without their sources")
    judged = judge_captures(
        names,
        truth,
        Scorer([turn.bundle], "cpu"),
        alerts_per_day=ALERTS_PER_DAY,
        meter_name="native",
        grouping=Grouping("source", truth),
        duplicates=Duplicates(),
    )
    return [capture.fused for capture in judged]


def given_captures() -> tuple[list[LabelledCapture], Truth, dict[str, str]]:
    """What the environment names: see the head of this module.

    Raises:
        ModelError: it names nothing to learn from.
    """
    chosen = os.environ.get("SOURCES", "")
    return training_captures(
        Path(os.environ.get("NETAD_PCAP_DATA", "../shared")),
        Path(os.environ.get("LAB", "out/lab")),
        frozenset(chosen.split(",")) if chosen else None,
    )


def main() -> int:
    """Writes the bundle into the package of our detectors."""
    import netad_pcap

    try:
        captures, truth, licence = given_captures()
    except NetadError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    bundle = fit_crossed(captures, SEED, licence, truth=truth)
    package = Path(netad_pcap.__file__).parent.parent / "plugins" / "netad_detectors"
    target = package / "bundles" / f"{NAME}.netad"
    write_bundle(bundle, target, overwrite=True)
    target.with_suffix(".md").write_text(bundle.card, encoding="utf-8")
    _say(f"wrote {target.name}, {target.stat().st_size:,} bytes")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"[{time.process_time():6.0f} s] {line}\n")


if __name__ == "__main__":
    sys.exit(main())
