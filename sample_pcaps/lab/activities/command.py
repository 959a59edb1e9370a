"""Commanded from outside: beacons with jitter at several intervals, over HTTP, TLS and bare TCP."""

from __future__ import annotations

from sample_pcaps.lab.activities.commands import program
from sample_pcaps.lab.activities.kind import UDP, Call
from sample_pcaps.lab.activities.making import Kinds, of_port

__all__ = ["COMMAND"]

COMMAND = Kinds("botnet")


def _beacon(call: Call, way: str, port: int) -> list[str]:
    """Every `wait` seconds, give or take the share `jitter`; now and then there are orders."""
    return program("beacon", call.address, port, way, call.option("wait", 5.0),
                   call.option("jitter", 0.2), int(call.seconds))  # fmt: skip


@COMMAND.add(of_port(80), "app", "web", "small-web", tool="HTTP beacon", seconds=600)
def beacon_http(call: Call) -> list[str]:
    """A small request at a time."""
    return _beacon(call, "http", 80)


@COMMAND.add(of_port(443), "web", tool="TLS beacon", seconds=600)
def beacon_tls(call: Call) -> list[str]:
    """The same over TLS."""
    return _beacon(call, "tls", 443)


@COMMAND.add(of_port(4444), "command", tool="TCP beacon", seconds=600)
def beacon_tcp(call: Call) -> list[str]:
    """A protocol of its own, a connection for each word."""
    return _beacon(call, "tcp", 4444)


@COMMAND.add(of_port(4444, UDP), "command", tool="UDP beacon", seconds=600)
def beacon_udp(call: Call) -> list[str]:
    """A datagram each way."""
    return _beacon(call, "udp", 4444)


@COMMAND.add(of_port(4444), "command", tool="kept connection", seconds=600)
def beacon_kept(call: Call) -> list[str]:
    """One connection that is kept, with a word now and then."""
    return _beacon(call, "kept", 4444)
