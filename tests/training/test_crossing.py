"""Fitted to all, calibrated by those that never saw what calibrates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from netad_pcap.training.crossing import crossed
from netad_pcap.training.fitting import Learned, Witness
from netad_pcap.training.labelled import LabelledCapture
from tests.training.captures import network

FOLDS = [("source/0", "source/1"), ("source/2", "source/3"), ("source/4", "source/5")]
CAPTURES = [c for c in network() if any(c.source in fold for fold in FOLDS)]

#: A bundle's stand-in: what was fitted to, and who calibrated by whom.
Made = tuple[frozenset[str], list[tuple[frozenset[str], frozenset[str]]]]


def _sources(captures: Sequence[LabelledCapture]) -> frozenset[str]:
    return frozenset(capture.source for capture in captures)


def _crossed() -> tuple[Made, list[tuple[Made, frozenset[str]]], int]:
    fits: list[frozenset[str]] = []

    def learning(some: Sequence[LabelledCapture]) -> tuple[Learned, ...]:
        fits.append(_sources(some))
        return (Learned("behaviour", {}, fits[-1]),)

    def bundling(
        learned: Sequence[Learned],
        fitted_to: Sequence[LabelledCapture],
        witnesses: Sequence[Witness],
    ) -> Made:
        assert learned[0].detector == _sources(fitted_to)
        return _sources(fitted_to), [(_sources(w.captures), w.learned[0].detector)
                                     for w in witnesses]  # fmt: skip

    bundle, turns = crossed(CAPTURES, FOLDS, learning, bundling)  # type: ignore[arg-type]
    made = cast("Made", bundle)
    return made, [(cast("Made", t.bundle), _sources(t.left_out)) for t in turns], len(fits)


def test_the_bundle_is_fitted_to_all_and_calibrated_by_fits_without_what_calibrates() -> None:
    (fitted, witnesses), _, fits = _crossed()
    assert fitted == _sources(CAPTURES)
    assert [captures for captures, _ in witnesses] == [frozenset(fold) for fold in FOLDS]
    assert all(by == fitted - captures for captures, by in witnesses)
    assert fits == 1 + 3 + 3


def test_a_turn_knows_nothing_of_the_fold_that_it_leaves_out() -> None:
    _, turns, _ = _crossed()
    assert [left_out for _, left_out in turns] == [frozenset(fold) for fold in FOLDS]
    for (fitted, witnesses), left_out in turns:
        assert fitted == _sources(CAPTURES) - left_out
        assert frozenset().union(*(captures for captures, _ in witnesses)) == fitted
        assert all(by == fitted - captures for captures, by in witnesses)
