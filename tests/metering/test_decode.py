"""Default decoding: what each extension changes, and its mark (design 6)."""

import numpy as np
import pytest

from netad_pcap.capture.health import CAUSES
from netad_pcap.metering.decode import decode_block
from netad_pcap.metering.extensions import ext_text
from netad_pcap.metering.packets import PACKET
from netad_pcap.metering.rules import PROFILES
from tests.metering.made_frames import block, decode_one, ethernet, ipv4, ipv6, tcp, u16, udp

CODES = tuple(CAUSES)
UPSTREAM, FORK = PROFILES[:2], PROFILES[2:]
UNREACHABLE = b"\x03\x03" + bytes(6) + ipv4(udp(ports=(53, 40000)), 17)


def fields(frame: bytes, profile: str, names: str, **how: object) -> tuple[object, ...]:
    """The named fields of the packet, then its extensions as text."""
    packet, bits, _ = decode_one(frame, profile=profile, **how)  # type: ignore[arg-type]
    assert packet is not None
    return (*(getattr(packet, name) for name in names.split()), ext_text(bits))


PORTS = "protocol src_port dst_port payload header"


@pytest.mark.parametrize("profile", PROFILES)
def test_icmp_error_is_icmp_and_not_the_packet_that_it_quotes(profile: str) -> None:
    mark = "icmp" if profile in UPSTREAM else ""
    frame = ethernet(ipv4(UNREACHABLE, 1))
    assert fields(frame, profile, PORTS + " icmp_type icmp_code") == (1, 0, 0, 0, 0, 3, 3, mark)


def test_the_tool_takes_the_quoted_packet_for_the_packet() -> None:
    frame = ethernet(ipv4(UNREACHABLE, 1))
    assert fields(frame, "cic-v4", PORTS, strict=True) == (17, 53, 40000, 0, 8, "")


@pytest.mark.parametrize("profile", PROFILES)
def test_any_icmp_type_is_kept(profile: str) -> None:
    frame = ethernet(ipv4(b"\xfd\x01" + bytes(6), 1))
    assert fields(frame, profile, "protocol icmp_type icmp_code") == (1, 253, 1, "icmp")


@pytest.mark.parametrize("profile", PROFILES)
def test_icmpv6_is_58(profile: str) -> None:
    frame = ethernet(ipv6(b"\x87\0" + bytes(22), 58), 0x86DD)
    expected = (58, 0, 0, 0, 0, 135, 0, "ipv6 icmp")
    assert fields(frame, profile, PORTS + " icmp_type icmp_code") == expected


@pytest.mark.parametrize("profile", PROFILES)
def test_other_protocols_keep_their_number(profile: str) -> None:
    for number in (41, 47, 50, 89, 103, 112, 255):
        frame = ethernet(ipv4(bytes(30), number))
        assert fields(frame, profile, PORTS) == (number, 0, 0, 0, 0, "proto")


def test_igmp_is_the_forks_own() -> None:
    frame = ethernet(ipv4(bytes(8), 2))
    marks = [fields(frame, profile, "protocol") for profile in PROFILES]
    assert marks == [(2, "proto"), (2, "proto"), (2, ""), (2, "proto")]


def test_sctp_has_ports_and_lengths() -> None:
    frame = ethernet(ipv4(u16(5000) + u16(5001) + bytes(24), 132))
    marks = {profile: fields(frame, profile, PORTS) for profile in PROFILES}
    assert {m[:-1] for m in marks.values()} == {(132, 5000, 5001, 16, 12)}
    assert [p for p, m in marks.items() if m[-1] == ""] == ["cic-fixed"]


@pytest.mark.parametrize("profile", PROFILES)
def test_later_fragments_stay_protocol_0(profile: str) -> None:
    names = PORTS + " fragment_offset fragment_mark"
    frame = ethernet(ipv4(bytes(64), 17, fragment=0x2000 | 185))
    assert fields(frame, profile, names) == (0, 0, 0, 0, 0, 1480, 3, "proto")
    frame = ethernet(ipv6(b"\x11\0" + u16(1480) + bytes(4) + bytes(64), 44), 0x86DD)
    assert fields(frame, profile, names) == (0, 0, 0, 0, 0, 1480, 2, "ipv6 proto")


def test_protocol_0_is_marked_because_strict_books_others_there() -> None:
    for frame in (ethernet(ipv4(bytes(64), 0)), ethernet(ipv4(bytes(10), 6))):
        for profile in PROFILES:
            assert fields(frame, profile, PORTS) == (0, 0, 0, 0, 0, "proto")


def test_later_fragments_of_igmp_keep_their_number_in_cic_fixed_as_the_tools() -> None:
    frame = ethernet(ipv4(bytes(64), 2, fragment=185))
    assert [fields(frame, p, "protocol") for p in PROFILES] == [
        (0, "proto"),
        (0, "proto"),
        (2, ""),
        (0, "proto"),
    ]
    assert fields(frame, "cic-fixed", "protocol", strict=True) == (2, "")


