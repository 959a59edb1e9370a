"""Why a run gave no flow: never silent, always a cause and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netad_pcap.capture.health import CAUSES, CaptureHealth

if TYPE_CHECKING:
    from netad_pcap.metering.meter import CaptureRead

__all__ = ["why_no_flow"]

#: Causes that say: this packet carries no IP.
_WITHOUT_IP = ("arp", "lldp", "llc", "eapol", "other_ethertype", "empty_frame")


def why_no_flow(reads: Sequence[CaptureRead], profile: str, *, strict: bool) -> str:
    """One sentence about captures that gave no flow.

    Args:
        reads: what is known of them; unreadable ones are left out.
        profile: rule book that was followed.
        strict: exactly the Java tool.
    """
    total = CaptureHealth()
    for read in reads:
        if read.error is None:
            total.merge(read.health)
    if not total.packets:
        return "no flow: no packet is in it"
    ignored = {code: count for code, count in total.ignored.items() if count}
    causes = ", ".join(f"{count:,} {CAUSES[code]}" for code, count in ignored.items())
    if not total.metered:
        if all(code in _WITHOUT_IP for code in ignored):
            return f"no flow: no packet carries IP ({causes})"
        if set(ignored) == {"unsupported_link_type"}:
            return f"no flow: the link type cannot be read ({causes}); record it as Ethernet"
        return f"no flow: none of {total.packets:,} packets can be metered ({causes})"
    if strict and profile in ("cic-2018", "cic-v4"):
        return (
            f"no flow: {profile} writes no flow of one packet, and there are no others; "
            "leave out --strict, or use --profile cic-fixed"
        )
    return f"no flow, though {total.metered:,} packets were metered"
