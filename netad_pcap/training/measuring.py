"""A model on labelled captures that it was not fitted to: `netad-pcap evaluate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from netad_pcap.detection import Scorer, default_bundles, find_bundle, read_bundle
from netad_pcap.errors import UsageError
from netad_pcap.families import BENIGN
from netad_pcap.training.evaluation import as_json, evaluate_scores
from netad_pcap.training.labelled import join, label_captures
from netad_pcap.training.truth import read_truth

__all__ = ["figures_text", "measure"]

#: Of a class in one capture so many flows are kept.
MOST_ROWS = 5_000


def measure(
    captures: Sequence[str],
    truth: str,
    *,
    models: Sequence[str] = (),
    fpr: float = 0.01,
    meter: str = "nfstream",
    seed: int = 0,
) -> dict[str, Any]:
    """Figures of a model's score, at its own calibration and by rank.

    Args:
        captures: files.
        truth: truth file.
        models: bundles; none: the shipped one.
        fpr: budget of the verdicts.
        meter: `native` or `nfstream`.
        seed: of draws and of the bootstrap.

    Returns:
        `figures` by family, `captures`, `flows`, `flagged_benign` (share), `left_out`.

    Raises:
        UsageError: no labelled flow, or a capture that the model was fitted to.
    """
    found = [find_bundle(name) for name in models] or default_bundles()
    bundles = [read_bundle(item) for item in found]
    scorer = Scorer(bundles, "cpu", fpr)
    needs = scorer.needs
    left_out: list[str] = []
    labelled = list(
        label_captures(
            captures,
            read_truth(truth),
            profile=scorer.profile,
            history=needs.history,
            columns=needs.columns,
            most_rows=MOST_ROWS,
            seed=seed,
            meter_name=meter,
            unlabelled=left_out.append,
        )
    )
    if not labelled:
        raise UsageError(f"{truth} labels no flow of these captures")
    fitted = {f.sha256 for b in bundles for source in b.training for f in source.files}
    for capture in labelled:
        if capture.sha256 in fitted:
            raise UsageError(
                f"{capture.name}: the model was fitted to this capture; measure on others"
            )
    parts = [join([capture], weighted=False) for capture in labelled]
    scored = [scorer.score(part.flows) for part in parts]
    whole = join(labelled)
    verdict = np.concatenate([s.verdict for s in scored])
    benign = whole.families == BENIGN
    score = np.concatenate([s.score for s in scored])
    # A threshold on ranks needs other networks; here the model's own verdicts stand.
    flagged = np.where(verdict > 0, 1.0, 0.0)
    assert whole.flows.weight is not None
    weight = whole.flows.weight[whole.flows.carried :]
    figures = as_json(evaluate_scores(score, whole, None, seed))
    own = as_json(evaluate_scores(flagged, whole, 0.5, seed))
    for family, table in own.items():
        figures.setdefault(family, {}).update({k: v for k, v in table.items() if k != "auc"})
    return {
        "figures": figures,
        "captures": len(labelled),
        "flows": len(score),
        "flagged_benign": round(float(np.average(flagged[benign], weights=weight[benign])), 4)
        if benign.any()
        else None,
        "left_out": left_out,
        "fpr": fpr,
    }


def figures_text(measured: Mapping[str, Any]) -> str:
    """The figures as a table of plain text."""
    heads = "".join(f"{head:>22}" for head in ("AUC", "recall", "captures hit"))
    lines = [
        f"{measured['captures']:,} captures, {measured['flows']:,} flows; "
        f"{len(measured['left_out'])} captures without a label left out; verdicts at --fpr "
        f"{measured['fpr']:g}",
        f"{'family':<14}{heads}{'sources':>9}{'captures':>10}",
    ]
    for family, row in measured["figures"].items():
        if "auc" in row:
            cells = "".join(f"{_cell(row[c]):>22}" for c in ("auc", "recall", "captures_hit"))
            auc = row["auc"]
            lines.append(f"{family:<14}{cells}{auc['sources']:>9}{auc['captures']:>10}")
    clean = measured["figures"].get(BENIGN)
    if clean:
        lines.append(
            f"clean captures: {_cell(clean['false_alarms'])} of flows flagged, "
            f"{_cell(clean['quiet'])} of captures without any"
        )
    return "\n".join(lines)


def _cell(figure: Mapping[str, float]) -> str:
    return f"{figure['mean']:.2f} ({figure['low']:.2f}-{figure['high']:.2f})"
