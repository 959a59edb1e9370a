"""The twin of the emission kernel: the formulas of cicflowmeter.md 5 to 8 column by column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch
from netad_pcap.metering.extensions import EXTENSIONS
from netad_pcap.metering.rules import RULES, SUBFLOW_GAPS, Rules
from netad_pcap.schema import PROFILES
from tests.naive.connection import connection_columns

__all__ = ["flow_batch"]

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
#: Flags that only the flow counts, not its directions.
_BOTH_WAYS = ("ack", "ece", "cwr")
_SECOND_US = 1000000.0


class _Ways(NamedTuple):
    """Records of the forward and of the backward direction, [n] each."""

    fwd: Array
    bwd: Array


def flow_batch(
    flows: Array,
    ways: tuple[Array, Array],
    bulks: tuple[Array, Array],
    periods: Array,
    profile: str,
    *,
    strict: bool,
    captures: tuple[str, ...],
) -> FlowBatch:
    """Records as a batch in the profile's columns.

    Args:
        flows: FLOW [n].
        ways: WAY [n], forward and backward.
        bulks: BULK [n], likewise.
        periods: PERIODS [n].
        profile: a name of `rules.PROFILES`.
        strict: without the mark of one-packet flows.
        captures: names of the files.
    """
    rules = RULES[profile]
    with np.errstate(divide="ignore", invalid="ignore"):
        features = _features(flows, _Ways(*ways), _Ways(*bulks), periods, rules)
    identity = _identity_columns(flows)
    if not strict and not rules.one_packet_rows:
        single = flows["packets"] == 1
        identity["ext"] = identity["ext"] | np.where(single, EXTENSIONS["one"].bit, 0).astype("u2")
    return FlowBatch(
        profile=profile,
        captures=captures,
        identity=identity,
        features={name: features[name] for name in PROFILES[profile].features},
        connection=connection_columns(flows, *ways),
    )


def _identity_columns(flows: Array) -> dict[str, Array]:
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


def _address_bytes(high: Array, low: Array) -> Array:
    words = np.empty((len(high), 2), ">u8")
    words[:, 0] = high
    words[:, 1] = low
    return words.view("u1")


def _features(
    flows: Array, ways: _Ways, bulks: _Ways, periods: Array, rules: Rules
) -> Mapping[str, Array]:
    columns: dict[str, Array] = {}
    for part in (_totals, _lengths, _interarrival_times, _flags, _headers):
        columns |= part(flows, ways, rules)
    columns |= _bulk_columns(flows, bulks, rules)
    columns |= _subflow_columns(flows, ways, rules)
    columns |= _period_columns(flows, periods)
    return columns


def _real(values: Array) -> NDArray[np.float64]:
    return values.astype("f8")


def _where(condition: Array, values: Array, otherwise: float) -> NDArray[np.float64]:
    return np.where(condition, values, otherwise).astype("f8")


def _deviation(q: Array, n: Array) -> NDArray[np.float64]:
    """Sample variance; 0 for one value."""
    return np.where(n > 1, q / np.maximum(n - 1.0, 1.0), 0.0)


def _totals(flows: Array, ways: _Ways, rules: Rules) -> dict[str, Array]:
    nf, nb = ways.fwd["packets"], ways.bwd["packets"]
    duration = flows["end_us"] - flows["start_us"]
    seconds = duration / _SECOND_US
    payload = _real(ways.fwd["len_sum"] + ways.bwd["len_sum"])
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
        "TotLen Fwd Pkts": _real(ways.fwd["len_sum"]),
        "TotLen Bwd Pkts": _real(ways.bwd["len_sum"]),
        "Flow Byts/s": bytes_s,
        "Flow Pkts/s": packets_s,
        "Fwd Pkts/s": _where(duration > 0, nf / seconds, 0.0),
        "Bwd Pkts/s": _where(duration > 0, nb / seconds, 0.0),
        "Down/Up Ratio": _where(nf > 0, ratio, 0.0),
        "Total Connection Flow Time": connection_us.astype("i8"),
        "Fwd TCP Retrans. Count": ways.fwd["retransmissions"].astype("i8"),
        "Bwd TCP Retrans. Count": ways.bwd["retransmissions"].astype("i8"),
        "Total TCP Retrans. Count": ways.fwd["retransmissions"].astype("i8")
        + ways.bwd["retransmissions"],
        "ICMP Code": flows["icmp_code"].astype("i8"),
        "ICMP Type": flows["icmp_type"].astype("i8"),
    }


def _lengths(flows: Array, ways: _Ways, rules: Rules) -> dict[str, Array]:
    nf, nb = ways.fwd["packets"], ways.bwd["packets"]
    columns: dict[str, Array] = {}
    for name, way in (("Fwd", ways.fwd), ("Bwd", ways.bwd)):
        n = way["packets"]
        some = n > 0
        columns[f"{name} Pkt Len Max"] = _where(some, way["len_max"], 0.0)
        columns[f"{name} Pkt Len Min"] = _where(some, way["len_min"], 0.0)
        columns[f"{name} Pkt Len Mean"] = _where(some, way["len_mean"], 0.0)
        columns[f"{name} Pkt Len Std"] = np.sqrt(_deviation(way["len_q"], n))
        columns[f"{name} Seg Size Avg"] = _where(some, way["len_sum"] / np.maximum(n, 1), 0.0)
    total = nf + nb
    counted = total + 1 if rules.first_twice else total
    first = flows["first_payload"] if rules.first_twice else 0
    both = (nf > 0) & (nb > 0)
    smallest = np.where(
        both,
        np.minimum(ways.fwd["len_min"], ways.bwd["len_min"]),
        np.where(nf > 0, ways.fwd["len_min"], ways.bwd["len_min"]),
    )
    largest = np.where(
        both,
        np.maximum(ways.fwd["len_max"], ways.bwd["len_max"]),
        np.where(nf > 0, ways.fwd["len_max"], ways.bwd["len_max"]),
    )
    variance = _deviation(flows["len_q"], counted)
    columns |= {
        "Pkt Len Min": _real(smallest),
        "Pkt Len Max": _real(largest),
        "Pkt Len Mean": flows["len_mean"].copy(),
        "Pkt Len Std": np.sqrt(variance),
        "Pkt Len Var": variance,
        "Pkt Size Avg": (ways.fwd["len_sum"] + ways.bwd["len_sum"] + first) / total,
    }
    return columns


def _interarrival_times(flows: Array, ways: _Ways, rules: Rules) -> dict[str, Array]:
    nf, nb = ways.fwd["packets"], ways.bwd["packets"]
    gaps = nf + nb - 1
    alone = 0.0 if rules.segments else np.nan
    columns: dict[str, Array] = {
        "Flow IAT Mean": _where(gaps > 0, flows["iat_mean"], alone),
        "Flow IAT Std": _where(gaps > 0, np.sqrt(_deviation(flows["iat_q"], gaps)), alone),
        "Flow IAT Max": _where(gaps > 0, flows["iat_max"], alone),
        "Flow IAT Min": _where(gaps > 0, flows["iat_min"], alone),
    }
    for name, way in (("Fwd", ways.fwd), ("Bwd", ways.bwd)):
        n = way["packets"]
        some = n >= 2
        columns[f"{name} IAT Tot"] = _where(some, way["iat_sum"], 0.0)
        columns[f"{name} IAT Mean"] = _where(some, way["iat_mean"], 0.0)
        columns[f"{name} IAT Std"] = np.sqrt(_deviation(way["iat_q"], n - 1))
        columns[f"{name} IAT Max"] = _where(some, way["iat_max"], 0.0)
        columns[f"{name} IAT Min"] = _where(some, way["iat_min"], 0.0)
    return columns


def _flags(flows: Array, ways: _Ways, rules: Rules) -> dict[str, Array]:
    first = flows["first_flags"].astype("i8")

    def of_first(flag: str) -> Array:
        return (first >> _FLAG_BITS[flag]) & 1

    def counted(flag: str) -> Array:
        both = flows[flag] if flag in _BOTH_WAYS else ways.fwd[flag] + ways.bwd[flag]
        result: Array = both.astype("i8")
        return result

    columns: dict[str, Array] = {}
    if rules.canonical_key:  # cic-2018
        columns |= {name: of_first(flag) for name, flag in _PERMUTED.items()}
    else:
        columns |= {name: counted(flag) for name, flag in _COUNTED.items()}
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
            "Fwd PSH Flags": ways.fwd["psh"].astype("i8"),
            "Bwd PSH Flags": ways.bwd["psh"].astype("i8"),
            "Fwd URG Flags": ways.fwd["urg"].astype("i8"),
            "Bwd URG Flags": ways.bwd["urg"].astype("i8"),
        }
    fwd_rst, bwd_rst = ways.fwd["rst"].astype("i8"), ways.bwd["rst"].astype("i8")
    if not rules.first_fin_counts:  # cic-fixed-2022 forgets the first packet's RST
        first_rst = of_first("rst")
        fwd_rst = fwd_rst - np.where(flows["first_forward"], first_rst, 0)
        bwd_rst = bwd_rst - np.where(flows["first_forward"], 0, first_rst)
    columns |= {"Fwd RST Flags": fwd_rst, "Bwd RST Flags": bwd_rst}
    return columns


def _headers(flows: Array, ways: _Ways, rules: Rules) -> dict[str, Array]:
    fwd, bwd = ways
    return {
        "Fwd Header Len": fwd["header_sum"].copy(),
        "Bwd Header Len": bwd["header_sum"].copy(),
        "Init Fwd Win Byts": fwd["window"].astype("i8"),
        "Init Bwd Win Byts": bwd["window"].astype("i8"),
        "Fwd Act Data Pkts": fwd["data_packets"].astype("i8"),
        "Bwd Act Data Pkts": bwd["data_packets"].astype("i8"),
        "Fwd Seg Size Min": fwd["header_min"].astype("i8"),
        "Bwd Seg Size Min": bwd["header_min"].astype("i8"),
    }


def _bulk_columns(flows: Array, bulks: _Ways, rules: Rules) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    whole = rules.bulk == 0 or not rules.segments
    for name, bulk in (("Fwd", bulks.fwd), ("Bwd", bulks.bwd)):
        count = np.where(flows["has_bulk"], bulk["bulks"], 0)
        duration = np.where(count > 0, bulk["duration_us"], 0)
        some, timed = count > 0, (count > 0) & (duration != 0)
        size = np.where(some, bulk["bytes"], 0)
        packets = np.where(some, bulk["packets"], 0)
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


def _subflow_columns(flows: Array, ways: _Ways, rules: Rules) -> dict[str, Array]:
    k = flows["gaps"].astype("i8")
    values = {
        "Subflow Fwd Pkts": ways.fwd["packets"],
        "Subflow Fwd Byts": ways.fwd["len_sum"],
        "Subflow Bwd Pkts": ways.bwd["packets"],
        "Subflow Bwd Byts": ways.bwd["len_sum"],
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
