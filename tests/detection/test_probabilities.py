"""Family probabilities: calibrated, and pooled over detectors."""

import numpy as np
import pytest

from netad_pcap.detection import fit_temperature, pool, temper


def test_temperature_one_changes_nothing() -> None:
    probabilities = np.array([[0.3, 0.7]])
    assert temper(probabilities, 1.0) is probabilities


def test_higher_temperature_is_less_sure() -> None:
    tempered = temper(np.array([[0.1, 0.9], [0.0, 1.0]]), 2.0)
    assert tempered.sum(axis=1) == pytest.approx([1, 1])
    assert tempered[0] == pytest.approx([0.25, 0.75])
    assert 0.5 < tempered[1, 1] < 1


def test_no_flow_is_tempered_to_none() -> None:
    assert temper(np.empty((0, 3)), 2.0).shape == (0, 3)


def test_fit_finds_the_temperature_that_was_taken_away() -> None:
    random = np.random.default_rng(0)
    honest = random.dirichlet([1, 1, 1], 4_000)
    truth = np.array([random.choice(3, p=row) for row in honest])
    assert fit_temperature(temper(honest, 1 / 3), truth) == pytest.approx(3, rel=0.1)


def test_fit_without_flows_is_one() -> None:
    assert fit_temperature(np.empty((0, 2)), np.empty(0, int)) == 1.0


def test_pool_is_the_mean_over_all_families() -> None:
    families, pooled = pool(
        [
            (("scan", "benign"), np.array([[0.8, 0.2]])),
            (("benign", "dos"), np.array([[0.5, 0.5]])),
        ],
        1,
    )
    assert families == ("benign", "scan", "dos")
    assert pooled == pytest.approx(np.array([[0.35, 0.4, 0.25]]))


def test_no_detector_knows_families() -> None:
    families, pooled = pool([], 3)
    assert families == ()
    assert pooled.shape == (3, 0)
