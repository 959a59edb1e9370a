"""Scorer: flows in, verdicts out."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netad_pcap.detection import (
    VERDICTS,
    BundleReference,
    Device,
    Needs,
    Scorer,
    Scores,
    default_bundles,
    fit_baseline,
    read_bundle,
    registry,
    write_bundle,
)
from netad_pcap.detection.members import Member
from netad_pcap.errors import DeviceError, ModelError
from netad_pcap.flows import FlowBatch
from netad_pcap.testing import cut_batch, make_flows
from tests.detection.conftest import Install
from tests.detection.examples import COLUMNS, SizeDetector, baseline, bundle, fitted

FLOWS = make_flows(500, seed=20, attacks=("scan",), attack_share=0.1)


class CountDetector(SizeDetector):
    """Knows no families; needs context and a history of three."""

    name = "count"
    needs = Needs(columns=COLUMNS, context=("ports_2s",), history=3)

    def score(self, flows: FlowBatch) -> Scores:
        assert flows.history is not None
        assert flows.history.shape[1] == 3
        lengths = (flows.history[flows.carried :] >= 0).sum(axis=1)
        return Scores(novelty=flows.context["ports_2s"][flows.carried :] + lengths)


class BrokenDetector(SizeDetector):
    def score(self, flows: FlowBatch) -> Scores:
        raise KeyError("surprise\nof a plugin")


class NaNDetector(SizeDetector):
    def score(self, flows: FlowBatch) -> Scores:
        return Scores(novelty=np.full(len(flows), np.nan))


def size_bundle(name: str = "example", detector: str = "size", **changes: Any) -> Any:
    entry = replace(bundle().detectors[0], detector=detector)
    return bundle(name, detectors=(entry,), **changes)


@pytest.fixture
def count_detector(install: Install, size_detector: list[str]) -> None:
    install("count", "tests.detection.test_scorer:CountDetector", "netad-count")


def count_bundle(name: str = "counts") -> Any:
    flows = make_flows(400, 3, context=["ports_2s"], history=3)
    novelty = CountDetector().score(flows).novelty
    entry = replace(bundle().detectors[0], name="count", detector="count")
    calibrated = fit_baseline("office", flows, {"count": novelty}, COLUMNS)
    return bundle(name, detectors=(entry,), baselines=(calibrated,))


def test_scores_of_every_flow(size_detector: list[str]) -> None:
    scored = Scorer([bundle()], "cpu").score(FLOWS)
    assert len(scored) == 500
    assert scored.detectors == ("size",)
    assert np.array_equal(scored.novelty[:, 0], fitted().score(FLOWS).novelty)
    assert np.array_equal(scored.score, scored.surprise[:, 0])
    assert (np.diff(scored.score[np.argsort(scored.novelty[:, 0])]) >= 0).all()
    assert scored.families == ("benign", "scan")


def test_verdicts_follow_the_budget_and_the_family(size_detector: list[str]) -> None:
    scored = Scorer([bundle()], "cpu", fpr=0.05).score(FLOWS)
    flagged = scored.p_value <= 0.05
    scan = scored.probabilities[:, 1] >= 0.5
    assert (scored.verdict > 0).tolist() == flagged.tolist()
    assert ((scored.verdict == VERDICTS.index("malicious")) == (flagged & scan)).all()
    attack = FLOWS.text["family"] == "scan"
    assert flagged[attack].mean() > 0.5
    assert flagged[~attack].mean() < 0.1


def test_held_out_benign_flows_keep_the_budget(size_detector: list[str]) -> None:
    scored = Scorer([bundle(baselines=(baseline("office", 1, n=2_000),))], "cpu", fpr=0.05).score(
        make_flows(4_000, seed=30)
    )
    assert (scored.verdict > 0).mean() == pytest.approx(0.05, abs=0.015)


def test_batches_may_be_cut_anywhere(size_detector: list[str], count_detector: None) -> None:
    flows = make_flows(200, seed=4, context=["ports_2s"], history=5)
    scorer = Scorer([bundle(), count_bundle()], "cpu")
    choice = scorer.choose(flows)
    whole = scorer.score(flows, choice)
    for cut in (1, 77, 199):
        parts = [scorer.score(cut_batch(flows, a, b), choice) for a, b in ((0, cut), (cut, 200))]
        for name in ("score", "p_value", "verdict", "novelty", "probabilities", "family"):
            joined = np.concatenate([getattr(part, name) for part in parts])
            assert np.array_equal(joined, getattr(whole, name)), name
        assert np.array_equal(
            np.concatenate([part.flows.features["Flow Duration"] for part in parts]),
            flows.features["Flow Duration"],
        )


def test_threads_change_no_bit() -> None:
    bundles = [read_bundle(found) for found in default_bundles()]
    one, two = Scorer(bundles, "cpu"), Scorer(bundles, "cpu", threads=2)
    flows = make_flows(600, seed=3, profile=one.profile, context=one.needs.context, history=10)
    alone, together = one.score(flows), two.score(flows)
    for name in ("score", "p_value", "verdict", "novelty", "probabilities", "family"):
        assert np.array_equal(getattr(alone, name), getattr(together, name)), name


def test_a_detector_that_fails_in_a_thread_is_named(install: Install) -> None:
    install("broken", "tests.detection.test_scorer:BrokenDetector", "netad-broken")
    install("size", "tests.detection.examples:SizeDetector", "netad-size")
    models = [size_bundle("a"), size_bundle("b", "broken")]
    flows = make_flows(600, seed=3)
    with pytest.raises(ModelError, match="detector size@b failed on 600 flows: KeyError"):
        Scorer(models, "cpu", threads=2).score(flows)


def test_no_flow(size_detector: list[str]) -> None:
    scored = Scorer([bundle()], "cpu").score(make_flows(0))
    assert len(scored) == 0
    assert scored.reasons() == {}


def test_reasons_of_flagged_flows_only(size_detector: list[str]) -> None:
    scored = Scorer([bundle()], "cpu", fpr=0.05).score(FLOWS)
    reasons = scored.reasons()
    assert list(reasons) == np.flatnonzero(scored.verdict).tolist()
    malicious = np.flatnonzero(scored.verdict == 2).tolist()
    assert all(reasons[row][0].startswith("like scan (probability 0.") for row in malicious)
    assert all("(normal: " in reasons[row][-1] for row in malicious)


def test_reasons_of_chosen_rows_behind_carried_ones(size_detector: list[str]) -> None:
    scorer = Scorer([bundle()], "cpu")
    whole = scorer.score(FLOWS).reasons(np.array([120]))
    part = scorer.score(replace(FLOWS, carried=100), scorer.choose(FLOWS)).reasons(np.array([20]))
    assert part[20] == whole[120]


class AsksNothing(SizeDetector):
    """Explains itself, whatever is usual; its scores have contributions too."""

    def explain(self, flows: FlowBatch, rows: NDArray[np.intp]) -> dict[str, NDArray[np.float64]]:
        return {"Flow Duration": np.arange(1, len(rows) + 1, dtype=np.float64)}


class AsksWhatIsUsual(SizeDetector):
    """Says the usual values themselves."""

    def explain(
        self, flows: FlowBatch, rows: NDArray[np.intp], usual: Mapping[str, float]
    ) -> dict[str, NDArray[np.float64]]:
        return {name: np.full(len(rows), value) for name, value in usual.items()}


def test_who_explains_itself_is_asked_and_given_what_is_usual_if_it_takes_that() -> None:
    rows, usual = np.array([4, 7]), {"Tot Fwd Pkts": 3.0}
    told = {}
    for kind in (SizeDetector, AsksNothing, AsksWhatIsUsual):
        detector = kind().fit(FLOWS)
        member = Member("size", "size", 0, detector, 1.0)
        scores = member.score(FLOWS)
        told[kind] = member.contributions(FLOWS, rows, scores, usual)
        for name, column in told[SizeDetector].items():
            np.testing.assert_array_equal(column, scores.contributions[name][rows])
    assert told[AsksNothing]["Flow Duration"].tolist() == [1.0, 2.0]
    assert {n: c.tolist() for n, c in told[AsksWhatIsUsual].items()} == {"Tot Fwd Pkts": [3.0, 3.0]}


def test_detector_is_moved_once(size_detector: list[str]) -> None:
    scorer = Scorer([bundle()], Device("cuda:1"))
    scorer.score(FLOWS)
    scorer.score(FLOWS)
    assert size_detector == ["cuda:1"]


def test_absent_device(size_detector: list[str]) -> None:
    with pytest.raises(DeviceError, match="cuda:99 is not there"):
        Scorer([bundle()], "cuda:99")


def test_needs_of_all(count_detector: None) -> None:
    scorer = Scorer([bundle(), count_bundle()], "cpu")
    assert scorer.needs == Needs(columns=COLUMNS, context=("ports_2s",), history=3)


def test_missing_columns_are_named_with_the_detector(size_detector: list[str]) -> None:
    flows = FlowBatch(profile=None, features={"Flow Duration": np.arange(60)})
    with pytest.raises(
        ModelError,
        match="detector size needs columns that the flows lack: Tot Fwd Pkts, Fwd Pkts/s",
    ):
        Scorer([bundle()], "cpu").score(flows)


def test_missing_context_and_history_are_named(count_detector: None) -> None:
    scorer = Scorer([count_bundle()], "cpu")
    with pytest.raises(ModelError, match=r"count needs context columns .*\(ports_2s\)"):
        scorer.score(FLOWS)
    for history in (0, 2):
        flows = make_flows(60, context=["ports_2s"], history=history)
        with pytest.raises(ModelError, match="count needs the last 3 flows of each source"):
            scorer.score(flows)


def test_flows_of_another_profile_are_refused(size_detector: list[str]) -> None:
    with pytest.raises(ModelError, match="fitted to flows of cic-fixed; these are of cic-2018"):
        Scorer([bundle()], "cpu").score(make_flows(60, profile="cic-2018"))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("BrokenDetector", "detector size failed on 500 flows: KeyError: .*surprise"),
        ("NaNDetector", "detector size broke its contract: novelty is not finite"),
    ],
)
def test_detector_that_fails_is_named(install: Install, kind: str, words: str) -> None:
    install("size", f"tests.detection.test_scorer:{kind}", "netad-size")
    with pytest.raises(ModelError, match=words) as caught:
        Scorer([bundle()], "cpu").score(FLOWS)
    assert "\n" not in str(caught.value)


def test_too_few_flows_for_the_budget(size_detector: list[str]) -> None:
    with pytest.raises(ModelError, match="model example, baseline office, is calibrated on 400 "
                                         r"flows; --fpr 0\.001 needs at least 999"):  # fmt: skip
        Scorer([bundle()], "cpu", fpr=0.001)


def test_baselines_too_small_for_the_budget_are_passed_over(size_detector: list[str]) -> None:
    made = bundle(baselines=(baseline("tiny", 9, n=60), baseline("office", 1)))
    few = make_flows(60, seed=9)
    assert Scorer([made], "cpu").choose(few)[0].name == "office"
    assert Scorer([made], "cpu", fpr=0.1).choose(few)[0].name == "tiny"
    # It says what is usual, whatever it can resolve.
    assert Scorer([made], "cpu").choose(few)[0].nearest == "tiny"


def test_no_model_and_no_baseline(size_detector: list[str]) -> None:
    with pytest.raises(ModelError, match="no model to score with"):
        Scorer([])
    with pytest.raises(ModelError, match="model example has no baseline"):
        Scorer([bundle(baselines=())])


def test_models_of_two_profiles_are_refused(size_detector: list[str]) -> None:
    with pytest.raises(ModelError, match="of cic-fixed and model example flows of cic-2018"):
        Scorer([bundle(), bundle(profile="cic-2018")], "cpu")


def test_several_models_are_fused(count_detector: None) -> None:
    flows = make_flows(3_000, seed=6, context=["ports_2s"], history=3)
    one, two = bundle("one"), count_bundle("two")
    both = Scorer([one, two], "cpu").score(flows)
    apart = [Scorer([b], "cpu").score(flows) for b in (one, two)]
    assert both.detectors == ("size", "count")
    assert both.families == ("benign", "scan")
    assert np.array_equal(both.surprise, np.column_stack([s.score for s in apart]))
    smallest = np.minimum(apart[0].p_value, apart[1].p_value)
    assert np.array_equal(both.p_value, np.minimum(1, 2 * smallest))
    assert (np.diff(both.p_value[np.argsort(both.score)]) <= 0).all()
    flagged = both.verdict > 0
    assert flagged.any()
    assert both.score[flagged].min() > both.score[~flagged].max()


def test_several_models_share_the_budget(count_detector: None) -> None:
    small = bundle("small", baselines=(baseline("office", 1, n=150),))
    Scorer([small], "cpu")
    with pytest.raises(ModelError, match=r"0\.01 shared by 2 calibrations needs at least 199"):
        Scorer([small, count_bundle()], "cpu")


def test_two_detectors_of_one_name_are_told_apart(size_detector: list[str]) -> None:
    scorer = Scorer([bundle("one"), bundle("two")], "cpu")
    assert scorer.detectors == ("size@one", "size@two")


@pytest.fixture
def shipped(
    install: Install, size_detector: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A bundle `base` that a package brings."""
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "shipped_models"
    folder.mkdir()
    (folder / "__init__.py").touch()
    write_bundle(bundle("base"), folder / "base.netad")
    install("shipped", "shipped_models", "netad-pcap", registry.BUNDLES)
    return folder / "base.netad"


