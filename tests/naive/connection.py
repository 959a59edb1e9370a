"""Connection columns of finished flow records: Zeek's state, flags by direction, the end."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

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

__all__ = ["connection_columns"]

Array = NDArray[Any]


def connection_columns(flows: Array, fwd: Array, bwd: Array) -> dict[str, Array]:
    """`netad_pcap.flows.CONNECTION` columns of FLOW [n] and its WAY [n] of both directions."""
    columns = {"state": _connection_state(flows["history"], flows["protocol"])}
    for flag in ("syn", "fin", "rst"):
        columns[f"fwd_{flag}"] = fwd[flag].astype("i4")
        columns[f"bwd_{flag}"] = bwd[flag].astype("i4")
    return columns | {
        "urgent": (fwd["urg"] + bwd["urg"]).astype("i4"),
        "bad_fragments": flows["bad_fragments"].astype("i4"),
        "fwd_sequence_bytes": fwd["sequence_bytes"].copy(),
        "bwd_sequence_bytes": bwd["sequence_bytes"].copy(),
        "end_reason": flows["end_reason"].copy(),
        "dns_zone": flows["zone"].copy(),
        "dns_name": flows["name"].copy(),
        "dns_questions": flows["questions"].astype("i4"),
        "dns_names": flows["names"].astype("i4"),
        "dns_name_bytes": flows["name_bytes"].copy(),
    }


def _connection_state(history: Array, protocol: Array) -> NDArray[np.uint8]:
    """Codes of `states.STATES` from `history` bits; as Zeek has it for TCP.

    For other protocols: SF when both ends were heard, else S0.
    """

    def saw(bit: int) -> Array:
        result: Array = (history & bit) != 0
        return result

    code = {name: i for i, name in enumerate(STATES)}
    syn, syn_ack = saw(SAW_SYN), saw(SAW_SYN_ACK)
    fwd_rst, bwd_rst = saw(SAW_FWD_RST), saw(SAW_BWD_RST)
    fwd_fin, bwd_fin = saw(SAW_FWD_FIN), saw(SAW_BWD_FIN)
    established = syn & syn_ack
    conditions = [
        (protocol != 6) & saw(SAW_BWD),
        protocol != 6,
        established & fwd_rst & ~saw(SAW_BWD_RST_FIRST),
        established & bwd_rst,
        established & fwd_fin & bwd_fin,
        established & fwd_fin,
        established & bwd_fin,
        established,
        syn & bwd_rst,
        syn & fwd_rst,
        syn & fwd_fin,
        syn & ~saw(SAW_BWD),
        ~syn & syn_ack & bwd_rst,
        ~syn & syn_ack & bwd_fin,
    ]
    names = ["SF", "S0", "RSTO", "RSTR", "SF", "S2", "S3", "S1", "REJ", "RSTOS0", "SH", "S0"]
    names += ["RSTRH", "SHR"]
    return np.select(conditions, [code[n] for n in names], code["OTH"]).astype("u1")