@pytest.mark.parametrize(
    ("fragment", "size"),
    [(0x2000, 63), (8190, 64), (0x2000, 0)],
    ids=["ragged", "beyond 65535", "empty"],
)
def test_bad_fragments_are_marked(fragment: int, size: int) -> None:
    packet, _, _ = decode_one(ethernet(ipv4(bytes(size), 17, fragment=fragment)))
    assert packet is not None
    assert packet.fragment_mark & 4


@pytest.mark.parametrize("profile", PROFILES)
def test_lengths_come_from_the_ip_header_where_the_snapshot_cut(profile: str) -> None:
    whole = ethernet(ipv4(tcp(bytes(1000), options=bytes(12))))
    for size in (34 + 13, 34 + 20, 96):
        cut = fields(whole[:size], profile, PORTS, wire=len(whole))
        assert cut == (6, 40000, 443, 1000, 32, "snap")


def test_what_was_captured_of_a_tcp_header_is_told() -> None:
    whole = ethernet(ipv4(tcp(bytes(1000))))
    names = "src_port dst_port sequence acknowledgment flags window payload header"
    ports = (40000, 443)
    seen = {
        size: fields(whole[: 34 + size], "cic-2018", names, wire=len(whole))
        for size in (4, 8, 12, 14, 16)
    }
    assert seen == {
        4: (*ports, 0, 0, 0, -1, 1000, 20, "snap"),
        8: (*ports, 0x01020304, 0, 0, -1, 1000, 20, "snap"),
        12: (*ports, 0x01020304, 0x05060708, 0, -1, 1000, 20, "snap"),
        14: (*ports, 0x01020304, 0x05060708, 0x18, -1, 1000, 20, "snap"),
        16: (*ports, 0x01020304, 0x05060708, 0x18, 1000, 1000, 20, "snap"),
    }


def test_without_captured_ports_there_is_no_packet() -> None:
    whole = ethernet(ipv4(tcp(bytes(1000))))
    packet, _, cause = decode_one(whole[:37], wire=len(whole))
    assert packet is None
    assert CODES[cause] == "cut_before_transport"


def test_a_snapshot_that_cut_only_padding_changes_nothing() -> None:
    whole = ethernet(ipv4(tcp()) + bytes(6))
    assert fields(whole[:54], "cic-v4", PORTS, wire=60) == (6, 40000, 443, 0, 20, "")


def test_a_total_length_that_lies_keeps_what_is_there() -> None:
    frame = ethernet(ipv4(udp(b"query"), 17, total=3000))
    assert fields(frame, "cic-v4", PORTS) == (17, 40000, 53, 5, 8, "")
    assert fields(frame[:44], "cic-v4", PORTS, wire=47) == (17, 40000, 53, 5, 8, "snap")


@pytest.mark.parametrize("profile", PROFILES)
def test_total_length_0_is_the_frames(profile: str) -> None:
    frame = ethernet(ipv4(tcp(bytes(3000)), total=0))
    mark = "len0" if profile in UPSTREAM else ""
    assert fields(frame, profile, PORTS) == (6, 40000, 443, 3000, 20, mark)
    cut = fields(frame[:100], profile, PORTS, wire=len(frame))
    assert cut == (6, 40000, 443, 3000, 20, f"snap {mark}".rstrip())


def test_the_tool_loses_total_length_0_but_not_behind_a_tag() -> None:
    datagram = ipv4(tcp(bytes(3000)), total=0)
    assert fields(ethernet(datagram), "cic-v4", PORTS, strict=True) == (0, 0, 0, 0, 0, "")
    tagged = ethernet(b"\0\5\x08\0" + datagram, 0x8100)
    assert fields(tagged, "cic-v4", PORTS) == (6, 40000, 443, 3000, 20, "")


EXTENSION_HEADERS = {
    "hop-by-hop": (0, b"\x06\0" + bytes(6)),
    "routing": (43, b"\x06\2" + bytes(22)),
    "first fragment": (44, b"\x06\0\0\1\0\0\0\7"),
    "authentication": (51, b"\x06\4" + bytes(22)),
    "destination options": (60, b"\x06\1" + bytes(14)),
    "mobility": (135, b"\x06\0" + bytes(6)),
    "hop-by-hop, then routing": (0, b"\x2b\0" + bytes(6) + b"\x06\0" + bytes(6)),
}


@pytest.mark.parametrize(
    ("number", "header"), EXTENSION_HEADERS.values(), ids=EXTENSION_HEADERS.keys()
)
def test_tcp_is_found_behind_ipv6_extension_headers(number: int, header: bytes) -> None:
    frame = ethernet(ipv6(header + tcp(b"hello"), number), 0x86DD)
    assert fields(frame, "cic-v4", PORTS) == (6, 40000, 443, 5, 20, "ipv6")


