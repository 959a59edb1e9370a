"""The slow, obvious twin of the decoder: cicflowmeter.md 2 word by word, one frame at a time.

The default mode is told in another way than the kernels': a frame is rewritten as the plain
Ethernet frame that the tool would read well (no tags, no padding, nothing cut off), and the
tool's rules are applied to that.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

PROFILES = ("cic-2018", "cic-v4", "cic-fixed", "cic-fixed-2022")
ETHERTYPES = {0x0800: "ipv4", 0x86DD: "ipv6", 0x8100: "vlan", 0x88A8: "vlan", 0x9100: "vlan"}
IP_PROTOCOLS = {1: "icmp", 4: "ipv4", 6: "tcp", 17: "udp", 115: "l2tp", 132: "sctp"}


@dataclass(frozen=True)
class Header:
    kind: str
    offset: int
    length: int
    payload: int


@dataclass(frozen=True)
class Packet:
    ip_version: int
    src: bytes
    dst: bytes
    protocol: int = 0
    src_port: int = 0
    dst_port: int = 0
    payload: int = 0
    header: int = 0
    window: int = 0
    flags: int = 0
    sequence: int = 0
    acknowledgment: int = 0
    icmp_type: int = -1
    icmp_code: int = -1
    fragment_offset: int = 0
    fragment_mark: int = 0


class CannotRead(Exception):
    """The tool fails on the frame."""


def number(data: bytes, at: int, size: int = 2) -> int:
    return int.from_bytes(data[at : at + size], "big")


@dataclass
class Scanner:
    """Section 2.2."""

    frame: bytes
    wire: int
    r1500: bool
    limit: int = 0
    headers: list[Header] = field(default_factory=list)
    payload: int = 0
    post: int = 0

    def scan(self, protocol: str) -> list[Header]:
        self.limit = len(self.frame)
        offset = 0
        while True:
            length, following = self.rule(protocol, offset)
            if length == 0:
                following = "end" if protocol == "payload" else "payload"
            else:
                length = self.record(protocol, offset, length)
            offset += length
            if following == "end" or offset >= self.limit:
                return self.headers
            protocol = following

    def record(self, protocol: str, offset: int, length: int) -> int:
        self.wire -= self.post
        self.limit = min(self.limit, self.wire)
        if self.payload == 0 and protocol != "payload":
            self.payload = max(0, self.limit - (offset + length))
        end = offset + length + self.payload
        if end + self.post > self.limit and end > self.limit:
            self.payload = max(0, self.limit - (offset + length))
            if offset + length > self.limit:
                length = max(0, self.limit - offset)
        self.headers.append(Header(protocol, offset, length, self.payload))
        self.payload = self.post = 0
        return length

    def rule(self, protocol: str, at: int) -> tuple[int, str]:
        rem = self.limit - at
        rest = self.frame[at : self.limit]
        if protocol == "payload":
            return rem, "end"
        needed = {
            "ethernet": 14,
            "vlan": 4,
            "llc": 4,
            "snap": 4,
            "ipv4": 20,
            "ipv6": 40,
            "tcp": 20,
            "udp": 8,
            "icmp": 4,
            "l2tp": 2,
            "ppp": 4,
            "sctp": 0,
        }[protocol]
        if rem < needed:
            return 0, "payload"
        following: str = getattr(self, f"_{protocol}")(rest, at, rem)
        return self._length, following

    def _ethernet(self, rest: bytes, at: int, rem: int) -> str:
        self._length = 14
        kind = number(rest, 12)
        if kind < 0x600:
            self.payload = kind - 14
            self.post = self.limit - kind
            return "llc"
        return ETHERTYPES.get(kind, "payload")

    def _vlan(self, rest: bytes, at: int, rem: int) -> str:
        self._length = 4
        if at + 14 > self.limit:
            return "payload"
        kind = number(rest, 2)
        if kind < 0x600:
            self.payload = kind - 4 - at
            return "llc"
        return ETHERTYPES.get(kind, "payload")

    def _llc(self, rest: bytes, at: int, rem: int) -> str:
        self._length = 3 if rest[2] & 1 else 4
        return "snap" if rest[0] == 0xAA else "payload"

    def _snap(self, rest: bytes, at: int, rem: int) -> str:
        self._length = 5
        if rest[:3] != bytes(3) or rem < 5:
            return "payload"
        return ETHERTYPES.get(number(rest, 3), "payload")

    def _ipv4(self, rest: bytes, at: int, rem: int) -> str:
        self._length = length = 4 * (rest[0] & 15)
        total = number(rest, 2)
        if self.r1500 and total == 0:
            total = rem
        self.payload = total - length
        if self.headers and self.headers[-1].kind == "ethernet" and total <= self.limit:
            self.limit = min(self.limit, at + total)
        fragment = number(rest, 6)
        later = bool(fragment & 0x1FFF)
        if fragment & 0x2000 or (self.r1500 and later):
            self.payload = self.limit - length - at
        if at + 16 > self.limit or later:
            return "payload"
        return IP_PROTOCOLS.get(rest[9], "payload")

    def _ipv6(self, rest: bytes, at: int, rem: int) -> str:
        length, following = 40, rest[6]
        while following in (0, 43, 44, 50, 51, 60, 135) and length + 2 <= rem:
            following, length = rest[length], length + 8 * (rest[length + 1] + 1)
        self._length = length
        self.payload = number(rest, 4) - (length - 40)
        kinds = {4: "ipv4", 6: "tcp", 17: "udp", 1: "icmp", 132: "sctp"}
        return kinds.get(following, "payload")

    def _tcp(self, rest: bytes, at: int, rem: int) -> str:
        self._length = 4 * (rest[12] >> 4)
        return "payload"

    def _udp(self, rest: bytes, at: int, rem: int) -> str:
        self._length = 8
        source, destination = number(rest, 0), number(rest, 2)
        if destination == 1701 or (source == 1701 and destination not in (5004, 5005, 5060)):
            return "l2tp"
        return "payload"

    def _icmp(self, rest: bytes, at: int, rem: int) -> str:
        self._length = 8
        return "ipv4" if rest[0] in (3, 12) else "payload"

    def _l2tp(self, rest: bytes, at: int, rem: int) -> str:
        bits = rest[0]
        self._length = 6 + sum(n for bit, n in ((0x40, 2), (0x08, 4), (0x02, 4)) if bits & bit)
        return "payload" if bits & 0x80 else "ppp"

    def _ppp(self, rest: bytes, at: int, rem: int) -> str:
        self._length = 4
        return {0x0021: "ipv4", 0x0057: "ipv6"}.get(number(rest, 2), "payload")

    def _sctp(self, rest: bytes, at: int, rem: int) -> str:
        self._length = 12
        return "payload"


def check_options(frame: bytes, ip: Header) -> None:
    i = 20
    header = frame[ip.offset : ip.offset + ip.length]
    while i < 4 * (header[0] & 15):
        if i >= ip.length:
            raise CannotRead("options")
        kind = header[i] & 31
        if kind in (0, 22) or kind > 25:
            return
        if kind == 1:
            i += 1
        else:
            if i + 1 >= ip.length:
                raise CannotRead("options")
            i += header[i + 1] + 1


def fragment_fields(header: bytes) -> tuple[int, int]:
    """Byte offset and marks (1 more, 2 later, 4 bad) of an IPv4 header."""
    word, total = number(header, 6), number(header, 2)
    more, start = bool(word & 0x2000), 8 * (word & 0x1FFF)
    size = total - 4 * (header[0] & 15)
    bad = total > 0 and (size <= 0 or (more and size % 8 > 0) or start + size > 65535)
    fragment = more or start > 0
    return start, more | 2 * (start > 0) | 4 * (fragment and bad)


def read(frame: bytes, headers: list[Header], profile: str) -> Packet:
    """Section 2.3."""
    first = {h.kind: h for h in reversed(headers)}
    if "ipv4" not in first:
        raise CannotRead("no IPv4")
    ip = first["ipv4"]
    if ip.length < 20 or ip.offset + ip.length > len(frame):
        raise CannotRead("IPv4 header")
    check_options(frame, ip)
    at = ip.offset
    start, mark = fragment_fields(frame[at : at + 20])
    packet = Packet(
        4,
        frame[at + 12 : at + 16],
        frame[at + 16 : at + 20],
        window=-1 if profile == "cic-2018" else 0,
        fragment_offset=start,
        fragment_mark=mark,
    )
    if profile.startswith("cic-fixed") and "icmp" in first:
        kind, code = frame[first["icmp"].offset : first["icmp"].offset + 2]
        if kind >= 64:
            raise CannotRead("ICMP type")
        return replace(packet, protocol=1, icmp_type=kind, icmp_code=code)
    if "tcp" in first:
        return read_tcp(frame, first["tcp"], packet)
    if "udp" in first:
        return read_ports(frame, first["udp"], replace(packet, protocol=17), 8)
    if profile == "cic-fixed":
        if "sctp" in first:
            return read_sctp(frame, first["sctp"], packet)
        ip_protocol = frame[at + 9]
        if ip_protocol == 2:
            return replace(packet, protocol=2)
        if ip_protocol > 61 and ip_protocol not in (94, 103, 111, 118, 132, 133, 137):
            raise CannotRead("IP protocol")
    return packet


def read_ports(frame: bytes, header: Header, packet: Packet, length: int) -> Packet:
    at = header.offset
    return replace(
        packet,
        src_port=number(frame, at),
        dst_port=number(frame, at + 2),
        payload=header.payload,
        header=length,
    )


def read_sctp(frame: bytes, header: Header, packet: Packet) -> Packet:
    if header.length < 4:
        raise CannotRead("SCTP")
    return read_ports(frame, header, replace(packet, protocol=132), header.length)


def read_tcp(frame: bytes, header: Header, packet: Packet) -> Packet:
    at = header.offset
    claimed = 4 * (frame[at + 12] >> 4)
    if header.length < 16:
        raise CannotRead("TCP header")
    if claimed > 20 and header.length <= 20:
        raise CannotRead("TCP options")
    if claimed > 20 and header.length == 21 and frame[at + 20] not in (0, 1):
        raise CannotRead("TCP options")
    packet = read_ports(frame, header, replace(packet, protocol=6), header.length)
    return replace(
        packet,
        sequence=number(frame, at + 4, 4),
        acknowledgment=number(frame, at + 8, 4),
        flags=frame[at + 13],
        window=number(frame, at + 14),
    )


def decode_strict(frame: bytes, wire: int, profile: str) -> Packet | None:
    """Sections 2.1 to 2.4: the tool's packet, None where it drops the frame."""
    if wire < len(frame):
        return None
    for start in ("ethernet", "ipv4"):
        scanner = Scanner(frame, wire, r1500=profile.startswith("cic-fixed"))
        try:
            return read(frame, scanner.scan(start), profile)
        except CannotRead:
            continue
    return None
