"""Names that DNS queries ask for: hashes of a name and of its zone, and the name's length.

Hashes tell names apart, which is all that counting needs; no name is kept. The zone is what a
name is registered under, roughly: its last two labels, or three under those that many countries
have for everybody, as in `co.uk`. Reverse look-ups (`arpa`) are not read: their names are
addresses, many by nature.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from netad_pcap.metering.octets import u8, u16, u32

__all__ = ["DNS_PORT", "note_question", "read_question"]

DNS_PORT = 53
#: Of a message (RFC 1035, section 4.1.1): its header, and the bits of a response or another
#: operation than a query.
_HEADER = 12
_NO_QUERY = 0xF800
#: Limits of RFC 1035, section 2.3.4, in bytes; a name's includes its last, empty label.
_LONGEST_LABEL, _LONGEST_NAME = 63, 255
#: Under these labels of a country names are registered one label further down. A list, for a
#: short domain of one's own (`t1.io`) is cheap.
_COUNTRY = 2
_FOR_ALL = tuple(
    int.from_bytes(label, "big")
    for label in (
        b"ac", b"co", b"com", b"edu", b"gob", b"go", b"gov", b"gv", b"ltd", b"me", b"mil", b"ne",
        b"net", b"nom", b"nhs", b"or", b"org", b"plc", b"sch",
    )
)  # fmt: skip
_ARPA = int.from_bytes(b"arpa", "big")
_LOWER = 0x2020_2020
#: FNV-1a of 32 bits (draft-eastlake-fnv).
_FNV_BASIS, _FNV_PRIME = np.uint32(0x811C_9DC5), np.uint32(0x0100_0193)


@numba.njit(cache=True)
def read_question(data: Any, at: int, end: int, row: Any) -> None:
    """Zone and name of the query at index `at`, if it is one and all of its name is there.

    Args:
        data: uint8, the buffer.
        at: index of the UDP payload.
        end: index behind what of it can be read.
        row: record of PACKET: `sequence` gets the zone's hash, `acknowledgment` the name's with
            its length, as text, in the low byte; else both stay as they are.
    """
    if end - at <= _HEADER or u16(data, at + 2) & _NO_QUERY or u16(data, at + 4) == 0:
        return
    begin = at + _HEADER
    place = begin
    labels = 0
    last = second = third = begin
    while place < end:
        size = u8(data, place)
        if size == 0:
            break
        if size > _LONGEST_LABEL:  # no label, or a pointer where none can be
            return
        third, second, last = second, last, place
        labels += 1
        place += 1 + size
    length = place - begin - 1
    if place >= end or labels == 0 or length + 2 > _LONGEST_NAME:
        return
    if u8(data, last) == 4 and u32(data, last + 1) | _LOWER == _ARPA:
        return
    zone = last
    if labels >= 2:
        zone = second
    if labels >= 3 and u8(data, last) == _COUNTRY and _is_for_all(data, second):
        zone = third
    row.sequence = max(_hash(data, zone, place), np.uint32(1))
    name = _hash(data, begin, place)
    row.acknowledgment = (name & np.uint32(0xFFFF_FF00)) | np.uint32(length)


@numba.njit(cache=True)
def _is_for_all(data: Any, at: int) -> bool:
    """Whether the label at index `at` is one under which anybody registers names."""
    size = u8(data, at)
    if size > 3:
        return False
    letters = 0
    for place in range(at + 1, at + 1 + size):
        letters = letters << 8 | u8(data, place) | 0x20
    return letters in _FOR_ALL


@numba.njit(cache=True)
def _hash(data: Any, begin: int, end: int) -> Any:
    """FNV-1a of labels in lower case; their lengths are below any letter."""
    value = _FNV_BASIS
    for place in range(begin, end):
        octet = u8(data, place)
        if 65 <= octet <= 90:
            octet += 32
        value = np.uint32((value ^ np.uint32(octet)) * _FNV_PRIME)
    return value


@numba.njit(cache=True)
def note_question(flow: Any, packet: Any) -> None:
    """Adds the question of a packet to its flow.

    Nothing but the last name is remembered: a name counts where the one before was another of the
    same zone, so names asked for in turns count each time, and zones in turns hardly ever.

    Args:
        flow: FLOW record.
        packet: PACKET record of UDP with a question.
    """
    if flow.questions == 0:
        flow.names = 1
    elif flow.zone == packet.sequence and flow.name != packet.acknowledgment:
        flow.names += 1
    flow.questions += 1
    flow.name_bytes += packet.acknowledgment & np.uint32(0xFF)
    flow.zone = packet.sequence
    flow.name = packet.acknowledgment
