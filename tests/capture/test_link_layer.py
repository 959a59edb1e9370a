from __future__ import annotations

from netad_pcap.capture import LINK_TYPES, METERED_LINK_TYPES, link_type_name


def test_every_metered_link_type_has_a_name() -> None:
    assert set(LINK_TYPES) >= METERED_LINK_TYPES


def test_numbers_without_a_name_are_shown_as_such() -> None:
    assert link_type_name(1) == "Ethernet"
    assert link_type_name(999) == "link type 999"
