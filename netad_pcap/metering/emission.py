"""Finished flow records as FlowBatch columns: the formulas of cicflowmeter.md 5 to 8."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch
from netad_pcap.metering.extensions import EXTENSIONS
from netad_pcap.metering.rules import RULES, SUBFLOW_GAPS, Rules
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
from netad_pcap.schema import PROFILES

__all__ = ["connection_state", "flow_batch", "identity_columns"]

Array = NDArray[Any]
#: Positions of the flags in TCP's byte 13.
_FLAG_BITS = {"fin": 0, "syn": 1, "rst": 2, "psh": 3, "ack": 4, "urg": 5, "ece": 6, "cwr": 7}
#: What cic-2018 prints under each name, of the first packet only: the iteration order of a
#: hash map of the eight names (cicflowmeter.md 6).
_PERMUTED = {
    "FIN Flag Cnt": "rst",
    "SYN Flag Cnt": "psh",
    "RST Flag Cnt": "ece",
    "PSH Flag Cnt": "syn",
    "ACK Flag Cnt": "ack",
    "URG Flag Cnt": "fin",
    "CWE Flag Count": "urg",
    "ECE Flag Cnt": "cwr",
}
_COUNTED = {
    "FIN Flag Cnt": "fin",
    "SYN Flag Cnt": "syn",
    "RST Flag Cnt": "rst",
    "PSH Flag Cnt": "psh",
    "ACK Flag Cnt": "ack",
    "URG Flag Cnt": "urg",
    "CWE Flag Count": "cwr",
    "ECE Flag Cnt": "ece",
}
_SECOND_US = 1000000.0


def flow_batch(
    flows: Array,
    bulks: Array,
    periods: Array,
    profile: str,
    *,
    strict: bool,
    captures: tuple[str, ...],
) -> FlowBatch:
    """FLOW, BULK and PERIODS [n] as a batch in the profile's columns."""
    rules = RULES[profile]
    with np.errstate(divide="ignore", invalid="ignore"):
        features = _features(flows, bulks, periods, rules)
    identity = identity_columns(flows)
    if not strict and not rules.one_packet_rows:
        single = flows["fwd_packets"] + flows["bwd_packets"] == 1
        identity["ext"] = identity["ext"] | np.where(single, EXTENSIONS["one"].bit, 0).astype("u2")
    return FlowBatch(
        profile=profile,
        captures=captures,
        identity=identity,
        features={name: features[name] for name in PROFILES[profile].features},
        connection=_connection_columns(flows),
    )


def identity_columns(flows: Array) -> dict[str, Array]:
    """`netad_pcap.flows.IDENTITY` columns of FLOW [n]."""
    a = _address_bytes(flows["a_high"], flows["a_low"])
    b = _address_bytes(flows["b_high"], flows["b_low"])
    source_is_a = flows["source_is_a"]
    mask = source_is_a[:, None]
    return {
        "src_ip": np.where(mask, a, b),
        "dst_ip": np.where(mask, b, a),
        "src_port": np.where(source_is_a, flows["a_port"], flows["b_port"]).astype("i4"),
        "dst_port": np.where(source_is_a, flows["b_port"], flows["a_port"]).astype("i4"),
        "protocol": flows["protocol"].astype("i4"),
        "start_us": flows["start_us"].copy(),
        "end_us": flows["end_us"].copy(),
        "first_frame": flows["first_frame"].copy(),
        "last_frame": flows["last_frame"].copy(),
        "capture": flows["first_capture"].copy(),
        "last_capture": flows["last_capture"].copy(),
        "id_reversed": flows["key_names_a_first"] != source_is_a,
        "ext": flows["ext"].copy(),
        "open": flows["open"].copy(),
        "tag": flows["tag"].copy(),
    }


def connection_state(history: Array, protocol: Array) -> NDArray[np.uint8]:
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


def _address_bytes(high: Array, low: Array) -> Array:
    words = np.empty((len(high), 2), ">u8")
    words[:, 0] = high
    words[:, 1] = low
    return words.view("u1")


