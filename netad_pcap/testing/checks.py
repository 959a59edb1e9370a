"""The conformance suite: small named checks that every detector must pass.

They are the contract of `netad_pcap.detection.Detector`, executed; in the manner of
scikit-learn's estimator checks. Each is a function of a `Bench`, its first docstring line is
what it claims, and what it raises says what is wrong.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import (
    Detector,
    Needs,
    Scores,
    check_scores,
    move,
    parameters_of,
    resolve,
)
from netad_pcap.detection.contract import explanation
from netad_pcap.detection.weights import dump_arrays, load_arrays
from netad_pcap.errors import ModelError
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.testing.batches import cut_batch, take_rows
from netad_pcap.testing.bench import Bench, digest, require, same_scores
from netad_pcap.testing.synthetic import make_flows

__all__ = ["CheckFailed", "Failure", "check_detector", "detector_checks"]

#: Columns that say which flow it was: never model inputs (design decision 4).
_IDENTITY = frozenset(
    ("src_ip", "dst_ip", "src_port", "start_us", "end_us", "first_frame", "last_frame", "capture",
     "last_capture", "id_reversed", "open", "tag", "origin")
)  # fmt: skip


class CheckFailed(AssertionError):
    """A detector does not keep the contract; the message lists the failing checks."""


@dataclass(frozen=True)
class Failure:
    """A failing check: its name, and what is wrong."""

    name: str
    reason: str


def detector_checks(detector: type[Any], **parameters: Any) -> list[tuple[str, Callable[[], None]]]:
    """The checks of a detector, each with its name, to be called one by one.

    Args:
        detector: the class.
        **parameters: keywords for its constructor (fewer epochs make checks quick).
    """
    bench = Bench(detector, parameters)
    return [(check.__name__.removeprefix("_check_"), partial(check, bench)) for check in _CHECKS]


def check_detector(detector: type[Any], **parameters: Any) -> int:
    """Run every check of a detector.

    Returns:
        How many passed: all.

    Raises:
        CheckFailed: some did not; the message names each and says why.
    """
    passed, failures = 0, []
    for name, check in detector_checks(detector, **parameters):
        failure = failure_of(name, check)
        if failure is None:
            passed += 1
        else:
            failures.append(failure)
    if failures:
        lines = "\n".join(f"  {f.name}: {f.reason}" for f in failures)
        raise CheckFailed(f"{len(failures)} of {passed + len(failures)} checks failed\n{lines}")
    return passed


def failure_of(name: str, check: Callable[[], None]) -> Failure | None:
    """Run a check; what is wrong, or None."""
    try:
        check()
    # Whatever a plugin raises where it should not is its failure of this check.
    except Exception as problem:
        words = " ".join(str(problem).split())
        kind = "" if isinstance(problem, AssertionError) else f"{type(problem).__name__}: "
        return Failure(name, f"{kind}{words}")
    return None


def _check_members_and_name(bench: Bench) -> None:
    """It has the members of the contract, and a short name."""
    detector = bench.make()
    require(isinstance(detector, Detector), "a member of netad_pcap.detection.Detector is missing")
    name = detector.name
    plain = isinstance(name, str) and name.replace("_", "").replace("-", "").isalnum()
    require(plain and name.isascii(), f"name must be letters, digits, _ and -, not {name!r}")
    require(isinstance(detector.needs, Needs), "needs must be a netad_pcap.detection.Needs")


def _check_parameters_are_keywords(bench: Bench) -> None:
    """The constructor takes keywords only, seed among them, all of them JSON."""
    kinds = [p.kind for p in inspect.signature(bench.detector).parameters.values()]
    fixed = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    require(all(k in fixed for k in kinds), "the constructor must name all of its keywords")
    values = parameters_of(bench.detector, **bench.parameters)
    require("seed" in values, "the constructor must take the keyword seed")
    bench.detector(**values)


def _check_nothing_learned_at_construction(bench: Bench) -> None:
    """Construction learns nothing and draws nothing: two are alike, nothing ends in `_`."""
    first, second = vars(bench.make()), vars(bench.make())
    require(first.keys() == second.keys(), "two detectors made alike have different attributes")
    learned = [key for key in first if key.endswith("_")]
    require(not learned, f"the constructor sets {', '.join(learned)}; learning belongs into fit()")
    drawn = [
        key
        for key, value in first.items()
        if isinstance(value, np.ndarray) and not np.array_equal(value, second[key])
    ]
    require(not drawn, f"the constructor draws {', '.join(drawn)} at random")


def _check_needs_no_identity(bench: Bench) -> None:
    """It reads no addresses, clients' ports, times or frame numbers, and they change nothing."""
    named = sorted(_IDENTITY & {*bench.needs.columns, *bench.needs.context})
    require(not named, f"needs names identity columns: {', '.join(named)}")
    flows, other = bench.flows, make_flows(len(bench.flows), seed=99)
    kept = {k: v for k, v in flows.identity.items() if k in bench.needs.columns}
    masked = bench.replaced(flows, identity={**other.identity, **kept})
    same_scores(bench.score(masked), bench.scores, "with other addresses and times")


