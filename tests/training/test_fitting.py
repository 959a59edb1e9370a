from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netad_pcap.detection import Bundle, Scorer, read_bundle, write_bundle
from netad_pcap.errors import ModelError
from netad_pcap.schema import CONTEXT
from netad_pcap.training.cards import card_text
from netad_pcap.training.fitting import Learned, Witness, bundle_of, fit_bundle, learn
from netad_pcap.training.labelled import LabelledCapture, join
from netad_pcap.training.shipped import fit_crossed
from netad_pcap.training.splits import Parts, part_sources
from tests.training.captures import capture, network

SMALL: dict[str, dict[str, Any]] = {
    "autoencoder": {"epochs": 3, "hidden": 16, "code": 4},
    "lstm": {"length": 4, "hidden": 16, "epochs": 3, "smote_rows": 20, "learning_rate": 0.02},
    "mlp": {"hidden": 16, "epochs": 3, "learning_rate": 0.02},
}


def _fitted(parts: Parts, **given: Any) -> Bundle:
    return fit_bundle(
        "small", parts, ("autoencoder", "lstm"), profile="cic-fixed", seed=3, parameters=SMALL,
        **given,
    )  # fmt: skip


@pytest.fixture(scope="module")
def parts() -> Parts:
    return part_sources(network(history=4), seed=1)


@pytest.fixture(scope="module")
def bundle(parts: Parts) -> Bundle:
    return _fitted(parts)


def test_the_same_seed_gives_the_same_bytes(parts: Parts, bundle: Bundle, tmp_path: Path) -> None:
    write_bundle(bundle, tmp_path / "a.netad")
    write_bundle(_fitted(parts), tmp_path / "b.netad")
    assert (tmp_path / "a.netad").read_bytes() == (tmp_path / "b.netad").read_bytes()


def test_a_bundle_scores_flows_when_it_is_read_again(
    parts: Parts, bundle: Bundle, tmp_path: Path
) -> None:
    write_bundle(bundle, tmp_path / "a.netad")
    flows = join(parts.hold_out).flows
    before = Scorer([bundle], "cpu", fpr=0.05).score(flows)
    again = Scorer([read_bundle(tmp_path / "a.netad")], "cpu", fpr=0.05).score(flows)
    np.testing.assert_array_equal(before.score, again.score)
    assert before.detectors == ("autoencoder", "lstm")
    assert card_text(read_bundle(tmp_path / "a.netad")) == bundle.card


def test_baselines_keep_what_context_is_usual_for_reasons(bundle: Bundle) -> None:
    assert set(CONTEXT) < set(bundle.baselines[0].columns)


def test_only_files_that_were_fitted_on_are_named(parts: Parts, bundle: Bundle) -> None:
    named = {(s.source, file.name) for s in bundle.training for file in s.files}
    assert named == {(c.source, c.name) for c in parts.fit}
    assert {s.licence for s in bundle.training} == {"none stated"}


def test_figures_are_of_sources_left_out(parts: Parts, bundle: Bundle) -> None:
    assert bundle.metrics["sources"]["hold_out"] == sorted({c.source for c in parts.hold_out})
    figures = bundle.metrics["held_out"]
    assert set(figures) == {"autoencoder", "lstm", "fused"}
    assert figures["fused"]["attacks"]["auc"]["mean"] > 0.8
    assert "flagged" in figures["fused"]["benign"]


def test_too_little_is_refused() -> None:
    clean, attack = capture("a", "s", history=4), capture("b", "t", "scan", history=4)
    with pytest.raises(ModelError, match="too few captures"):
        _fitted(Parts((clean,), (), ()))
    with pytest.raises(ModelError, match="no benign flow"):
        _fitted(Parts((clean,), (attack,), ()))


def test_the_card_says_what_is_not_shown(bundle: Bundle) -> None:
    card = card_text(bundle)
    assert card == bundle.card
    for source in bundle.training:
        assert f"| {source.source} | {source.licence} | {len(source.files)} |" in card
    assert "not above one half" in card  # one source of a family shows nothing
    assert "no packet, address or payload is contained" in card
    assert "Seed 3" in card


def test_crossed_every_source_is_measured_by_weights_that_never_saw_it() -> None:
    captures = network(history=4)
    made = fit_crossed(captures, 1, {"source/1": "MIT"}, SMALL)
    by_source = {s.source: s.licence for s in made.training}
    assert by_source["source/1"] == "MIT"
    assert by_source["source/2"] == "none stated"
    figures = made.metrics["held_out"]["fused"]
    assert (figures["benign"]["false_alarms"]["sources"], figures["scan"]["auc"]["sources"]) == (
        10, 3,
    )  # fmt: skip
    assert "Each fold was left out once" in made.card
    assert "These figures flatter" in made.card
    # The weights are those of all sources, and so is the baseline.
    sources = {capture.source for capture in captures}
    assert {s.source for s in made.training} == sources
    assert {s for fold in made.metrics["folds"] for s in fold} == sources
    clean = sum(1 for c in captures if (c.families == "benign").all())
    assert made.baselines[0].fused.flows == pytest.approx(20 * clean)


def test_calibration_is_what_witnesses_say_and_weights_are_the_bundles_own() -> None:
    captures = network()
    first, second, third = (
        [c for c in captures if int(c.source[-1]) in some] for some in ((0, 1, 2), (3, 4), (5, 6))
    )

    def learned(some: list[LabelledCapture]) -> tuple[Learned, ...]:
        return learn(some, ("hbos",), profile="cic-fixed", seed=1)

    def made(mine: tuple[Learned, ...], *witnesses: Witness) -> Bundle:
        return bundle_of("b", mine, first, witnesses, profile="cic-fixed", seed=1)

    def told(bundle: Bundle) -> list[float]:
        calibration = bundle.baselines[0].calibration["hbos"]
        return [float(p) for p in calibration.p_values(np.linspace(0, 500, 2_000))]

    mine, others = learned(first), learned(third)
    by_others = made(mine, Witness(tuple(second), others))
    assert told(by_others) == told(made(others, Witness(tuple(second), others)))
    assert told(by_others) != told(made(mine, Witness(tuple(second), mine)))
    for name, array in mine[0].detector.to_arrays().items():
        np.testing.assert_array_equal(by_others.detectors[0].arrays[name], array)
    # Several witnesses' words stand in the order of their captures.
    parts = [Witness((capture,), others) for capture in second]
    assert told(made(mine, *parts)) == told(by_others)
