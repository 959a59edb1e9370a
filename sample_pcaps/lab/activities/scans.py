"""Looking for hosts, ports and versions: nmap, masscan, and slow by hand."""

from __future__ import annotations

from sample_pcaps.lab.activities.commands import program
from sample_pcaps.lab.activities.kind import ANY, Call, Touch
from sample_pcaps.lab.activities.making import Kinds, all_of_targets

__all__ = ["SCANS"]

SCANS = Kinds("scan")
_TOP = "100"


def _whole_lan(call: Call) -> list[Touch]:
    return [Touch(call.network.lan, ANY, ANY)]


def _nmap(call: Call, *arguments: str) -> list[str]:
    """nmap at a speed: `rate` packets a second; names are not asked for."""
    rate = str(call.option("rate", 300))
    return ["nmap", "-n", "--max-rate", rate, "--max-retries", "1", *arguments]


@SCANS.add(all_of_targets, tool="nmap -sS")
def scan_syn(call: Call) -> list[str]:
    """Half-open, the commonest ports."""
    top = str(call.option("ports", _TOP))
    return _nmap(call, "-sS", "-Pn", "--top-ports", top, *call.addresses)


@SCANS.add(all_of_targets, tool="nmap -sT")
def scan_connect(call: Call) -> list[str]:
    """Whole connections."""
    top = str(call.option("ports", _TOP))
    return _nmap(call, "-sT", "-Pn", "--top-ports", top, *call.addresses)


@SCANS.add(all_of_targets, tool="nmap -sU")
def scan_udp(call: Call) -> list[str]:
    """UDP; closed ports answer by ICMP."""
    return _nmap(call, "-sU", "-Pn", "--top-ports", str(call.option("ports", 40)), *call.addresses)


@SCANS.add(all_of_targets, tool="nmap -sV")
def scan_versions(call: Call) -> list[str]:
    """What serves behind the open ports."""
    ports = "21-25,53,80,143,443,445,1883,3389,5432,6379,8080"
    return _nmap(call, "-sV", "-Pn", "--version-light", "-p", ports, *call.addresses)


@SCANS.add(all_of_targets, tool="nmap -O")
def scan_system(call: Call) -> list[str]:
    """Which system it is."""
    return _nmap(call, "-sS", "-O", "-Pn", "--top-ports", "60", *call.addresses)


@SCANS.add(all_of_targets, tool="nmap -sF/-sX/-sN")
def scan_stealth(call: Call) -> list[str]:
    """FIN, XMAS or NULL segments."""
    flag = f"-s{call.option('flags', 'X')}"
    return _nmap(call, flag, "-Pn", "--top-ports", str(call.option("ports", _TOP)), *call.addresses)


@SCANS.add(_whole_lan, tool="nmap -sn")
def sweep_ping(call: Call) -> list[str]:
    """Which hosts of the network there are: ICMP and two TCP ports, not ARP."""
    return _nmap(call, "-sn", "-PE", "-PS443", "-PA80", "--send-ip", "--disable-arp-ping",
                 call.network.lan)  # fmt: skip


@SCANS.add(_whole_lan, tool="nmap -sS sweep")
def sweep_port(call: Call) -> list[str]:
    """One port of all addresses of the network."""
    return _nmap(call, "-sS", "-Pn", "--send-ip", "--disable-arp-ping", "-p",
                 str(call.option("port", 445)), call.network.lan)  # fmt: skip


@SCANS.add(_whole_lan, tool="masscan")
def scan_masscan(call: Call) -> list[str]:
    """Many ports of all addresses, stateless."""
    return [
        "masscan", call.network.lan, "-p", str(call.option("port", "21-23,80,443,445,3389")),
        "--rate", str(call.option("rate", 200)), "--wait", "1", "--interface", "wire0",
        "--router-ip", call.network.router, "--seed", str(call.draw.randrange(1 << 30)),
    ]  # fmt: skip


@SCANS.add(all_of_targets, tool="slow connect scan", seconds=600)
def scan_slow(call: Call) -> list[str]:
    """Slow and low: a port every few seconds, by whole connections."""
    ports = call.draw.sample(range(20, 10_000), call.option("ports", 60))
    return program("connect_check", ",".join(call.addresses), ",".join(map(str, ports)),
                   "--wait", call.option("wait", 2.0))  # fmt: skip
