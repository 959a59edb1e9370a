"""The live feed against messages made here: frames, clock, stop, counts, words."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from netad_pcap.capture import may_capture
from netad_pcap.errors import CaptureRightsError
from netad_pcap.metering import nfstream_live
from netad_pcap.metering.nfstream_feed import FedBlock
from netad_pcap.metering.nfstream_live import NFStreamLive
from netad_pcap.metering.nfstream_live_plugin import PacketPlugin
from netad_pcap.metering.nfstream_messages import (
    COUNTS,
    GONE,
    HEADER,
    NAMES,
    PACKETS,
    REFUSED,
    Counts,
    Name,
    decode_packets,
    encode_counts,
    encode_names,
    encode_packets,
)

Message = tuple[int, bytes]


def packets(*given: tuple[int, int, bytes]) -> Message:
    """A message of (time in ms, tag, bytes)."""
    times, tags, contents = zip(*given, strict=True) if given else ((), (), ())
    sizes = [len(content) for content in contents]
    return PACKETS, encode_packets(
        np.array(times, "<i8").tobytes(),
        np.array(tags, "<i4").tobytes(),
        np.array(sizes, "<i4").tobytes(),
        b"".join(contents),
    )


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Callable[..., NFStreamLive]:
    """A feed to which NFStream says these messages."""

    def feed(messages: Sequence[Message], *stops: bool) -> NFStreamLive:
        class Process:
            def __init__(self, *_arguments: Any, **_options: Any) -> None:
                self.closed = False

            def messages(self) -> Iterator[Message]:
                yield from messages

            def close(self) -> None:
                self.closed = True

        monkeypatch.setattr(nfstream_live, "NFStreamProcess", Process)
        asked = iter([*stops, *[False] * len(messages)])
        return NFStreamLive("eth77", buffer_mib=1, should_stop=lambda: next(asked))

    return feed


def read(live: NFStreamLive) -> list[FedBlock]:
    with live:
        return list(live)


def test_packets_are_frames_of_raw_ip(say: Callable[..., NFStreamLive]) -> None:
    live = say([packets((1_000, 0, b"abc"), (1_002, 1, b"de")), packets((1_003, 0, b"f"))])
    first, second = read(live)
    block = first.frames
    assert [
        block.data[block.offset[i] :][: block.captured[i]].tobytes() for i in range(2)
    ] == [b"abc", b"de"]  # fmt: skip
    assert block.time_us.tolist() == [1_000_000, 1_002_000]
    assert block.wire.tolist() == [3, 2]
    assert set(block.link_type.tolist()) == {101}
    assert first.tag is not None
    assert first.tag.tolist() == [0, 1]
    assert first.accepted is None  # all
    assert [*block.frame.tolist(), *second.frames.frame.tolist()] == [1, 2, 3]
    assert (live.health.packets, live.health.bytes) == (3, 6)
    assert live.clock == "ms"


def test_silence_gives_empty_blocks_and_no_clock(say: Callable[..., NFStreamLive]) -> None:
    live = say([packets(), packets()])
    assert [len(fed.frames.frame) for fed in read(live)] == [0, 0]
    assert live.clock_us is None


def test_what_came_before_the_stop_is_given_and_no_more(say: Callable[..., NFStreamLive]) -> None:
    now_ms = time.time_ns() // 1_000_000
    late = packets((now_ms - 5, 0, b"ab"), (now_ms + 60_000, 0, b"cd"))
    live = say([packets(), late, packets((now_ms + 60_001, 0, b"e"))], True)
    assert [len(fed.frames.frame) for fed in read(live)] == [0, 1]
    assert live.health.packets == 1


def test_what_nfstream_counts_is_in_the_health(say: Callable[..., NFStreamLive]) -> None:
    said = [
        packets((1, 0, b"a")),
        (COUNTS, encode_counts(Counts(dropped=5, ignored=2))),
        packets((2, 0, b"b")),
        (COUNTS, encode_counts(Counts(dropped=7, ignored=3))),
    ]
    live = say(said)
    read(live)
    assert (live.health.dropped, live.health.packets) == (7, 5)
    assert live.health.ignored == {"refused_by_nfstream": 3, "not_decoded": 2}


def test_names_come_with_their_packets(say: Callable[..., NFStreamLive]) -> None:
    names = encode_names([Name(1, 4, "DNS", "example.org", "", "")])
    gone = np.array([4], "<i4").tobytes()
    live = say([(NAMES, names), packets((1, 4, b"a")), (GONE, gone)])
    read(live)
    assert live.applications[4].server_name == "example.org"


def test_refusal_is_said_in_one_line(say: Callable[..., NFStreamLive]) -> None:
    live = say([(REFUSED, b"eth77: No such device\n\x1b[31m")])
    with pytest.raises(CaptureRightsError, match=r"cannot capture on eth77: .*No such device"):
        read(live)


def test_plugin_sends_packets_whole_and_in_order() -> None:
    reading, writing = os.pipe()
    plugin = PacketPlugin(writing, n_dissections=0)
    flow = SimpleNamespace(
        udps=SimpleNamespace(tag=3), bidirectional_packets=9, bidirectional_first_seen_ms=0
    )
    for i, content in enumerate((b"abc", b"", b"de")):
        plugin.on_update(SimpleNamespace(time=10 + i, ip_packet=content), flow)
    plugin.flush()
    kind, size = HEADER.unpack(os.read(reading, HEADER.size))
    sent = decode_packets(os.read(reading, size))
    os.close(reading)
    os.close(writing)
    assert kind == PACKETS
    assert sent.time_ms.tolist() == [10, 11, 12]
    assert sent.tag.tolist() == [3, 3, 3]
    assert sent.size.tolist() == [3, 0, 2]
    assert sent.data.tobytes() == b"abcde"
    assert not plugin.data


def test_interface_that_nfstream_does_not_know_is_said() -> None:
    live = NFStreamLive("eth77", buffer_mib=1, should_stop=lambda: False)
    with pytest.raises(CaptureRightsError, match=r"cannot capture on eth77: .*interface name"):
        read(live)


@pytest.mark.skipif(not may_capture(), reason="no right to capture")
@pytest.mark.parametrize("spawned", [False, True])
def test_spawned_meter_captures_as_a_forked_one(
    spawned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if spawned:  # as on Windows, where NFStream also makes its own tuple of every packet
        (tmp_path / "sitecustomize.py").write_text(_SPAWNED)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    end = time.monotonic() + 30
    seen: list[FedBlock] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        own = f"udp and src port {sender.getsockname()[1]}"
        with NFStreamLive(
            "lo",
            capture_filter=own,
            buffer_mib=1,
            should_stop=lambda: len(seen) > 0 or time.monotonic() > end,
        ) as live:
            for fed in live:
                seen.extend([fed] if len(fed.frames.frame) else [])
                sender.sendto(b"payload", ("127.0.0.1", 9))
    first = seen[0].frames
    packet = first.data[: first.captured[0]].tobytes()
    assert (packet[0], packet[9], packet[28:]) == (0x45, 17, b"payload")
    assert abs(time.time_ns() // 1000 - int(first.time_us[0])) < 60_000_000


_SPAWNED = """
import sys
if "nfstream_live_worker" in " ".join(sys.orig_argv):
    import nfstream
    nfstream.NFStreamer.is_windows = True
"""
