"""Captures under conditions: order, causality and labels are kept; identity changes nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from netad_pcap.errors import OutputError, UsageError
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.meter import meter
from netad_pcap.training import read_truth, write_truth
from netad_pcap.training.conditions import CONDITIONS, Condition, move, write_moved
from netad_pcap.training.conditions.recording import TCP, Packet
from tests.capture.zoo import read_all
from tests.cli.captures import udp
from tests.training.conditions.sense import assert_sense, ways
from tests.training.conditions.talks import START_US, conditions, tcp_talks, write_capture
from tests.training.conditions.tshark import expert_counts

IDENTITY = CONDITIONS["identity"]
HARSH = Condition("harsh", "", "server", rtt_us=120_000, jitter_us=20_000, loss=0.08,
                  bits_per_s=3_000_000, mtu=900)  # fmt: skip
SAMPLES = (
    "browsing_dns.pcap", "iot_site.pcap", "ipv6_vlan.pcap", "lateral_movement.pcap",
    "port_scan.pcap", "web_attack.pcap", "three_interfaces.pcapng",
)  # fmt: skip


@pytest.mark.parametrize("name", [*SAMPLES, "two_interfaces_cut.pcapng", "damaged.pcap"])
def test_identity_gives_the_same_packets(name: str, samples: Path, tmp_path: Path) -> None:
    target = tmp_path / "same.pcapng"
    write_moved(move(samples / name, IDENTITY), target)
    before, _ = read_all((samples / name).read_bytes())
    after, _ = read_all(target.read_bytes())
    assert after == before


@pytest.mark.parametrize("name", SAMPLES)
def test_sense_is_kept_under_every_condition(name: str, samples: Path) -> None:
    before = move(samples / name, IDENTITY)
    for condition in (*CONDITIONS.values(), HARSH):
        assert_sense(move(samples / name, condition, seed=3), before)


@settings(deadline=None, max_examples=40)
@given(tcp_talks(), conditions)
def test_sense_is_kept_of_what_anybody_says(
    frames: list[tuple[int, bytes]], condition: Condition
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        capture = write_capture(frames, Path(folder) / "talk.pcap")
        before = move(capture, IDENTITY)
        moved = move(capture, condition, seed=1)
    assert [p.data for p in before.packets] == [data for _, data in frames]
    assert_sense(moved, before)
    if not condition.merge_bytes:
        assert _bytes_said(moved.packets) == _bytes_said(before.packets)


def _bytes_said(packets: list[Packet]) -> set[tuple[int, int]]:
    """Every TCP byte that was said, by way and sequence number: none is lost for good."""
    return {
        (packet.way, (packet.sequence + i) % (1 << 32))
        for packet in packets
        if packet.protocol == TCP
        for i in range(packet.payload)
    }


def test_same_seed_same_bytes(samples: Path, tmp_path: Path) -> None:
    written = []
    for number, seed in enumerate((5, 5, 6)):
        target = tmp_path / f"{number}.pcap"
        write_moved(move(samples / "web_attack.pcap", HARSH, seed), target)
        written.append(target.read_bytes())
    assert written[0] == written[1] != written[2]


@pytest.mark.parametrize("name", ["port_scan", "syn_flood", "dns_tunnel", "lateral_movement"])
@pytest.mark.parametrize("condition", ["satellite", "mobile"])
def test_flows_have_the_families_that_they_had(
    name: str, condition: str, samples: Path, tmp_path: Path
) -> None:
    target = tmp_path / "moved.pcap"
    moved = move(samples / f"{name}.pcap", CONDITIONS[condition], seed=2)
    write_moved(moved, target)
    truth = read_truth(samples / f"{name}.truth.csv")
    write_truth(moved.truth(truth, target.name).rules, tmp_path / "moved.truth.csv")
    before = concatenate(list(meter(samples / f"{name}.pcap", profile="cic-fixed")))
    after = concatenate(list(meter(target, profile="cic-fixed")))
    moved_truth = read_truth(tmp_path / "moved.truth.csv")
    old = _families(before, truth.families_of(before, f"{name}.pcap").tolist())
    new = _families(after, moved_truth.families_of(after, target.name).tolist())
    assert set(new) <= set(old)
    assert len(new) >= 0.99 * len(old)
    assert {key: new[key] for key in new} == {key: old[key] for key in new}
    assert moved_truth.source_of(target.name) == truth.source_of(f"{name}.pcap")


def _families(flows: FlowBatch, families: list[str]) -> dict[tuple[object, ...], set[str]]:
    """Families of the flows of each five-tuple, in whatever direction they began."""
    found: dict[tuple[object, ...], set[str]] = {}
    identity = flows.identity
    for row, family in enumerate(families):
        ends = sorted(
            (identity[f"{end}_ip"][row].tobytes(), int(identity[f"{end}_port"][row]))
            for end in ("src", "dst")
        )
        found.setdefault((*ends, int(identity["protocol"][row])), set()).add(family)
    return found


def test_far_round_trip_shows_in_every_handshake(samples: Path) -> None:
    """At the client SYN to SYN+ACK grows by the round trip, SYN+ACK to ACK by nothing."""
    condition = Condition("far", "", rtt_us=200_000)
    waits = []
    for moved in (move(samples / "browsing_dns.pcap", IDENTITY),
                  move(samples / "browsing_dns.pcap", condition, seed=1)):  # fmt: skip
        syn = {k: w for k, w in ways(moved).items() if w[0].flags == 2}
        waits.append(
            {k: (ways_of_other[0].time_ns - w[0].time_ns, w[1].time_ns - ways_of_other[0].time_ns)
             for k, w in syn.items() if (ways_of_other := ways(moved)[k[0], 1])}
        )  # fmt: skip
    assert len(waits[0]) > 20
    for key, (there, here) in waits[0].items():
        far, near = waits[1][key]
        assert 70_000_000 < far - there < 550_000_000
        assert near == here


def test_pcap_of_several_link_types_is_refused(samples: Path, tmp_path: Path) -> None:
    moved = move(samples / "three_interfaces.pcapng", IDENTITY)
    with pytest.raises(UsageError, match=r"name the output \*\.pcapng"):
        write_moved(moved, tmp_path / "moved.pcap")
    assert list(tmp_path.iterdir()) == []


def test_what_is_read_is_never_written(samples: Path, tmp_path: Path) -> None:
    capture = tmp_path / "one.pcap"
    capture.write_bytes((samples / "damaged.pcap").read_bytes())
    with pytest.raises(OutputError, match="is the capture that is read"):
        write_moved(move(capture, IDENTITY), capture)
    assert capture.read_bytes() == (samples / "damaged.pcap").read_bytes()


def test_snaplen_keeps_the_lengths_on_the_wire(samples: Path, tmp_path: Path) -> None:
    target = tmp_path / "short.pcap"
    write_moved(move(samples / "web_attack.pcap", CONDITIONS["snaplen-96"]), target)
    before, _ = read_all((samples / "web_attack.pcap").read_bytes())
    after, reader = read_all(target.read_bytes())
    assert [r.wire for r in after] == [r.wire for r in before]
    assert [r.data for r in after] == [r.data[:96] for r in before]
    assert reader.interfaces[0].snaplen == 96


@pytest.mark.parametrize("condition", ["lossy-wifi", "mobile", "offload"])
def test_tshark_finds_no_impossible_acknowledgment(
    condition: str, samples: Path, tmp_path: Path
) -> None:
    """Neither that, nor a bad checksum, nor a segment missing that never comes."""
    target = tmp_path / "moved.pcap"
    write_moved(move(samples / "lateral_movement.pcap", CONDITIONS[condition], seed=4), target)
    before, after = expert_counts(samples / "lateral_movement.pcap"), expert_counts(target)
    assert set(before) == set(after)
    assert after <= before


def test_command_writes_the_truth_beside(samples: Path, tmp_path: Path) -> None:
    target = tmp_path / "scan_far.pcap"
    run = subprocess.run(
        [sys.executable, "-m", "sample_pcaps.conditions", str(samples / "port_scan.pcap"),
         str(target), "--condition", "wan", "--seed", "3"],
        capture_output=True, text=True, check=True, cwd=samples.parent,
    )  # fmt: skip
    assert "wan" in run.stdout
    (rule,) = read_truth(tmp_path / "scan_far.truth.csv").rules
    assert rule.capture == "scan_far.pcap"
    assert rule.family == "scan"
    flows = concatenate(list(meter(target, profile="cic-fixed")))
    assert int(rule.matches(flows).sum()) == 449


def test_capture_without_packets_stays_one(tmp_path: Path) -> None:
    source = write_capture([], tmp_path / "none.pcap")
    for name in ("still_none.pcap", "still_none.pcapng"):
        write_moved(move(source, HARSH), tmp_path / name)
        assert read_all((tmp_path / name).read_bytes())[0] == []


def test_one_stamp_far_ahead_moves_no_other(tmp_path: Path) -> None:
    frames = [(START_US + 1_000 * i, udp("10.0.0.1", "10.0.0.2", 7_000 + i, 9)) for i in range(9)]
    frames[4] = (START_US + 10**13, frames[4][1])
    moved = move(write_capture(frames, tmp_path / "ahead.pcap"), IDENTITY)
    assert [p.origin for p in moved.packets] == [0, 1, 2, 3, 5, 6, 7, 8, 4]
    assert [p.time_ns // 1_000 for p in moved.packets] == sorted(time for time, _ in frames)