def _connection_columns(flows: Array) -> dict[str, Array]:
    return {
        "state": connection_state(flows["history"], flows["protocol"]),
        "fwd_syn": flows["fwd_syn"].astype("i4"),
        "bwd_syn": (flows["syn"] - flows["fwd_syn"]).astype("i4"),
        "fwd_fin": flows["fwd_fin"].astype("i4"),
        "bwd_fin": (flows["fin"] - flows["fwd_fin"]).astype("i4"),
        "fwd_rst": flows["fwd_rst"].astype("i4"),
        "bwd_rst": (flows["rst"] - flows["fwd_rst"]).astype("i4"),
        "urgent": flows["urg"].astype("i4"),
        "bad_fragments": flows["bad_fragments"].astype("i4"),
        "fwd_sequence_bytes": flows["fwd_sequence_bytes"].copy(),
        "bwd_sequence_bytes": flows["bwd_sequence_bytes"].copy(),
        "end_reason": flows["end_reason"].copy(),
    }


def _features(flows: Array, bulks: Array, periods: Array, rules: Rules) -> Mapping[str, Array]:
    columns: dict[str, Array] = {}
    for part in (_totals, _lengths, _interarrival_times, _flags, _headers):
        columns |= part(flows, rules)
    columns |= _bulk_columns(flows, bulks, rules)
    columns |= _subflow_columns(flows, rules)
    columns |= _period_columns(flows, periods)
    return columns


def _real(values: Array) -> NDArray[np.float64]:
    return values.astype("f8")


def _where(condition: Array, values: Array, otherwise: float) -> NDArray[np.float64]:
    return np.where(condition, values, otherwise).astype("f8")


def _deviation(q: Array, n: Array) -> NDArray[np.float64]:
    """Sample variance; 0 for one value."""
    return np.where(n > 1, q / np.maximum(n - 1.0, 1.0), 0.0)


def _totals(flows: Array, rules: Rules) -> dict[str, Array]:
    nf, nb = flows["fwd_packets"], flows["bwd_packets"]
    duration = flows["end_us"] - flows["start_us"]
    seconds = duration / _SECOND_US
    payload = _real(flows["fwd_len_sum"] + flows["bwd_len_sum"])
    at_zero = duration == 0
    bytes_s = payload / seconds
    packets_s = (nf + nb) / seconds
    if rules.segments:  # cic-fixed
        bytes_s, packets_s = np.where(at_zero, -1.0, bytes_s), np.where(at_zero, -1.0, packets_s)
    else:
        packets_s = np.where(at_zero, np.inf, packets_s)
        bytes_s = np.where(at_zero, np.where(payload == 0, np.nan, np.inf), bytes_s)
    connection_us = np.where(
        (flows["protocol"] == 6) | ((flows["protocol"] == 17) & rules.connection_time_udp),
        flows["connection_us"],
        0,
    )
    ratio = nb // np.maximum(nf, 1) if rules.first_twice else nb / np.maximum(nf, 1)
    return {
        "Flow Duration": duration,
        "Tot Fwd Pkts": nf.copy(),
        "Tot Bwd Pkts": nb.copy(),
        "TotLen Fwd Pkts": _real(flows["fwd_len_sum"]),
        "TotLen Bwd Pkts": _real(flows["bwd_len_sum"]),
        "Flow Byts/s": bytes_s,
        "Flow Pkts/s": packets_s,
        "Fwd Pkts/s": _where(duration > 0, nf / seconds, 0.0),
        "Bwd Pkts/s": _where(duration > 0, nb / seconds, 0.0),
        "Down/Up Ratio": _where(nf > 0, ratio, 0.0),
        "Total Connection Flow Time": connection_us.astype("i8"),
        "Fwd TCP Retrans. Count": flows["fwd_retransmissions"].astype("i8"),
        "Bwd TCP Retrans. Count": flows["bwd_retransmissions"].astype("i8"),
        "Total TCP Retrans. Count": flows["fwd_retransmissions"].astype("i8")
        + flows["bwd_retransmissions"],
        "ICMP Code": flows["icmp_code"].astype("i8"),
        "ICMP Type": flows["icmp_type"].astype("i8"),
    }


