"""The engine's metering: joined captures, groups, -c, health of all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import netad_pcap
from netad_pcap.engine.metering import METERS, Metering
from netad_pcap.engine.progress import Progress
from netad_pcap.engine.sources import find_sources
from netad_pcap.errors import CaptureError, UsageError
from netad_pcap.flows import concatenate
from tests.cli.captures import conversation, pcap


def _pieces(folder: Path, gap_us: int) -> list[Path]:
    """One conversation in two files; the second begins `gap_us` after the first ends."""
    frames = conversation(6)
    (folder / "a.pcap").write_bytes(pcap(frames[:3]))
    (folder / "b.pcap").write_bytes(pcap(frames[3:], start_us=2_000 + gap_us))
    return [folder / "a.pcap", folder / "b.pcap"]


def _rows(run: Metering) -> int:
    return sum(len(batch) for batch in run.batches())


def test_meters_are_those_of_the_meter() -> None:
    from netad_pcap.metering import meter

    assert meter.METERS == METERS


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize(("gap_us", "rows"), [(1_000, 1), (119_000_000, 1), (121_000_000, 2)])
def test_captures_that_follow_each_other_are_one(
    gap_us: int, rows: int, meter: str, tmp_path: Path
) -> None:
    run = Metering(find_sources(_pieces(tmp_path, gap_us)), profile="cic-fixed", meter=meter)
    assert _rows(run) == rows
    assert [read.joined for read in run.reads] == [False, rows == 1]


def test_strict_never_joins_unasked(tmp_path: Path) -> None:
    run = Metering(find_sources(_pieces(tmp_path, 1_000)), strict=True, meter="native")
    assert _rows(run) == 2


def test_captures_far_apart_are_joined_on_request(tmp_path: Path) -> None:
    sources = find_sources(_pieces(tmp_path, 3_600_000_000))
    run = Metering(sources, profile="cic-fixed", meter="native", join=True)
    assert _rows(run) == 2  # over by time, not by file
    assert run.reads[1].joined


def test_groups_are_numbered_from_one(tmp_path: Path) -> None:
    run = Metering(find_sources(_pieces(tmp_path, 121_000_000)), meter="native")
    assert [run.group_of(batch) for batch in run.batches()] == [1, 2]
    assert run.start_us(2) - run.start_us(1) == 121_002_000


def test_count_stops_after_so_many_packets(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(pcap(conversation(6)))
    run = Metering(find_sources(tmp_path / "a.pcap"), meter="native", max_packets=4)
    (batch,) = run.batches()
    assert batch.features["Tot Fwd Pkts"].tolist() == [2]
    assert batch.features["Tot Bwd Pkts"].tolist() == [2]


def test_progress_is_told_between_blocks(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(pcap(conversation(6)))
    told: list[Progress] = []
    run = Metering(find_sources(tmp_path / "a.pcap"), meter="native", progress=told.append)
    _rows(run)
    assert told[-1].packets == 6
    assert told[-1].share == pytest.approx(1.0, abs=0.06)


def test_unknown_profile_and_meter_are_usage_errors(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(pcap(conversation(6)))
    with pytest.raises(UsageError, match="no profile 'cic-2017'; use one of cic-2018"):
        list(netad_pcap.meter(tmp_path / "a.pcap", profile="cic-2017"))
    with pytest.raises(UsageError, match="no meter 'sundial'"):
        list(netad_pcap.meter(tmp_path / "a.pcap", meter="sundial"))


def test_python_api_raises_for_the_unreadable_one_after_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(pcap(conversation(6)))
    batches = netad_pcap.meter([tmp_path / "a.pcap", tmp_path / "b.pcap"], meter="native")
    assert len(next(batches)) == 1
    with pytest.raises(CaptureError, match="does not exist"):
        next(batches)


@pytest.mark.parametrize("meter", METERS)
def test_open_flows_are_told_only_when_asked_for(meter: str, samples: Path) -> None:
    capture = samples / "port_scan.pcap"
    plain = list(netad_pcap.meter(capture, profile="cic-fixed", meter=meter))
    told = list(netad_pcap.meter(capture, profile="cic-fixed", meter=meter, open_flows=True))
    assert not any(batch.identity["open"].any() for batch in plain)
    rows = concatenate([batch.take(~batch.identity["open"]) for batch in told])
    assert rows.identity["first_frame"].tolist() == [
        frame for batch in plain for frame in batch.identity["first_frame"].tolist()
    ]
    still = concatenate([batch.take(batch.identity["open"]) for batch in told])
    assert len(still) > len(rows) / 2
    assert set(still.identity["first_frame"]) <= set(rows.identity["first_frame"])


def test_open_flows_have_no_place_under_strict(samples: Path) -> None:
    with pytest.raises(UsageError, match="--strict"):
        list(netad_pcap.meter(samples / "port_scan.pcap", strict=True, open_flows=True))


def test_open_flows_are_no_rows_and_only_of_the_first_profile(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(pcap(conversation(6), gap_us=1_000_000))
    run = Metering(
        find_sources(tmp_path / "a.pcap"),
        profile="cic-fixed",
        beside=("cic-2018",),
        meter="native",
        open_flows=True,
    )
    batches = list(run.batches())
    told = {p: [b for b in batches if b.profile == p] for p in ("cic-fixed", "cic-2018")}
    assert concatenate(told["cic-fixed"]).identity["open"].sum() > 0
    assert concatenate(told["cic-2018"]).identity["open"].sum() == 0
    assert run.rows == 1
