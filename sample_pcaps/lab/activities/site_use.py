"""Harmless and regular: things, monitoring, administration. Much of it looks like an attack."""

from __future__ import annotations

from sample_pcaps.lab.activities.commands import program
from sample_pcaps.lab.activities.kind import ANY, ICMP, TCP, UDP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds, of_port

__all__ = ["SITE"]

SITE = Kinds()


@SITE.add(of_port(1883), "mqtt", tool="mosquitto_pub")
def sensor(call: Call) -> list[str]:
    """A thing says what it measures."""
    text = f'{{"t": {call.draw.uniform(18, 24):.2f}, "h": {call.draw.uniform(30, 60):.1f}}}'
    return [
        "mosquitto_pub", "-h", call.address, "-t", f"site/{call.host.name}", "-m", text,
        "-q", str(call.option("qos", 0)),
    ]  # fmt: skip


@SITE.add(of_port(1883), "mqtt", tool="mosquitto_sub", seconds=60)
def listen(call: Call) -> list[str]:
    """A controller hears what all things say, over one long connection."""
    return ["mosquitto_sub", "-h", call.address, "-t", "site/#", "-k", "20", "-W", "58"]


@SITE.add(of_port(5004, UDP), "video", tool="UDP stream", seconds=40)
def camera(call: Call) -> list[str]:
    """Pictures over UDP, ten a second, of sizes that change with what is seen."""
    return program("camera", call.address, 5004, call.option("kilobytes", 6),
                   call.option("for", 30))  # fmt: skip


def _known_ports(call: Call) -> list[Touch]:
    return [Touch(a, p, TCP) for a in call.addresses for p in (22, 80, 443, 445)] + [
        Touch(a, ANY, ICMP) for a in call.addresses
    ]


@SITE.add(_known_ports, tool="monitoring")
def monitoring_sweep(call: Call) -> list[str]:
    """Monitoring looks whether the known ports of all known hosts answer."""
    return program("connect_check", ",".join(call.addresses), "22,80,443,445")


@SITE.add(_known_ports, tool="monitoring")
def port_check(call: Call) -> list[str]:
    """An administrator looks at some ports of one host."""
    return program("connect_check", call.address, "22,80,443,445", "--wait", 0.4)


@SITE.add(lambda call: [Touch(a, ANY, ICMP) for a in call.addresses], tool="ping")
def ping_all(call: Call) -> list[str]:
    """Monitoring pings all known hosts."""
    return ["sh", "-c", "; ".join(f"ping -q -c 1 -W 1 {a}" for a in call.addresses)]


@SITE.add(lambda call: [Touch(call.address, 502, TCP)], "modbus", tool="modbus")
def poll_registers(call: Call) -> list[str]:
    """A controller reads registers (Modbus) many times over one connection."""
    return program("modbus", "client", call.address, call.option("times", 20),
                   call.option("wait", 0.5))  # fmt: skip


@SITE.add(of_port(53, UDP), "dns", tool="dig")
def heartbeat_names(call: Call) -> list[str]:
    """A thing asks for the same name again and again."""
    return ["dig", "+tries=1", "+time=2", f"@{call.address}", "hub.corp.example", "A"]
