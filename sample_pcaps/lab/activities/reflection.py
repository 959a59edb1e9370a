"""Floods by hosts that were asked in another's name, and what a flooded host says to nobody."""

from __future__ import annotations

from ipaddress import IPv4Network

from sample_pcaps.lab.activities.commands import program
from sample_pcaps.lab.activities.denial import FORGED, from_forged
from sample_pcaps.lab.activities.kind import ANY, ICMP, TCP, UDP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds

__all__ = ["REFLECTION"]

REFLECTION = Kinds("ddos")
#: A part of the forged senders: so many reflect.
_REFLECTORS = "198.19.144.0/21"


def _hit(call: Call) -> str:
    """Whom it meets; `silent`: a host beyond the router that has gone, so that nothing is said."""
    if call.option("silent", False):
        return str(IPv4Network(call.network.outside)[-2])
    return call.address


def _reflect(call: Call, mode: str) -> list[str]:
    return program("forge", mode, _hit(call), call.option("reflectors", _REFLECTORS),
                   call.option("rate", 600), call.option("packets", 1200))  # fmt: skip


def _datagrams(call: Call) -> list[Touch]:
    """The datagrams, and what the target says to those that it does not expect."""
    return from_forged(_hit(call), *((UDP,) if call.option("silent", False) else (UDP, ICMP)))


@REFLECTION.add(_datagrams, tool="reflection over UDP", seconds=20)
def reflect(call: Call) -> list[str]:
    """Answers of one `service` that the target never asked."""
    return _reflect(call, call.how["service"])


@REFLECTION.add(lambda call: from_forged(_hit(call), TCP),
                tool="reflection over TCP", seconds=20)  # fmt: skip
def reflect_accepted(call: Call) -> list[str]:
    """Servers accept connections that the target never opened."""
    return _reflect(call, "accepted")


@REFLECTION.add(lambda call: [Touch(FORGED, ANY, TCP)], tool="backscatter", seconds=120)
def backscatter(call: Call) -> list[str]:
    """The host accepts and refuses connections of senders that never were: it is being flooded."""
    return program("forge", "refused", FORGED, call.network.address(call.host),
                   call.option("rate", 15), call.option("packets", 600))  # fmt: skip