def own_bundle(shipped: Path, sha256: str | None = None, detector: str = "size") -> Any:
    base = read_bundle(shipped)
    use = BundleReference("base", base.version, sha256 or base.sha256, (detector,))
    calibrated = baseline("here", 8, {detector: fitted().score(make_flows(400, 8)).novelty})
    return bundle("own", detectors=(), uses=(use,), baselines=(calibrated,))


def test_own_baseline_for_a_shipped_detector(shipped: Path, tmp_path: Path) -> None:
    write_bundle(own_bundle(shipped), tmp_path / "own.netad")
    scorer = Scorer([read_bundle(tmp_path / "own.netad")], "cpu")
    assert scorer.choose(FLOWS)[0].name == "here"
    scored = scorer.score(FLOWS)
    assert scored.families == ("benign", "scan")
    assert np.array_equal(scored.novelty[:, 0], fitted().score(FLOWS).novelty)


def test_detector_of_two_bundles_is_restored_once(shipped: Path, size_detector: list[str]) -> None:
    Scorer([read_bundle(shipped), own_bundle(shipped)], "cpu").score(FLOWS)
    assert size_detector == ["cpu"]


def test_shipped_bundle_of_another_version(shipped: Path) -> None:
    words = r"own holds baselines for model base 1\.0; 1\.0 is installed, whose scores differ: make"
    with pytest.raises(ModelError, match=words):
        Scorer([own_bundle(shipped, sha256="0" * 64)], "cpu")


def test_shipped_bundle_without_the_detector(shipped: Path) -> None:
    with pytest.raises(ModelError, match="own uses detector magic, which base lacks"):
        Scorer([own_bundle(shipped, detector="magic")], "cpu")
