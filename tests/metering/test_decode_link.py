"""Link layers: each leads to the same datagram, or the frame has a cause."""

import pytest

from netad_pcap.capture.health import CAUSES
from netad_pcap.capture.link_layer import METERED_LINK_TYPES
from netad_pcap.metering.extensions import ext_text
from tests.metering.made_frames import MACS, decode_one, ethernet, ipv4, ipv6, tcp, u16, udp
from tests.naive.decoding import Packet

CODES = tuple(CAUSES)
HELLO, HELLO6 = ipv4(tcp(b"hello")), ipv6(tcp(b"hello"))
SNAP = b"\xaa\xaa\x03\0\0\0"
SLL = b"\0\4\0\1\0\6" + bytes(8)
SLL2 = bytes(18)
PPPOE = b"\x11\0\0\1" + u16(2 + len(HELLO))

#: link type, bytes in front, ext
LAYERS = {
    "ethernet": (1, MACS + u16(0x0800), ""),
    "vlan": (1, MACS + u16(0x8100) + b"\0\5\x08\0", ""),
    "qinq of one type": (1, MACS + u16(0x8100) + b"\0\5\x81\0\0\6\x08\0", ""),
    "802.1ad": (1, MACS + u16(0x88A8) + b"\0\5\x81\0\0\6\x08\0", ""),
    "9100": (1, MACS + u16(0x9100) + b"\0\5\x08\0", ""),
    "snap in a tag": (1, MACS + u16(0x8100) + b"\0\5\0\x3d" + SNAP + u16(0x0800), ""),
    "802.3 snap": (1, MACS + u16(8 + len(HELLO)) + SNAP + u16(0x0800), "link"),
    "mpls": (1, MACS + u16(0x8847) + b"\0\1\x21\x40", "link"),
    "mpls, three labels": (1, MACS + u16(0x8848) + 2 * b"\0\1\x20\x40" + b"\0\1\x21\x40", "link"),
    "pppoe": (1, MACS + u16(0x8864) + PPPOE + b"\0\x21", "link"),
    "pppoe in a tag": (1, MACS + u16(0x8100) + b"\0\5\x88\x64" + PPPOE + b"\0\x21", "link"),
    "null, little-endian": (0, b"\2\0\0\0", "link"),
    "null, big-endian": (0, b"\0\0\0\2", "link"),
    "loop": (108, b"\0\0\0\2", "link"),
    "ppp": (9, b"\xff\3\0\x21", "link"),
    "ppp without hdlc": (9, b"\0\x21", "link"),
    "ppp, compressed": (9, b"\xff\3\x21", "link"),
    "ppp in hdlc": (50, b"\xff\3\0\x21", "link"),
    "cisco hdlc": (50, b"\x0f\0\x08\0", "link"),
    "ppp over ethernet": (51, PPPOE + b"\0\x21", "link"),
    "raw 12": (12, b"", "link"),
    "raw 14": (14, b"", "link"),
    "raw 101": (101, b"", "link"),
    "raw ipv4": (228, b"", "link"),
    "sll": (113, SLL + u16(0x0800), "link"),
    "sll with a tag": (113, SLL + b"\x81\0\0\5\x08\0", "link"),
    "sll with 802.2": (113, SLL + b"\0\4" + SNAP + u16(0x0800), "link"),
    "sll2": (276, u16(0x0800) + SLL2, "link"),
}


@pytest.mark.parametrize(("link_type", "head", "ext"), LAYERS.values(), ids=LAYERS)
def test_datagram_is_found_behind_its_link_layer(link_type: int, head: bytes, ext: str) -> None:
    plain, _, _ = decode_one(ethernet(HELLO))
    packet, bits, _ = decode_one(head + HELLO, link_type=link_type)
    assert packet == plain
    assert ext_text(bits) == ext


def test_every_metered_link_type_has_a_case() -> None:
    assert {number for number, _, _ in LAYERS.values()} | {229} == METERED_LINK_TYPES


@pytest.mark.parametrize(
    ("link_type", "head", "ext"),
    [
        (1, MACS + u16(0x86DD), "ipv6"),
        (1, MACS + u16(0x8100) + b"\0\5\x86\xdd", "ipv6"),
        (1, MACS + u16(0x8847) + b"\0\1\x21\x40", "link ipv6"),
        (1, MACS + u16(0x8864) + PPPOE + b"\0\x57", "link ipv6"),
        (0, b"\x18\0\0\0", "link ipv6"),
        (0, b"\0\0\0\x1c", "link ipv6"),
        (108, b"\0\0\0\x1e", "link ipv6"),
        (9, b"\xff\3\0\x57", "link ipv6"),
        (101, b"", "link ipv6"),
        (229, b"", "link ipv6"),
        (113, SLL + u16(0x86DD), "link ipv6"),
        (276, u16(0x86DD) + SLL2, "link ipv6"),
    ],
)
def test_ipv6_is_found_behind_its_link_layer(link_type: int, head: bytes, ext: str) -> None:
    packet, bits, _ = decode_one(head + HELLO6, link_type=link_type)
    expected = Packet(
        6, HELLO6[8:24], HELLO6[24:40], 6, 40000, 443, 5, 20, 1000, 0x18, 0x01020304, 0x05060708
    )
    assert packet == expected
    assert ext_text(bits) == ext


