"""Networks judged by baselines of their own: learned from a quiet run, measured on the others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from netad_pcap.detection import Bundle, Scorer, read_bundle, write_bundle
from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.hosts import ALERTS_PER_DAY, FINDING_DECADES
from netad_pcap.training.duplicates import Duplicates
from netad_pcap.training.evaluation import Measured, ScoredCapture
from netad_pcap.training.grouping import Grouping
from netad_pcap.training.judged import judge_captures
from netad_pcap.training.own import train
from netad_pcap.training.truth import read_truth

__all__ = ["FPR", "QUIET", "measured_by_own_baselines"]

#: How a network's run without attacks ends.
QUIET = "-quiet.pcap"
#: Budget of the own baselines.
FPR = 0.01


def measured_by_own_baselines(
    captures: Mapping[str, Sequence[str]], truth: Path, seed: int
) -> Iterator[Measured]:
    """Figures of each capture that is not the quiet one.

    Args:
        captures: by network, paths.
        truth: what is true of them.
        seed: of the fits.
    """
    rules = read_truth(str(truth))
    for mine in captures.values():
        quiet = [name for name in mine if name.endswith(QUIET)]
        bundle = _written(train(quiet, "own", fpr=FPR, seed=seed).bundle)
        judged = judge_captures(
            [name for name in mine if name not in quiet],
            rules,
            Scorer([bundle], "cpu", FPR),
            alerts_per_day=ALERTS_PER_DAY,
            meter_name="native",
            grouping=Grouping("source", rules),
            duplicates=Duplicates(),
        )
        for capture in judged:
            yield from _measured(bundle, capture.fused)


def _written(bundle: Bundle) -> Bundle:
    """A bundle as it is read: baselines name others by the sum of their file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.netad"
        write_bundle(bundle, path)
        return read_bundle(path)


def _measured(bundle: Bundle, capture: ScoredCapture) -> Iterator[Measured]:
    assert capture.flagged is not None
    assert capture.finding is not None
    # Flows of a finding rank higher in reports; a p-value is of the flow alone.
    alone = capture.score - FINDING_DECADES * capture.finding
    above = bundle.baselines[0].fused.p_values(alone) <= FPR
    for family in (BENIGN, *ATTACKS):
        rows = capture.families == family
        if not rows.any():
            continue
        values = {
            "above": float(above[rows].mean()),
            "flagged": float(capture.flagged[rows].mean()),
        }
        if family != BENIGN:
            values |= {
                "hit": float(above[rows].any()),
                "found": float(capture.finding[rows].any()),
                **capture.told.get(family, {}),
            }
        yield Measured(capture.name, capture.source, family, int(rows.sum()), values)
