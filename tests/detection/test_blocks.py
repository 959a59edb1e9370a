"""Blocks of one shape: batch size changes no bit."""

import numpy as np
import pytest

from netad_pcap.detection import padded_width, score_in_blocks


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 100])
def test_every_block_has_the_same_shape(n: int) -> None:
    shapes = []

    def double(block: np.ndarray) -> np.ndarray:
        shapes.append(block.shape)
        return np.asarray(block.sum(axis=1) * 2)

    matrix = np.arange(n * 3.0).reshape(n, 3)
    result = score_in_blocks(double, matrix, 32)
    assert result.tolist() == (matrix.sum(axis=1) * 2).tolist()
    assert set(shapes) == {(32, 3)}
    assert len(shapes) == max(1, -(-n // 32))


def test_no_row_keeps_the_shape_of_the_result() -> None:
    assert score_in_blocks(lambda b: b[:, :2], np.empty((0, 4, 5)), 8).shape == (0, 2, 5)


def test_function_that_loses_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="a block of 8 rows gave 7"):
        score_in_blocks(lambda b: b[1:], np.zeros((3, 2)), 8)


@pytest.mark.parametrize(("width", "padded"), [(0, 0), (1, 16), (16, 16), (17, 32), (77, 80)])
def test_padded_width(width: int, padded: int) -> None:
    assert padded_width(width) == padded


def test_torch_gives_each_row_the_same_bits_wherever_it_stands() -> None:
    torch = pytest.importorskip("torch")
    weight = torch.from_numpy(np.random.default_rng(0).normal(size=(9, 80)).astype("f4"))
    rows = np.random.default_rng(1).normal(size=(1_000, 80)).astype("f4")

    def layer(block: np.ndarray) -> np.ndarray:
        result: np.ndarray = (torch.from_numpy(block) @ weight.T).numpy()
        return result

    whole = score_in_blocks(layer, rows, 256)
    for cut in (1, 3, 255, 256, 700):
        pieces = [score_in_blocks(layer, part, 256) for part in (rows[:cut], rows[cut:])]
        assert np.array_equal(np.concatenate(pieces), whole)
