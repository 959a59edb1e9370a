"""What the shipped recipe reaches on sources left out, over three seeds:

    python -m netad_pcap.training.shipped_seeds > docs/results/shipped.md

Each seed deals the sources anew and begins weights and draws anew; the recipe is `shipped`'s. It
takes three times as long as `make models`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from netad_pcap.errors import NetadError
from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.training.evaluation import ScoredCapture, as_json, measure, summarize
from netad_pcap.training.judged import FUSED
from netad_pcap.training.labelled import LabelledCapture
from netad_pcap.training.pooled import pooled_figures
from netad_pcap.training.shipped import (
    DETECTORS,
    LAB_LICENCE,
    PROFILE,
    SEED,
    crossed_scores,
    given_captures,
)

__all__ = ["ALL", "SEEDS", "figures_by_part", "figures_of_seed", "page"]

SEEDS = (SEED, SEED + 1, SEED + 2)
#: The part that has every row.
ALL = "all sources"
#: Row → family and figure.
_ROWS: Mapping[str, tuple[str, str]] = {
    "ROC-AUC per capture": ("attacks", "auc"),
    "flows of attacks flagged": ("attacks", "flagged"),
    "attack captures with a true finding": ("attacks", "found"),
    "attacker first of the hosts": ("attacks", "first"),
    "attacker among the first three": ("attacks", "first_three"),
    "host with most flows is an attacker": ("attacks", "first_by_flows"),
    "false alarms reached at the nominal 1%": (BENIGN, "false_alarms"),
    "clean captures without a finding": (BENIGN, "quiet"),
    "clean flows flagged": (BENIGN, "flagged"),
}
#: Rows of means over families → figure.
_MEANS: Mapping[str, str] = {
    "mean recall over families at 1%": "recall",
    "the same, captures with 20 attack flows or more": "large_recall",
    "the same at 0.1%": "recall_0.1",
    "the same at 5%": "recall_5",
    "mean over families of attack flows flagged": "flagged",
}


def figures_by_part(
    scored: Sequence[ScoredCapture], seed: int, lab: Collection[str]
) -> dict[str, dict[str, float]]:
    """Part of the sources → row → figure: of all, and of those of one kind by themselves, with
    thresholds from clean captures of that kind.

    Args:
        scored: captures that a seed's turns left out.
        seed: of the turns.
        lab: sources that the project's own lab recorded.
    """
    parts = {
        ALL: scored,
        "public alone": [capture for capture in scored if capture.source not in lab],
        "lab alone": [capture for capture in scored if capture.source in lab],
    }
    return {part: figures_of_seed(mine, seed) for part, mine in parts.items() if mine}


def figures_of_seed(scored: Sequence[ScoredCapture], seed: int) -> dict[str, float]:
    """Row → figure, of the captures that a seed's turns left out."""
    told = as_json(summarize(measure(scored), seed))
    found = {}
    for row, figure in _MEANS.items():
        means = [told[f][figure]["mean"] for f in ATTACKS if figure in told.get(f, {})]
        if means:
            found[row] = sum(means) / len(means)
    for family in ATTACKS:
        recall = told.get(family, {}).get("large_recall")
        if recall:
            found[f"recall at 1%, 20 flows or more: {family}"] = recall["mean"]
    pooled: Any = pooled_figures(scored)
    found["ROC-AUC pooled"] = pooled["attacks"]["roc_auc"]
    for row, (family, figure) in _ROWS.items():
        if figure in told.get(family, {}):
            found[row] = told[family][figure]["mean"]
    return found


def page(
    by_seed: Mapping[int, Mapping[str, Mapping[str, float]]], captures: Sequence[LabelledCapture]
) -> Iterator[str]:
    """Lines of the page.

    Args:
        by_seed: seed → part of the sources → row → figure.
        captures: those that were learned from, and left out in turns.
    """
    sources = {capture.source for capture in captures}
    sums = "".join(sorted(capture.sha256 for capture in captures))
    digest = hashlib.sha256(sums.encode()).hexdigest()
    yield "# The shipped recipe on sources left out"
    yield ""
    yield "Made by `python -m netad_pcap.training.shipped_seeds > docs/results/shipped.md`, of the"
    yield "public captures and the lab's training networks: sources are dealt to five folds, and"
    yield "each is judged by what was fitted to and calibrated on the others ([decision"
    yield "15](../decisions/0015-context-everywhere-calibrated-crosswise.md)). The recipe was"
    yield "chosen by such figures: they flatter. Networks never fitted to: [lab](lab.md)."
    yield ""
    yield f"- {', '.join(DETECTORS)}, fused; {PROFILE}; {len(captures)} captures of"
    yield f"  {len(sources)} sources, data {digest[:16]} (SHA-256 of their sums)."
    yield f"- Seeds {', '.join(map(str, by_seed))}; netad-pcap {version('netad-pcap')}, torch"
    yield f"  {version('torch')}; {datetime.now(UTC).date().isoformat()}. Mean, least and most."
    yield "- Networks of the lab share programs and tools, so each learns from the others what no"
    yield "  stranger's network would tell: the public sources alone are the harder measure."
    yield ""
    first = next(iter(by_seed.values()))
    yield f"| figure | {' | '.join(first)} |"
    yield f"|---|{'---|' * len(first)}"
    for row in first[ALL]:
        cells = []
        for part in first:
            values = [found[part][row] for found in by_seed.values() if row in found[part]]
            cells.append(_cell(values) if len(values) == len(by_seed) else "")
        yield f"| {row} | {' | '.join(cells)} |"


def _cell(values: Sequence[float]) -> str:
    mean = sum(values) / len(values)
    return f"{mean:.3f} ({min(values):.3f} to {max(values):.3f})"


def main() -> int:
    """Prints the page."""
    try:
        captures, truth, licence = given_captures()
    except NetadError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    lab = {source for source, stated in licence.items() if stated == LAB_LICENCE}
    by_seed = {}
    for seed in SEEDS:
        _, scored, _ = crossed_scores(captures, seed, licence, truth=truth)
        by_seed[seed] = figures_by_part(scored[FUSED], seed, lab)
    sys.stdout.write("\n".join(page(by_seed, captures)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
