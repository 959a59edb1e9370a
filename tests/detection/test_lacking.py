"""Tables that lack what a detector reads: who is left out, and what the others then promise."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netad_pcap.detection import Needs, Scorer, Scores, fit_baseline
from netad_pcap.detection.lacking import lacking, left_out
from netad_pcap.errors import ModelError
from netad_pcap.flows import FlowBatch
from netad_pcap.testing import make_flows
from tests.detection.conftest import Install
from tests.detection.examples import COLUMNS, SizeDetector, bundle, fitted

HISTORY = 3


class PastDetector(SizeDetector):
    """As `size`, and reads the last three flows of the source."""

    name = "past"
    needs = Needs(columns=COLUMNS, history=HISTORY)


class NarrowDetector(SizeDetector):
    """Reads one column."""

    name = "narrow"
    needs = Needs(columns=COLUMNS[:1])

    def score(self, flows: FlowBatch) -> Scores:
        return Scores(novelty=flows.column(COLUMNS[0])[flows.carried :].astype(np.float64))


KINDS = {"size": SizeDetector, "past": PastDetector, "narrow": NarrowDetector}


def _made(names: tuple[str, ...], n: int = 400) -> Any:
    """A bundle of some of the detectors, with one baseline for all of them."""
    flows = make_flows(n, 1, history=HISTORY)
    entry = bundle().detectors[0]
    kinds = {name: KINDS[name].from_arrays(fitted().to_arrays()) for name in names}
    novelty = {name: kind.score(flows).novelty for name, kind in kinds.items()}
    return bundle(
        detectors=tuple(replace(entry, name=name, detector=name) for name in names),
        baselines=(fit_baseline("office", flows, novelty, COLUMNS),),
    )


@pytest.fixture
def detectors(install: Install, size_detector: list[str]) -> None:
    for name, kind in KINDS.items():
        if name != "size":
            install(name, f"tests.detection.test_lacking:{kind.__name__}", f"netad-{name}")


def _table(n: int = 2_000, *, seed: int = 5, without: tuple[str, ...] = ("src_ip",)) -> FlowBatch:
    flows = make_flows(n, seed)
    return replace(
        flows,
        identity={k: v for k, v in flows.identity.items() if k not in without},
        features={k: v for k, v in flows.features.items() if k not in without},
    )


def test_who_reads_what_is_missing_is_named(detectors: None) -> None:
    table = _table(60, without=("src_ip", "start_us", "end_us", "Tot Fwd Pkts"))
    assert lacking(PastDetector.needs, table) == (
        "reads the last 3 flows of each source host; the table has no Src IP and no Timestamp"
    )
    assert lacking(SizeDetector.needs, table) == (
        "reads columns that the table lacks: Tot Fwd Pkts"
    )
    assert lacking(NarrowDetector.needs, table) == ""


def test_a_reason_is_said_once_for_all_detectors() -> None:
    reasons = {"lstm": "reads hosts", "size": "", "mlp": "reads hosts", "past": "reads history"}
    assert left_out(reasons) == ("lstm, mlp (each reads hosts)", "past (reads history)")
    assert left_out({"size": ""}) == ()


@pytest.mark.parametrize(
    ("profile", "without", "named"),
    [
        ("cic-fixed", ("src_ip", "Bwd RST Flags"), "Src IP and no Bwd RST Flags"),
        ("cic-fixed", ("end_us",), "Flow Duration"),
        ("cic-v4", ("RST Flag Cnt",), "RST Flag Cnt"),
        ("cic-2018", ("PSH Flag Cnt",), "PSH Flag Cnt"),  # there it tells of SYNs
    ],
)
def test_what_context_is_made_from_is_named_as_the_profile_has_it(
    profile: str, without: tuple[str, ...], named: str
) -> None:
    needs = Needs(context=("pair_flows_60s",))
    whole = replace(make_flows(60, profile=profile), connection={})
    assert lacking(needs, whole) == ""
    table = replace(
        whole,
        identity={k: v for k, v in whole.identity.items() if k not in without},
        features={k: v for k, v in whole.features.items() if k not in without},
    )
    assert lacking(needs, table) == (f"reads what hosts did lately; the table has no {named}")


def test_context_that_is_there_need_not_be_made() -> None:
    needs = Needs(context=("pair_flows_60s",))
    table = replace(_table(60), connection={})
    assert lacking(needs, table) != ""
    attached = replace(table, context={"pair_flows_60s": np.ones(60)})
    assert lacking(needs, attached) == ""
    assert lacking(needs, make_flows(3)) == ""


def test_a_clock_without_half_of_the_day_gives_no_time(detectors: None) -> None:
    table = replace(
        _table(60, without=("start_us", "end_us")),
        text={"timestamp": np.full(60, "02/03/2018 08:47:38", object)},
    )
    assert "the table has no am or pm in Timestamp" in lacking(PastDetector.needs, table)


def test_one_detector_left_speaks_by_its_own_calibration(detectors: None) -> None:
    made = _made(("size", "past"))
    scorer, left_out = Scorer([made], "cpu").able(_table())
    assert scorer.detectors == ("size",)
    assert [reason.split()[0] for reason in left_out] == ["past"]
    assert scorer.needs.history == 0
    scored = scorer.score(_table())
    own = made.baselines[0].calibration["size"]
    assert np.array_equal(scored.p_value, own.p_values(scored.novelty[:, 0]))
    assert np.array_equal(scored.score, own.surprise(scored.novelty[:, 0]))


def test_several_left_share_the_budget(detectors: None) -> None:
    made = _made(("size", "past", "narrow"))
    scorer, _ = Scorer([made], "cpu").able(_table())
    scored = scorer.score(_table())
    apart = [
        made.baselines[0].calibration[name].p_values(scored.novelty[:, column])
        for column, name in enumerate(("size", "narrow"))
    ]
    assert np.array_equal(scored.p_value, np.minimum(1, 2 * np.minimum(*apart)))


@pytest.mark.parametrize("names", [("size", "past"), ("size", "past", "narrow")])
def test_harmless_flows_keep_the_budget_with_fewer_detectors(
    detectors: None, names: tuple[str, ...]
) -> None:
    table = _table(4_000, seed=30)
    scorer, _ = Scorer([_made(names, 2_000)], "cpu", fpr=0.05).able(table)
    assert (scorer.score(table).verdict > 0).mean() < 0.065


def test_budget_that_the_others_cannot_resolve_apart(detectors: None) -> None:
    made = _made(("size", "past", "narrow"), n=150)
    whole = Scorer([made], "cpu", fpr=0.01)  # 150 flows are enough for all together
    with pytest.raises(ModelError, match="shared by 2 calibrations needs at least 199"):
        whole.able(_table())


def test_bundle_of_which_nobody_is_left_is_not_asked(detectors: None) -> None:
    scorer, _ = Scorer([replace(_made(("past",)), name="gone"), _made(("size",))], "cpu").able(
        _table()
    )
    assert [b.name for b in scorer.bundles] == ["example"]
    assert len(scorer.choose(_table())) == 1
    assert scorer.score(_table()).detectors == ("size",)


def test_nobody_left_is_an_error_that_names_all(detectors: None) -> None:
    table = _table(without=("src_ip", "Flow Duration"))
    with pytest.raises(ModelError, match=r"no detector .* size \(.*Flow Duration\); past \("):
        Scorer([_made(("size", "past"))], "cpu").able(table)


def test_nothing_missing_changes_nothing(detectors: None) -> None:
    scorer = Scorer([_made(("size", "past"))], "cpu")
    assert scorer.able(make_flows(60)) == (scorer, ())
