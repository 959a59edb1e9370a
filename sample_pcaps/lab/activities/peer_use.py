"""Harmless, and to very many: peers that gossip, things that are looked for, telephones."""

from __future__ import annotations

from ipaddress import IPv4Network

from sample_pcaps.lab.activities.commands import program
from sample_pcaps.lab.activities.kind import ANY, UDP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds
from sample_pcaps.lab.programs.discovery import WAYS
from sample_pcaps.lab.programs.gossip import LIVE, PEERS

__all__ = ["PEER_USE"]

PEER_USE = Kinds()


@PEER_USE.add(lambda call: [Touch(str(PEERS), ANY, ANY)], "peers", tool="peer", seconds=120)
def gossip(call: Call) -> list[str]:
    """Asks peers of a stale list: most are silent, some refuse, the others answer."""
    return program(
        "gossip", "join", call.option("flavour", "pieces"), call.option("port", 6881),
        call.option("rate", 3), int(call.seconds), call.draw.randrange(1 << 30),
    )  # fmt: skip


@PEER_USE.add(lambda call: [Touch(call.address, ANY, ANY, src=str(LIVE))], tool="peer",
              seconds=120)  # fmt: skip
def peer_calls(call: Call) -> list[str]:
    """Peers call a member, whether it is still one or not."""
    return program(
        "gossip", "visit", call.address, call.option("port", 6881), call.option("rate", 1),
        int(call.seconds), call.draw.randrange(1 << 30),
    )  # fmt: skip


def _everybody(call: Call) -> str:
    return str(IPv4Network(call.network.lan).broadcast_address)


def _looked_for(call: Call) -> list[Touch]:
    """The question to all, answers to all, and answers to who asked."""
    way = WAYS[call.how["way"]]
    group = _everybody(call) if way.group == "all" else way.group
    touches = [Touch(group, way.port, UDP)]
    for host in call.network.hosts:
        if way.answers and "found" in host.services and host is not call.host:
            address = call.network.address(host)
            touches += [Touch(group, way.port, UDP, src=address), Touch(address, way.port, UDP)]
    return touches


@PEER_USE.add(_looked_for, tool="discovery", seconds=90)
def look_around(call: Call) -> list[str]:
    """Looks for things or says that it is there, in one of many ways, to all of the network."""
    return program("discovery", "look", call.how["way"], call.network.address(call.host),
                   _everybody(call), call.option("wait", 10), int(call.seconds))  # fmt: skip


@PEER_USE.add(lambda call: [Touch(_everybody(call), 137, UDP)], tool="nmblookup")
def ask_netbios(call: Call) -> list[str]:
    """A name of an old kind that nobody has."""
    name = call.draw.choice(("WPAD", "PRINTER", "WORKGROUP", "NAS", "FILESRV"))
    return ["nmblookup", "-s", "/dev/null", "-B", _everybody(call), name]


def _exchange(call: Call) -> list[Touch]:
    return [Touch(call.address, ANY, UDP)]


@PEER_USE.add(_exchange, "voice", tool="SIP registration", seconds=300)
def register_phone(call: Call) -> list[str]:
    """Says where the telephone is, every few seconds, from one port."""
    return program("voice", "register", call.address, call.option("wait", 10), call.seconds)


@PEER_USE.add(_exchange, "voice", tool="SIP call", seconds=120)
def phone_call(call: Call) -> list[str]:
    """A call: fifty datagrams a second both ways, for as long as people talk."""
    most = min(call.option("most", 60), max(3.0, call.seconds - 8))
    return program("voice", "call", call.address, call.draw.uniform(3, most),
                   call.option("quiet", call.draw.choice((0.0, 0.4))))  # fmt: skip
