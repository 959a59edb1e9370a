"""The shipped detectors on made-up flows, context, history, calibration and verdicts included."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.measuring import Section, cpu_seconds, wall_seconds
from netad_pcap.context import ContextCounters, FlowHistory
from netad_pcap.detection import Scorer, default_bundles, read_bundle
from netad_pcap.testing import make_flows

__all__ = ["measure"]

#: Flows per CPU-second that are asked for.
WANTED = 20_000


def measure(*, quick: bool = False) -> Section:
    """Flows per CPU-second from metered rows to verdicts."""
    section = Section("scoring", f"at least {WANTED:,} flows per CPU-second with all detectors")
    scorer = Scorer([read_bundle(found) for found in default_bundles()], device="cpu")
    made = make_flows(2_000 if quick else 30_000, seed=1, profile=scorer.profile)
    columns = (*scorer.needs.columns, *scorer.needs.context)

    def run() -> None:
        told = ContextCounters(scorer.needs.context).attach(replace(made, history=None))
        flows = FlowHistory(scorer.needs.history, columns).attach(told)
        scorer.score(flows, choice)

    choice = scorer.choose(made)
    run()
    reached = len(made) / cpu_seconds(run)
    section.figures["flows per CPU-second"] = reached
    section.met = None if quick else reached >= WANTED
    scorer.threads = 2
    section.figures["flows per second, two threads"] = len(made) / wall_seconds(run)
    return section
