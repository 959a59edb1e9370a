"""A flow's connection state, as Zeek has it."""

from __future__ import annotations

from numba import njit

from netad_pcap.metering.states import STATES
from netad_pcap.metering.statistics import (
    SAW_BWD,
    SAW_BWD_FIN,
    SAW_BWD_RST,
    SAW_BWD_RST_FIRST,
    SAW_FWD_FIN,
    SAW_FWD_RST,
    SAW_SYN,
    SAW_SYN_ACK,
)

__all__ = ["connection_state"]

_TCP = 6
_S0, _S1, _S2, _S3, _SF, _SH = map(STATES.index, ("S0", "S1", "S2", "S3", "SF", "SH"))
_RSTO, _RSTR, _RSTOS0, _RSTRH = map(STATES.index, ("RSTO", "RSTR", "RSTOS0", "RSTRH"))
_REJ, _SHR, _OTH = map(STATES.index, ("REJ", "SHR", "OTH"))


@njit(cache=True)
def connection_state(history: int, protocol: int) -> int:
    """Code of `states.STATES` from `history` bits; as Zeek has it for TCP.

    For other protocols: SF when both ends were heard, else S0.
    """
    if protocol != _TCP:
        return _SF if history & SAW_BWD else _S0
    fwd_fin, bwd_fin = history & SAW_FWD_FIN, history & SAW_BWD_FIN
    fwd_rst, bwd_rst = history & SAW_FWD_RST, history & SAW_BWD_RST
    if history & SAW_SYN and history & SAW_SYN_ACK:
        if fwd_rst and not history & SAW_BWD_RST_FIRST:
            return _RSTO
        if bwd_rst:
            return _RSTR
        if fwd_fin:
            return _SF if bwd_fin else _S2
        return _S3 if bwd_fin else _S1
    if history & SAW_SYN:
        if bwd_rst:
            return _REJ
        if fwd_rst:
            return _RSTOS0
        if fwd_fin:
            return _SH
        return _OTH if history & SAW_BWD else _S0
    if history & SAW_SYN_ACK:
        if bwd_rst:
            return _RSTRH
        if bwd_fin:
            return _SHR
    return _OTH
