"""What NFStream takes and refuses, by experiment: a made frame for each cause."""

from __future__ import annotations

import numpy as np
import pytest

from netad_pcap.capture.health import CAUSES
from netad_pcap.metering.nfstream_feed import NFStreamFeed
from netad_pcap.metering.nfstream_refusals import refusal_causes
from tests.metering.frame_reader import Made, MadeReader, block_of
from tests.metering.made_frames import ethernet, ipv4, ipv6, tcp, u16, udp

_V6 = 0x86DD
_WORDS = tuple(CAUSES)
TAKEN = "metered"


def _fragment6(offset: int, inside: bytes) -> bytes:
    return ipv6(bytes([6, 0]) + u16(offset << 3) + bytes(4) + inside, 44)


def _snap(inside: bytes) -> bytes:
    return bytes.fromhex("aaaa03000000") + u16(0x0800) + inside


WHOLE = tcp(b"x" * 100)
FRAMES: dict[str, tuple[bytes, str]] = {
    "tcp": (ethernet(ipv4(WHOLE)), TAKEN),
    "udp": (ethernet(ipv4(udp(b"y" * 30), 17)), TAKEN),
    "icmp": (ethernet(ipv4(b"\x08\0\0\0\0\0\0\0", 1)), TAKEN),
    "unknown protocol": (ethernet(ipv4(b"z" * 40, 132)), TAKEN),
    "padded": (ethernet(ipv4(tcp())) + bytes(6), TAKEN),
    "first fragment": (ethernet(ipv4(WHOLE, fragment=0x2000)), TAKEN),
    "later fragment": (ethernet(ipv4(b"f" * 80, fragment=10)), "nfstream_fragment"),
    "total length 0": (ethernet(ipv4(WHOLE, total=0)), "nfstream_length_zero"),
    "total length 19": (ethernet(ipv4(WHOLE, total=19)), "nfstream_length"),
    "total length of the header": (ethernet(ipv4(WHOLE, total=20)), TAKEN),
    "total length 30": (ethernet(ipv4(WHOLE, total=30)), TAKEN),
    "total length too large": (ethernet(ipv4(WHOLE, total=900)), TAKEN),
    "cut in the payload": (ethernet(ipv4(WHOLE))[:64], TAKEN),
    "cut in the TCP header": (ethernet(ipv4(WHOLE))[:48], TAKEN),
    "cut in the IP header": (ethernet(ipv4(WHOLE))[:33], "nfstream_cut"),
    "cut in the IP options": (ethernet(ipv4(WHOLE, options=bytes(20)))[:36], "nfstream_cut"),
    "27 bytes": (ethernet(ipv4(WHOLE))[:27], "nfstream_cut"),
    "options": (ethernet(ipv4(WHOLE, options=b"\x01" * 8)), TAKEN),
    "ip in ip": (ethernet(ipv4(ipv4(WHOLE), 4)), TAKEN),
    "later fragment in ip in ip": (
        ethernet(ipv4(ipv4(b"f" * 80, fragment=10), 4)),
        "nfstream_fragment",
    ),
    "length 0 in ip in ip": (ethernet(ipv4(ipv4(WHOLE, total=0), 4)), "nfstream_length_zero"),
    "rubbish in ip in ip": (ethernet(ipv4(b"\xf0" * 60, 4)), "nfstream_inner"),
    "ipv6 in ip": (ethernet(ipv4(ipv6(WHOLE), 41)), TAKEN),
    "ipv6": (ethernet(ipv6(WHOLE), _V6), TAKEN),
    "ipv6 cut": (ethernet(ipv6(WHOLE), _V6)[:90], "nfstream_cut"),
    "ipv6 cut in its header": (ethernet(ipv6(WHOLE), _V6)[:50], "nfstream_cut"),
    "ipv6 padded": (ethernet(ipv6(tcp()), _V6) + bytes(9), TAKEN),
    "ipv6 length 0": (ethernet(ipv6(WHOLE, length=0), _V6), TAKEN),
    "ipv6 first fragment": (ethernet(_fragment6(0, WHOLE), _V6), TAKEN),
    "ipv6 later fragment": (ethernet(_fragment6(5, WHOLE), _V6), "nfstream_fragment"),
    "ipv6 hop by hop": (ethernet(ipv6(b"\x06\0" + bytes(6) + WHOLE, 0), _V6), TAKEN),
    "ipv6 extension too long": (
        ethernet(ipv6(b"\x06\xff" + bytes(6) + WHOLE, 0), _V6),
        "nfstream_extension",
    ),
    "ipv6 extension cut": (ethernet(ipv6(b"\x06\0", 60), _V6), "nfstream_extension"),
    "ipv6 no next header": (ethernet(ipv6(bytes(20), 59), _V6), "nfstream_extension"),
    "arp": (ethernet(b"\0\x01\x08\0\x06\x04" + bytes(40), 0x0806), "arp"),
    "lldp": (ethernet(bytes(50), 0x88CC), "lldp"),
    "vlan": (ethernet(b"\0\x05" + u16(0x0800) + ipv4(WHOLE), 0x8100), TAKEN),
    "802.1ad": (
        ethernet(b"\0\x05" + u16(0x8100) + b"\0\x06" + u16(0x0800) + ipv4(WHOLE), 0x88A8),
        TAKEN,
    ),
    "0x9100": (ethernet(b"\0\x05" + u16(0x0800) + ipv4(WHOLE), 0x9100), TAKEN),
    "mpls": (ethernet(b"\0\0\x11\x40" + ipv4(WHOLE), 0x8847), TAKEN),
    "pppoe": (ethernet(b"\x11\0\0\x01\0\x90\0\x21" + ipv4(WHOLE), 0x8864), TAKEN),
    "pppoe ipv6": (ethernet(b"\x11\0\0\x01\0\xb0\0\x57" + ipv6(WHOLE), 0x8864), TAKEN),
    "snap": (ethernet(_snap(ipv4(WHOLE)), 148), TAKEN),
    "snap behind a vlan tag": (
        ethernet(b"\0\x05" + u16(148) + _snap(ipv4(WHOLE)), 0x8100),
        "nfstream_link",
    ),
}


