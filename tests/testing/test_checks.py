"""Each check of the suite finds the detector that breaks its claim."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from netad_pcap.detection import Needs, Scores
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.testing import CheckFailed, check_detector, detector_checks

COLUMNS = ("Flow Duration", "Tot Fwd Pkts", "Fwd Pkts/s")


class Good:
    """Distance from the weighted mean of logarithms; keeps the contract."""

    name: ClassVar[str] = "good"
    needs: Needs = Needs(columns=COLUMNS, context=("ports_2s",), history=3)

    def __init__(self, *, floor: float = 0.0, seed: int = 0) -> None:
        self.floor = floor
        self.seed = seed

    def values(self, flows: FlowBatch) -> NDArray[np.float64]:
        values = flows.matrix((*self.needs.columns, *self.needs.context))
        values = np.nan_to_num(values, nan=self.floor, posinf=1e300, neginf=self.floor)
        return np.log1p(np.maximum(values, 0.0))

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Any:
        weight = np.ones(len(flows)) if flows.weight is None else flows.weight
        if families is not None:
            weight = weight * (families == BENIGN)
        self.mean_ = (self.values(flows) * weight[:, None]).sum(axis=0) / weight.sum()
        return self

    def score(self, flows: FlowBatch) -> Scores:
        parts = np.abs(self.values(flows) - self.mean_)
        own = parts.max(axis=1, initial=0.0)
        novelty = own[flows.carried :]
        if flows.history is not None:
            history = flows.history[flows.carried :]
            before = np.where(history >= 0, own[history], 0.0).max(axis=1, initial=0.0)
            novelty = novelty + 0.1 * before
        scan = novelty / (novelty + 5)
        return Scores(
            novelty,
            ("benign", "scan"),
            np.column_stack([1 - scan, scan]),
            {name: parts[flows.carried :, i].copy() for i, name in enumerate(COLUMNS)},
        )

    def to_arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"mean": self.mean_}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Any:
        detector = cls(**parameters)
        if "mean" not in arrays:
            raise ValueError("array 'mean' is missing")
        detector.mean_ = arrays["mean"]
        return detector

    def to(self, device: str) -> None:
        pass


class NoSeed(Good):
    def __init__(self, *, floor: float = 0.0) -> None:
        super().__init__(floor=floor)


class LearnsEarly(Good):
    def __init__(self, *, seed: int = 0) -> None:
        super().__init__(seed=seed)
        self.mean_ = np.zeros(4)


class BadName(Good):
    name = "a detector!"


class ReadsTimes(Good):
    needs = Needs(columns=(*COLUMNS, "start_us"), context=("ports_2s",), history=3)


class ReadsAddresses(Good):
    def score(self, flows: FlowBatch) -> Scores:
        scores = super().score(flows)
        return replace(
            scores, novelty=scores.novelty + flows.identity["src_ip"][flows.carried :, 15]
        )


class ReturnsNothing(Good):
    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Any:
        super().fit(flows, families)


class FailsWithoutFamilies(Good):
    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Any:
        if families is None:
            raise ValueError("nothing to do")
        return super().fit(flows, families)


class Random(Good):
    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Any:
        super().fit(flows, families)
        self.mean_ = self.mean_ + np.random.default_rng().random(4)
        return self


class IgnoresWeight(Good):
    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Any:
        return super().fit(replace(flows, weight=None), families)


class UpsideDown(Good):
    def score(self, flows: FlowBatch) -> Scores:
        scores = super().score(flows)
        return replace(scores, novelty=-scores.novelty)


class StandardizesBatch(Good):
    def score(self, flows: FlowBatch) -> Scores:
        scores = super().score(flows)
        return replace(scores, novelty=scores.novelty - scores.novelty.sum() / 1e6)


class ScoresByPlace(Good):
    def score(self, flows: FlowBatch) -> Scores:
        scores = super().score(flows)
        return replace(scores, novelty=scores.novelty + np.arange(len(scores.novelty)))


class Remembers(Good):
    def score(self, flows: FlowBatch) -> Scores:
        self.calls = getattr(self, "calls", 0) + 1
        scores = super().score(flows)
        return replace(scores, novelty=scores.novelty + self.calls)


class ScoresCarried(Good):
    def score(self, flows: FlowBatch) -> Scores:
        return super().score(replace(flows, carried=0))


class IgnoresHistory(Good):
    def score(self, flows: FlowBatch) -> Scores:
        return super().score(replace(flows, history=None))


class ReadsUnasked(Good):
    needs = Needs(columns=COLUMNS, context=("ports_2s",))


class ChokesOnNaN(Good):
    def values(self, flows: FlowBatch) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore"):
            return np.log1p(np.abs(flows.matrix((*self.needs.columns, *self.needs.context))))


class Squares(Good):
    def values(self, flows: FlowBatch) -> NDArray[np.float64]:
        with np.errstate(over="ignore"):
            values = flows.matrix((*self.needs.columns, *self.needs.context))
            return np.asarray(np.nan_to_num(values, nan=0, posinf=1, neginf=0) ** 2)


class FailsOnEmpty(Good):
    def score(self, flows: FlowBatch) -> Scores:
        if len(flows) == 0:
            raise IndexError("index 0 is out of bounds")
        return super().score(flows)


class FillsMissing(Good):
    def values(self, flows: FlowBatch) -> NDArray[np.float64]:
        zeros = np.zeros(len(flows))
        names = (*self.needs.columns, *self.needs.context)
        columns = [flows.column(n) if flows.has(n) else zeros for n in names]
        ugly = np.column_stack(columns).astype(float)
        plain = np.maximum(np.nan_to_num(ugly, nan=0, posinf=1e300, neginf=0), 0)
        return np.asarray(np.log1p(plain))


class SavesText(Good):
    def to_arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"mean": self.mean_, "names": np.array(COLUMNS)}


class SavesRounded(Good):
    def to_arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"mean": self.mean_.round(2)}


class LoadsAnything(Good):
    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Any:
        detector = cls(**parameters)
        detector.mean_ = arrays.get("mean", np.zeros(4))
        return detector


class ChangesWhenMoved(Good):
    def to(self, device: str) -> None:
        self.mean_ = self.mean_ + 1


class Modifies(Good):
    def score(self, flows: FlowBatch) -> Scores:
        flows.features["Flow Duration"][:] = 1
        return super().score(flows)


class WrongSum(Good):
    def score(self, flows: FlowBatch) -> Scores:
        scores = super().score(flows)
        assert scores.probabilities is not None
        return replace(scores, probabilities=scores.probabilities * 2)


class OneColumnTooMany(Good):
    def score(self, flows: FlowBatch) -> Scores:
        scores = super().score(flows)
        return replace(scores, contributions={"Src Port": scores.novelty})


def failing(detector: type[Any]) -> set[str]:
    names = set()
    for name, check in detector_checks(detector):
        try:
            check()
        except Exception:
            names.add(name)
    return names


def test_good_detector_passes_every_check() -> None:
    assert check_detector(Good, floor=0.5) == len(detector_checks(Good)) == 26


@pytest.mark.parametrize(
    ("detector", "check"),
    [
        (NoSeed, "parameters_are_keywords"),
        (LearnsEarly, "nothing_learned_at_construction"),
        (BadName, "members_and_name"),
        (ReadsTimes, "needs_no_identity"),
        (ReadsAddresses, "needs_no_identity"),
        (ReturnsNothing, "fit_returns_self"),
        (FailsWithoutFamilies, "fit_on_benign_alone"),
        (Random, "same_seed_same_scores"),
        (IgnoresWeight, "weight_is_honoured"),
        (UpsideDown, "strange_flows_score_higher"),
        (StandardizesBatch, "batches_may_be_cut_anywhere"),
        (ScoresByPlace, "order_changes_nothing"),
        (Remembers, "no_state_between_calls"),
        (ScoresCarried, "carried_rows_get_no_scores"),
        (IgnoresHistory, "history_is_read"),
        (ReadsUnasked, "history_is_read"),
        (ChokesOnNaN, "nan_and_infinity"),
        (Squares, "huge_values"),
        (FailsOnEmpty, "empty_batch"),
        (FillsMissing, "missing_column_is_named"),
        (SavesText, "arrays_are_numbers"),
        (SavesRounded, "saved_and_loaded_scores_are_equal"),
        (LoadsAnything, "missing_array_is_refused"),
        (ChangesWhenMoved, "devices"),
        (Modifies, "input_is_not_modified"),
        (WrongSum, "scores_keep_the_contract"),
        (OneColumnTooMany, "scores_keep_the_contract"),
    ],
)
def test_check_finds_who_breaks_its_claim(detector: type[Any], check: str) -> None:
    assert check in failing(detector)


def test_failures_are_named_with_their_reason() -> None:
    words = r"1 of 26 checks failed\n  missing_array_is_refused: from_arrays\(\) accepted arrays"
    with pytest.raises(CheckFailed, match=words):
        check_detector(LoadsAnything)


@pytest.mark.parametrize(("name", "check"), detector_checks(Good))
def test_checks_can_be_parametrized(name: str, check: Any) -> None:
    assert name.islower()
    check()
