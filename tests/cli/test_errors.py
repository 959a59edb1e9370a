"""Clear errors, nothing lost: message and exit code of each (issue point 9)."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from netad_pcap.detection import read_bundle, write_bundle
from netad_pcap.errors import ExitCode
from tests.cli.captures import arp, conversation, pcap
from tests.cli.conftest import Program
from tests.detection.examples import bundle

COMMANDS = ("analyze", "flows")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_such_file(command: str, netad_pcap: Program, tmp_path: Path) -> None:
    run = netad_pcap(command, tmp_path / "absent.pcap")
    assert run.code == ExitCode.CAPTURE
    assert run.err == f"netad-pcap: {tmp_path}/absent.pcap does not exist; check the path\n"
    assert run.out == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_folder_without_captures(command: str, netad_pcap: Program, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing here")
    run = netad_pcap(command, tmp_path)
    assert run.code == ExitCode.CAPTURE
    assert "holds no capture" in run.err
    assert len(run.err.splitlines()) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_empty_file(command: str, netad_pcap: Program, tmp_path: Path) -> None:
    (tmp_path / "empty.pcap").touch()
    run = netad_pcap(command, tmp_path / "empty.pcap")
    assert run.code == ExitCode.CAPTURE
    assert "empty.pcap is empty" in run.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("content", [b"GIF89a" + bytes(100), b"just text\n", bytes(64)])
def test_not_a_capture(command: str, content: bytes, netad_pcap: Program, tmp_path: Path) -> None:
    (tmp_path / "picture.pcap").write_bytes(content)
    run = netad_pcap(command, tmp_path / "picture.pcap")
    assert run.code == ExitCode.CAPTURE
    assert "picture.pcap" in run.err
    assert len(run.err.splitlines()) == 1


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("meter", ["nfstream", "native"])
def test_cut_capture_is_read_up_to_the_damage(
    command: str, meter: str, netad_pcap: Program, tmp_path: Path
) -> None:
    whole = pcap(conversation(6))
    (tmp_path / "cut.pcap").write_bytes(whole[:-7])
    run = netad_pcap(command, tmp_path / "cut.pcap", "--meter", meter)
    assert run.code == ExitCode.DONE
    offset = len(whole) - len(conversation(1)[0]) - 16
    assert f"at byte {offset:,} (frame 6)" in run.err
    assert "5 packets" in run.err


@pytest.mark.parametrize("command", COMMANDS)
def test_cut_capture_is_refused_on_request(
    command: str, netad_pcap: Program, tmp_path: Path
) -> None:
    (tmp_path / "cut.pcap").write_bytes(pcap(conversation(6))[:-7])
    out = tmp_path / "out.csv"
    run = netad_pcap(command, tmp_path / "cut.pcap", "--strict-capture", "-o", out)
    assert run.code == ExitCode.CAPTURE
    assert "is damaged" in run.err
    assert not out.exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_no_ip_at_all_says_so(command: str, netad_pcap: Program, tmp_path: Path) -> None:
    (tmp_path / "only_arp.pcap").write_bytes(pcap([arp()] * 3))
    run = netad_pcap(command, tmp_path / "only_arp.pcap")
    assert run.code == ExitCode.DONE
    assert "no flow: no packet carries IP (3 ARP)" in run.err


@pytest.mark.parametrize("command", COMMANDS)
def test_no_packet_at_all_says_so(command: str, netad_pcap: Program, tmp_path: Path) -> None:
    (tmp_path / "header_only.pcap").write_bytes(pcap([]))
    run = netad_pcap(command, tmp_path / "header_only.pcap")
    assert run.code == ExitCode.DONE
    assert "no flow: no packet is in it" in run.err


def test_too_many_open_flows_are_told(netad_pcap: Program, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "flows.csv"
    run = netad_pcap("flows", samples / "syn_flood.pcap", "--max-flows", "100", "-o", out)
    assert run.code == ExitCode.DONE
    assert "flows ended early, too many were open (--max-flows)" in run.err
    told = int(run.err.split(" flows ended early")[0].rpartition("· ")[2].replace(",", ""))
    assert 0 < told <= out.read_text().count("evicted") < len(out.read_text().splitlines())


def test_strict_has_no_cap_on_open_flows(netad_pcap: Program, capture: Path) -> None:
    run = netad_pcap("flows", capture, "--strict", "--max-flows", "100")
    assert run.code == ExitCode.USAGE
    assert "leave --max-flows out" in run.err


def test_no_flow_under_strict_says_why(netad_pcap: Program, tmp_path: Path) -> None:
    (tmp_path / "one.pcap").write_bytes(pcap(conversation(1)))
    run = netad_pcap("flows", tmp_path / "one.pcap", "--strict")
    assert run.code == ExitCode.DONE
    assert "cic-2018 writes no flow of one packet" in run.err
    assert len(run.out.splitlines()) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_one_of_several_cannot_be_read(
    command: str, netad_pcap: Program, capture: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.pcap").touch()
    out = tmp_path / "out.csv"
    run = netad_pcap(command, tmp_path / "empty.pcap", tmp_path / "absent.pcap", capture, "-o", out)
    assert run.code == ExitCode.CAPTURE
    assert "empty.pcap is empty" in run.err
    assert "absent.pcap does not exist" in run.err or "1 more not read" in run.err
    assert "the other captures were read" in run.err
    assert len(out.read_text().splitlines()) == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_none_of_several_can_be_read(command: str, netad_pcap: Program, tmp_path: Path) -> None:
    (tmp_path / "empty.pcap").touch()
    run = netad_pcap(command, tmp_path / "empty.pcap", tmp_path / "absent.pcap")
    assert run.code == ExitCode.CAPTURE
    assert "the other captures were read" not in run.err


def test_unreadable_capture_is_named_in_the_report(
    netad_pcap: Program, capture: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.pcap").touch()
    out = tmp_path / "out.json"
    netad_pcap("analyze", tmp_path / "empty.pcap", capture, "-o", out)
    captures = json.loads(out.read_text(encoding="utf-8"))["captures"]
    assert [Path(c["name"]).name for c in captures] == ["empty.pcap", "small.pcap"]
    assert "is empty" in captures[0]["health"]["error"]


def test_unknown_model(netad_pcap: Program, capture: Path) -> None:
    run = netad_pcap("analyze", capture, "--model", "no-such-model")
    assert run.code == ExitCode.MODEL
    assert "no-such-model" in run.err
    assert len(run.err.splitlines()) == 1


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 not a bundle", b"\x80\x04pickle", bytes(1_000)]
)
def test_damaged_or_foreign_bundle(
    content: bytes, netad_pcap: Program, capture: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.netad").write_bytes(content)
    run = netad_pcap("analyze", capture, "--model", tmp_path / "broken.netad")
    assert run.code == ExitCode.MODEL
    assert "broken.netad" in run.err
    assert len(run.err.splitlines()) == 1


def test_detector_whose_package_is_missing(
    netad_pcap: Program, capture: Path, tmp_path: Path
) -> None:
    write_bundle(bundle(), tmp_path / "example.netad")  # its detector is of netad-size
    run = netad_pcap("analyze", capture, "--model", tmp_path / "example.netad")
    assert run.code == ExitCode.MODEL
    assert run.err == (
        "netad-pcap: example: needs detector size, which is not installed: pip install netad-size\n"
    )


@pytest.mark.parametrize("how", ["os._exit(1)", "os.kill(os.getpid(), 11)", "1 / 0"])
@pytest.mark.parametrize("command", ["flows", "analyze"])
def test_crashing_meter_process(
    command: str,
    how: str,
    netad_pcap: Program,
    capture: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The worker is a Python process: what it finds first on its path is run in it.
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if 'netad_pcap.metering.nfstream_worker' in ' '.join(sys.orig_argv):\n"
        "    from netad_pcap.metering.nfstream_plugin import FramePlugin\n"
        f"    FramePlugin.on_init = lambda *a: {how}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    out = tmp_path / "out.csv"
    run = netad_pcap(command, capture, "--meter", "nfstream", "-o", out)
    assert run.code == ExitCode.DEFECT
    assert run.err.startswith(f"netad-pcap: {capture}: NFStream did not finish: ")
    assert "`--meter native` reads without NFStream" in run.err
    assert "Traceback" not in run.err
    assert not out.exists()


def test_absent_device(netad_pcap: Program, capture: Path) -> None:
    run = netad_pcap("analyze", capture, "--device", "cuda:99")
    assert run.code == ExitCode.DEVICE
    assert "cuda:99" in run.err


def test_unknown_device(netad_pcap: Program, capture: Path) -> None:
    run = netad_pcap("analyze", capture, "--device", "abacus")
    assert run.code in (ExitCode.DEVICE, ExitCode.USAGE)
    assert "abacus" in run.err


@pytest.mark.parametrize("command", COMMANDS)
def test_output_folder_absent(
    command: str, netad_pcap: Program, capture: Path, tmp_path: Path
) -> None:
    run = netad_pcap(command, capture, "-o", tmp_path / "absent" / "out.csv")
    assert run.code == ExitCode.OUTPUT
    assert "no folder" in run.err


@pytest.mark.parametrize("command", COMMANDS)
def test_output_exists(command: str, netad_pcap: Program, capture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("mine")
    run = netad_pcap(command, capture, "-o", out)
    assert run.code == ExitCode.OUTPUT
    assert "--force" in run.err
    assert out.read_text() == "mine"
    assert netad_pcap(command, capture, "-o", out, "--force").code == ExitCode.DONE
    assert out.read_text() != "mine"


@pytest.mark.parametrize("command", COMMANDS)
def test_output_full(command: str, netad_pcap: Program, capture: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    run = netad_pcap(command, capture, "-o", "/dev/full", "--format", "csv", "--force")
    assert run.code == ExitCode.OUTPUT
    assert "the disk is full" in run.err


def test_output_without_a_format(netad_pcap: Program, capture: Path, tmp_path: Path) -> None:
    run = netad_pcap("analyze", capture, "-o", tmp_path / "report.txt")
    assert run.code == ExitCode.USAGE
    assert "suffix" in run.err


def test_output_named_twice(netad_pcap: Program, capture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    run = netad_pcap("analyze", capture, "-o", out, "-o", out)
    assert run.code == ExitCode.USAGE


def test_all_reports_appear_or_none(netad_pcap: Program, capture: Path, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    link = tmp_path / "full.csv"
    link.symlink_to("/dev/full")
    run = netad_pcap("analyze", capture, "-o", tmp_path / "a.json", "-o", link, "--force")
    assert run.code == ExitCode.OUTPUT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full.csv", "small.pcap"]


def test_review_of_what_is_no_report(netad_pcap: Program, tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[1, 2]")
    run = netad_pcap("review", tmp_path / "list.json")
    assert run.code == ExitCode.USAGE
    assert "not a report" in run.err


def test_compare_of_what_is_no_flow_table(
    netad_pcap: Program, capture: Path, tmp_path: Path
) -> None:
    run = netad_pcap("compare", capture, tmp_path / "absent.csv")
    assert run.code == ExitCode.USAGE
    assert len(run.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["analyze", "evaluate", "drift"])
@pytest.mark.parametrize("beside", [False, True])
def test_table_of_other_things_is_told_what_a_flow_table_is(
    command: str, beside: bool, netad_pcap: Program, capture: Path, tmp_path: Path
) -> None:
    other, table = tmp_path / "sales.csv", tmp_path / "flows.csv"
    other.write_text("day,shop,sum\n1,2,3\n")
    assert netad_pcap("flows", capture, "-o", table).code == 0
    run = netad_pcap(command, other, *([table] if beside else []))
    assert run.code == ExitCode.USAGE
    assert "sales.csv: not a flow table: 0 of 3 header cells are columns" in run.err
    assert "give a CSV or Parquet file with CICFlowMeter's columns" in run.err


def test_a_capture_is_one_however_it_is_called(
    netad_pcap: Program, capture: Path, tmp_path: Path
) -> None:
    named = capture.rename(tmp_path / "capture.csv")
    assert netad_pcap("analyze", named).code == ExitCode.DONE


def test_capture_and_flow_table_do_not_mix(
    netad_pcap: Program, capture: Path, tmp_path: Path
) -> None:
    table = tmp_path / "flows.csv"
    assert netad_pcap("flows", capture, "-o", table).code == 0
    run = netad_pcap("analyze", capture, table)
    assert run.code == ExitCode.USAGE
    assert "is a flow table" in run.err


def test_capture_in_gzip_cut_short(netad_pcap: Program, tmp_path: Path) -> None:
    (tmp_path / "cut.pcap.gz").write_bytes(gzip.compress(pcap(conversation(400)))[:-40])
    run = netad_pcap("flows", tmp_path / "cut.pcap.gz")
    assert run.code == ExitCode.DONE
    assert "damaged" in run.err


@pytest.mark.parametrize("profile", ["cic-2018", "cic-fixed"])
def test_profile_of_a_flow_table(
    profile: str, netad_pcap: Program, capture: Path, tmp_path: Path
) -> None:
    table = tmp_path / "flows.csv"
    netad_pcap("flows", capture, "--profile", "cic-fixed", "-o", table)
    run = netad_pcap("analyze", table, "--profile", profile)
    assert run.code == ExitCode.USAGE
    assert "flows.csv is a flow table, whose rows are what they are" in run.err
    assert len(run.err.splitlines()) == 1


def test_models_of_two_profiles(
    netad_pcap: Program, model: Path, capture: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.netad"
    write_bundle(replace(read_bundle(model), name="other", profile="cic-2018"), other)
    run = netad_pcap("analyze", capture, "--model", model, "--model", other)
    assert run.code == ExitCode.MODEL
    assert "model small judges flows of cic-fixed and model other flows of cic-2018" in run.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("way", ["same", "link", "inside"])
def test_what_is_read_is_never_written_to(
    command: str, way: str, netad_pcap: Program, tmp_path: Path
) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    evidence = folder / "e.pcap"
    evidence.write_bytes(pcap(conversation(6)))
    before = evidence.read_bytes()
    target = evidence
    if way == "link":
        target = tmp_path / "other.csv"
        target.hardlink_to(evidence)
    named = folder if way == "inside" else evidence
    run = netad_pcap(command, named, "-o", target, "--format", "csv", "--force")
    assert run.code == ExitCode.OUTPUT
    assert "what is read is never written to" in run.err
    assert evidence.read_bytes() == before


def test_one_output_by_two_names(netad_pcap: Program, capture: Path, tmp_path: Path) -> None:
    run = netad_pcap("analyze", capture, "-o", tmp_path / "a.csv", "-o", f"{tmp_path}/./a.csv")
    assert run.code == ExitCode.USAGE
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize("meter", ["native", "nfstream"])
def test_count_is_of_packets_asked_for(
    meter: str, netad_pcap: Program, samples: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.json"
    run = netad_pcap(
        "analyze", samples / "port_scan.pcap", "-c", "100", "--meter", meter, "-o", out
    )
    assert run.code == ExitCode.DONE
    [told] = json.loads(out.read_text(encoding="utf-8"))["captures"]
    assert told["packets"] == 100
    assert told["health"]["metered"] + sum(told["health"]["ignored"].values()) == 100
    assert told["health"]["limited"] is True
    assert "read up to 100 packets, as asked" in run.err


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("option", ["--fpr", "--alerts-per-day"])
def test_no_number(option: str, value: str, netad_pcap: Program, capture: Path) -> None:
    run = netad_pcap("analyze", capture, option, value)
    assert run.code == ExitCode.USAGE
    assert option in run.err


def test_empty_name_is_no_folder(netad_pcap: Program) -> None:
    run = netad_pcap("analyze", "")
    assert run.code == ExitCode.CAPTURE
    assert "without a name" in run.err


def test_cells_cannot_steer_a_terminal(netad_pcap: Program, samples: Path, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    assert netad_pcap("flows", samples / "port_scan.pcap", "-o", table).code == ExitCode.DONE
    text = table.read_text(encoding="utf-8")
    (tmp_path / "b.csv").write_text(text.replace("10.20.0", "\x1b]0;x\x07", 9), encoding="utf-8")
    run = netad_pcap("compare", table, tmp_path / "b.csv")
    assert "\x1b" not in run.out + run.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_name_that_is_no_text(
    command: str, suffix: str, netad_pcap: Program, tmp_path: Path
) -> None:
    capture = tmp_path / os.fsdecode(b"bad\xff.pcap")
    capture.write_bytes(pcap(conversation(6)))
    out = tmp_path / f"out.{suffix}"
    run = netad_pcap(command, capture, "-o", out)
    assert run.code == ExitCode.DONE, run.err
    assert b"bad\\udcff.pcap" in out.read_bytes()
    report = tmp_path / "out.json"
    if command == "analyze":
        assert netad_pcap(command, capture, "-o", report).code == ExitCode.DONE
        assert json.loads(report.read_text(encoding="utf-8"))["captures"][0]["name"].endswith(
            "bad\\udcff.pcap"
        )


def test_what_evaluate_leaves_out_reaches_the_terminal_without_control_codes(
    netad_pcap: Program, capture: Path, tmp_path: Path
) -> None:
    run = netad_pcap("evaluate", capture, tmp_path / "\x1b]0;none.pcap")
    assert run.code == ExitCode.USAGE
    assert "left out: " in run.err
    assert "none.pcap" in run.err
    assert "\x1b" not in run.err
