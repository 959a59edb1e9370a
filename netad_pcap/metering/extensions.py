"""The table of extensions: where the default meter differs from the Java tool on purpose.

Each flow that a row here touches carries its code in the report's `Ext` column (design 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["EXTENSIONS", "Extension", "ext_text"]

_ALL = ("cic-2018", "cic-v4", "cic-fixed", "cic-fixed-2022")
_UPSTREAM = ("cic-2018", "cic-v4")


@dataclass(frozen=True)
class Extension:
    """One extension.

    Attributes:
        code: as `Ext` prints it.
        bit: its bit in the `ext` column.
        meaning: what differs from the Java tool.
        profiles: where it can occur.
    """

    code: str
    bit: int
    meaning: str
    profiles: tuple[str, ...] = _ALL


_TABLE = (
    Extension("link", 1 << 0, "a link layer that the tool cannot read, or raw IP"),
    Extension("ipv6", 1 << 1, "IPv6, with extension headers"),
    Extension("one", 1 << 2, "a flow of one packet, which the tool does not write", _UPSTREAM),
    Extension("icmp", 1 << 3, "ICMP is protocol 1 with ports 0, not the packet that it quotes"),
    Extension("proto", 1 << 4, "the protocol keeps its number; SCTP its ports and lengths"),
    Extension("snap", 1 << 5, "lengths from the IP header where the snapshot cut the packet"),
    Extension(
        "len0", 1 << 6, "total length 0 (segmentation offload): lengths from the frame", _UPSTREAM
    ),
    Extension("pad", 1 << 7, "padding behind a tag or other link header is not payload"),
    Extension("self", 1 << 8, "both ends have one address: direction by port, one flow"),
    Extension("iface", 1 << 9, "packets behind the point where the tool stops reading"),
    Extension("evicted", 1 << 10, "ended by --max-flows, or begun behind it"),
)

EXTENSIONS: Mapping[str, Extension] = {extension.code: extension for extension in _TABLE}


def ext_text(bits: int) -> str:
    """The codes of the bits, blank-separated, in the table's order; empty for 0."""
    return " ".join(e.code for e in _TABLE if bits & e.bit)
