"""Where the headers of a frame lie, and TCP packets with another payload or other numbers.

What cannot be read here (tunnels, IPv6 extension headers, frames cut short) is never changed:
its packets are only moved in time.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["ACK", "FIN", "PSH", "RST", "SYN", "TcpFrame", "icmp_quotes", "read_tcp", "with_mss"]

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
_ETHERNET, _SLL, _SLL2 = 1, 113, 276
_RAW = frozenset({12, 14, 101, 228, 229})
_TAGS = (0x8100, 0x88A8, 0x9100)
_TCP = 6
_LEAST_ETHERNET = 60  # without its check sequence (IEEE 802.3 3.2.8)
_MSS = 2  # TCP option kind (RFC 9293 3.2)
#: ICMP types that quote the packet they complain of (RFC 792, RFC 4443).
_ICMP_ERRORS = {4: (3, 4, 5, 11, 12), 6: (1, 2, 3, 4)}


class TcpFrame(NamedTuple):
    """A whole frame that holds a TCP packet, by the places of its headers.

    Attributes:
        data: the frame.
        ip: offset of the IP header.
        version: 4 or 6.
        tcp: offset of the TCP header.
        body: offset of the payload.
        end: offset behind it; what follows is padding.
        ethernet: frames are padded.
    """

    data: bytes
    ip: int
    version: int
    tcp: int
    body: int
    end: int
    ethernet: bool

    @property
    def payload(self) -> bytes:
        """What the packet carries."""
        return self.data[self.body : self.end]

    def changed(
        self,
        *,
        payload: bytes | None = None,
        sequence: int | None = None,
        acknowledgment: int | None = None,
        flags: int | None = None,
        later_id: int = 0,
    ) -> bytes:
        """The frame with other contents; lengths and checksums are true.

        Args:
            payload: instead of its own.
            sequence: sequence number, any integer (taken modulo 2^32).
            acknowledgment: the same.
            flags: TCP's byte 13.
            later_id: what is added to the IPv4 identification.
        """
        tcp = bytearray(self.data[self.tcp : self.body])
        body = self.payload if payload is None else payload
        if sequence is not None:
            struct.pack_into("!I", tcp, 4, sequence % (1 << 32))
        if acknowledgment is not None:
            struct.pack_into("!I", tcp, 8, acknowledgment % (1 << 32))
        if flags is not None:
            tcp[13] = flags
        struct.pack_into("!H", tcp, 16, 0)
        ip = bytearray(self.data[self.ip : self.tcp])
        length = len(tcp) + len(body)
        if self.version == 4:
            struct.pack_into("!H", ip, 2, len(ip) + length)
            identification = int.from_bytes(ip[4:6], "big")
            struct.pack_into("!H", ip, 4, (identification + later_id) % (1 << 16))
            struct.pack_into("!H", ip, 10, 0)
            struct.pack_into("!H", ip, 10, _checksum(bytes(ip)))
            pseudo = ip[12:20] + struct.pack("!HH", _TCP, length)
        else:
            struct.pack_into("!H", ip, 4, length)
            pseudo = ip[8:40] + struct.pack("!IHH", length, 0, _TCP)
        struct.pack_into("!H", tcp, 16, _checksum(bytes(pseudo) + bytes(tcp) + body))
        frame = self.data[: self.ip] + bytes(ip) + bytes(tcp) + body
        if self.ethernet and len(self.data) >= _LEAST_ETHERNET:
            frame = frame.ljust(_LEAST_ETHERNET, b"\0")
        return frame


def read_tcp(data: bytes, wire: int, link_type: int) -> TcpFrame | None:
    """The places of a TCP packet's headers; None where the frame holds none, or not all of it."""
    at = _ip_offset(data, link_type)
    if len(data) != wire or at is None or len(data) < at + 40:
        return None
    version = data[at] >> 4
    if version == 4:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        tcp = at + (data[at] & 15) * 4
        whole = int.from_bytes(data[at + 6 : at + 8], "big") & 0x3FFF == 0  # no fragment
        if not whole or data[at + 9] != _TCP or tcp < at + 20:
            return None
    elif version == 6:
        length = 40 + int.from_bytes(data[at + 4 : at + 6], "big")
        tcp = at + 40
        if data[at + 6] != _TCP:
            return None
    else:
        return None
    end = at + length
    if end > len(data) or tcp + 20 > end:
        return None
    body = tcp + (data[tcp + 12] >> 4) * 4
    if not tcp + 20 <= body <= end:
        return None
    return TcpFrame(data, at, version, tcp, body, end, link_type == _ETHERNET)


def with_mss(frame: TcpFrame, most: int) -> bytes:
    """A SYN that announces segments of `most` bytes at most; as it was if it does already."""
    header = bytearray(frame.data[: frame.body])
    at = frame.tcp + 20
    while at < frame.body:
        kind = header[at]
        if kind == 0:
            break
        if kind == 1:
            at += 1
            continue
        size = header[at + 1] if at + 1 < frame.body else 0
        if size < 2:
            break
        if kind == _MSS and size == 4 and at + 4 <= frame.body:
            if int.from_bytes(header[at + 2 : at + 4], "big") <= most:
                break
            struct.pack_into("!H", header, at + 2, most)
            return frame._replace(data=bytes(header) + frame.data[frame.body :]).changed()
        at += size
    return frame.data


def icmp_quotes(data: bytes, link_type: int) -> tuple[bytes, bytes, int, int, int] | None:
    """Source, destination, ports and protocol of the packet that an ICMP error quotes.

    Returns:
        Addresses as 16 bytes (IPv4 mapped), source port, destination port, protocol; None where
        the frame is no such message or is cut short.
    """
    at = _ip_offset(data, link_type)
    if at is None or len(data) < at + 20:
        return None
    version = data[at] >> 4
    icmp = at + ((data[at] & 15) * 4 if version == 4 else 40)
    inner = icmp + 8
    if len(data) < inner + 20 or data[icmp] not in _ICMP_ERRORS.get(version, ()):
        return None
    if version == 4:
        transport = inner + (data[inner] & 15) * 4
        protocol = data[inner + 9]
        ends = [bytes(10) + b"\xff\xff" + data[inner + i : inner + i + 4] for i in (12, 16)]
    else:
        transport = inner + 40
        protocol = data[inner + 6]
        ends = [data[inner + i : inner + i + 16] for i in (8, 24)]
    if len(data) < transport + 4:
        return None
    ports = struct.unpack_from("!HH", data, transport) if protocol in (6, 17) else (0, 0)
    return ends[0], ends[1], ports[0], ports[1], protocol


def _ip_offset(data: bytes, link_type: int) -> int | None:
    """Where the IP header begins; None where the link layer is none of the usual."""
    if link_type in _RAW:
        return 0
    if link_type == _SLL2:
        return 20 if data[:2] in (b"\x08\x00", b"\x86\xdd") else None
    at = {_ETHERNET: 12, _SLL: 14}.get(link_type)
    if at is None:
        return None
    for _ in range(4):
        kind = int.from_bytes(data[at : at + 2], "big")
        if kind in (0x0800, 0x86DD):
            return at + 2
        if kind not in _TAGS:
            return None
        at += 4
    return None


def _checksum(data: bytes) -> int:
    """Of the Internet (RFC 1071), over the bytes with their own checksum field 0."""
    # A number is congruent to the sum of its 16-bit digits modulo 2^16 - 1.
    total = int.from_bytes(data + b"\0" * (len(data) % 2), "big") % 0xFFFF or 0xFFFF
    return ~total & 0xFFFF
