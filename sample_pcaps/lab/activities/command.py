"""Commanded from outside: beacons with jitter at several intervals, over HTTP, TLS and bare TCP."""

from __future__ import annotations

from ipaddress import IPv4Network
from string import ascii_lowercase

from sample_pcaps.lab.activities.commands import program
from sample_pcaps.lab.activities.kind import ANY, TCP, UDP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds, of_port

__all__ = ["COMMAND"]

COMMAND = Kinds("botnet")
#: Servers that are no more: addresses that no network of the lab has.
_GONE = IPv4Network("198.19.255.0/28")


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


@COMMAND.add(of_port(53, UDP), "dns", tool="generated names", seconds=60)
def seek_command(call: Call) -> list[str]:
    """Asks for names that a program makes up, most of which nobody has."""
    names = [
        "".join(call.draw.choices(ascii_lowercase, k=call.draw.randrange(9, 22))) + ".test A"
        for _ in range(call.option("names", 60))
    ]
    return ["dig", "+tries=1", "+time=1", f"@{call.address}", "-f", call.write("names", names)]


@COMMAND.add(lambda call: [Touch(str(_GONE), ANY, TCP)], tool="dead command servers", seconds=300)
def seek_server(call: Call) -> list[str]:
    """Tries a list of servers that are no more, on a few ports, again and again."""
    servers = ",".join(str(_GONE[place]) for place in range(1, 1 + call.option("servers", 4)))
    return program("connect_check", servers, call.option("ports", "443,8080"),
                   "--wait", call.option("wait", 1.0), "--rounds", 50)  # fmt: skip