@pytest.mark.parametrize(
    ("cause", "link_type", "frame"),
    [
        ("empty_frame", 1, b""),
        ("arp", 1, ethernet(bytes(28), 0x0806)),
        ("arp", 1, ethernet(b"\0\5\x08\x06" + bytes(28), 0x8100)),
        ("arp", 113, SLL + u16(0x0806) + bytes(28)),
        ("lldp", 1, ethernet(bytes(28), 0x88CC)),
        ("eapol", 1, ethernet(bytes(28), 0x888E)),
        ("llc", 1, ethernet(b"\x42\x42\x03" + bytes(35), 38)),
        ("llc", 1, ethernet(b"\xaa\xaa\x03\0\0\x0c\x20\0" + bytes(35), 43)),
        ("other_ethertype", 1, ethernet(bytes(46), 0x9000)),
        ("other_ethertype", 1, ethernet(b"\0\1\x21\x40" + bytes(40), 0x8847)),
        ("other_ethertype", 1, ethernet(b"\x11\x09\0\0\0\0" + bytes(40), 0x8863)),
        ("other_ethertype", 1, ethernet(PPPOE + b"\xc0\x21" + bytes(40), 0x8864)),
        ("other_ethertype", 0, b"\7\0\0\0" + bytes(40)),
        ("unsupported_link_type", 105, ethernet(HELLO)),
        ("cut_before_ip", 1, ethernet(HELLO)[:13]),
        ("cut_before_ip", 1, ethernet(HELLO)[:33]),
        ("cut_before_ip", 1, ethernet(HELLO6, 0x86DD)[:53]),
        ("cut_before_ip", 113, SLL),
        ("bad_ip_header", 1, ethernet(b"\x44" + HELLO[1:])),
        ("bad_ip_header", 101, b"\x15" + HELLO[1:]),
        ("bad_ip_header", 228, HELLO6),
        ("bad_ip_header", 229, HELLO),
        ("bad_ip_header", 1, ethernet(HELLO, 0x86DD) + bytes(20)),
    ],
)
def test_a_frame_without_ip_has_a_cause(cause: str, link_type: int, frame: bytes) -> None:
    packet, _, number = decode_one(frame, link_type=link_type)
    assert packet is None
    assert CODES[number] == cause


@pytest.mark.parametrize("frame", [head for _, head, _ in LAYERS.values()], ids=LAYERS)
def test_a_link_layer_that_ends_early_is_no_packet(frame: bytes) -> None:
    for link_type in sorted(METERED_LINK_TYPES):
        for size in range(len(frame) + 1):
            packet, _, number = decode_one(frame[:size], link_type=link_type)
            assert packet is None
            assert number > 0


def test_padding_behind_a_tag_is_not_payload() -> None:
    tagged = ethernet(b"\0\5\x08\0" + ipv4(udp(b"query"), 17) + bytes(13), 0x8100)
    ours, bits, _ = decode_one(tagged)
    tools, _, _ = decode_one(tagged, strict=True)
    assert ours is not None
    assert tools is not None
    assert (ours.payload, ext_text(bits)) == (5, "pad")
    assert tools.payload == 18


def test_padding_directly_behind_ethernet_needs_no_mark() -> None:
    packet, bits, _ = decode_one(ethernet(ipv4(udp(b"query"), 17) + bytes(13)))
    assert packet is not None
    assert (packet.payload, bits) == (5, 0)


def test_frames_behind_the_tools_stop_are_marked_and_strict_leaves_them() -> None:
    packet, bits, _ = decode_one(ethernet(HELLO), behind=True)
    assert packet is not None
    assert ext_text(bits) == "iface"
    strict, _, number = decode_one(ethernet(HELLO), behind=True, strict=True)
    assert strict is None
    assert CODES[number] == "not_reached"


@pytest.mark.parametrize("strict", [True, False])
def test_a_frame_shorter_on_the_wire_than_captured_is_dropped(strict: bool) -> None:
    packet, _, number = decode_one(ethernet(HELLO), wire=58, strict=strict)
    assert packet is None
    assert CODES[number] == "wire_shorter"
