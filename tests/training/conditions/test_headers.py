"""Headers are found in every framing, and what is changed has true lengths and checksums."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netad_pcap.training.conditions.headers import icmp_quotes, read_tcp, with_mss
from netad_pcap.training.conditions.recording import TCP, read_recording
from tests.cli.captures import ethernet, udp
from tests.training.conditions.talks import tcp


@pytest.mark.parametrize("name", ["web_attack.pcap", "ipv6_vlan.pcap", "three_interfaces.pcapng"])
def test_written_again_a_true_packet_is_the_same(name: str, samples: Path) -> None:
    """scapy made the checksums of the samples: ours are the same, tags, IPv6 and padding too."""
    read = 0
    for conversation in read_recording(samples / name).conversations:
        for packet in conversation.packets:
            frame = read_tcp(packet.data, packet.wire, packet.link_type)
            assert (frame is not None) == (packet.protocol == TCP)
            if frame is not None:
                assert frame.changed() == packet.data
                read += 1
    assert read > 100


@given(st.binary(max_size=90), st.integers(0, 1 << 33), st.integers(0, 1 << 33))
def test_changed_packet_sums_to_nothing(payload: bytes, sequence: int, acknowledgment: int) -> None:
    frame = read_tcp(tcp(0, 5, 6, 16, b"old"), 57, 1)
    assert frame is not None
    data = frame.changed(payload=payload, sequence=sequence, acknowledgment=acknowledgment)
    again = read_tcp(data.ljust(60, b"\0"), max(len(data), 60), 1)
    assert again is not None
    assert again.payload == payload
    assert struct.unpack_from("!II", data, 38) == (sequence % (1 << 32), acknowledgment % (1 << 32))
    assert _sum(data[14:34]) == 0xFFFF
    segment = data[34:]
    assert _sum(data[26:34] + struct.pack("!HH", 6, len(segment)) + segment) == 0xFFFF


def _sum(data: bytes) -> int:
    """Ones' complement sum, word by word (RFC 1071)."""
    total = 0
    for (word,) in struct.iter_unpack("!H", data + b"\0" * (len(data) % 2)):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return total


@pytest.mark.parametrize(
    "data", [b"", tcp(0, 1, 1, 16)[:50], udp("10.0.0.1", "10.0.0.2", 1, 2), bytes(80),
             ethernet(b"\x60" + bytes(60), 0x86DD)]
)  # fmt: skip
def test_what_is_no_whole_tcp_packet_is_left_alone(data: bytes) -> None:
    assert read_tcp(data, len(data), 1) is None
    assert read_tcp(tcp(0, 1, 1, 16), 2_000, 1) is None  # cut by the snapshot length


@pytest.mark.parametrize(("announced", "expected"), [(1_460, 1_360), (1_200, 1_200)])
def test_mss_is_cut_to_the_mtu_and_never_raised(announced: int, expected: int) -> None:
    bare = tcp(0, 1, 0, 2)
    options = b"\x01\x02\x04" + struct.pack("!H", announced) + b"\0\0\0"
    header = bytearray(bare[34:54])
    header[12] = 0x70
    data = bare[:16] + struct.pack("!H", 48) + bare[18:34] + bytes(header) + options
    frame = read_tcp(data, len(data), 1)
    assert frame is not None
    cut = with_mss(frame, 1_360)
    assert struct.unpack_from("!H", cut, 57) == (expected,)
    assert (cut == data) == (announced == expected)


def test_an_icmp_error_names_what_it_complains_of() -> None:
    quoted = udp("10.0.0.1", "10.0.0.2", 4_000, 9)[14:42]
    error = struct.pack("!BBHHHBBH", 0x45, 0, 56, 1, 0, 64, 1, 0) + bytes(
        [10, 0, 0, 2, 10, 0, 0, 1]
    )
    found = icmp_quotes(ethernet(error + b"\x03\x03" + bytes(6) + quoted), 1)
    assert found is not None
    assert (found[0][12:], found[1][12:], *found[2:]) == (
        bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]), 4_000, 9, 17,
    )  # fmt: skip
    assert icmp_quotes(ethernet(error + b"\x08\0" + bytes(6) + quoted), 1) is None