def _lengths(flows: Array, rules: Rules) -> dict[str, Array]:
    nf, nb = flows["fwd_packets"], flows["bwd_packets"]
    columns: dict[str, Array] = {}
    for name, side, n in (("Fwd", "fwd", nf), ("Bwd", "bwd", nb)):
        some = n > 0
        columns[f"{name} Pkt Len Max"] = _where(some, flows[f"{side}_len_max"], 0.0)
        columns[f"{name} Pkt Len Min"] = _where(some, flows[f"{side}_len_min"], 0.0)
        columns[f"{name} Pkt Len Mean"] = _where(some, flows[f"{side}_len_mean"], 0.0)
        columns[f"{name} Pkt Len Std"] = np.sqrt(_deviation(flows[f"{side}_len_q"], n))
        columns[f"{name} Seg Size Avg"] = _where(
            some, flows[f"{side}_len_sum"] / np.maximum(n, 1), 0.0
        )
    total = nf + nb
    counted = total + 1 if rules.first_twice else total
    first = flows["first_payload"] if rules.first_twice else 0
    both = (nf > 0) & (nb > 0)
    smallest = np.where(
        both,
        np.minimum(flows["fwd_len_min"], flows["bwd_len_min"]),
        np.where(nf > 0, flows["fwd_len_min"], flows["bwd_len_min"]),
    )
    largest = np.where(
        both,
        np.maximum(flows["fwd_len_max"], flows["bwd_len_max"]),
        np.where(nf > 0, flows["fwd_len_max"], flows["bwd_len_max"]),
    )
    variance = _deviation(flows["all_len_q"], counted)
    columns |= {
        "Pkt Len Min": _real(smallest),
        "Pkt Len Max": _real(largest),
        "Pkt Len Mean": flows["all_len_mean"].copy(),
        "Pkt Len Std": np.sqrt(variance),
        "Pkt Len Var": variance,
        "Pkt Size Avg": (flows["fwd_len_sum"] + flows["bwd_len_sum"] + first) / total,
    }
    return columns


def _interarrival_times(flows: Array, rules: Rules) -> dict[str, Array]:
    nf, nb = flows["fwd_packets"], flows["bwd_packets"]
    gaps = nf + nb - 1
    alone = 0.0 if rules.segments else np.nan
    columns: dict[str, Array] = {
        "Flow IAT Mean": _where(gaps > 0, flows["iat_mean"], alone),
        "Flow IAT Std": _where(gaps > 0, np.sqrt(_deviation(flows["iat_q"], gaps)), alone),
        "Flow IAT Max": _where(gaps > 0, flows["iat_max"], alone),
        "Flow IAT Min": _where(gaps > 0, flows["iat_min"], alone),
    }
    for name, side, n in (("Fwd", "fwd", nf), ("Bwd", "bwd", nb)):
        some = n >= 2
        columns[f"{name} IAT Tot"] = _where(some, flows[f"{side}_iat_sum"], 0.0)
        columns[f"{name} IAT Mean"] = _where(some, flows[f"{side}_iat_mean"], 0.0)
        columns[f"{name} IAT Std"] = np.sqrt(_deviation(flows[f"{side}_iat_q"], n - 1))
        columns[f"{name} IAT Max"] = _where(some, flows[f"{side}_iat_max"], 0.0)
        columns[f"{name} IAT Min"] = _where(some, flows[f"{side}_iat_min"], 0.0)
    return columns


def _flags(flows: Array, rules: Rules) -> dict[str, Array]:
    first = flows["first_flags"].astype("i8")

    def of_first(flag: str) -> Array:
        return (first >> _FLAG_BITS[flag]) & 1

    def backward(flag: str) -> Array:
        counted: Array = flows[flag].astype("i8") - flows[f"fwd_{flag}"]
        return counted

    columns: dict[str, Array] = {}
    if rules.canonical_key:  # cic-2018
        columns |= {name: of_first(flag) for name, flag in _PERMUTED.items()}
    else:
        columns |= {name: flows[flag].astype("i8") for name, flag in _COUNTED.items()}
    none = np.zeros(len(flows), "i8")
    if rules.first_twice:  # upstream
        columns |= {
            "Fwd PSH Flags": of_first("psh"),
            "Bwd PSH Flags": none,
            "Fwd URG Flags": of_first("urg"),
            "Bwd URG Flags": none,
        }
    else:
        columns |= {
            "Fwd PSH Flags": flows["fwd_psh"].astype("i8"),
            "Bwd PSH Flags": backward("psh"),
            "Fwd URG Flags": flows["fwd_urg"].astype("i8"),
            "Bwd URG Flags": backward("urg"),
        }
    fwd_rst, bwd_rst = flows["fwd_rst"].astype("i8"), backward("rst")
    if not rules.first_fin_counts:  # cic-fixed-2022 forgets the first packet's RST
        first_rst = of_first("rst")
        fwd_rst = fwd_rst - np.where(flows["first_forward"], first_rst, 0)
        bwd_rst = bwd_rst - np.where(flows["first_forward"], 0, first_rst)
    columns |= {"Fwd RST Flags": fwd_rst, "Bwd RST Flags": bwd_rst}
    return columns


