"""Link layers: LINKTYPE_ numbers, their names, and which of them are metered.

Numbers as in the registry of tcpdump.org (`linktypes.html`). A number that is not here is
shown as such; its packets are counted under `unsupported_link_type`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["LINK_TYPES", "METERED_LINK_TYPES", "link_type_name"]

#: LINKTYPE_ number -> name as people say it.
LINK_TYPES: Mapping[int, str] = MappingProxyType(
    {
        0: "NULL",
        1: "Ethernet",
        6: "Token Ring",
        8: "SLIP",
        9: "PPP",
        10: "FDDI",
        12: "raw IP",  # DLT_RAW of most systems, found in files by mistake
        14: "raw IP",  # DLT_RAW of OpenBSD
        50: "PPP in HDLC framing",
        51: "PPP over Ethernet",
        100: "ATM RFC 1483",
        101: "raw IP",
        104: "Cisco HDLC",
        105: "802.11",
        107: "Frame Relay",
        108: "LOOP",
        113: "Linux cooked (SLL)",
        117: "OpenBSD pflog",
        119: "802.11 with Prism header",
        127: "802.11 with radiotap",
        147: "user 0",
        163: "802.11 with AVS header",
        187: "Bluetooth HCI H4",
        189: "USB (Linux)",
        192: "PPI",
        195: "802.15.4",
        201: "Bluetooth HCI H4 with direction",
        220: "USB (Linux, padded)",
        227: "CAN (SocketCAN)",
        228: "raw IPv4",
        229: "raw IPv6",
        230: "802.15.4 without FCS",
        239: "netfilter log",
        240: "netANALYZER",
        249: "USBPcap",
        251: "Bluetooth LE",
        252: "Wireshark upper PDU",
        253: "netlink",
        254: "Bluetooth monitor",
        256: "Bluetooth LE with radio header",
        272: "Nordic BLE",
        276: "Linux cooked (SLL2)",
        283: "802.15.4 TAP",
    }
)

#: The link types that the default meter reads (`--strict` takes every frame for Ethernet).
METERED_LINK_TYPES = frozenset({0, 1, 9, 12, 14, 50, 51, 101, 108, 113, 228, 229, 276})


def link_type_name(number: int) -> str:
    """The name of a link type, `link type 999` if it has none here."""
    return LINK_TYPES.get(number, f"link type {number}")
