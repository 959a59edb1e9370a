"""Live capture on a wire of our own: in a network namespace, with real packets."""

from __future__ import annotations

import ctypes.util
import fcntl
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from netad_pcap.capture import open_live
from netad_pcap.errors import CaptureRightsError
from tests.capture.namespace import FAR, NEAR, Namespace, wire
from tests.cli.captures import arp, ethernet, udp

#: No test waits longer for packets, seconds.
PATIENCE_S = 5.0


class Seen(NamedTuple):
    data: bytes
    wire: int
    frame: int
    link_type: int
    time_us: int


@pytest.fixture(scope="module")
def net() -> Iterator[Namespace]:
    with wire() as namespace:
        yield namespace


def watch(
    net: Namespace,
    act: Callable[[], object],
    *,
    packets: int,
    interface: str = FAR,
    capture_filter: str | None = None,
) -> list[Seen]:
    """What is seen at an interface while something is done; ends behind so many packets."""
    seen: list[Seen] = []
    until = time.monotonic() + PATIENCE_S

    def enough() -> bool:
        return len(seen) >= packets or time.monotonic() > until

    def capture() -> None:
        with open_live(
            interface, ring_mib=8, capture_filter=capture_filter, should_stop=enough
        ) as live:
            blocks = live.blocks()
            next(blocks)  # it runs
            act()
            for block in blocks:
                seen.extend(
                    Seen(
                        block.data[block.offset[i] :][: block.captured[i]].tobytes(),
                        int(block.wire[i]),
                        int(block.frame[i]),
                        int(block.link_type[i]),
                        int(block.time_us[i]),
                    )
                    for i in range(len(block.frame))
                )
            assert live.health.packets == len(seen)
            assert live.health.dropped == 0

    net.inside(capture)
    return seen


