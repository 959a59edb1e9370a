"""Others who talk: peers, telephone exchanges, things that hear who looks for them."""

from __future__ import annotations

import sys
from ipaddress import IPv4Network

from sample_pcaps.lab.programs.discovery import WAYS
from sample_pcaps.lab.services.service import Place, Service

__all__ = ["SERVICES"]


def _peers(_: Place) -> list[str]:
    return [sys.executable, "-m", "sample_pcaps.lab.programs.gossip", "live"]


def _voice(_: Place) -> list[str]:
    return [sys.executable, "-m", "sample_pcaps.lab.programs.voice", "serve"]


def _hears(place: Place) -> list[str]:
    """Hears all ways of looking for things, and answers those that it is drawn to know."""
    ways = [name for name, way in WAYS.items() if way.answers]
    known = place.draw.sample(ways, place.draw.randrange(2, len(ways)))
    return [
        sys.executable, "-m", "sample_pcaps.lab.programs.discovery", "hear",
        place.network.address(place.host),
        str(IPv4Network(place.network.lan).broadcast_address), ",".join(known),
    ]  # fmt: skip


SERVICES = (
    Service("peers", 0, _peers, waits=False),
    Service("voice", 5060, _voice, waits=False),
    Service("found", 1900, _hears, waits=False),
)
