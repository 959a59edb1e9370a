"""Names in DNS queries: what is read of a message, of which zone it is, and what a flow counts."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netad_pcap.flows import concatenate
from netad_pcap.metering.decode import decode_block
from netad_pcap.metering.meter import meter
from netad_pcap.metering.questions import read_question
from tests.cli.captures import pcap, udp
from tests.metering.made_frames import block, ethernet, ipv4, ipv6
from tests.metering.made_frames import udp as udp_segment

_LABEL = st.text("abcxyz019-", min_size=1, max_size=63)
_NAME = st.lists(_LABEL, min_size=1, max_size=6).map(".".join).filter(lambda n: len(n) <= 253)


def query(name: str, *, flags: int = 0x0100, questions: int = 1) -> bytes:
    """A question for addresses of a name (RFC 1035, section 4.1)."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", 7, flags, questions, 0, 0, 0) + labels + b"\0\0\x01\0\x01"


def _zone(name: str) -> str:
    """What a name is registered under, as text: the slow twin."""
    labels = name.split(".")
    if len(labels) >= 3 and len(labels[-1]) == 2 and labels[-2] in ("co", "com", "ac", "org"):
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


def _read(message: bytes) -> tuple[int, int]:
    row: Any = np.rec.array(np.zeros(1, [("sequence", "u4"), ("acknowledgment", "u4")]))[0]
    data = np.frombuffer(b"\0" * 9 + message + b"\0" * 9, np.uint8)  # ends any name
    read_question.py_func(data, 9, 9 + len(message), row)
    compiled = np.zeros(1, [("sequence", "u4"), ("acknowledgment", "u4")])
    read_question(data, 9, 9 + len(message), compiled[0])
    assert (row.sequence, row.acknowledgment) == tuple(compiled[0].tolist())
    return int(row.sequence), int(row.acknowledgment)


@given(one=_NAME, other=_NAME)
@example(one="a.example.com", other="b.Example.com".lower())
@example(one="shop.co.uk", other="bank.co.uk")
@example(one="x.shop.co.uk", other="y.shop.co.uk")
@example(one="x.shop.com.au", other="y.bank.com.au")
@example(one="a.t1.io", other="b.t1.io")
@example(one="a.comx.uk", other="b.comx.uk")
def test_hashes_are_equal_where_names_and_zones_are(one: str, other: str) -> None:
    (zone, name), (other_zone, other_name) = _read(query(one)), _read(query(other))
    if one.endswith("arpa") or other.endswith("arpa"):
        return
    assert (zone == other_zone) == (_zone(one) == _zone(other))
    assert (name == other_name) == (one == other)
    assert name & 0xFF == len(one)
    assert zone > 0
    assert _read(query(one.upper())) == (zone, name)


@given(name=_NAME, cut=st.integers(0, 300))
def test_a_name_that_is_not_all_there_is_none(name: str, cut: int) -> None:
    message = query(name)[: 12 + cut]
    whole = cut >= len(name) + 2
    assert (_read(message) != (0, 0)) == whole


@given(message=st.binary(max_size=80))
def test_any_bytes_are_read_within_their_bounds(message: bytes) -> None:
    _read(message)


@pytest.mark.parametrize(
    "message",
    [
        query("www.example.com", flags=0x8180),  # an answer
        query("www.example.com", flags=0x2800),  # an update
        query("www.example.com", questions=0),
        query("4.3.2.1.in-addr.arpa"),
        query("4.3.2.1.IN-ADDR.ARPA"),
        struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + b"\0\0\x02\0\x01",  # the root
        struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + b"\xc0\x0c\0\x01\0\x01",  # a pointer
    ],
)
def test_what_asks_for_no_name(message: bytes) -> None:
    assert _read(message) == (0, 0)


def test_both_ways_of_decoding_read_the_same() -> None:
    """The plain frame, a VLAN tag, IPv6, IP options; and no answer, no other port."""
    asked = udp_segment(query("www.example.com"))
    frames = [
        ethernet(ipv4(asked, 17)),
        ethernet(b"\0\x07\x08\0" + ipv4(asked, 17), 0x8100),
        ethernet(ipv6(asked, 17), 0x86DD),
        ethernet(ipv4(asked, 17, options=b"\x01\x01\x01\0")),
        ethernet(ipv4(udp_segment(query("www.example.com"), ports=(53, 40000)), 17)),
        ethernet(ipv4(udp_segment(query("www.example.com"), ports=(40000, 5353)), 17)),
    ]
    rows = decode_block(block(frames), profile="cic-fixed", strict=False).packets
    expected = _read(query("www.example.com"))
    for row in rows[:4]:
        assert (row["sequence"], row["acknowledgment"]) == expected
    assert not rows["sequence"][4:].any()
    assert not rows["acknowledgment"][4:].any()


def test_a_name_that_the_snapshot_cut_is_none() -> None:
    """Plain frame and VLAN tag, cut before the name's last byte, and behind it."""
    asked = udp_segment(query("www.example.com"))
    for before, frame in (
        (42, ethernet(ipv4(asked, 17))),
        (46, ethernet(b"\0\x07\x08\0" + ipv4(asked, 17), 0x8100)),
    ):
        name_ends = before + 12 + len("www.example.com") + 2
        for cut in (-1, 0):
            wire = [len(frame)]
            packet = decode_block(
                block([frame[: name_ends + cut]], wire=wire), profile="cic-fixed", strict=False
            ).packets[0]
            expected = _read(query("www.example.com")) if cut == 0 else (0, 0)
            assert (packet["sequence"], packet["acknowledgment"]) == expected


def test_a_flow_counts_names_that_are_not_the_one_before(tmp_path: Path) -> None:
    names = ["a.t.test", "a.t.test", "b.t.test", "www.other.test", "c.t.test", "d.t.test"]
    frames = [udp("198.18.0.1", "198.18.0.2", 40_000, 53, query(name)) for name in names]
    frames.append(udp("198.18.0.2", "198.18.0.1", 53, 40_000, query("x.t.test", flags=0x8180)))
    (tmp_path / "c.pcap").write_bytes(pcap(frames))
    flows = concatenate(meter(tmp_path / "c.pcap", profile="cic-fixed", meter="native"))
    told = {name: flows.connection[name].tolist() for name in flows.connection if "dns" in name}
    assert told["dns_questions"] == [6]
    assert told["dns_names"] == [3]  # a; b behind a; d behind c
    assert told["dns_name_bytes"] == [sum(map(len, names))]
    zone, name = _read(query("d.t.test"))
    assert (told["dns_zone"], told["dns_name"]) == ([zone], [name])
