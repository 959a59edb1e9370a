"""Tables of what a connection column's code means: connection states and ends of flows."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["END_REASONS", "STATES", "STATE_MEANINGS"]

#: Zeek's connection states (`conn.log`, `conn_state`), the position is the code.
STATE_MEANINGS: Mapping[str, str] = {
    "OTH": "no SYN seen: the beginning is missing",
    "S0": "attempt seen, no answer",
    "S1": "established, not ended",
    "SF": "established and ended normally",
    "REJ": "attempt refused",
    "S2": "established, the initiator has closed, the responder has not",
    "S3": "established, the responder has closed, the initiator has not",
    "RSTO": "established, the initiator aborted",
    "RSTR": "established, the responder aborted",
    "RSTOS0": "the initiator sent a SYN, then a RST; no answer seen",
    "RSTRH": "the responder sent a SYN-ACK, then a RST; no SYN seen",
    "SH": "the initiator sent a SYN, then a FIN; no answer seen",
    "SHR": "the responder sent a SYN-ACK, then a FIN; no SYN seen",
}
STATES: tuple[str, ...] = tuple(STATE_MEANINGS)

#: Why a flow ended, the position is the code.
END_REASONS: tuple[str, ...] = (
    "open",  # open at the end of the capture
    "fin",
    "rst",
    "timeout",  # 120 s since its first packet
    "reopened",  # a SYN on a closed connection
    "icmp",  # another ICMP code and type
    "idle",  # capture time grew by more than 120 s since its last packet
    "evicted",  # the table was full
)
