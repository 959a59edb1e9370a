"""HBOS and ECOD: what single cells say, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from netad_detectors.classical.histograms import Histograms
from netad_detectors.classical.tails import Tails

from netad_pcap.flows import FlowBatch


def batch(values: list[float]) -> FlowBatch:
    return FlowBatch(None, {"x": np.expm1(np.array(values))})


def test_the_height_of_a_bin_counts() -> None:
    usual = batch([0.0, 0.1, 0.2, 0.3, 3.9, 4.0])
    detector = Histograms(columns={"x": 0}, scaling="range", bins=4, least=0.01).fit(usual)
    found = detector.score(batch([0.0, 2.0, 4.0, 9.0])).novelty
    np.testing.assert_allclose(found, [0, -np.log(0.01), -np.log(0.5), -np.log(0.01)], atol=1e-9)


def test_weights_change_heights() -> None:
    usual = FlowBatch(None, {"x": np.expm1([0.0, 4.0])}, weight=np.array([1.0, 3.0]))
    detector = Histograms(columns={"x": 0}, scaling="range", bins=4).fit(usual)
    np.testing.assert_allclose(detector.score(usual).novelty, [np.log(3), 0.0], atol=1e-9)


def test_a_tail_is_the_share_of_flows_that_are_as_extreme() -> None:
    random = np.random.default_rng(0)
    usual = batch(random.uniform(0.0, 1.0, 4_000).tolist())
    detector = Tails(columns={"x": 0}, kept=1_000).fit(usual)
    found = detector.score(batch([0.5, 2.0])).novelty
    # At the median each side holds half of the flows; far out, one of 1,001.
    np.testing.assert_allclose(found, [np.log(2), np.log(1_001)], rtol=0.05)


@pytest.mark.parametrize("kind", [Histograms, Tails])
def test_arrays_of_a_wrong_shape_are_refused(kind: type[Histograms] | type[Tails]) -> None:
    detector = kind(columns={"x": 0}).fit(batch([0.0, 1.0, 2.0]))
    arrays = detector.to_arrays()
    last = list(arrays)[-2]
    with pytest.raises(ValueError, match=last):
        kind.from_arrays({**arrays, last: arrays[last][..., :0]}, columns={"x": 0})
