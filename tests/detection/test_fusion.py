"""Several detectors' p-values become one score, and that a p-value again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netad_pcap.detection import fit_fused, fuse

surprises = arrays(
    np.float64, st.tuples(st.integers(1, 20), st.integers(1, 4)), elements=st.floats(0, 200)
)


@given(surprises)
def test_score_is_the_mean_logarithm(surprise: np.ndarray) -> None:
    p = 10.0**-surprise
    expected = -np.log10(p).mean(axis=1)
    assert fuse(surprise) == pytest.approx(expected, rel=1e-12)


@given(surprises)
def test_rows_are_fused_each_for_itself(surprise: np.ndarray) -> None:
    apart = [fuse(surprise[row : row + 1])[0] for row in range(len(surprise))]
    assert fuse(surprise).tolist() == apart
    assert fuse(np.asfortranarray(surprise)).tolist() == apart


@given(surprises, st.floats(0, 100))
def test_score_rises_with_every_detector(surprise: np.ndarray, more: float) -> None:
    louder = surprise.copy()
    louder[:, -1] += more
    assert (fuse(louder) >= fuse(surprise) - 1e-9).all()


def test_one_detector_is_not_changed() -> None:
    assert fuse(np.array([[3.0], [400.0]])).tolist() == [3.0, 400.0]


def test_far_beyond_what_floats_can_hold_scores_stay_finite() -> None:
    fused = fuse(np.array([[5_000.0, 2.0], [1.5e308, 1.5e308]]))
    assert fused == pytest.approx([2_501, 1.5e308])


@pytest.mark.parametrize("dependence", [0.0, 0.7, 1.0])
def test_fused_p_values_are_uniform_whatever_the_dependence(dependence: float) -> None:
    random = np.random.default_rng(1)

    def draw(n: int) -> dict[str, np.ndarray]:
        shared = random.normal(size=n)
        own = [random.normal(size=n) for _ in range(3)]
        mix = [dependence * shared + np.sqrt(1 - dependence**2) * o for o in own]
        return {"a": mix[0], "b": np.exp(2 * mix[1]), "c": mix[2] ** 3}

    p = []
    for _ in range(150):
        calibration, fused = fit_fused(draw(300))
        new = draw(200)
        surprise = np.column_stack([calibration[name].surprise(new[name]) for name in new])
        p.append(fused.p_values(fuse(surprise)))
    joined = np.concatenate(p)
    for level in (0.01, 0.05, 0.2, 0.5):
        assert (joined <= level).mean() == pytest.approx(level, rel=0.2, abs=0.003)


def test_captures_are_not_parted() -> None:
    novelty = {"a": np.concatenate([np.zeros(50), np.full(50, 9.0)])}
    _, fused = fit_fused(novelty, groups=np.repeat([3, 8], 50))
    # Judged by the other capture alone, the second one lies beyond all that is known.
    assert fused.scores[-1] > np.log10(51)
