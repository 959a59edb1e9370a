"""Rows of tables with context: which tables have it, and what a table of several captures is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from netad_pcap.capture.tables import FlowTable, open_flow_table
from netad_pcap.context.tables import rows_with_context
from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.meter import meter
from netad_pcap.report import open_flow_table as new_table
from netad_pcap.schema import CONTEXT

COLUMNS = tuple(CONTEXT)


def _table(path: Path, captures: Sequence[Path], profile: str = "cic-fixed") -> FlowTable:
    with new_table(path, profile) as table:
        for batch in meter(captures, profile=profile, meter="native"):
            table.write(batch)
    return open_flow_table(path)


def _rows(table: FlowTable) -> FlowBatch:
    return concatenate(rows_with_context(table, COLUMNS))


def test_rows_stand_as_they_stood(samples: Path, tmp_path: Path) -> None:
    table = _table(tmp_path / "t.csv", [samples / "web_attack.pcap"])
    plain = concatenate(table.batches())
    rows = _rows(table)
    assert list(rows.context) == list(COLUMNS)
    assert list(rows.features) == list(plain.features)
    assert list(rows.identity) == list(plain.identity)
    np.testing.assert_array_equal(rows.identity["start_us"], plain.identity["start_us"])


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_shuffled_rows_keep_their_context(samples: Path, tmp_path: Path, suffix: str) -> None:
    table = _table(tmp_path / "t.csv", [samples / "port_scan.pcap"])
    expected = _rows(table)
    order = np.random.default_rng(5).permutation(len(expected))
    frame = pl.read_csv(tmp_path / "t.csv", infer_schema=False)[order.tolist()]
    path = tmp_path / f"shuffled.{suffix}"
    if suffix == "csv":
        frame.write_csv(path)
    else:
        frame.write_parquet(path)
    found = _rows(open_flow_table(path))
    for name in COLUMNS:
        np.testing.assert_allclose(
            found.context[name], expected.context[name][order], rtol=1e-5, atol=1e-4, err_msg=name
        )


@pytest.mark.parametrize(
    ("profile", "without"),
    [
        ("cic-fixed", ["Src IP", "Flow ID"]),
        ("cic-fixed", ["Bwd RST Flags"]),
        ("cic-fixed", ["Timestamp"]),
        ("cic-v4", ["RST Flag Count"]),
    ],
)
def test_tables_that_lack_something_stay_without(
    samples: Path, tmp_path: Path, profile: str, without: list[str]
) -> None:
    _table(tmp_path / "t.csv", [samples / "web_attack.pcap"], profile)
    path = tmp_path / "less.csv"
    pl.read_csv(tmp_path / "t.csv", infer_schema=False).drop(without).write_csv(path)
    rows = _rows(open_flow_table(path, allow_missing=True))
    assert len(rows) > 0
    assert not rows.context


def test_clock_without_half_of_the_day_gives_no_context(samples: Path, tmp_path: Path) -> None:
    assert not _rows(_table(tmp_path / "t.csv", [samples / "web_attack.pcap"], "cic-2018")).context


def test_captures_apart_know_nothing_of_each_other(samples: Path, tmp_path: Path) -> None:
    """The same capture under another name, at the same time: another network."""
    copy = tmp_path / "copy.pcap"
    copy.write_bytes((samples / "port_scan.pcap").read_bytes())
    both = _rows(_table(tmp_path / "two.csv", [samples / "port_scan.pcap", copy]))
    one = _rows(_table(tmp_path / "one.csv", [samples / "port_scan.pcap"]))
    assert len(both) == 2 * len(one)
    for name in COLUMNS:
        np.testing.assert_array_equal(both.context[name], np.tile(one.context[name], 2))


def test_captures_that_the_meter_joins_are_one(samples: Path, tmp_path: Path) -> None:
    """A capture cut in two files has the context of the whole."""
    whole = samples / "port_scan.pcap"
    data = whole.read_bytes()
    place, places = 24, []
    while place < len(data):
        places.append(place)
        place += 16 + int.from_bytes(data[place + 8 : place + 12], "little")
    cut = places[len(places) // 2]
    first, second = tmp_path / "a.pcap", tmp_path / "b.pcap"
    first.write_bytes(data[:cut])
    second.write_bytes(data[:24] + data[cut:])
    one = _rows(_table(tmp_path / "one.csv", [whole]))
    two = _rows(_table(tmp_path / "two.csv", [first, second]))
    assert len(set(two.identity["capture"].tolist())) == 2
    for name in COLUMNS:
        np.testing.assert_allclose(two.context[name], one.context[name], rtol=1e-5, atol=1e-4)


def test_lengths_that_cannot_be_do_no_harm(samples: Path, tmp_path: Path) -> None:
    _table(tmp_path / "t.csv", [samples / "web_attack.pcap"])
    frame = pl.read_csv(tmp_path / "t.csv", infer_schema=False)
    cells = ["-5", "Infinity", "NaN", "1.0E308"]
    path = tmp_path / "hostile.csv"
    frame.with_columns(
        pl.Series("Total Length of Fwd Packet", cells + ["7.0"] * (len(frame) - len(cells)))
    ).write_csv(path)
    rows = _rows(open_flow_table(path))
    assert all(np.isfinite(rows.context[name]).all() for name in COLUMNS)


@pytest.mark.parametrize(
    "changed",
    [
        lambda lines: [*lines, lines[-1]],
        lambda lines: lines[:-1],
        lambda lines: [lines[0], *lines[:0:-1]],
    ],
    ids=["grows", "shrinks", "is put in another order"],
)
def test_a_table_that_changes_while_it_is_read_is_refused(
    changed: Callable[[list[str]], list[str]], samples: Path, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    table = _table(path, [samples / "web_attack.pcap"])

    def changes() -> bool:
        path.write_text("\n".join(changed(path.read_text().splitlines())) + "\n")
        return False

    with pytest.raises(UsageError, match="changed while it was read"):
        list(rows_with_context(table, COLUMNS, changes))


def test_rows_that_were_not_read_when_it_was_stopped_are_left_out(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netad_pcap.capture.table_files._BLOCK_BYTES", 1 << 16)
    table = _table(tmp_path / "t.csv", [samples / "port_scan.pcap"])
    blocks = list(table.batches())
    read: list[FlowBatch] = []
    batches = FlowTable.batches

    def remembered(self: FlowTable, only: Collection[str] | None = None) -> Iterator[FlowBatch]:
        for batch in batches(self, only):
            if only is None:
                read.append(batch)
            yield batch

    monkeypatch.setattr(FlowTable, "batches", remembered)
    rows = concatenate(rows_with_context(table, COLUMNS, lambda: True))
    # Fewer columns are read first, in the same blocks of the file.
    assert len(rows) == len(blocks[0])
    # One further block shows that nothing is left; the rest of a large table is not waited for.
    assert len(read) == 2 < len(blocks)
