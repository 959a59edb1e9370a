"""The slow, obvious twin of the default decoding (design 6), without `ext`.

Told in another way than the kernels': the datagram is taken out of its frame, filled up with
zeros to its length on the wire and given to the strict twin's scanner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.naive.decoding import (
    CannotRead,
    Header,
    Packet,
    Scanner,
    check_options,
    fragment_fields,
    number,
    read_ports,
    read_sctp,
    read_tcp,
)

#: Bytes of a header that must have been captured to go on.
NEEDED = {"ipv4": 20, "ipv6": 40, "tcp": 4, "udp": 4, "icmp": 2, "l2tp": 1, "ppp": 4}
VLAN, MPLS, PPPOE = (0x8100, 0x88A8, 0x9100), (0x8847, 0x8848), 0x8864


class Missing(Exception):
    """Bytes were cut off that are needed to go on."""


@dataclass
class CutScanner(Scanner):
    """A frame filled up with zeros, of which the first `known` bytes are real."""

    known: int = 0
    missing: bool = False

    def rule(self, protocol: str, at: int) -> tuple[int, str]:
        here, rem = self.known - at, self.limit - at
        full = {"tcp": 20, "udp": 8, "icmp": 4, "l2tp": 2}.get(protocol, NEEDED.get(protocol, 0))
        needed = min(4, rem) if protocol == "sctp" else NEEDED.get(protocol, 0)
        if rem >= full and here < needed and needed:
            self.missing = True
            return 0, "payload"
        return super().rule(protocol, at)

    def _tcp(self, rest: bytes, at: int, rem: int) -> str:
        following = super()._tcp(rest, at, rem)
        if self.known - at <= 12:
            self._length = 20
        return following

    def _icmp(self, rest: bytes, at: int, rem: int) -> str:
        super()._icmp(rest, at, rem)
        return "payload"

    def _ipv4(self, rest: bytes, at: int, rem: int) -> str:
        if not number(rest, 2) and not self.r1500:  # len0, and behind no Ethernet header
            rest = rest[:2] + min(rem, 65535).to_bytes(2, "big") + rest[4:]
        return super()._ipv4(rest, at, rem)


def find_ip(frame: bytes, link_type: int) -> tuple[int, int, bool] | None:
    """Version, offset and whether the tool cannot read this link layer; None = no IP."""
    try:
        if link_type == 1:
            if len(frame) < 14:
                return None
            kind = number(frame, 12)
            found = behind(frame, 14, kind) if kind >= 0x600 else behind_llc(frame, 14)
            return found and (found[0], found[1], found[2] or kind < 0x600)
        if link_type in (12, 14, 101):
            found = by_version(frame, 0)
        elif link_type in (228, 229):
            found = (4 if link_type == 228 else 6, 0, True) if frame else None
        elif link_type in (113, 276):
            size, place = (16, 14) if link_type == 113 else (20, 0)
            if len(frame) < size:
                return None
            kind = number(frame, place)
            found = behind_llc(frame, size) if kind == 4 else behind(frame, size, kind)
        elif link_type in (0, 108):
            family = frame[:4] if frame[:2] == b"\0\0" else frame[3::-1]
            found = {2: (4, 4, True)}.get(int.from_bytes(family, "big"))
            if int.from_bytes(family, "big") in (10, 23, 24, 28, 30):
                found = 6, 4, True
            if len(frame) < 4:
                return None
        elif link_type in (9, 50):
            if len(frame) < 4:
                return None
            if frame[0] in (0x0F, 0x8F) and frame[1] == 0:
                found = behind(frame, 4, number(frame, 2))
            else:
                found = behind_ppp(frame, 2 if frame[:2] == b"\xff\x03" else 0)
        elif link_type == 51:
            found = behind(frame, 0, PPPOE)
        else:
            return None
    except IndexError:
        return None
    return found and (found[0], found[1], True)


def behind(frame: bytes, at: int, kind: int) -> tuple[int, int, bool] | None:
    if kind == 0x0800:
        return 4, at, False
    if kind == 0x86DD:
        return 6, at, False
    if kind in VLAN:
        if len(frame) < at + 4:
            return None
        kind = number(frame, at + 2)
        return behind(frame, at + 4, kind) if kind >= 0x600 else behind_llc(frame, at + 4)
    if kind in MPLS:
        return behind_mpls(frame, at)
    if kind == PPPOE and frame[at + 1] == 0:
        return behind_ppp(frame, at + 6)
    return None


def behind_mpls(frame: bytes, at: int) -> tuple[int, int, bool] | None:
    while not frame[at + 2] & 1:
        at += 4
    return by_version(frame, at + 4)


def by_version(frame: bytes, at: int) -> tuple[int, int, bool] | None:
    version = frame[at] >> 4
    return (version, at, True) if version in (4, 6) else None


def behind_ppp(frame: bytes, at: int) -> tuple[int, int, bool] | None:
    kind, at = (frame[at], at + 1) if frame[at] & 1 else (number(frame, at), at + 2)
    if at > len(frame):
        return None
    found = {0x21: (4, at), 0x57: (6, at)}.get(kind)
    if kind == 0x281:
        return behind_mpls(frame, at)
    return found and (*found, True)


def behind_llc(frame: bytes, at: int) -> tuple[int, int, bool] | None:
    if len(frame) < at + 4 or frame[at] != 0xAA:
        return None
    at += 3 if frame[at + 2] & 1 else 4
    if len(frame) < at + 5 or frame[at : at + 3] != bytes(3):
        return None
    return behind(frame, at + 5, number(frame, at + 3))


def decode_default(frame: bytes, wire: int, link_type: int, profile: str) -> Packet | None:
    """The default mode's packet, None where the frame is not metered."""
    found = find_ip(frame, link_type) if wire >= len(frame) else None
    if found is None:
        return None
    version, at, linked = found
    known = len(frame) - at
    rest = frame[at:] + bytes(wire - len(frame))
    try:
        if version == 4:
            return decode_ipv4(rest, known, linked, profile)
        return decode_ipv6(rest, known, profile)
    except (CannotRead, Missing):
        return None


