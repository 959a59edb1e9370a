"""Floods of keys that collide: who does not know the seed cannot make them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.keys import tag_packets
from netad_pcap.metering.packets import PACKET
from netad_pcap.metering.records import SEGMENT
from netad_pcap.metering.rules import PROFILES
from netad_pcap.metering.segments import segment_home
from netad_pcap.metering.table import FlowTable

SEEDS = [np.uint64(seed) for seed in (0, 1, 0xDEADBEEF, 2**63, 2**64 - 1)]
SLOTS = 8_192
FLOOD = 4_096
START = 1_600_000_000_000_000


def packets_of(n: int) -> NDArray[Any]:
    packets = np.zeros(n, PACKET)
    packets["time_us"] = START + np.arange(n)
    packets["frame"] = np.arange(1, n + 1)
    packets["protocol"], packets["ip_version"] = 17, 6
    packets["icmp_type"] = packets["icmp_code"] = packets["tag"] = -1
    return packets


def tags_of(packets: NDArray[Any], seed: Any) -> NDArray[np.int64]:
    tags = np.empty(len(packets), "i8")
    tag_packets(packets, 0, len(packets), False, tags, seed)
    return tags


def flood(seed: Any) -> NDArray[Any]:
    """Packets of as many flows, whose keys under `seed` all want eight of the slots."""
    many = packets_of(FLOOD * 1_100)
    many["src_low"] = 0xFFFF_0A00_0000 + np.arange(len(many)) // 60_000
    many["src_port"] = np.arange(len(many)) % 60_000
    many["dst_low"], many["ip_version"] = 0xFFFF_C000_0001, 4
    chosen: NDArray[Any] = many[tags_of(many, seed) % (SLOTS // 8) == 0][:FLOOD].copy()
    assert len(chosen) == FLOOD
    return chosen


def probes(homes: NDArray[np.int64]) -> float:
    """Slots that linear probing looks at for an entry, on average."""
    taken = np.zeros(SLOTS, bool)
    looked = 0
    for home in homes.tolist():
        at = home
        while taken[at]:
            at = (at + 1) % SLOTS
        taken[at] = True
        looked += (at - home) % SLOTS + 1
    return looked / len(homes)


def metered(packets: NDArray[Any], profile: str, seed: Any, *, strict: bool) -> FlowBatch:
    table = FlowTable(profile, strict=strict)
    table._in.seed = seed
    table.feed(packets)
    table.feed(packets)  # no flow of one packet
    return concatenate([*table.take_rows(), *table.finish()])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_flood_for_one_seed_is_none_for_another(seed: Any) -> None:
    packets = flood(np.uint64(77))
    assert probes(tags_of(packets, np.uint64(77)) % SLOTS) > 100
    assert probes(tags_of(packets, seed) % SLOTS) < 4


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_flows_do_not_depend_on_the_seed(profile: str, strict: bool) -> None:
    """The flood itself included, which its own seed only makes slow."""
    packets = flood(np.uint64(77))
    expected = metered(packets, profile, np.uint64(77), strict=strict)
    assert len(expected) == FLOOD
    flows = metered(packets, profile, SEEDS[2], strict=strict)
    for group in ("identity", "features", "connection"):
        for name, column in getattr(expected, group).items():
            np.testing.assert_array_equal(getattr(flows, group)[name], column, err_msg=name)


@pytest.mark.parametrize("seed", SEEDS)
def test_chosen_differences_do_not_cancel(seed: Any) -> None:
    """Keys that differ in the highest bits of addresses and in what such differences become in
    a multiplication with shifts; behind a seed and a fixed mix half of them would collide."""
    steps = np.arange(16, dtype="u8")
    grid = np.array(np.meshgrid(steps, steps, steps)).reshape(3, -1)
    packets = packets_of(grid.shape[1])
    packets["src_low"] = grid[0] << np.uint64(60)
    packets["dst_low"] = (grid[1] << np.uint64(60)) + (grid[0] << np.uint64(29)) + np.uint64(1)
    packets["src_port"] = grid[2] << np.uint64(12)
    ends = zip(
        *(packets[name].tolist() for name in ("src_low", "src_port", "dst_low")), strict=True
    )
    keys = {frozenset(((src, port), (dst, 0))) for src, port, dst in ends}
    assert len(np.unique(tags_of(packets, seed))) >= len(keys) - 1


@pytest.mark.parametrize("seed", SEEDS)
def test_segments_that_collide_under_one_seed_do_not_under_another(seed: Any) -> None:
    table = np.zeros(SLOTS, SEGMENT)
    packets = packets_of(FLOOD * 40)
    packets["sequence"] = np.arange(len(packets)) * 7
    packets["window"], packets["protocol"] = np.arange(len(packets)) % 5_000, 6

    def homes(of: Any) -> NDArray[np.int64]:
        return np.array([segment_home(p, True, 12345, of, table) for p in packets])

    chosen = homes(np.uint64(77)) % (SLOTS // 8) == 0
    some = homes(seed)[chosen]
    assert probes(homes(np.uint64(77))[chosen]) > 1.5 * probes(some)
    assert probes(some) < 2
