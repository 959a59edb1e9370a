"""Names that the lab's hosts ask for: whose domains they are in."""

from __future__ import annotations

from sample_pcaps.lab.services.basics import (
    BLOCK_LISTS,
    CARRIER_ZONE,
    FILES_ZONE,
    SENDERS_LIST,
    TUNNEL_ZONE,
    ZONE,
    domain_of,
)


def _registered(name: str) -> str:
    return ".".join(name.split(".")[-2:])


def test_everybody_has_a_domain_of_their_own() -> None:
    """Or all look-ups would be of one domain, as a tunnel's are."""
    others = {domain_of(f"a{n}") for n in range(40)}
    assert len(others) == 40
    known = [*BLOCK_LISTS, SENDERS_LIST, FILES_ZONE, ZONE, TUNNEL_ZONE, CARRIER_ZONE]
    assert len({_registered(name) for name in known} | others) == len(known) + len(others)
    assert domain_of("a0") == domain_of("a0")