def test_packets_arrive_whole_numbered_and_stamped(net: Namespace) -> None:
    frames = [udp("198.18.0.2", "198.18.0.1", 1_000 + i, 53, bytes(i)) for i in range(40)]
    before_us = time.time_ns() // 1000
    seen = watch(net, lambda: net.send(frames), packets=40)
    assert [s.data for s in seen] == frames
    assert [s.frame for s in seen] == list(range(1, 41))
    assert [s.wire for s in seen] == [len(frame) for frame in frames]
    assert {s.link_type for s in seen} == {1}
    assert all(before_us <= s.time_us <= time.time_ns() // 1000 for s in seen)


def test_tag_is_where_the_wire_had_it(net: Namespace) -> None:
    inner = udp("198.18.0.2", "198.18.0.1", 1_000, 53)
    tagged = inner[:12] + struct.pack(">HH", 0x8100, 0x2005) + inner[12:]
    twice = inner[:12] + struct.pack(">HHHH", 0x88A8, 7, 0x8100, 5) + inner[12:]
    seen = watch(net, lambda: net.send([tagged, inner, twice]), packets=3)
    assert [s.data for s in seen] == [tagged, inner, twice]


@pytest.mark.skipif(ctypes.util.find_library("pcap") is None, reason="libpcap is not installed")
def test_filter_takes_what_it_names(net: Namespace) -> None:
    frames = [udp("198.18.0.2", "198.18.0.1", 1_000, port) for port in (53, 54, 53)] + [arp()]
    seen = watch(net, lambda: net.send(frames), packets=2, capture_filter="udp port 53")
    assert [s.data for s in seen] == [frames[0], frames[2]]


def test_each_packet_is_seen_once_on_loopback(net: Namespace) -> None:
    frames = [ethernet(bytes(46), 0x88B5), ethernet(b"\1" * 46, 0x88B5)]
    seen = watch(net, lambda: net.send(frames, "lo"), packets=2, interface="lo")
    assert [s.data for s in seen] == frames


def test_ends_behind_as_many_packets_as_were_asked_for(net: Namespace) -> None:
    """Also where more of them lie in one block of the ring."""
    frames = [udp("198.18.0.2", "198.18.0.1", 1_000 + i, 53) for i in range(10)]

    def capture() -> None:
        with open_live(FAR, ring_mib=8, should_stop=lambda: False) as live:
            live.most_packets = 3
            blocks = live.blocks()
            next(blocks)
            net.send(frames)
            assert sum(len(block.frame) for block in blocks) == 3
            assert live.health.packets == 3
            assert live.health.limited

    net.inside(capture)


def test_packets_without_room_are_counted(net: Namespace) -> None:
    frames = [udp("198.18.0.2", "198.18.0.1", 1_000, 53, bytes(400))] * 8_000

    def capture() -> None:
        until: list[float] = []
        with open_live(
            FAR, ring_mib=1, should_stop=lambda: bool(until) and time.monotonic() > until[0]
        ) as live:
            blocks = live.blocks()
            next(blocks)
            net.send(frames)  # nobody reads meanwhile
            until.append(time.monotonic() + 0.5)
            read = sum(len(block.frame) for block in blocks)
            assert 0 < read < len(frames)
            assert read + live.health.dropped == len(frames)
            assert f"{live.health.dropped:,} packets dropped" in live.health.sentences()[1]

    net.inside(capture)


def test_tunnel_gives_raw_ip(net: Namespace) -> None:
    if not Path("/dev/net/tun").exists():
        pytest.skip("no tun devices here")
    packet = udp("198.18.1.2", "198.18.1.1", 1_000, 53)[14:]

    def capture() -> None:
        with Path("/dev/net/tun").open("r+b", buffering=0) as tunnel:
            name = struct.pack("16sH22x", b"tun7", 0x1001)  # IFF_TUN, IFF_NO_PI
            fcntl.ioctl(tunnel, 0x400454CA, name)  # TUNSETIFF
            net.ip("link", "set", "tun7", "up")
            (seen,) = watch(net, lambda: tunnel.write(packet), packets=1, interface="tun7")
            assert (seen.data, seen.link_type) == (packet, 101)

    net.inside(capture)


def test_clock_goes_on_where_the_wire_is_silent(net: Namespace) -> None:
    def capture() -> None:
        until = time.monotonic() + 0.5
        with open_live(FAR, ring_mib=8, should_stop=lambda: time.monotonic() > until) as live:
            times = [live.clock_us for block in live.blocks() if not len(block.frame)]
        assert len(times) >= 4
        assert all(t is not None for t in times)
        now_us = time.time_ns() // 1000
        assert all(900_000 < now_us - (t or 0) < 3_000_000 for t in times)

    net.inside(capture)


def test_what_came_before_the_end_is_given(net: Namespace) -> None:
    """The last packets lie in a block that the kernel has not handed over."""

    def capture() -> int:
        stop: list[bool] = []
        with open_live(FAR, ring_mib=8, should_stop=lambda: bool(stop)) as live:
            blocks = live.blocks()
            next(blocks)
            net.send([arp()] * 20)
            stop.append(True)
            return sum(len(block.frame) for block in blocks)

    assert net.inside(capture) == 20


def test_interface_that_goes_away_ends_the_capture(net: Namespace) -> None:
    net.ip("link", "add", "gone0", "type", "veth", "peer", "name", "gone1")
    net.ip("link", "set", "gone0", "up")
    net.ip("link", "set", "gone1", "up")

    def capture() -> None:
        until = time.monotonic() + PATIENCE_S
        with open_live("gone0", ring_mib=8, should_stop=lambda: time.monotonic() > until) as live:
            blocks = live.blocks()
            next(blocks)
            net.ip("link", "del", "gone0")
            for _ in blocks:
                pass
            assert live.gone
        assert time.monotonic() < until

    net.inside(capture)


def test_what_cannot_be_captured_on_is_said(net: Namespace) -> None:
    net.ip("link", "add", "down0", "type", "veth", "peer", "name", "down1")
    for name, words in (
        ("eth7", f"no interface 'eth7'; there are lo, .*{NEAR}"),
        ("down0", "down0 is down; bring it up: ip link set down0 up"),
    ):

        def capture(name: str = name) -> None:
            open_live(name, ring_mib=8, should_stop=lambda: True)

        with pytest.raises(CaptureRightsError, match=words):
            net.inside(capture)
