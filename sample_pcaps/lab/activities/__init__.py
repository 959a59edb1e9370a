"""What hosts do, by name: harmless use and attacks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sample_pcaps.lab.activities.command import COMMAND
from sample_pcaps.lab.activities.denial import DENIAL
from sample_pcaps.lab.activities.device_use import DEVICES
from sample_pcaps.lab.activities.domain_use import DOMAIN
from sample_pcaps.lab.activities.exploits import EXPLOITS
from sample_pcaps.lab.activities.guessing import GUESSING
from sample_pcaps.lab.activities.kind import Call, Kind, Touch
from sample_pcaps.lab.activities.load_tests import LOAD_TESTS
from sample_pcaps.lab.activities.movement import MOVEMENT
from sample_pcaps.lab.activities.name_use import NAME_USE
from sample_pcaps.lab.activities.office_use import OFFICE
from sample_pcaps.lab.activities.peer_use import PEER_USE
from sample_pcaps.lab.activities.reflection import REFLECTION
from sample_pcaps.lab.activities.scans import SCANS
from sample_pcaps.lab.activities.server_use import SERVERS
from sample_pcaps.lab.activities.site_use import SITE
from sample_pcaps.lab.activities.tunnels import THEFT, TUNNELS
from sample_pcaps.lab.activities.web_attacks import WEB_ATTACKS
from sample_pcaps.lab.activities.web_use import WEB

__all__ = ["KINDS", "Call", "Kind", "Touch"]

_TABLES = (
    WEB, LOAD_TESTS, OFFICE, SITE, DEVICES, SERVERS, NAME_USE, PEER_USE, DOMAIN,
    SCANS, GUESSING, DENIAL, REFLECTION, WEB_ATTACKS, TUNNELS, THEFT, COMMAND, MOVEMENT,
    EXPLOITS,
)  # fmt: skip
KINDS: Mapping[str, Kind] = MappingProxyType(
    {kind.name: kind for table in _TABLES for kind in table.kinds}
)
