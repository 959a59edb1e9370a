"""Harmless and without pause: controllers and devices that are polled, and what they report."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network

from sample_pcaps.lab.activities.commands import program, shell
from sample_pcaps.lab.activities.kind import ANY, ICMP, TCP, UDP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds
from sample_pcaps.lab.programs import melsoft, phasors
from sample_pcaps.lab.programs.controllers import PROTOCOLS
from sample_pcaps.lab.services.devices import COMMUNITY

__all__ = ["DEVICES"]

DEVICES = Kinds()
#: Of a poller that asks from one port only; below those that the kernel gives out.
_KEPT_PORT = 30_500
_Touches = Callable[[Call], list[Touch]]


def _or_refused(port: int, protocol: int = UDP) -> _Touches:
    """One port of the drawn target, and what a host says that has none there."""
    return lambda call: [Touch(call.address, port, protocol), Touch(call.address, ANY, ICMP)]


def _poll(call: Call, protocol: str) -> list[str]:
    """`times` questions every `wait` seconds, give or take `jitter`; `kept`: from one port."""
    return program(
        "controllers", "poll", protocol, call.address, call.option("times", 40),
        call.option("wait", 0.5), call.option("jitter", 0.05),
        call.option("words", call.draw.choice((1, 4, 10, 30))),
        _KEPT_PORT if call.option("kept", False) else 0,
    )  # fmt: skip


@DEVICES.add(_or_refused(PROTOCOLS["modbus"].port), tool="Modbus/UDP poller", seconds=600)
def poll_modbus_udp(call: Call) -> list[str]:
    """Registers, in datagrams."""
    return _poll(call, "modbus")


@DEVICES.add(_or_refused(PROTOCOLS["fins"].port), tool="FINS poller", seconds=600)
def poll_fins(call: Call) -> list[str]:
    """Memory of a controller."""
    return _poll(call, "fins")


@DEVICES.add(_or_refused(PROTOCOLS["bacnet"].port), tool="BACnet poller", seconds=600)
def poll_bacnet(call: Call) -> list[str]:
    """Values of a building's controller."""
    return _poll(call, "bacnet")


@DEVICES.add(_or_refused(502, TCP), tool="modbus", seconds=600)
def poll_anew(call: Call) -> list[str]:
    """Registers over TCP, a connection for each question; also of who has no server there."""
    return program("modbus", "reconnecting", call.address, call.option("times", 30),
                   call.option("wait", 1.0), call.option("jitter", 0.1),
                   call.option("registers", call.draw.choice((2, 10, 60, 120))))  # fmt: skip


@DEVICES.add(_or_refused(phasors.PORT, TCP), tool="phasor data client", seconds=300)
def gather_phasors(call: Call) -> list[str]:
    """Sessions of a few seconds, one at once after the other; also of who is mute or refuses."""
    return program("phasors", "gather", call.address, int(call.seconds), call.option("wait", 1.0),
                   call.option("patience", call.draw.uniform(2, 3)))  # fmt: skip


def _sought(call: Call) -> list[Touch]:
    """Questions to all and to one; answers of all that hear them."""
    late = [h for h in call.network.hosts if "late" in h.services and h is not call.host]
    asked = {_everybody(call), call.address, *map(call.network.address, late)}
    return [
        *(Touch(address, melsoft.PORT, UDP) for address in sorted(asked)),
        Touch(call.address, ANY, ICMP),
    ]


def _everybody(call: Call) -> str:
    return str(IPv4Network(call.network.lan).broadcast_address)


@DEVICES.add(_sought, tool="MELSOFT search", seconds=200)
def seek_controller(call: Call) -> list[str]:
    """Looks for a controller that does not answer yet, or never, then reads its memory."""
    return program("melsoft", "seek", call.address, _everybody(call), call.option("wait", 2.0),
                   int(call.seconds))  # fmt: skip


def _snmp_of_all(call: Call) -> list[Touch]:
    asked = [Touch(address, 161, UDP) for address in call.addresses]
    return asked + [Touch(address, ANY, ICMP) for address in call.addresses]


@DEVICES.add(_snmp_of_all, tool="snmpget", seconds=60)
def snmp_poll(call: Call) -> list[str]:
    """Some counters of all hosts, from a port of its own for each question."""
    numbers = " ".join(f"1.3.6.1.2.1.{n}" for n in ("1.3.0", "4.3.0", "6.5.0", "7.1.0"))
    get = f"snmpget -m '' -v2c -c {COMMUNITY} -r {call.option('retries', 1)} -t 0.5"
    lines = []
    for address in call.addresses * call.option("rounds", 1):
        some = " ".join(numbers.split()[: call.draw.randrange(1, 5)])
        lines += [f"{get} {address} {some}", f"sleep {call.option('wait', 0.05)}"]
    return shell(*lines)


@DEVICES.add(_or_refused(161), "snmp", tool="snmpbulkwalk")
def snmp_walk(call: Call) -> list[str]:
    """A whole table of one device."""
    table = call.draw.choice(("1.3.6.1.2.1.2", "1.3.6.1.2.1.4", "1.3.6.1.2.1.25.4"))
    return ["snmpbulkwalk", "-m", "", "-v2c", "-c", COMMUNITY, "-r", "1", "-t", "1",
            f"-Cr{call.option('rows', 6)}", call.address, table]  # fmt: skip


def _export(call: Call, report: str, rate: float) -> list[str]:
    return program("exporting", report, call.address, call.option("rate", rate), call.seconds)


@DEVICES.add(_or_refused(514), tool="syslog", seconds=90)
def send_logs(call: Call) -> list[str]:
    """Lines of a log from one port, as they come; also to who does not listen any more."""
    return _export(call, "syslog", 1.0)


@DEVICES.add(_or_refused(514), tool="logger")
def log_line(call: Call) -> list[str]:
    """A single line, from a new port."""
    words = "x" * call.draw.randrange(20, 400)
    return ["logger", "-d", "-n", call.address, "-P", "514", "-t", "cron", words]


@DEVICES.add(_or_refused(2055), tool="NetFlow exporter", seconds=120)
def send_flows(call: Call) -> list[str]:
    """Records of flows, large datagrams from one port."""
    return _export(call, "netflow", 0.3)
