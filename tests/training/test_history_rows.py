from __future__ import annotations

import numpy as np

from netad_pcap.training.history_rows import join_batches, pieces_apart, rows_with_past
from tests.training.captures import capture


def _lines(flows: object) -> list[list[float]]:
    """What each history says, in numbers of a column."""
    history, column = flows.history, flows.column("Flow Duration")  # type: ignore[attr-defined]
    return [[column[i] for i in line if i >= 0] for line in history[flows.carried :]]  # type: ignore[attr-defined]


def test_taken_rows_keep_what_they_point_at_also_twice() -> None:
    flows = capture("a", "s", history=3).flows
    rows = np.array([5, 6, 40, 59])
    once = rows_with_past(flows, rows)
    assert _lines(once) == [_lines(flows)[row] for row in rows]
    assert _lines(rows_with_past(once, np.array([1, 3]))) == [_lines(flows)[row] for row in (6, 59)]


def test_joined_batches_point_at_their_own_rows() -> None:
    parts = [capture(name, "s", history=3).flows for name in "ab"]
    cut = [rows_with_past(part, np.arange(30, 60)) for part in parts]
    assert _lines(join_batches(cut)) == [line for part in cut for line in _lines(part)]


def test_without_history_rows_are_rows() -> None:
    flows = capture("a", "s").flows
    joined = join_batches(
        [rows_with_past(flows, np.array([1])), rows_with_past(flows, np.array([2]))]
    )
    np.testing.assert_array_equal(
        joined.column("Flow Duration"), flows.column("Flow Duration")[[1, 2]]
    )


def test_windows_of_pieces_share_no_flow() -> None:
    """By a column that tells every flow from the others: drawn rows, with others carried."""
    whole = capture("a", "s", history=5).flows
    drawn = np.sort(np.random.default_rng(0).permutation(60)[:40])
    flows = rows_with_past(whole, drawn)
    assert flows.carried > 0
    assert len(np.unique(flows.column("Flow Duration"))) == len(flows)
    random = np.random.default_rng(1).integers(3, size=40)
    for pieces in (
        [np.arange(25), np.arange(25, 40)],
        [np.flatnonzero(random == n) for n in (0, 1, 2)],
    ):
        parts = pieces_apart(flows, pieces)
        said = [{value for line in _lines(part) for value in line} for part in parts]
        for number, mine in enumerate(said):
            assert all(not mine & other for other in said[:number])
        for part, rows in zip(parts, pieces, strict=True):
            own = part.column("Flow Duration")[part.carried :]
            np.testing.assert_array_equal(own, flows.column("Flow Duration")[flows.carried + rows])
            assert [line[-1] for line in _lines(part)] == own.tolist()
    # Within a piece windows go on: this is no loss of all history.
    assert max(map(len, _lines(pieces_apart(flows, [np.arange(25), np.arange(25, 40)])[1]))) > 1


def test_pieces_without_history_are_rows() -> None:
    flows = capture("a", "s").flows
    first, second = pieces_apart(flows, [np.arange(10), np.arange(10, 60)])
    assert (len(first), len(second)) == (10, 50)