def decode_ipv4(rest: bytes, known: int, linked: bool, profile: str) -> Packet:
    if known < 20 or (linked and rest[0] >> 4 != 4):
        raise Missing
    if known < 4 * (rest[0] & 15) and known < len(rest):
        raise Missing
    scanner = scan(rest, known, "ipv4", profile, cut_padding=True)
    return read_inside_ipv4(rest, known, scanner, profile)


def scan(
    datagram: bytes, known: int, start: str, profile: str, *, cut_padding: bool = False
) -> CutScanner:
    scanner = CutScanner(
        datagram, len(datagram), r1500=profile.startswith("cic-fixed"), known=known
    )
    if cut_padding:  # as if directly behind Ethernet
        scanner.headers.append(Header("ethernet", 0, 0, 0))
    if datagram:
        scanner.scan(start)
    return scanner


def read_inside_ipv4(rest: bytes, known: int, scanner: CutScanner, profile: str) -> Packet:
    ip = next((h for h in scanner.headers if h.kind == "ipv4"), None)
    if ip is None or ip.length < 20 or ip.length > len(rest):
        raise CannotRead
    check_options(rest, ip)
    start, mark = fragment_fields(rest[:20])
    packet = Packet(4, rest[12:16], rest[16:20], fragment_offset=start, fragment_mark=mark)
    return read_transport(rest, known, scanner, packet, rest[9], profile)


def read_transport(
    rest: bytes, known: int, scanner: CutScanner, packet: Packet, protocol: int, profile: str
) -> Packet:
    first = {h.kind: h for h in reversed(scanner.headers)}
    if profile == "cic-2018":
        packet = replace(packet, window=-1)
    icmp = first.get("icmp")
    if icmp and (profile.startswith("cic-fixed") or "udp" not in first):
        is_v6 = protocol == 58 and packet.ip_version == 6
        return replace(
            packet,
            protocol=58 if is_v6 else 1,
            icmp_type=rest[icmp.offset],
            icmp_code=rest[icmp.offset + 1],
        )
    if "tcp" in first:
        return read_cut_tcp(rest, known, first["tcp"], packet)
    if "udp" in first:
        return read_ports(rest, first["udp"], replace(packet, protocol=17), 8)
    if "sctp" in first:
        return read_sctp(rest, first["sctp"], packet)
    if scanner.missing:
        raise Missing
    malformed = (1, 6, 17, 132) if packet.ip_version == 4 else (1, 6, 17, 58, 132)
    later = packet.fragment_offset and (protocol, profile) != (2, "cic-fixed")
    kept = not later and protocol not in malformed
    return replace(packet, protocol=protocol if kept else 0)


def read_cut_tcp(rest: bytes, known: int, header: Header, packet: Packet) -> Packet:
    """What the zeros behind `known` would say is taken back."""
    here, at = known - header.offset, header.offset
    if here <= 12:
        rest = rest[: at + 12] + b"\x50" + rest[at + 13 :]
    whole = read_tcp(rest, header, packet)
    return replace(
        whole,
        sequence=whole.sequence if here >= 8 else 0,
        acknowledgment=whole.acknowledgment if here >= 12 else 0,
        flags=whole.flags if here >= 14 else 0,
        window=whole.window if here >= 16 else packet.window,
    )


def decode_ipv6(rest: bytes, known: int, profile: str) -> Packet:
    if known < 40 or rest[0] >> 4 != 6:
        raise Missing
    length, protocol = number(rest, 4), rest[6]
    datagram = rest[: 40 + length] if length or protocol == 59 else rest
    packet = Packet(6, rest[8:24], rest[24:40])
    at = 40
    while protocol in (0, 43, 44, 51, 60, 135, 139, 140):
        if len(datagram) < at + 8:
            raise CannotRead
        if known < at + (4 if protocol == 44 else 2):
            raise Missing
        following, size = datagram[at], 8 * (datagram[at + 1] + 1)
        if protocol in (135, 139, 140) and following == 59:
            break
        if protocol == 51:
            size = 4 * (datagram[at + 1] + 2)
        if protocol == 44:
            size, word = 8, number(datagram, at + 2)
            more, start, body = word & 1, word & 0xFFF8, len(datagram) - at - 8
            fragment = more or start
            bad = fragment and (body <= 0 or (more and body % 8) or start + body > 65535)
            packet = replace(
                packet,
                fragment_offset=start,
                fragment_mark=more | 2 * (start > 0) | 4 * bool(bad),
            )
            if start:
                protocol, at = following, at + size
                break
        protocol, at = following, at + size
        if at > len(datagram):
            raise CannotRead
    start_with = {1: "icmp", 4: "ipv4", 6: "tcp", 17: "udp", 58: "icmp", 132: "sctp"}
    inside, known = datagram[at:], known - at
    later = packet.fragment_offset > 0
    scanner = scan(
        inside, known, "payload" if later else start_with.get(protocol, "payload"), profile
    )
    if protocol == 4 and not later and scanner.headers and scanner.headers[0].kind == "ipv4":
        if known < 4 * (inside[0] & 15) and len(rest) - at > known:
            raise Missing
        return read_inside_ipv4(rest[at:], known, scanner, profile)
    return read_transport(inside, known, scanner, packet, protocol, profile)
