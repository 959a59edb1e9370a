"""Why a flow was flagged, in words."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from netad_pcap.detection import Baseline, fit_calibration
from netad_pcap.detection.quantiles import quantiles_of
from netad_pcap.detection.reasons import (
    column_reasons,
    family_reason,
    telling_columns,
    value_text,
)
from netad_pcap.flows import FlowBatch

COLUMNS = ("Flow Duration", "Fwd Pkts/s", "Tot Fwd Pkts", "ports_2s")
NORMAL = FlowBatch(
    profile="cic-fixed",
    features={
        "Flow Duration": np.linspace(1e3, 4e6, 101),
        "Fwd Pkts/s": np.linspace(0.1, 64, 101),
        "Tot Fwd Pkts": np.full(101, 3),
    },
    context={"ports_2s": np.linspace(1, 3, 101).round()},
)
BASELINE = Baseline(
    "office", "", {"a": fit_calibration(np.ones(1))}, fit_calibration(np.ones(1)), COLUMNS,
    quantiles_of(NORMAL, COLUMNS),
)  # fmt: skip


def flow(**changes: float) -> FlowBatch:
    usual = {"Flow Duration": 1e6, "Fwd Pkts/s": 8.0, "Tot Fwd Pkts": 3.0}
    features = {k: np.array([changes.get(k.replace(" ", "_"), v)]) for k, v in usual.items()}
    features["Fwd Pkts/s"] = np.array([changes.get("rate", 8.0)])
    return FlowBatch(
        "cic-fixed", features, context={"ports_2s": np.array([changes.get("ports", 1.0)])}
    )


def reasons(batch: FlowBatch, **contributions: float) -> tuple[str, ...]:
    names = {"duration": "Flow Duration", "rate": "Fwd Pkts/s", "packets": "Tot Fwd Pkts"}
    columns = {names[k]: np.array([v]) for k, v in contributions.items()}
    (found,) = column_reasons(batch, np.array([0]), BASELINE, columns)
    return found


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (5210.0, "packet/second", "5,210 /s"),
        (0.1, "packet/second", "0.1 /s"),
        (118.0, "byte", "118 bytes"),
        (40.0, "microsecond", "40 µs"),
        (12_000.0, "microsecond", "12 ms"),
        (3.1e6, "microsecond", "3.1 s"),
        (2.4e8, "microsecond", "4 min"),
        (7.2e9, "microsecond", "2 h"),
        (-1.5e6, "microsecond", "-1.5 s"),
        (0.0, "count", "0"),
        (2.5, "ratio", "2.5"),
        (1e18, "count", "1.00e+18"),
        (np.inf, "packet/second", "infinite"),
        (np.nan, "byte", "not a number"),
    ],
)
def test_value_with_its_unit(value: float, unit: str, text: str) -> None:
    assert value_text(value, unit) == text


def test_value_and_normal_range_of_what_contributes_most() -> None:
    batch = flow(rate=5210.0, Flow_Duration=2.4e8)
    assert reasons(batch, rate=9.0, duration=2.0) == (
        "Fwd Pkts/s 5,210 /s (normal: 32 /s, 95% up to 60.8 /s)",
        "Flow Duration 4 min (normal: 2 s, 95% up to 3.8 s)",
    )


def test_without_contributions_the_farthest_outside_come_first() -> None:
    assert reasons(flow(Tot_Fwd_Pkts=400.0, ports=410.0)) == (
        "ports_2s 410 (normal: 2, 95% up to 3)",
        "Tot Fwd Pkts 400 (normal: 3)",
    )


def test_a_normal_value_is_told_behind_the_others_as_what_comes_with_them() -> None:
    assert reasons(flow(Tot_Fwd_Pkts=9.0), rate=5.0, packets=1.0) == (
        "Tot Fwd Pkts 9 (normal: 3)",
        "together with Fwd Pkts/s 8 /s (normal: 32 /s, 95% up to 60.8 /s)",
    )


@pytest.mark.parametrize(
    ("rate", "contribution", "before"),
    [(8.0, 2.9, False), (8.0, 3.1, True), (32.0, 29.0, False), (32.0, 31.0, True)],
)
def test_a_normal_value_must_contribute_three_times_as_much(
    rate: float, contribution: float, before: bool
) -> None:
    contributions = {"Fwd Pkts/s": np.array([contribution]), "Tot Fwd Pkts": np.ones(1)}
    batch = flow(Tot_Fwd_Pkts=9.0, rate=rate)
    (told,) = telling_columns(batch, np.array([0]), BASELINE, contributions)
    assert told == (("Fwd Pkts/s", "Tot Fwd Pkts") if before else ("Tot Fwd Pkts", "Fwd Pkts/s"))


def test_three_unusual_values_leave_no_room_for_a_normal_one() -> None:
    batch = flow(Tot_Fwd_Pkts=9.0, Flow_Duration=2.4e8, ports=410.0)
    columns = ("Fwd Pkts/s", "Tot Fwd Pkts", "Flow Duration", "ports_2s")
    contributions = dict(zip(columns, np.array([[2.0], [1.0], [0.9], [0.8]]), strict=True))
    (told,) = telling_columns(batch, np.array([0]), BASELINE, contributions)
    assert told == columns[1:]


def test_unusual_only_together_is_said() -> None:
    assert reasons(flow(), rate=1.0, packets=20.0) == (
        "unusual together: Tot Fwd Pkts 3 (normal: 3)",
        "Fwd Pkts/s 8 /s (normal: 32 /s, 95% up to 60.8 /s)",
    )


def test_normal_is_what_the_reason_says_is_normal() -> None:
    highest = replace(BASELINE, highest=np.array([4e6, 63.4, 3.0, 3.0]))
    rate = {"Fwd Pkts/s": np.array([1.0])}
    ((inside,), (outside,)) = (
        column_reasons(flow(rate=62.0), np.array([0]), baseline, rate)[0]
        for baseline in (highest, BASELINE)
    )
    assert inside == "unusual together: Fwd Pkts/s 62 /s (normal: 32 /s, 99% up to 63.4 /s)"
    assert outside == "Fwd Pkts/s 62 /s (normal: 32 /s, 95% up to 60.8 /s)"


def test_a_small_value_is_held_against_the_small_end() -> None:
    assert reasons(flow(Flow_Duration=1_000.0), duration=1.0) == (
        "Flow Duration 1 ms (normal: 2 s, 95% from 201 ms)",
    )


def test_where_a_baseline_keeps_it_the_99_quantile_is_told() -> None:
    highest = replace(BASELINE, highest=np.array([1.0, 63.4, 3.0, 3.0]))
    rate = {"Fwd Pkts/s": np.array([1.0])}
    (found,) = column_reasons(flow(rate=5210.0), np.array([0]), highest, rate)
    assert found == ("Fwd Pkts/s 5,210 /s (normal: 32 /s, 99% up to 63.4 /s)",)


def test_a_permuted_flag_column_is_told_by_what_it_holds() -> None:
    name = "SYN Flag Cnt"
    normal = FlowBatch("cic-2018", {name: np.zeros(50)})
    baseline = replace(BASELINE, columns=(name,), quantiles=quantiles_of(normal, [name]))
    contributions = {name: np.ones(1)}
    old, fixed = (
        column_reasons(
            FlowBatch(profile, {name: np.ones(1)}), np.array([0]), baseline, contributions
        )
        for profile in ("cic-2018", "cic-fixed")
    )
    assert old == [
        ("SYN Flag Cnt 1 (1 if the FIRST packet of the flow has PSH, else 0; normal: 0)",)
    ]
    assert fixed == [("SYN Flag Cnt 1 (normal: 0)",)]


def test_nothing_to_say() -> None:
    assert reasons(flow()) == ()
    assert reasons(flow(rate=np.nan)) == ()


def test_infinite_rate_is_a_reason() -> None:
    assert reasons(flow(rate=np.inf)) == ("Fwd Pkts/s infinite (normal: 32 /s, 95% up to 60.8 /s)",)


def test_three_at_most_and_one_tuple_per_row() -> None:
    one = flow(rate=1e6, Flow_Duration=1e9, Tot_Fwd_Pkts=50.0, ports=99.0)
    batch = FlowBatch(
        None, {k: np.repeat(v, 4) for k, v in one.features.items()},
        context={k: np.repeat(v, 4) for k, v in one.context.items()},
    )  # fmt: skip
    found = column_reasons(batch, np.array([3, 1]), BASELINE, {})
    assert [len(r) for r in found] == [3, 3]


def test_context_is_told_in_words() -> None:
    name, columns = "source_flows_60s", ("source_flows_60s", "pair_upload_share_1h")
    normal = replace(
        NORMAL,
        context={name: np.linspace(1, 12, 101), columns[1]: np.linspace(0, 0.5, 101)},
    )
    baseline = replace(BASELINE, columns=columns, quantiles=quantiles_of(normal, columns))
    batch = replace(flow(), context={name: np.array([9841.3]), columns[1]: np.array([0.96])})
    (found,) = column_reasons(batch, np.array([0]), baseline, {})
    assert found == (
        "9,841 flows of the source in 60 s (normal: 6, 95% up to 11)",
        "96 % of the bytes of flows between the two hosts sent in 1 h (normal: 25 %, 95% up to "
        "47.5 %)",
    )


def test_range_below_zero_is_written_out() -> None:
    quantiles = BASELINE.quantiles.copy()
    quantiles[3] = np.linspace(-2, 2, 21)
    batch = replace(flow(), context={"ports_2s": np.array([7.0])})
    (found,) = column_reasons(batch, np.array([0]), replace(BASELINE, quantiles=quantiles), {})
    assert found == ("ports_2s 7 (normal: 0, 95% up to 1.8)",)


def test_family_is_never_certain() -> None:
    assert family_reason("scan", 0.93) == "like scan (probability 0.93)"
    assert family_reason("scan", 1.0) == "like scan (probability 0.99)"


def context_reason(name: str, value: float, normal: NDArray[np.float64]) -> str:
    usual = replace(NORMAL, context={name: normal})
    baseline = replace(BASELINE, columns=(name,), quantiles=quantiles_of(usual, (name,)))
    batch = replace(flow(), context={name: np.array([value])})
    contributions = {name: np.ones(1)}
    ((reason,),) = column_reasons(batch, np.array([0]), baseline, contributions)
    return reason.removeprefix("unusual together: ")


def test_one_is_told_in_the_singular() -> None:
    usual = np.linspace(1, 12, 101)
    one, two = (context_reason("source_partners_60s", n, usual) for n in (1.6, 1.4))
    assert one == "2 hosts met by flows of the source in 60 s (normal: 6, 95% up to 11)"
    assert two == "1 host met by flows of the source in 60 s (normal: 6, 95% from 2)"
    bytes_sent = context_reason("source_uploaded_1h", 1.0, usual)
    assert bytes_sent.startswith("1 bytes sent by flows of the source")


def test_a_count_barely_below_is_told_with_its_fraction() -> None:
    low = context_reason("source_partners_60s", 0.021, np.linspace(0.2, 4, 101))
    assert low == "0.021 hosts met by flows of the source in 60 s (normal: 2.1, 95% from 0.39)"


def test_rounding_of_sums_is_told_as_nothing() -> None:
    usual = np.linspace(0.5, 2, 101)
    spread = context_reason("conversation_spread_up_1h", 1.46e-7, usual)
    assert spread.startswith("spread 0 of the logarithm of bytes sent between the two hosts")