@pytest.mark.parametrize(
    ("number", "inside", "protocol"),
    [(50, bytes(24), 50), (59, b"", 59), (135, b"\x3b\0" + bytes(6), 135), (41, bytes(40), 41)],
    ids=["esp", "no next header", "mobility alone", "ipv6 in ipv6"],
)
def test_other_ends_of_ipv6_keep_their_number(number: int, inside: bytes, protocol: int) -> None:
    frame = ethernet(ipv6(inside, number), 0x86DD)
    assert fields(frame, "cic-fixed", PORTS) == (protocol, 0, 0, 0, 0, "ipv6 proto")


@pytest.mark.parametrize("header", [b"\x06\x40" + bytes(6), b"\x06\0"], ids=["long", "short"])
def test_an_extension_header_that_does_not_fit_is_a_damaged_header(header: bytes) -> None:
    packet, _, cause = decode_one(ethernet(ipv6(header, 0), 0x86DD))
    assert packet is None
    assert CODES[cause] == "bad_ip_header"


def test_ipv4_inside_ipv6_is_metered_by_its_inner_addresses() -> None:
    frame = ethernet(ipv6(ipv4(tcp(b"inner")), 4), 0x86DD)
    expected = (4, 6, 40000, 443, 5, 20, "ipv6")
    assert fields(frame, "cic-v4", "ip_version " + PORTS) == expected


def test_ipv4_inside_ipv4_keeps_the_outer_addresses() -> None:
    frame = ethernet(ipv4(ipv4(tcp(b"inner")), 4))
    assert fields(frame, "cic-v4", PORTS) == (6, 40000, 443, 5, 20, "")


def test_the_second_look_is_off_by_default() -> None:
    arp = b"\xff" * 6 + bytes.fromhex("00112233445508060001080006040001") + bytes(20)
    packet, _, cause = decode_one(arp)
    assert packet is None
    assert CODES[cause] == "arp"
    garbage, _, _ = decode_one(arp, strict=True)
    assert garbage is not None
    assert (garbage.src, garbage.dst) == (bytes([8, 6, 0, 1]), bytes([8, 0, 6, 4]))


@pytest.mark.parametrize(
    ("cause", "frame"),
    [
        ("lldp", ethernet(bytes(28), 0x88CC)),
        ("ipv6", ethernet(ipv6(tcp()), 0x86DD)),
        ("other_ethertype", ethernet(b"\0\1\x21\x40" + ipv4(tcp()), 0x8847)),
        ("unreadable_protocol", ethernet(ipv4(bytes(20), 89))),
        ("decode_failed", ethernet(ipv4(b"\x40\0" + bytes(6), 1))),
        ("cut_before_ip", ethernet(b"\x45" + bytes(10))),
    ],
)
def test_frames_that_strict_drops_have_a_cause(cause: str, frame: bytes) -> None:
    packet, _, number = decode_one(frame, profile="cic-fixed", strict=True)
    assert packet is None
    assert CODES[number] == cause


def test_rows_name_the_frames_that_were_metered() -> None:
    hello, arp = ethernet(ipv4(tcp(b"hello"))), ethernet(bytes(28), 0x0806)
    decoded = decode_block(block([arp, hello, arp, hello]), profile="cic-2018", strict=False)
    assert decoded.row.tolist() == [1, 3]
    assert decoded.packets["frame"].tolist() == [2, 4]
    assert [CODES[c] for c in decoded.cause] == ["arp", "metered", "arp", "metered"]


def test_packets_can_go_into_a_reused_array() -> None:
    made = block([ethernet(ipv4(tcp(b"hello")))] * 3)
    room = np.empty(8, PACKET)
    decoded = decode_block(made, profile="cic-2018", strict=False, packets_out=room)
    assert decoded.packets.base is room
    with pytest.raises(ValueError, match="room for 2 packets, but the block has 3 frames"):
        decode_block(made, profile="cic-2018", strict=False, packets_out=room[:2])


def test_an_empty_block_has_no_packets() -> None:
    made = block([ethernet(b"")])
    empty = made._replace(**{f: getattr(made, f)[:0] for f in made._fields})
    decoded = decode_block(empty, profile="cic-v4", strict=True)
    assert len(decoded.packets) == len(decoded.row) == len(decoded.cause) == 0


def test_frames_outside_of_the_buffer_are_refused() -> None:
    made = block([ethernet(ipv4(tcp()))])
    for wrong in (made._replace(offset=made.offset + 1), made._replace(offset=made.offset - 1)):
        with pytest.raises(ValueError, match="outside of its data"):
            decode_block(wrong, profile="cic-v4", strict=True)


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(ValueError, match="unknown profile 'cic-2019'"):
        decode_block(block([b""]), profile="cic-2019", strict=True)