def _headers(flows: Array, rules: Rules) -> dict[str, Array]:
    return {
        "Fwd Header Len": flows["fwd_header_sum"].copy(),
        "Bwd Header Len": flows["bwd_header_sum"].copy(),
        "Init Fwd Win Byts": flows["fwd_window"].astype("i8"),
        "Init Bwd Win Byts": flows["bwd_window"].astype("i8"),
        "Fwd Act Data Pkts": flows["fwd_data_packets"].astype("i8"),
        "Bwd Act Data Pkts": flows["bwd_data_packets"].astype("i8"),
        "Fwd Seg Size Min": flows["fwd_header_min"].astype("i8"),
        "Bwd Seg Size Min": flows["bwd_header_min"].astype("i8"),
    }


def _bulk_columns(flows: Array, bulks: Array, rules: Rules) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    whole = rules.bulk == 0 or not rules.segments
    for name, side in (("Fwd", "fwd"), ("Bwd", "bwd")):
        count = np.where(flows["has_bulk"], bulks[f"{side}_bulks"], 0)
        duration = np.where(count > 0, bulks[f"{side}_duration_us"], 0)
        some, timed = count > 0, (count > 0) & (duration != 0)
        size = np.where(some, bulks[f"{side}_bytes"], 0)
        packets = np.where(some, bulks[f"{side}_packets"], 0)
        rate = _where(timed, size / (duration / _SECOND_US), 0.0)
        if whole:
            each = np.maximum(count, 1)
            columns[f"{name} Byts/b Avg"] = size // each
            columns[f"{name} Pkts/b Avg"] = packets // each
            columns[f"{name} Blk Rate Avg"] = np.trunc(rate).astype("i8")
        else:
            columns[f"{name} Byts/b Avg"] = _where(some, size / count, 0.0)
            columns[f"{name} Pkts/b Avg"] = _where(some, packets / count, 0.0)
            columns[f"{name} Blk Rate Avg"] = rate
    return columns


def _subflow_columns(flows: Array, rules: Rules) -> dict[str, Array]:
    k = flows["gaps"].astype("i8")
    values = {
        "Subflow Fwd Pkts": flows["fwd_packets"],
        "Subflow Fwd Byts": flows["fwd_len_sum"],
        "Subflow Bwd Pkts": flows["bwd_packets"],
        "Subflow Bwd Byts": flows["bwd_len_sum"],
    }
    quotient: Callable[[Array], Array]
    if rules.subflow == SUBFLOW_GAPS and rules.segments:  # cic-fixed

        def quotient(x: Array) -> Array:
            return _where(k > 0, x / np.maximum(k, 1), 0.0)
    else:

        def quotient(x: Array) -> Array:
            return np.where(k > 0, x // np.maximum(k, 1), 0).astype("i8")

    return {name: quotient(value) for name, value in values.items()}


def _period_columns(flows: Array, periods: Array) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    for name, kind in (("Active", "active"), ("Idle", "idle")):
        n = np.where(flows["has_periods"], periods[f"{kind}_count"], 0)
        some = n > 0
        variance = _deviation(np.where(some, periods[f"{kind}_q"], 0.0), n)
        columns[f"{name} Mean"] = _where(some, periods[f"{kind}_mean"], 0.0)
        columns[f"{name} Std"] = np.sqrt(variance)
        columns[f"{name} Max"] = _where(some, periods[f"{kind}_max"], 0.0)
        columns[f"{name} Min"] = _where(some, periods[f"{kind}_min"], 0.0)
    return columns
