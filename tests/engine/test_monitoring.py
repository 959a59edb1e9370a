"""monitor equals analyze: the same rows, scores, verdicts and findings, told as events."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import netad_pcap
from benchmarks.synthetic import write_capture
from netad_pcap.capture import CaptureReader, open_capture
from netad_pcap.engine import Monitoring
from netad_pcap.errors import CaptureRightsError, OutputError, UsageError
from netad_pcap.hosts import FINDING_DECADES
from netad_pcap.report import event_schema
from tests.engine.bundles import write_small_bundle

#: What a flow event cannot know: findings that came later, and the label, the score and the reasons
#: that follow them.
LATER = ("finding", "label", "score", "reasons")
#: Frame numbers are a file's own.
SAMPLES = (
    "port_scan.pcap", "password_attack.pcap", "syn_flood.pcap", "ipv6_vlan.pcap", "slow_dos.pcap",
)  # fmt: skip


@pytest.fixture(scope="module")
def model(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    return write_small_bundle(folder / "small.netad", samples, folder)


def told(source: Path, model: Path, **choices: Any) -> tuple[list[Any], list[Any]]:
    """Flow events and finding events of a capture read as if it came live."""
    events = list(netad_pcap.monitor(source, models=[model], all_flows=True, **choices))
    flows = [event for event in events if event["event"] == "flow"]
    return flows, [event for event in events if event["event"] == "finding"]


def reported(source: Path, model: Path, **choices: Any) -> Any:
    """The report of a capture, as JSON."""
    out = io.BytesIO()
    with netad_pcap.analyze(source, models=[model], apps="none", **choices) as report:
        report.write_to(out, "json")
    return json.loads(out.getvalue())


def last_told(findings: list[Any]) -> list[Any]:
    """Each finding as it was last told, as a report has it."""
    last = {event["id"]: event for event in findings}
    assert all(event["state"] == "closed" for event in last.values())
    return [without(event, "time", "event", "state") for event in last.values()]


def without(row: Any, *keys: str) -> Any:
    return {key: value for key, value in row.items() if key not in keys}


def by_number(findings: list[Any]) -> list[Any]:
    return sorted(findings, key=lambda finding: int(finding["id"][1:]))


@pytest.mark.parametrize("name", SAMPLES)
def test_events_are_what_a_report_has(name: str, samples: Path, model: Path) -> None:
    flows, findings = told(samples / name, model)
    report = reported(samples / name, model)
    assert [without(row, "time", "event", *LATER) for row in flows] == [
        without(row, *LATER) for row in report["flows"]
    ]
    for live, row in zip(flows, report["flows"], strict=True):
        assert live["reasons"] in (row["reasons"], [])
        later = row["finding"] is not None and live["finding"] is None
        assert live["score"] == pytest.approx(row["score"] - FINDING_DECADES * later, abs=1e-6)
        if live["verdict"] != "benign" or live["finding"]:
            assert live["reasons"] == row["reasons"]
    assert by_number(last_told(findings)) == by_number(
        [without(finding, "open") for finding in report["findings"]]
    )


def test_a_capture_cut_anywhere_gives_the_same_events(
    samples: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = told(samples / "port_scan.pcap", model)
    blocks = CaptureReader.blocks
    monkeypatch.setattr(CaptureReader, "blocks", lambda reader: blocks(reader, 7))
    assert told(samples / "port_scan.pcap", model) == whole


def test_kept_packets_analyzed_are_what_was_told(
    samples: Path, model: Path, tmp_path: Path
) -> None:
    """Rotated files, joined: the way back from a monitor to its packets."""
    flows, findings = told(
        samples / "port_scan.pcap", model, keep=tmp_path / "kept.pcapng", keep_mb=1
    )
    (kept,) = tmp_path.iterdir()
    assert kept.name == "kept_00001.pcapng"
    report = reported(kept, model, join=True)
    own = (*LATER, "capture", "last_capture")
    assert [without(row, "time", "event", *own) for row in flows] == [
        without(row, *own) for row in report["flows"]
    ]
    assert len(by_number(last_told(findings))) == len(report["findings"])


def test_events_are_told_before_the_capture_ends(model: Path, tmp_path: Path) -> None:
    write_capture(tmp_path / "long.pcap", 60_000, flows_open=200, gap_us=20_000)
    run = Monitoring(tmp_path / "long.pcap", models=[model], all_flows=True)
    lines = run.lines()
    next(lines)
    assert 0 < run.status.packets < 60_000
    assert run.status.open_flows > 0


def test_each_event_follows_the_schema(samples: Path, model: Path) -> None:
    validator = jsonschema.Draft202012Validator(event_schema())
    flows, findings = told(samples / "port_scan.pcap", model)
    assert findings
    for event in [*findings, *flows[:20]]:
        validator.validate(event)
        assert list(event)[:2] == ["time", "event"]


def test_count_ends_it_and_keeps_as_many(samples: Path, model: Path, tmp_path: Path) -> None:
    run = Monitoring(
        samples / "port_scan.pcap", models=[model], max_packets=100, keep=tmp_path / "k.pcapng"
    )
    list(run.lines())
    with open_capture(tmp_path / "k.pcapng") as reader:
        assert sum(len(block.frame) for block in reader.blocks()) == 100


def test_stop_flushes_what_is_open(samples: Path, model: Path) -> None:
    asked = iter([False, True, True, True])
    flows, _ = told(samples / "port_scan.pcap", model, should_stop=lambda: next(asked))
    assert len(flows) == 478


@pytest.mark.parametrize(
    ("choices", "error", "words"),
    [
        ({"keep": "-"}, UsageError, "keep packets in a file"),
        ({"capture_filter": "tcp"}, UsageError, "-f is for interfaces"),
        ({"keep": "pyproject.toml"}, OutputError, "pyproject.toml exists"),
    ],
)
def test_what_cannot_be_is_said_first(
    choices: dict[str, Any], error: type[Exception], words: str, samples: Path
) -> None:
    with pytest.raises(error, match=words):
        next(netad_pcap.monitor(samples / "port_scan.pcap", models=["none"], **choices))


def test_unknown_interface_is_said_before_models_are_loaded() -> None:
    with pytest.raises(CaptureRightsError, match=r"no interface 'eth77'; there are .*lo"):
        next(netad_pcap.monitor("eth77", models=["none"]))


@pytest.mark.parametrize(
    ("source", "meter", "through"),
    [
        ("eth0", None, True),
        ("eth0", "native", False),
        ("-", None, False),
        ("eth0", "nfstream", True),
    ],
)
def test_nfstream_captures_where_there_is_no_ring(
    source: str, meter: str | None, through: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netad_pcap.engine.monitoring.has_ring", lambda: False)
    assert Monitoring(source, meter=meter).through_nfstream == through


def test_meter_that_is_none_is_said() -> None:
    with pytest.raises(UsageError, match="no meter 'tcpdump'; use one of native, nfstream"):
        next(netad_pcap.monitor("lo", meter="tcpdump"))
