"""Devices: controllers that are asked over UDP, SNMP, and who takes reports."""

from __future__ import annotations

import sys
from collections.abc import Callable

from sample_pcaps.lab.programs import melsoft, phasors
from sample_pcaps.lab.programs.controllers import PROTOCOLS
from sample_pcaps.lab.services.service import Place, Service

__all__ = ["COMMUNITY", "SERVICES"]

COMMUNITY = "public"


def _controller(protocol: str) -> Callable[[Place], list[str]]:
    program = "sample_pcaps.lab.programs.controllers"
    return lambda _: [sys.executable, "-m", program, "serve", protocol]


def _phasors(way: str) -> Callable[[Place], list[str]]:
    return lambda _: [sys.executable, "-m", "sample_pcaps.lab.programs.phasors", way]


def _late(place: Place) -> list[str]:
    silent = f"{place.draw.uniform(45, 75):.0f}"
    return [sys.executable, "-m", "sample_pcaps.lab.programs.melsoft", "serve", silent]


def _snmp(place: Place) -> list[str]:
    conf = place.write(
        "snmpd.conf",
        f"rocommunity {COMMUNITY}", f"sysName {place.host.name}", "sysLocation hall 2",
        "agentaddress udp:161",
    )  # fmt: skip
    keeps = f"SNMP_PERSISTENT_DIR={place.folder}"
    return ["env", keeps, "/usr/sbin/snmpd", "-f", "-Lf", "/dev/null", "-C", "-c", conf]


def _reports(_: Place) -> list[str]:
    return [sys.executable, "-m", "sample_pcaps.lab.programs.exporting", "serve"]


SERVICES = (
    *(
        Service(f"udp-{name}", protocol.port, _controller(name), waits=False)
        for name, protocol in PROTOCOLS.items()
    ),
    Service("phasors", phasors.PORT, _phasors("serve")),
    # Takes the connections that one with phasors would take, and says nothing.
    Service("mute", phasors.PORT, _phasors("mute")),
    # Silent for a minute once it is asked.
    Service("late", melsoft.PORT, _late, waits=False),
    Service("snmp", 161, _snmp, waits=False),
    Service("reports", 514, _reports, waits=False),
)
