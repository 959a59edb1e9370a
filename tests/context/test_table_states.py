"""States that tables tell, against those that the meter saw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from netad_pcap.context.table_states import ended, needed_of_tables, states_of
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.meter import meter
from netad_pcap.metering.states import END_REASONS, STATES
from netad_pcap.testing import make_flows

SAMPLES = (
    "port_scan.pcap", "syn_flood.pcap", "password_attack.pcap", "web_attack.pcap", "iot_site.pcap",
    "lateral_movement.pcap", "slow_dos.pcap", "browsing_dns.pcap",
)  # fmt: skip
RESETS = [STATES.index(name) for name in ("RSTO", "RSTR", "RSTOS0", "RSTRH")]
REFUSED = STATES.index("REJ")


def _metered(samples: Path, profile: str) -> FlowBatch:
    return concatenate(
        batch
        for name in SAMPLES
        for batch in meter(samples / name, profile=profile, meter="native")
    )


@pytest.mark.parametrize("profile", ["cic-fixed", "cic-fixed-2022", "cic-v4", "cic-2018"])
def test_refused_attempts_are_those_that_the_meter_saw(samples: Path, profile: str) -> None:
    flows = _metered(samples, profile)
    expected = flows.connection["state"] == REFUSED
    assert expected.sum() > 100
    np.testing.assert_array_equal(states_of(flows) == REFUSED, expected)


@pytest.mark.parametrize("profile", ["cic-fixed", "cic-fixed-2022", "cic-v4"])
def test_resets_are_those_that_the_meter_saw(samples: Path, profile: str) -> None:
    flows = _metered(samples, profile)
    expected = np.isin(flows.connection["state"], RESETS)
    assert expected.any()
    np.testing.assert_array_equal(np.isin(states_of(flows), RESETS), expected)


def test_permuted_flags_of_2018_are_not_taken_for_what_they_are_called(samples: Path) -> None:
    """Its `RST Flag Cnt` is the first packet's ECE: no reset follows from it."""
    flows = _metered(samples, "cic-2018")
    flows.features["RST Flag Cnt"][:] = 1
    assert not np.isin(states_of(flows), RESETS).any()


def test_foreign_tables_need_no_flags(samples: Path) -> None:
    """Answers without payload, options and window: the refused ones of a scan, and no others."""
    flows = replace(_metered(samples, "cic-v4"), profile=None)
    assert not [name for name in needed_of_tables(None) if "Flag" in name]
    np.testing.assert_array_equal(states_of(flows) == REFUSED, flows.connection["state"] == REFUSED)


def test_a_reset_in_a_later_part_of_a_long_connection_is_one() -> None:
    """No SYN in the flow itself, but its connection is older."""
    flows = make_flows(3)
    flows.identity["protocol"][:] = 6
    for name in ("SYN Flag Cnt", "Fwd RST Flags", "Flow Duration"):
        flows.features[name][:] = 0
    flows.features["Bwd RST Flags"][:] = 1
    flows.features["Total Connection Flow Time"][:] = [0, 125_000_000, 0]
    assert np.isin(states_of(flows), RESETS).tolist() == [False, True, False]


def test_only_v4_shows_that_a_flow_ended(samples: Path) -> None:
    assert not ended(_metered(samples, "cic-fixed")).any()
    flows = _metered(samples, "cic-v4")
    reasons = [END_REASONS.index(name) for name in ("fin", "rst")]
    expected = np.isin(flows.connection["end_reason"], reasons)
    assert expected.sum() > 100
    assert not (ended(flows) & ~expected).any()
    assert (ended(flows) == expected).mean() > 0.9  # a backward FIN before the forward one
