"""Several detectors' p-values become one score, and that a p-value again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netad_pcap.detection import fit_fused, fuse
from netad_pcap.detection.calibration import fit_calibration
from netad_pcap.detection.fusion import unite

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


def test_one_that_is_heard_alone_is_neither_diluted_nor_dilutes() -> None:
    surprise = np.array([[1.0, 3.0, 0.0], [1.0, 3.0, 2.5], [1.0, 3.0, 4.0]])
    alone = [False, False, True]
    assert fuse(surprise, alone).tolist() == [2.0, 2.0, 3.0]  # a decade below what it says
    assert fuse(surprise[:, 2:], [True]).tolist() == [0.0, 2.5, 4.0]  # nobody is beside it


@given(surprises, st.lists(st.booleans(), min_size=4, max_size=4))
def test_rows_are_fused_each_for_itself_with_some_alone(
    surprise: np.ndarray, alone: list[bool]
) -> None:
    alone = alone[: surprise.shape[1]]
    apart = [fuse(surprise[row : row + 1], alone)[0] for row in range(len(surprise))]
    assert fuse(surprise, alone).tolist() == apart


def test_its_calibration_hears_it_as_scores_do() -> None:
    """Benign flows of which few speak: p-values of such flows are uniform all the same."""
    random = np.random.default_rng(3)
    n = 4_000
    speaks = random.random(n) < 0.05
    novelty = {
        "a": random.normal(size=n),
        "few": np.where(speaks, random.exponential(size=n), 0.0),
    }
    whole, fused = fit_fused(novelty, alone={"few"})
    surprise = np.column_stack([whole[name].surprise(scores) for name, scores in novelty.items()])
    p = fused.p_values(fuse(surprise, [False, True]))
    for level in (0.01, 0.05, 0.2):
        assert np.mean(p <= level) == pytest.approx(level, abs=0.01)


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


@given(
    st.integers(0, 10_000),
    st.lists(st.sampled_from([1, 5, 60, 61, 2_000]), min_size=1, max_size=4),
)
def test_the_order_by_score_of_several_never_contradicts_the_p_value(
    seed: int, sizes: list[int]
) -> None:
    random = np.random.default_rng(seed)
    # Some lie within all calibrations, some far beyond one of them or all.
    parts = [
        (
            fit_calibration(random.normal(size=n)),
            random.choice([0.5, 3.0]) * random.normal(size=300),
        )
        for n in sizes
    ]
    score, p_value = unite(parts)
    order = np.lexsort((p_value, score))
    assert (np.diff(p_value[order]) <= 0).all()
    assert ((p_value > 0) & (p_value <= 1)).all()
    apart = np.min([calibration.p_values(scores) for calibration, scores in parts], axis=0)
    assert np.array_equal(p_value, np.minimum(1.0, len(parts) * apart))


def test_beyond_the_finest_calibration_flows_of_several_do_not_tie() -> None:
    coarse, fine = (fit_calibration(np.arange(float(n))) for n in (50, 400))
    score, p_value = unite([(coarse, np.array([60.0, 90.0, 0.0, 0.0])),
                            (fine, np.array([0.0, 0.0, 500.0, 900.0]))])  # fmt: skip
    assert score[:2] == pytest.approx(np.log10([51, 51]))
    assert np.log10(401) < score[2] < score[3]
    assert p_value == pytest.approx([2 / 51, 2 / 51, 2 / 401, 2 / 401])


@pytest.mark.parametrize("sizes", [(300, 300), (120, 1_000), (60, 200, 2_000)])
@pytest.mark.parametrize("dependence", [0.0, 1.0])
def test_p_values_of_several_keep_what_they_promise(
    sizes: tuple[int, ...], dependence: float
) -> None:
    random = np.random.default_rng(2)
    p = []
    for _ in range(300):
        calibrations = [fit_calibration(random.normal(size=n)) for n in sizes]
        shared = random.normal(size=100)
        own = np.sqrt(1 - dependence**2) * random.normal(size=(len(sizes), 100))
        scores = dependence * shared + own
        p.append(unite(list(zip(calibrations, scores, strict=True)))[1])
    joined = np.concatenate(p)
    for level in (0.02, 0.05, 0.2, 0.5):
        assert (joined <= level).mean() <= 1.1 * level


@pytest.mark.parametrize("models", range(1, 12))
def test_as_many_flows_as_the_budget_needs_are_enough_for_several(models: int) -> None:
    flows = 100 * models - 1
    calibration = fit_calibration(np.arange(float(flows)))
    calibration.require(0.01, "office", among=models)
    _, p_value = unite([(calibration, np.array([1e6]))] * models)
    assert p_value[0] <= 0.01
