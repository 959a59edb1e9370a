from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netad_pcap.capture import CAUSES, CaptureHealth, Damage, cause_number
from netad_pcap.errors import Defect
from tests.capture.zoo import ARP, US, ZOO, pcap, read_all


def test_no_cause_is_number_0() -> None:
    assert cause_number("metered") == 0
    assert len(CAUSES) < 256


@given(st.lists(st.integers(0, len(CAUSES) - 1)), st.integers(0, 50))
def test_every_packet_is_metered_or_ignored_by_cause(causes: list[int], undecoded: int) -> None:
    health = CaptureHealth(packets=len(causes) + undecoded)
    for part in (causes[:7], causes[7:]):
        health.count_causes(np.array(part, np.uint8))
    assert health.packets == health.metered + sum(health.ignored.values())
    assert health.metered == causes.count(0)


def test_packets_that_no_meter_booked_are_not_lost() -> None:
    _, reader = read_all(ZOO["two_packets"])
    assert reader.health.ignored == {"not_decoded": 2}


def test_booking_more_than_was_read_is_a_defect() -> None:
    health = CaptureHealth(packets=1, metered=2)
    with pytest.raises(Defect, match="booked twice"):
        _ = health.ignored


def test_unknown_cause_is_refused() -> None:
    with pytest.raises(ValueError, match="not in CAUSES"):
        CaptureHealth(packets=1).count_causes(np.array([200], np.uint8))


def test_sentences_of_the_first_story() -> None:
    _, reader = read_all(ZOO["clock_runs_back"])
    health = reader.health
    health.count_causes(np.array([0, 1, 1, 2], np.uint8))
    assert health.sentences() == [
        "read whole, nothing damaged",
        "not metered: 2 ARP, 1 LLDP",
        "1 clock step back (up to 12 ms)",
    ]


def test_sentences_name_the_damage() -> None:
    _, reader = read_all(ZOO["truncated_last_record"])
    assert reader.health.sentences()[0] == (
        "damaged: the file ends within a record at byte 100 (frame 2), read up to there"
    )


def test_sentences_after_an_interruption() -> None:
    health = CaptureHealth(packets=1200, metered=1200, interrupted=True)
    assert health.sentences() == ["interrupted after 1,200 packets"]
    assert not health.whole


def test_stamp_far_ahead_is_counted() -> None:
    _, reader = read_all(ZOO["stamp_far_ahead"])
    health = reader.health
    assert (health.stamps_far_ahead, health.frames_behind_clock) == (1, 2)
    assert health.clock_step_back_max_us == 10**12 - 1
    assert (health.start_us, health.end_us) == (US, US + 10**12)
    assert "far ahead once" in health.sentences()[-1]


def test_missing_time_stamps_are_no_time() -> None:
    _, reader = read_all(ZOO["no_time"])
    assert reader.health.without_time == 1
    assert reader.health.start_us == US
    assert reader.health.clock_steps_back == 0


def test_lengths_are_compared() -> None:
    _, reader = read_all(pcap((US, ARP, 50), (US, ARP, 1500), (US, ARP)))
    health = reader.health
    assert (health.wire_shorter, health.cut_by_snaplen) == (1, 1)
    assert (health.bytes, health.wire_bytes) == (180, 1610)


def test_link_types_are_counted_by_packets() -> None:
    _, reader = read_all(ZOO["two_link_types"])
    assert reader.health.link_types == {1: 2, 101: 1}
    assert reader.health.interfaces == 2


def test_merged_health_is_the_sum() -> None:
    _, one = read_all(ZOO["two_link_types"])
    _, two = read_all(ZOO["truncated_last_record"])
    one.health.count_causes(np.array([0, 0, 1], np.uint8))
    merged = CaptureHealth()
    merged.merge(one.health)
    merged.merge(two.health)
    assert merged.packets == 4
    assert merged.metered == 2
    assert merged.ignored == {"arp": 1, "not_decoded": 1}
    assert merged.link_types == {1: 3, 101: 1}
    assert merged.damage == [Damage(100, 2, "the file ends within a record")]
    assert (merged.start_us, merged.end_us) == (US, US + 2)


def test_json_is_plain() -> None:
    _, reader = read_all(ZOO["truncated_last_record"])
    health = json.loads(json.dumps(reader.health.to_json()))
    assert health["start"] == "2017-07-14T02:40:00.000000Z"
    assert health["link_types"] == {"Ethernet": 1}
    assert health["damage"] == [
        {"offset": 100, "frame": 2, "message": "the file ends within a record"}
    ]
    assert CaptureHealth().to_json()["end"] is None


def test_raw_ip_of_several_numbers_adds_up_in_json() -> None:
    health = CaptureHealth(packets=3, link_types={12: 1, 101: 2})
    assert health.to_json()["link_types"] == {"raw IP": 3}