def _check_fit_returns_self(bench: Bench) -> None:
    """fit() returns the detector."""
    detector = bench.make()
    fitted = detector.fit(bench.flows, bench.families)
    require(fitted is detector, "fit() must return self")


def _check_fit_on_benign_alone(bench: Bench) -> None:
    """fit() without families works, or says that it needs families."""
    detector = bench.make()
    try:
        detector.fit(bench.benign, None)
    except (ModelError, ValueError) as problem:
        require("famil" in str(problem), f"fit() without families: {problem}")
        return
    check_scores(detector.score(bench.flows), len(bench.flows), detector.name)


def _check_same_seed_same_scores(bench: Bench) -> None:
    """Two fits on the same flows with the same seed give the same bits."""
    same_scores(bench.fit().score(bench.flows), bench.scores, "of a second fit")


def _check_weight_is_honoured(bench: Bench) -> None:
    """fit() learns something else when other flows weigh more."""
    n = len(bench.flows)
    first = np.where(np.arange(n) < n // 2, 1.0, 1e-3)
    learned = [
        bench.fit(bench.replaced(bench.flows, weight=weight)).to_arrays()
        for weight in (first, first[::-1].copy())
    ]
    require(digest(learned[0]) != digest(learned[1]), "flows.weight changes nothing")


def _check_scores_keep_the_contract(bench: Bench) -> None:
    """Scores are float64, finite, one a flow; probabilities sum to 1, families are known."""
    check_scores(bench.scores, len(bench.flows), bench.name)
    unknown = set(bench.scores.contributions) - {*bench.needs.columns, *bench.needs.context}
    require(not unknown, f"contributions of columns that needs does not name: {sorted(unknown)}")


def _check_explanations_keep_the_contract(bench: Bench) -> None:
    """`explain`, where there is one, says the same of a row whatever is asked beside it."""
    if not hasattr(bench.fitted, "explain"):
        return
    rows = np.array([1, 4, 7])
    names = (*bench.needs.columns, *bench.needs.context)
    usual = {name: float(np.nanmedian(bench.benign.column(name))) for name in names}
    together, alone = (
        explanation(bench.fitted, bench.flows, asked, usual) for asked in (rows, rows[1:2])
    )
    check_scores(Scores(np.zeros(len(rows)), contributions=together), len(rows), bench.name)
    unknown = set(together) - {*names}
    require(not unknown, f"it explains by columns that needs does not name: {sorted(unknown)}")
    for name, column in together.items():
        same = np.allclose(column[1], alone[name][0], rtol=1e-4, atol=1e-6)
        require(same, f"explain() says something else of {name!r} when asked for one row")


def _check_strange_flows_score_higher(bench: Bench) -> None:
    """Higher means more anomalous: flows far from the benign ones lie above their median."""
    benign = np.asarray(bench.families) == BENIGN
    novelty = bench.scores.novelty
    low, high = np.median(novelty[benign]), np.median(novelty[~benign])
    require(bool(high > low), f"median novelty of attack flows is {high:g}, of benign {low:g}")


def _check_batches_may_be_cut_anywhere(bench: Bench) -> None:
    """Scored in pieces of 1, 7 and 100 rows: the same bits as at once."""
    n = len(bench.flows)
    for size in (1, 7, 100):
        pieces = range(0, min(n, 12 * size), size)
        for begin in pieces:
            end = min(begin + size, n)
            scores = bench.score(cut_batch(bench.flows, begin, end))
            same_scores(scores, bench.scores, f"in pieces of {size}", slice(begin, end))


def _check_order_changes_nothing(bench: Bench) -> None:
    """Rows in another order, history moved along: the same bits for each flow."""
    order = np.random.default_rng(5).permutation(len(bench.flows))
    same_scores(bench.score(take_rows(bench.flows, order)), bench.scores, "in another order", order)


def _check_no_state_between_calls(bench: Bench) -> None:
    """Scoring other flows in between changes nothing."""
    bench.score(bench.strange)
    same_scores(bench.score(bench.flows), bench.scores, "after other flows")


def _check_carried_rows_get_no_scores(bench: Bench) -> None:
    """The first `carried` rows are only pointed at."""
    half = len(bench.flows) // 2
    batch = cut_batch(bench.flows, half, len(bench.flows))
    if batch.carried == 0:
        batch = take_rows(bench.flows, np.arange(len(bench.flows)), carried=half)
    check_scores(bench.score(batch), len(batch) - batch.carried, bench.name)


def _check_history_is_read(bench: Bench) -> None:
    """Who asks for a history follows `flows.history`, not the order of rows; others ignore it."""
    alone = np.full((len(bench.flows), max(bench.needs.history, 2)), -1, np.int32)
    alone[:, -1] = np.arange(len(bench.flows))
    scores = bench.score(bench.replaced(bench.flows, history=alone))
    if not bench.needs.history:  # the batch of a detector beside it has one
        same_scores(scores, bench.scores, "with a history that needs does not name")
        return
    require(
        not np.array_equal(scores.novelty, bench.scores.novelty),
        "needs.history is set, but flows.history changes nothing",
    )


def _check_nan_and_infinity(bench: Bench) -> None:
    """NaN and infinities in the columns, in fit() and in score(), give finite scores."""
    ugly = bench.ugly()
    check_scores(bench.score(ugly), len(ugly), bench.name)
    check_scores(bench.fit(ugly).score(ugly), len(ugly), bench.name)


def _check_huge_values(bench: Bench) -> None:
    """The largest numbers that columns can hold give finite scores."""
    huge = bench.mapped(lambda v: np.full_like(v, np.finfo(np.float64).max))
    check_scores(bench.score(huge), len(huge), bench.name)


def _check_empty_batch(bench: Bench) -> None:
    """No flow gives no scores, of the right shapes."""
    scores = bench.score(take_rows(bench.flows, np.arange(0)))
    check_scores(scores, 0, bench.name)
    require(scores.families == bench.scores.families, "families differ in an empty batch")


def _check_one_flow(bench: Bench) -> None:
    """One flow gives one score."""
    check_scores(bench.score(cut_batch(bench.flows, 0, 1)), 1, bench.name)


def _check_missing_column_is_named(bench: Bench) -> None:
    """A batch without a column that needs names is refused by that name."""
    for name in (*bench.needs.columns[:3], *bench.needs.context[:3]):
        try:
            bench.score(bench.without(name))
        except (KeyError, ValueError, ModelError) as problem:
            require(name in str(problem), f"the error for a missing {name!r} does not name it")
        else:
            require(False, f"flows without {name!r} were scored")


def _check_arrays_are_numbers(bench: Bench) -> None:
    """to_arrays() gives named numpy arrays of numbers, which safetensors can hold."""
    arrays = bench.fitted.to_arrays()
    require(isinstance(arrays, Mapping), "to_arrays() must give a mapping")
    for key, array in arrays.items():
        require(isinstance(key, str) and key != "", f"array name {key!r} is not text")
        require(isinstance(array, np.ndarray), f"{key} is {type(array).__name__}, not an array")
    dump_arrays(dict(arrays))


def _check_saved_and_loaded_scores_are_equal(bench: Bench) -> None:
    """from_arrays() on saved arrays and parameters gives the same bits."""
    saved = load_arrays(dump_arrays(dict(bench.fitted.to_arrays())), bench.name)
    parameters = parameters_of(bench.detector, **bench.parameters)
    loaded = bench.detector.from_arrays(saved, **parameters)
    same_scores(loaded.score(bench.flows), bench.scores, "of the loaded detector")
    require(
        digest(loaded.to_arrays()) == digest(bench.fitted.to_arrays()),
        "to_arrays() of the loaded detector differs",
    )


def _check_missing_array_is_refused(bench: Bench) -> None:
    """from_arrays() without one of the arrays raises ValueError."""
    arrays = dict(bench.fitted.to_arrays())
    parameters = parameters_of(bench.detector, **bench.parameters)
    for key in list(arrays)[:3]:
        rest = {k: v for k, v in arrays.items() if k != key}
        try:
            bench.detector.from_arrays(rest, **parameters)
        except (ValueError, ModelError):
            continue
        require(False, f"from_arrays() accepted arrays without {key!r}")


def _check_devices(bench: Bench) -> None:
    """Moving to the CPU changes no bit; on an accelerator scores agree within 1e-3."""
    if not callable(getattr(bench.detector, "to", None)):
        return
    detector = bench.fit()
    cpu, best = resolve("cpu"), resolve("auto")
    move(detector, cpu)
    same_scores(detector.score(bench.flows), bench.scores, "on the cpu")
    move(detector, best)
    there = detector.score(bench.flows).novelty
    close = np.allclose(there, bench.scores.novelty, rtol=1e-3, atol=1e-5)
    require(close, f"scores on {best.name} differ from those on the cpu")
    arrays = detector.to_arrays()
    move(detector, cpu)
    require(digest(arrays) == digest(bench.fitted.to_arrays()), "moving changes to_arrays()")
    same_scores(detector.score(bench.flows), bench.scores, "moved back to the cpu")


def _check_input_is_not_modified(bench: Bench) -> None:
    """fit() and score() leave the batch as it was."""
    flows = bench.fresh()
    before = _batch_digest(flows)
    families = bench.families.copy()
    detector = bench.make()
    detector.fit(flows, families)
    detector.score(flows)
    require(_batch_digest(flows) == before, "the batch was modified")
    require(bool((families == bench.families).all()), "the families were modified")


def _batch_digest(flows: FlowBatch) -> str:
    groups = (flows.features, flows.context, flows.connection, flows.identity)
    arrays = {f"{i}/{k}": v for i, group in enumerate(groups) for k, v in group.items()}
    optional: dict[str, NDArray[Any] | None] = {"w": flows.weight, "h": flows.history}
    return digest({**arrays, **{k: v for k, v in optional.items() if v is not None}})


_CHECKS: tuple[Callable[[Bench], None], ...] = (
    _check_members_and_name,
    _check_parameters_are_keywords,
    _check_nothing_learned_at_construction,
    _check_needs_no_identity,
    _check_fit_returns_self,
    _check_fit_on_benign_alone,
    _check_same_seed_same_scores,
    _check_weight_is_honoured,
    _check_scores_keep_the_contract,
    _check_explanations_keep_the_contract,
    _check_strange_flows_score_higher,
    _check_batches_may_be_cut_anywhere,
    _check_order_changes_nothing,
    _check_no_state_between_calls,
    _check_carried_rows_get_no_scores,
    _check_history_is_read,
    _check_nan_and_infinity,
    _check_huge_values,
    _check_empty_batch,
    _check_one_flow,
    _check_missing_column_is_named,
    _check_arrays_are_numbers,
    _check_saved_and_loaded_scores_are_equal,
    _check_missing_array_is_refused,
    _check_devices,
    _check_input_is_not_modified,
)
