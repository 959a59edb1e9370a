"""Frames of flows: every packet is found again, in the flow that counted it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from netad_pcap.errors import CaptureError
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.frames import flow_frames
from netad_pcap.metering.meter import meter
from netad_pcap.metering.rules import PROFILES
from tests.cli.captures import conversation, pcap

SAMPLES = (
    "browsing_dns.pcap",
    "iot_site.pcap",
    "ipv6_vlan.pcap",
    "password_attack.pcap",
    "port_scan.pcap",
    "slow_dos.pcap",
    "vlan_trunk.pcap",
)


def metered(*names: Path, profile: str = "cic-fixed", strict: bool = False) -> FlowBatch:
    return concatenate(
        list(meter(names, profile=profile, strict=strict, meter="native", join=not strict))
    )


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_every_packet_of_a_flow_is_found(
    profile: str, strict: bool, name: str, samples: Path
) -> None:
    flows = metered(samples / name, profile=profile, strict=strict)
    frames = flow_frames(flows, strict=strict)
    packets = flows.features["Tot Fwd Pkts"] + flows.features["Tot Bwd Pkts"]
    np.testing.assert_array_equal(np.bincount(frames.flow, minlength=len(flows)), packets)
    assert len(np.unique(frames.frame)) == len(frames.frame)
    first, last = np.full(len(flows), 1 << 40), np.zeros(len(flows), "i8")
    np.minimum.at(first, frames.flow, frames.frame)
    np.maximum.at(last, frames.flow, frames.frame)
    np.testing.assert_array_equal(first, flows.identity["first_frame"])
    np.testing.assert_array_equal(last, flows.identity["last_frame"])


def test_two_interfaces_and_a_cut_end(samples: Path) -> None:
    flows = metered(samples / "two_interfaces_cut.pcapng")
    frames = flow_frames(flows)
    packets = flows.features["Tot Fwd Pkts"] + flows.features["Tot Bwd Pkts"]
    np.testing.assert_array_equal(np.bincount(frames.flow), packets)


def test_only_the_flows_in_question(samples: Path) -> None:
    flows = metered(samples / "port_scan.pcap")
    some = flows.take(np.arange(3, 40, 7))
    frames = flow_frames(some)
    everything = flow_frames(flows)
    for row in range(len(some)):
        expected = everything.frame[everything.flow == 3 + 7 * row]
        np.testing.assert_array_equal(frames.frame[frames.flow == row], expected)


def test_flow_through_several_captures(tmp_path: Path) -> None:
    packets = conversation(9)
    for i in range(3):
        (tmp_path / f"{i}.pcap").write_bytes(pcap(packets[3 * i :][:3], start_us=3_000 * i))
    flows = metered(*(tmp_path / f"{i}.pcap" for i in range(3)))
    assert flows.identity["last_capture"].tolist() == [2]
    frames = flow_frames(flows)
    assert frames.flow.tolist() == [0] * 9
    assert frames.capture.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert frames.frame.tolist() == [1, 2, 3] * 3


def test_no_flow_has_no_frame(samples: Path) -> None:
    flows = metered(samples / "port_scan.pcap").take(slice(0, 0))
    assert len(flow_frames(flows).frame) == 0


def test_capture_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "gone.pcap"
    path.write_bytes(pcap(conversation(4)))
    flows = metered(path)
    path.unlink()
    with pytest.raises(CaptureError, match=r"gone\.pcap"):
        flow_frames(flows)
