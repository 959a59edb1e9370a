"""What a finding's counts say, in words. Words come from tables; each claim has a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netad_pcap.capture.wording import count_of

__all__ = ["NORMAL", "SERVICES", "bytes_text", "duration_text", "reasons_of"]

#: What flows to a port are called, by protocol and destination port.
SERVICES: Mapping[tuple[int, int], tuple[str, str]] = {
    (6, 20): ("FTP data", "connections"),
    (6, 21): ("FTP", "sessions"),
    (6, 22): ("SSH", "sessions"),
    (6, 23): ("Telnet", "sessions"),
    (6, 25): ("SMTP", "sessions"),
    (6, 53): ("DNS", "connections"),
    (17, 53): ("DNS", "queries"),
    (17, 67): ("DHCP", "requests"),
    (17, 69): ("TFTP", "transfers"),
    (6, 80): ("HTTP", "connections"),
    (17, 123): ("NTP", "requests"),
    (17, 137): ("NetBIOS", "queries"),
    (6, 139): ("NetBIOS", "sessions"),
    (6, 143): ("IMAP", "sessions"),
    (17, 161): ("SNMP", "requests"),
    (6, 389): ("LDAP", "sessions"),
    (6, 443): ("HTTPS", "connections"),
    (17, 443): ("QUIC", "connections"),
    (6, 445): ("SMB", "sessions"),
    (6, 502): ("Modbus", "sessions"),
    (17, 1900): ("SSDP", "announcements"),
    (6, 1433): ("SQL Server", "sessions"),
    (6, 1883): ("MQTT", "sessions"),
    (6, 3306): ("MySQL", "sessions"),
    (6, 3389): ("RDP", "sessions"),
    (6, 5432): ("PostgreSQL", "sessions"),
    (17, 5353): ("multicast DNS", "queries"),
    (6, 5900): ("VNC", "sessions"),
    (6, 6379): ("Redis", "sessions"),
    (6, 8080): ("HTTP", "connections"),
}
_PROTOCOLS = {
    0: "other IP",
    1: "ICMP",
    2: "IGMP",
    6: "TCP",
    17: "UDP",
    47: "GRE",
    50: "ESP",
    58: "ICMPv6",
    89: "OSPF",
    132: "SCTP",
}
#: Where normal values are known for all networks, they stand beside a count.
NORMAL: Mapping[str, str] = {"dns_query_bytes": "31-64"}

#: Families in which the volume is the point.
_VOLUME = ("exfiltration", "tunnel", "dos", "ddos", "lateral")
_FEW_PORTS = 5


def bytes_text(count: float) -> str:
    """A number of bytes as people read it: `512 bytes`, `3.1 MB`."""
    if count < 10_000:
        return count_of(round(count), "byte")
    for unit in ("kB", "MB", "GB"):
        count /= 1000.0
        if count < 999.5:
            return f"{count:.3g} {unit}" if count < 100 else f"{count:.0f} {unit}"
    return f"{count / 1000.0:,.1f} TB"


def duration_text(duration_us: float) -> str:
    """A duration as people read it: `40 µs`, `12 ms`, `3.1 s`, `4 min`."""
    if duration_us < 1000:
        return f"{duration_us:.0f} µs"
    if duration_us < 1e6:
        return (
            f"{duration_us / 1000:.3g} ms" if duration_us < 1e5 else f"{duration_us / 1e3:.0f} ms"
        )
    seconds = duration_us / 1e6
    if seconds < 100:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def reasons_of(
    *,
    kind: str,
    source: str | None,
    destination: str | None,
    family: str,
    flows: int,
    sources: int,
    destinations: int,
    ports: Sequence[int],
    port_count: int,
    protocol: int,
    unanswered: int,
    refused: int,
    forward_bytes: int,
    backward_bytes: int,
    mean_duration_us: float,
    duration_spread: float,
    minimum: bool,
) -> tuple[str, ...]:
    """The first line of a finding, clause by clause: joined by ", " it is one sentence.

    Args:
        ports: the destination ports with most flows, most first.
        port_count: how many distinct ones there are.
        minimum: peers and ports are counted up to a limit only.
    """
    at_least = "at least " if minimum else ""
    service = SERVICES.get((protocol, ports[0])) if port_count == 1 and ports else None
    name, unit = service or ("", "flows")
    counted = f"{flows:,} {name + ' ' if name else ''}{unit if flows != 1 else _one(unit)}"
    if kind == "host":
        if destinations == 1 and destination is None:
            first = f"{counted} to one host"
        else:
            first = f"{counted} to {at_least}{count_of(destinations, 'host')}"
    elif kind == "pair":
        first = f"{counted} to {destination}"
    else:
        first = f"{counted} from {at_least}{count_of(sources, 'host')}"
    clauses = [first]
    if not name and ports:
        clauses.append(_ports_text(ports, port_count, protocol, at_least))
    if flows > 1 and unanswered * 10 >= flows:
        clauses.append(f"{_share(unanswered, flows)} unanswered")
    if flows > 1 and refused * 10 >= flows:
        clauses.append(f"{_share(refused, flows)} refused")
    if family == "tunnel" and name == "DNS" and flows:
        mean = forward_bytes / flows
        clauses.append(f"mean {mean:.0f} bytes (normal: {NORMAL['dns_query_bytes']})")
    elif family in _VOLUME and forward_bytes + backward_bytes:
        clauses.append(f"{bytes_text(forward_bytes)} sent, {bytes_text(backward_bytes)} received")
    if kind == "pair" and flows >= 10 and mean_duration_us >= 1000 and len(clauses) < 4:
        clauses.append(f"{duration_text(mean_duration_us)} each")
        if duration_spread < 0.1:
            clauses.append(f"alike within {max(1, round(100 * duration_spread))}%")
    if port_count > _FEW_PORTS and not any("ports" in clause for clause in clauses):
        clauses.append(f"{at_least}{port_count:,} ports")
    return tuple(clauses)


def _one(unit: str) -> str:
    return "query" if unit == "queries" else unit.removesuffix("s")


def _share(part: int, whole: int) -> str:
    """A share in whole per cent; never "100%" or "0%" of what is not quite all or nothing."""
    percent = round(100 * part / whole)
    if percent == 100 and part < whole:
        return "over 99%"
    return f"{percent}%"


def _ports_text(ports: Sequence[int], port_count: int, protocol: int, at_least: str) -> str:
    if protocol not in (6, 17, 132):
        return _PROTOCOLS.get(protocol, f"IP protocol {protocol}")
    if port_count == 1:
        return f"port {ports[0]}/{_PROTOCOLS[protocol].lower()}"
    if port_count <= _FEW_PORTS:
        return "ports " + " ".join(str(port) for port in sorted(ports[:port_count]))
    return f"{at_least}{port_count:,} ports"
