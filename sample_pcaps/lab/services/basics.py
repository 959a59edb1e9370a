"""Names, time, measurement, pictures; and what tunnels and beacons end at."""

from __future__ import annotations

import sys
from string import ascii_lowercase
from zlib import crc32

from sample_pcaps.lab.programs.domain import KERBEROS
from sample_pcaps.lab.services.service import Place, Service

__all__ = [
    "BLOCK_LISTS",
    "CARRIER_ZONE",
    "FILES_ZONE",
    "SENDERS_LIST",
    "SERVICES",
    "TUNNEL_ZONE",
    "ZONE",
    "domain_of",
]

#: RFC 2606. Every host has a name in it.
ZONE = "corp.example"
#: Names in it are asked of the host `tunnel`, where the network has one.
TUNNEL_ZONE = "t.example"
#: Names in it are asked of the hosts with a `carrier`, which answers every one of them.
CARRIER_ZONE = "c.example"
#: Block lists of addresses, one of senders' domains, and what is known of files, each in a domain
#: of its own; asked of hosts with `open-dns`, where there are any.
BLOCK_LISTS = (
    "bl.alist.test",
    "zen.zlist.test",
    "b.blist.test",
    "combined.clist.test",
    "dnsbl.dlist.test",
    "ix.ilist.test",
    "psbl.plist.test",
)
SENDERS_LIST = "uri.ulist.test"
FILES_ZONE = "files.flist.test"
#: Last parts of reversed addresses, those of a few networks, that every block list names.
_LISTED = (45, 91, 141, 185)


def domain_of(name: str) -> str:
    """The domain of somebody of this name: four letters, and what is asked for in it is there."""
    number = crc32(name.encode())
    letters = "".join(ascii_lowercase[number // 26**place % 26] for place in range(4))
    return f"{letters}.example"


def _dns(place: Place) -> list[str]:
    net = place.network
    names = place.write(
        "names",
        *(f"{net.address(h)} {h.name}.{ZONE}" for h in net.hosts),
        *(f"{net.address6(h)} {h.name}.{ZONE}" for h in net.hosts),
    )
    # Any other domain is somebody's (`domain_of`).
    zones = [f"local=/{ZONE}/", "local=/test/", f"address=/example/{net.address(place.host)}"]
    zones += [f"server=/{TUNNEL_ZONE}/{net.address(h)}" for h in net.matching("tunnel*")]
    zones += [
        f"server=/{CARRIER_ZONE}/{net.address(h)}" for h in net.hosts if "carrier" in h.services
    ]
    zones += _lists(place)
    # Of addresses that have no name, here or anywhere.
    zones += ["local=/18.198.in-addr.arpa/", "local=/19.198.in-addr.arpa/"]
    mail = f"mx-host={ZONE},mail.{ZONE},10"
    text = f"txt-record={ZONE},v=spf1 mx -all"
    conf = place.write(
        "dnsmasq.conf",
        "no-resolv", "no-hosts", "no-poll", "user=root", "group=root", "cache-size=500",
        f"addn-hosts={names}", *zones, mail, text,
    )  # fmt: skip
    return ["dnsmasq", "-k", "-C", conf, "--pid-file", "--log-facility=/dev/null"]


def _lists(place: Place) -> list[str]:
    """Who knows what is listed: servers of the world, or else this one."""
    beyond = [h for h in place.network.hosts if "open-dns" in h.services]
    if beyond and place.host not in beyond:
        known = "/".join((*BLOCK_LISTS, SENDERS_LIST, FILES_ZONE))
        return [f"server=/{known}/{place.network.address(h)}" for h in beyond]
    listed = [f"address=/{part}.{zone}/127.0.0.2" for zone in BLOCK_LISTS for part in _LISTED]
    return [*listed, f"address=/{FILES_ZONE}/127.1.0.1"]


def _ntp(place: Place) -> list[str]:
    # -x: the machine's clock is not touched.
    conf = place.write(
        "chrony.conf",
        "local stratum 8", "allow all", "cmdport 0", f"pidfile {place.folder}/pid",
        "bindcmdaddress /",
    )  # fmt: skip
    return ["chronyd", "-d", "-x", "-u", "root", "-f", conf]


def _iperf(_: Place) -> list[str]:
    return ["iperf3", "-s"]


def _iodine(place: Place) -> list[str]:
    return ["iodined", "-f", "-c", "-P", "lab", "172.29.0.1/27", TUNNEL_ZONE]


def _ptunnel(_: Place) -> list[str]:
    return ["ptunnel-ng"]


def _carrier(_: Place) -> list[str]:
    return [sys.executable, "-m", "sample_pcaps.lab.programs.dns_carry", "serve"]


def _command(_: Place) -> list[str]:
    return [sys.executable, "-m", "sample_pcaps.lab.programs.beacon", "serve", "4444"]


def _video(_: Place) -> list[str]:
    return [sys.executable, "-m", "sample_pcaps.lab.programs.camera", "serve", "5004"]


def _domain(_: Place) -> list[str]:
    return [sys.executable, "-m", "sample_pcaps.lab.programs.domain", "serve"]


SERVICES = (
    Service("dns", 53, _dns),
    # Of the world: asked by who names it, not by who looks up a name.
    Service("open-dns", 53, _dns),
    Service("ntp", 123, _ntp, waits=False),
    Service("iperf", 5201, _iperf),
    Service("iodine", 53, _iodine, waits=False),
    Service("ptunnel", 0, _ptunnel, waits=False),
    Service("carrier", 53, _carrier, waits=False),
    Service("command", 4444, _command),
    Service("domain", KERBEROS, _domain),
    Service("video", 5004, _video, waits=False),
)