@pytest.fixture(scope="module")
def accepted() -> dict[str, bool]:
    """NFStream's word on each frame, from one run over all."""
    reader = MadeReader([Made(frame) for frame, _ in FRAMES.values()])
    with NFStreamFeed(lambda: reader) as feed:
        said = np.concatenate([block.accepted for block in feed])
    return dict(zip(FRAMES, said.tolist(), strict=True))


@pytest.mark.parametrize("name", FRAMES)
def test_nfstream_takes_the_frame_or_leaves_it(name: str, accepted: dict[str, bool]) -> None:
    assert accepted[name] == (FRAMES[name][1] == TAKEN)


@pytest.mark.parametrize("name", [n for n, (_, cause) in FRAMES.items() if cause != TAKEN])
def test_refused_frame_has_its_cause(name: str) -> None:
    frame, cause = FRAMES[name]
    causes = refusal_causes(block_of([Made(frame)]), np.ones(1, np.bool_))
    assert [_WORDS[number] for number in causes] == [cause]


def test_only_refused_frames_get_a_cause() -> None:
    names = ["tcp", "later fragment", "udp", "arp"]
    block = block_of([Made(FRAMES[name][0]) for name in names])
    causes = refusal_causes(block, np.array([False, True, False, True]))
    assert [_WORDS[number] for number in causes] == ["nfstream_fragment", "arp"]


def test_any_bytes_get_a_cause() -> None:
    rng = np.random.default_rng(7)
    frames = [Made(rng.bytes(int(size)), link_type=int(link)) for size, link in zip(
        rng.integers(0, 90, 2000), rng.choice([0, 1, 9, 12, 51, 113, 276, 999], 2000), strict=True,
    )]  # fmt: skip
    frames += [Made(frame[:cut]) for frame, _ in FRAMES.values() for cut in range(len(frame))]
    causes = refusal_causes(block_of(frames), np.ones(len(frames), np.bool_))
    assert causes.min() > 0
    assert causes.max() < len(CAUSES)
