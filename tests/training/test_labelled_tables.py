from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch
from netad_pcap.testing import cut_batch, make_flows
from netad_pcap.training.history_rows import rows_with_past
from netad_pcap.training.labelled import LabelledCapture
from netad_pcap.training.labelled_tables import (
    Sample,
    label_tables,
    open_tables,
    profile_of_tables,
)
from netad_pcap.training.table_labels import UNLABELLED
from netad_pcap.training.truth import Rule, Truth
from tests.training.tables import BARE, write_table

COLUMNS = ("Tot Fwd Pkts",)


def _labelled(
    paths: list[Path], truth: Truth | None = None, **given: Any
) -> tuple[list[LabelledCapture], list[str]]:
    left_out: list[str] = []
    asked = {"history": 0, "columns": COLUMNS, "most_rows": 100, "seed": 0, **given}
    tables = open_tables([str(path) for path in paths])
    found = list(label_tables(tables, truth, unlabelled=left_out.append, **asked))
    return found, [Path(name).name for name in left_out]


def test_a_table_is_a_capture_and_a_source(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.csv", ["Benign", "DDoS", "No Label"])
    (found,), left_out = _labelled([path])
    assert list(found.families) == ["benign", "ddos"]
    assert (found.source, left_out) == (str(path), [])
    assert list(found.flows.features) == list(COLUMNS)


def test_where_nobody_labelled_anything_all_are_unlabelled(tmp_path: Path) -> None:
    (found,), _ = _labelled([write_table(tmp_path / "t.csv", ["NeedManualLabel"] * 3)])
    assert set(found.families) == {UNLABELLED}


def test_a_truth_file_names_tables_and_their_sources(tmp_path: Path) -> None:
    paths = [write_table(tmp_path / name, ["DDoS"] * 3) for name in ("a.csv", "b.csv")]
    truth = Truth((Rule(capture="a.csv", family="scan", source="lab"),))
    (found,), left_out = _labelled(paths, truth)
    assert (set(found.families), found.source, left_out) == ({"scan"}, "lab", ["b.csv"])


def test_histories_are_of_the_whole_table(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.csv", ["Benign"] * 200)
    (whole,), _ = _labelled([path], history=4, most_rows=1_000)
    (some,), _ = _labelled([path], history=4, most_rows=20)
    assert len(some.families) == 20

    def lines(found: LabelledCapture) -> list[list[float]]:
        column, history = found.flows.column("Tot Fwd Pkts"), found.flows.history
        assert history is not None
        return [[column[i] for i in line if i >= 0] for line in history[found.flows.carried :]]

    assert all(line in lines(whole) for line in lines(some))


def test_context_is_of_the_whole_table(tmp_path: Path) -> None:
    """Drawing some rows, and cutting what is attached to histories, changes no row's context."""
    path = write_table(tmp_path / "t.csv", ["Benign"] * 200)
    asked = ("source_flows_1h", "pair_open")
    (whole,), _ = _labelled([path], context=asked, most_rows=1_000)
    (some,), _ = _labelled([path], context=asked, history=3, most_rows=20)
    assert whole.flows.context["source_flows_1h"].max() > 15
    own = some.flows.take(slice(some.flows.carried, None))
    known = zip(whole.flows.identity["start_us"].tolist(), *_columns(whole.flows), strict=True)
    drawn = list(zip(own.identity["start_us"].tolist(), *_columns(own), strict=True))
    assert len(drawn) == 20
    assert set(drawn) <= set(known)


def _columns(flows: FlowBatch) -> list[list[float]]:
    return [flows.context[name].tolist() for name in ("source_flows_1h", "pair_open")]


def test_context_that_cannot_be_made_is_absent(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.csv", ["Benign"] * 20, without=BARE)
    (found,), _ = _labelled([path], context=("pair_open",))
    assert not found.flows.context


def test_profiles_are_not_mixed(tmp_path: Path) -> None:
    one = write_table(tmp_path / "a.csv", ["Benign"] * 3)
    other = write_table(tmp_path / "b.csv", ["Benign"] * 3, profile="cic-2018", without=BARE)
    assert profile_of_tables(open_tables([str(other)])) == "cic-2018"
    with pytest.raises(UsageError, match=r"a\.csv holds flows of cic-fixed, .*b\.csv of cic-2018"):
        profile_of_tables(open_tables([str(one), str(other)]))


def _drawn(cuts: tuple[int, ...], most: int = 30, n: int = 600) -> list[tuple[float, str]]:
    """A sample of a stream cut there: a column's numbers and the classes."""
    flows = make_flows(n, seed=3, history=3)
    families = np.array(["benign", "scan", "", "scan"] * (n // 4), object)
    sample = Sample(most, seed=9)
    for begin, end in zip((0, *cuts), (*cuts, n), strict=True):
        sample.add(cut_batch(flows, begin, end), families[begin:end])
    kept = sample.kept()
    assert kept is not None
    rows = rows_with_past(kept[0], np.arange(len(kept[1])))
    column = rows.column("Flow Duration")[rows.carried :]
    return list(zip(column.tolist(), kept[1].tolist(), strict=True))


def test_a_sample_holds_so_many_of_each_class_in_order() -> None:
    drawn = _drawn(())
    assert [family for _, family in drawn].count("scan") == 30
    assert [family for _, family in drawn].count("benign") == 30
    order = make_flows(600, seed=3).column("Flow Duration").tolist()
    places = [order.index(value) for value, _ in drawn]
    assert places == sorted(places)


@pytest.mark.parametrize("cuts", [(1, 2, 3), (300,), tuple(range(7, 600, 7))])
def test_a_stream_cut_anywhere_gives_the_same_sample(cuts: tuple[int, ...]) -> None:
    assert _drawn(cuts) == _drawn(())


def test_all_are_kept_where_there_are_few() -> None:
    assert len(_drawn((100,), most=1_000)) == 450  # 150 are taken out


def test_each_flow_is_as_likely_to_be_kept() -> None:
    kept = np.zeros(100)
    flows = make_flows(100)
    for seed in range(400):
        sample = Sample(10, seed)
        sample.add(flows, np.full(100, "benign", object))
        got = sample.kept()
        assert got is not None
        kept += np.isin(flows.column("Flow Duration"), got[0].column("Flow Duration"))
    assert abs(kept / 400 - 0.1).max() < 0.07


def test_a_class_that_is_dropped_is_gone() -> None:
    sample = Sample(10, 0)
    sample.add(make_flows(4), np.array(["benign", UNLABELLED] * 2, object))
    sample.drop(UNLABELLED)
    got = sample.kept()
    assert got is not None
    assert list(got[1]) == ["benign"] * 2
