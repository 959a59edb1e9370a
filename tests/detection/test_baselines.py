"""Baselines: made of held-out benign flows, chosen by the first rows of a capture."""

from dataclasses import replace

import numpy as np
import pytest

from netad_pcap.detection import HIGH_DRIFT, Baseline, choose_baseline, fit_baseline
from netad_pcap.errors import ModelError
from netad_pcap.flows import FlowBatch
from netad_pcap.testing import make_flows
from tests.detection.examples import COLUMNS, baseline


def shifted(n: int, seed: int, factor: float) -> FlowBatch:
    flows = make_flows(n, seed)
    return replace(flows, features={k: v * factor for k, v in flows.features.items()})


def named(name: str, factor: float) -> Baseline:
    flows = shifted(600, 5, factor)
    return fit_baseline(name, flows, {"size": np.arange(600.0)}, COLUMNS)


BASELINES = [named("office", 1.0), named("servers", 50.0), named("iot", 0.01)]


@pytest.mark.parametrize(
    ("factor", "expected"), [(1.0, "office"), (45.0, "servers"), (0.0105, "iot")]
)
def test_nearest_says_what_is_usual_and_the_first_judges(factor: float, expected: str) -> None:
    flows = shifted(700, 9, factor)
    chosen = choose_baseline(BASELINES, flows)
    (near,) = (choose_baseline([b], flows) for b in BASELINES if b.name == expected)
    assert (chosen.name, chosen.nearest) == ("office", expected)
    assert not chosen.unsure
    assert chosen.nearest_drift == near.drift
    assert chosen.by_column == near.by_column
    # What qualifies p-values is said of the baseline that they are by.
    assert chosen.drift == choose_baseline(BASELINES[:1], flows).drift
    assert chosen.drift_is_high is (expected != "office")


def test_another_than_the_first_may_judge() -> None:
    chosen = choose_baseline(BASELINES, shifted(700, 9, 45.0), BASELINES[2])
    assert (chosen.name, chosen.nearest) == ("iot", "servers")
    assert choose_baseline(BASELINES, shifted(700, 9, 1e6), BASELINES[2]).nearest == "iot"


def test_the_one_that_judges_stands_for_what_is_like_none() -> None:
    strange = shifted(700, 9, 1e6)
    chosen = choose_baseline(BASELINES, strange)
    assert (chosen.name, chosen.nearest) == ("office", "office")
    assert chosen.drift_is_high
    nearer = choose_baseline(BASELINES[1:2], strange)
    assert chosen.drift is not None
    assert nearer.drift is not None
    assert nearer.drift < chosen.drift


def test_own_network_is_near_and_a_strange_one_far() -> None:
    near = choose_baseline(BASELINES[:1], shifted(1_000, 9, 1.0))
    far = choose_baseline(BASELINES[:1], shifted(1_000, 9, 1_000.0))
    assert near.drift is not None
    assert near.drift < 0.05
    assert not near.drift_is_high
    assert far.drift is not None
    assert far.drift > HIGH_DRIFT
    assert far.drift_is_high


def test_columns_stand_with_the_farthest_first() -> None:
    flows = make_flows(500, 3)
    features = {**flows.features, "Tot Fwd Pkts": flows.features["Tot Fwd Pkts"] + 10**6}
    chosen = choose_baseline(BASELINES[:1], replace(flows, features=features))
    assert next(iter(chosen.by_column.items())) == ("Tot Fwd Pkts", 1.0)
    assert chosen.drift == pytest.approx(np.mean(list(chosen.by_column.values())))


def test_only_the_first_thousand_rows_count() -> None:
    first = shifted(1_000, 9, 1.0)
    rest = shifted(5_000, 10, 1_000.0)
    both = replace(
        first,
        identity={},
        connection={},
        text={},
        features={k: np.concatenate([v, rest.features[k]]) for k, v in first.features.items()},
    )
    assert choose_baseline(BASELINES, both).by_column == choose_baseline(BASELINES, first).by_column


@pytest.mark.parametrize(("rows", "unsure"), [(0, True), (49, True), (50, False)])
def test_choice_from_few_rows_is_unsure(rows: int, unsure: bool) -> None:
    assert choose_baseline(BASELINES, shifted(rows, 1, 1.0)).unsure is unsure


def test_without_a_row_the_first_is_taken() -> None:
    chosen = choose_baseline(BASELINES, make_flows(0))
    assert (chosen.name, chosen.drift) == ("office", None)
    assert (chosen.nearest, chosen.nearest_drift) == ("office", None)


def test_columns_that_flows_lack_are_left_out() -> None:
    flows = FlowBatch(profile=None, features={"Flow Duration": np.arange(100)})
    assert list(choose_baseline(BASELINES, flows).by_column) == ["Flow Duration"]


def test_no_baseline() -> None:
    with pytest.raises(ModelError, match="netad-pcap train"):
        choose_baseline([], make_flows(10))


def test_baseline_holds_no_flow() -> None:
    made = baseline("office", 1)
    assert made.calibration["size"].flows == 400
    assert made.fused.flows == 400
    assert made.quantiles.shape == (3, 21)


def test_quantiles_that_do_not_ascend_are_refused() -> None:
    made = baseline("office", 1)
    with pytest.raises(ValueError, match="do not ascend"):
        replace(made, quantiles=made.quantiles[:, ::-1])


def test_usual_is_the_median_where_there_is_a_finite_one() -> None:
    columns = {"a": np.arange(11.0), "b": np.full(11, np.nan), "c": np.full(11, np.inf)}
    flows = FlowBatch(None, columns)
    assert fit_baseline("office", flows, {"size": np.arange(11.0)}, [*columns]).usual == {"a": 5.0}
