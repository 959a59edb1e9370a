"""What is measured was not learned from, nor did it set its own thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netad_pcap.errors import ModelError
from netad_pcap.flows import FlowBatch
from netad_pcap.training.labelled import LabelledCapture
from netad_pcap.training.reproduction.fused import Fused
from netad_pcap.training.shipped import DETECTORS
from netad_pcap.training.survey import SURVEYED, capture_studies
from netad_pcap.training.survey.capture_studies import LabStudy, PublicStudy
from netad_pcap.training.survey.fitted import Cost, fitted, scored
from tests.training.survey.made_up import PLACES, lab, public


@pytest.fixture(autouse=True)
def _made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_studies, "public_set", lambda data: public())
    monkeypatch.setattr(capture_studies, "lab_set", lambda folder: lab())


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[LabelledCapture]]]:
    """What the study fits to and scores, in order."""
    calls: list[tuple[str, list[LabelledCapture]]] = []

    def fit(method: Any, captures: Sequence[LabelledCapture], *rest: Any, **more: Any) -> Any:
        calls.append(("fit", list(captures)))
        return fitted(method, captures, *rest, **more)

    def score(detector: Any, captures: Sequence[LabelledCapture], cost: Any) -> Any:
        calls.append(("score", list(captures)))
        return scored(detector, captures, cost)

    monkeypatch.setattr(capture_studies, "fitted", fit)
    monkeypatch.setattr(capture_studies, "scored", score)
    return calls


def test_every_source_is_left_out_once(seen: list[tuple[str, list[LabelledCapture]]]) -> None:
    told = PublicStudy().compute(SURVEYED["hbos"], 0, PLACES)
    assert [kind for kind, _ in seen] == ["fit", "score"] * 3
    left_out: list[str] = []
    for (_, learned), (_, tried) in zip(seen[::2], seen[1::2], strict=True):
        sources = {c.source for c in tried}
        assert not sources & {c.source for c in learned}
        left_out += sorted(sources)
    assert sorted(left_out) == sorted({c.source for c in public()})
    figures = told["tests"]["left out"]
    assert figures["auc"]["mean"] > 0.9  # made-up attacks are large
    assert figures["false_alarms"]["mean"] < 0.2
    assert set(figures["families"]) == {"scan", "dos"}
    assert told["rows"] <= told["rows_of"]
    assert told["bytes"] > told["numbers"] > 0


def test_another_seed_deals_sources_anew(seen: list[tuple[str, list[LabelledCapture]]]) -> None:
    dealt = []
    for seed in (0, 1):
        seen.clear()
        PublicStudy().compute(SURVEYED["hbos"], seed, PLACES)
        dealt.append({frozenset(c.source for c in tried) for _, tried in seen[1::2]})
    assert dealt[0] != dealt[1]


@pytest.mark.parametrize("method", ["hbos", "behaviour", "decision_tree"])
def test_an_own_baseline_is_cut_in_time(
    method: str, seen: list[tuple[str, list[LabelledCapture]]]
) -> None:
    told = LabStudy().compute(SURVEYED[method], 0, PLACES)
    own_fits = 3 if method in ("hbos", "behaviour") else 0
    fits = [captures for kind, captures in seen if kind == "fit"]
    scores = [captures for kind, captures in seen if kind == "score"]
    assert len(fits) == 1 + own_fits
    assert {c.source for c in fits[0]} == {f"source/{n}" for n in range(5)}
    assert len(scores) == 1 + 2 * 3
    whole = {c.name: c.flows.features["Flow Byts/s"] for c in lab().test}
    for number, network in enumerate(("agency", "branch", "factory")):
        tried, own = scores[1 + 2 * number], scores[2 + 2 * number]
        quiet = whole[f"{network}-quiet"]
        assert {c.name for c in tried} == {f"{network}-attacked", f"{network}-quiet"}
        assert {c.group for c in tried} == {"tried"}
        (calibrate,) = own
        assert calibrate.group == "own"
        np.testing.assert_array_equal(_own(calibrate), quiet[40:60])
        (rest,) = (c for c in tried if c.name == f"{network}-quiet")
        np.testing.assert_array_equal(_own(rest), quiet[60:])
        if own_fits:
            (learned,) = fits[1 + number]
            np.testing.assert_array_equal(_own(learned), quiet[:40])
    assert set(told["tests"]) == {"left out", "own baseline"}
    assert set(told["tests"]["own baseline"]) >= {"auc", "recall", "false_alarms", "families"}


def test_what_is_called_shipped_has_the_detectors_that_ship() -> None:
    assert sorted(SURVEYED["shipped_fused"].detectors) == sorted(DETECTORS)


def test_sequences_run_on_captures() -> None:
    told = LabStudy().compute(SURVEYED["shipped_fused"], 0, PLACES)
    assert told["tests"]["left out"]["auc"]["mean"] > 0.9


@pytest.mark.parametrize("name", ["fused", "shipped_fused"])
def test_what_is_fused_is_calibrated_on_sources_that_it_has_not_learned(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits: list[tuple[FlowBatch, FlowBatch]] = []
    real = Fused.fit

    def fit(self: Fused, flows: FlowBatch, families: Any, usual: FlowBatch) -> Fused:
        fits.append((flows, usual))
        return real(self, flows, families, usual)

    monkeypatch.setattr(Fused, "fit", fit)
    captures = public()
    marked = [replace(c, flows=_marked(c.flows, number)) for number, c in enumerate(captures)]
    fitted(SURVEYED[name], marked, 0, Cost())
    ((learned, usual),) = fits
    ours, theirs = (
        {captures[number].source for number in set(flows.identity["src_port"].tolist())}
        for flows in (learned, usual)
    )
    assert ours
    assert theirs
    assert not ours & theirs
    assert usual.weight is not None
    assert usual.weight[usual.carried :].max() < 1  # captures weigh alike
    benign = {n for n, c in enumerate(captures) if (c.families == "benign").all()}
    assert set(usual.identity["src_port"].tolist()) <= benign


@pytest.mark.parametrize(
    ("benign", "words"),
    [(False, "leaves nothing to calibrate on: add clean"), (True, "leaves nothing to learn from")],
)
def test_what_cannot_be_calibrated_is_told_in_one_line(benign: bool, words: str) -> None:
    attacks = [c for c in public() if (c.families != "benign").all()]
    clean = [c for c in public() if (c.families == "benign").all()]
    with pytest.raises(ModelError, match=words) as caught:
        fitted(SURVEYED["fused"], clean[:1] if benign else attacks, 0, Cost())
    assert "\n" not in str(caught.value)


def _marked(flows: FlowBatch, number: int) -> FlowBatch:
    """Flows that tell of which capture they are, where no method reads."""
    return replace(flows, identity={"src_port": np.full(len(flows), number)})


def test_a_binary_method_knows_attacks_as_one_class() -> None:
    method = replace(SURVEYED["decision_tree"], binary=True)
    cost = Cost()
    detector = fitted(method, public(), 0, cost)
    assert len(detector.families) == 2
    by_family = {c.families[0]: c.score for c in scored(detector, public(), cost)}
    assert by_family["dos"].mean() > 1 > by_family["benign"].mean()
    assert cost.rows == cost.scored == sum(len(c.families) for c in public())


def _own(one: LabelledCapture) -> np.ndarray:
    values: np.ndarray = one.flows.without_carried().features["Flow Byts/s"]
    return values
