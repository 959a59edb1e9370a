"""Coverage that is reached on held-out benign flows, judged by calibrations without them."""

from __future__ import annotations

import numpy as np
import pytest

from netad_pcap.training.coverage import achieved_coverage, coverage_lines, percent_text


def _coverage(shift: float, blocks: int = 4) -> dict[str, object]:
    """Blocks of captures; the last is `shift` higher than the others."""
    random = np.random.default_rng(0)
    capture = np.repeat(np.arange(blocks), 500)
    score = random.normal(size=len(capture)) + shift * (capture == blocks - 1)
    source = np.full(len(capture), "a", object)
    return achieved_coverage({"d": score}, np.ones(len(score)), source, capture)


def test_like_captures_reach_their_budget() -> None:
    told = _coverage(0.0)
    assert (told["blocks"], told["of"], told["flows"]) == (4, "captures", 2_000.0)
    reached = told["reached"]
    assert isinstance(reached, dict)
    assert list(reached) == ["0.001", "0.01", "0.05"]
    for budget, shares in reached.items():
        assert abs(shares["share"] - float(budget)) < 0.01


def test_a_capture_unlike_the_others_shows() -> None:
    reached = _coverage(3.0)["reached"]
    assert isinstance(reached, dict)
    assert reached["0.01"]["highest"] > 0.5
    assert reached["0.01"]["lowest"] < 0.01


def test_one_capture_is_cut_in_time_and_sees_a_drift() -> None:
    scores = np.concatenate([np.zeros(800) + np.arange(800) * 1e-6, np.full(200, 5.0)])
    one = np.zeros(1_000, np.int64)
    told = achieved_coverage({"d": scores}, np.ones(1_000), one.astype(object), one)
    assert told["of"] == "fifths of the time"
    assert told["reached"]["0.05"]["highest"] == 1.0


def test_budgets_that_the_flows_do_not_resolve_are_not_stated() -> None:
    capture = np.repeat([0, 1], 30)
    told = achieved_coverage({"d": np.arange(60.0)}, np.ones(60), capture.astype(object), capture)
    assert list(told["reached"]) == ["0.05"]
    assert len(list(coverage_lines({"coverage": told}))) == 1
    assert list(coverage_lines({})) == []


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0%"), (0.00271, "0.27%"), (0.051, "5.1%"), (0.999, "100%")]
)
def test_a_share_is_told_as_people_read_it(share: float, text: str) -> None:
    assert percent_text(share) == text
