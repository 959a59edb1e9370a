"""Harmless look-ups of many names that nobody ever asked for before: block lists, hashes, parts of
pages, names of addresses. Data in names look much the same.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from string import ascii_lowercase, digits, hexdigits

from sample_pcaps.lab.activities.commands import curl, program, quoted, shell
from sample_pcaps.lab.activities.kind import UDP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds, of_port
from sample_pcaps.lab.services.basics import BLOCK_LISTS, FILES_ZONE, SENDERS_LIST, domain_of
from sample_pcaps.lab.site import PAGES

__all__ = ["NAME_USE"]

NAME_USE = Kinds()
_HEX = hexdigits[:16]
#: Who keeps the pictures of everybody's pages.
_CDNS = ("edge", "fast", "wide", "near")


def _asked(call: Call) -> list[Touch]:
    """Questions to the drawn server of names, and its own to those that know the lists."""
    beyond = [h for h in call.network.hosts if "open-dns" in h.services and h is not call.to]
    asked = [Touch(call.address, 53, UDP)]
    return asked + [Touch(call.network.address(h), 53, UDP, src=call.address) for h in beyond]


def _ask(call: Call, lines: list[str]) -> list[str]:
    return program("asking", call.address, call.write("names", lines))


def _reversed(address: IPv4Address) -> str:
    return ".".join(reversed(str(address).split(".")))


@NAME_USE.add(_asked, "dns", "open-dns", tool="block list look-ups", seconds=60)
def ask_block_lists(call: Call) -> list[str]:
    """A mail server asks four to six lists for the sender of each mail, and one for its domain."""
    lines = []
    for _ in range(call.option("mails", 4)):
        sender = _reversed(IPv4Address(call.draw.randrange(1 << 24, 223 << 24)))
        wait = call.draw.expovariate(1 / call.option("wait", 2.0))
        for zone in call.draw.sample(BLOCK_LISTS, call.draw.randrange(4, 7)):
            lines.append(f"{min(wait, 20):.3f} {sender}.{zone} A")
            wait = 0.0
        domain = "".join(call.draw.choices(ascii_lowercase, k=call.draw.randrange(5, 16)))
        lines.append(f"0.01 {domain}.{SENDERS_LIST} A TXT")
    return _ask(call, lines)


@NAME_USE.add(_asked, "dns", "open-dns", tool="reputation look-ups", seconds=60)
def ask_reputation(call: Call) -> list[str]:
    """What is known of some files, by parts of their hashes; one time in four of many at once."""
    burst = call.draw.random() < call.option("bursts", 0.25)
    letters = call.option("letters", call.draw.choice((16, 20, 24, 32)))
    kind = call.draw.choice(("A", "A", "TXT"))
    lines = []
    for _ in range(20 if burst else call.draw.randrange(1, 4)):
        wait = call.draw.uniform(0, 0.2) if burst else call.draw.uniform(0, 5)
        lines.append(
            f"{wait:.3f} {''.join(call.draw.choices(_HEX, k=letters))}.{FILES_ZONE} {kind}"
        )
    return _ask(call, lines)


@NAME_USE.add(of_port(443, names=True), "web", tool="curl")
def browse_cdn(call: Call) -> list[str]:
    """A page whose pictures come from a dozen names that somebody's program made up."""
    server = next(h for h in call.network.hosts if "dns" in h.services)
    domain = f"cdn.{domain_of(call.draw.choice(_CDNS))}"
    lines = []
    for _ in range(call.draw.randrange(8, 16)):
        name = "".join(call.draw.choices(ascii_lowercase + digits, k=call.draw.randrange(8, 15)))
        lines.append(f"{call.draw.uniform(0, 0.06):.3f} {name}.{domain} A AAAA")
    names = program("asking", call.network.address(server), call.write("names", lines))
    pictures = [f"https://{call.address}/pictures/{call.draw.randrange(60)}.jpg" for _ in lines]
    page = f"https://{call.address}/page{call.draw.randrange(PAGES)}.html"
    outputs = ["-o", "/dev/null"] * len(pictures)
    return shell(quoted(names), quoted(curl("--parallel", page, *outputs, *pictures)))


@NAME_USE.add(of_port(53, UDP), "dns", tool="reverse look-ups", seconds=90)
def look_up_addresses(call: Call) -> list[str]:
    """The names of a hundred addresses, for a page of a monitoring: most have none."""
    rooms = [IPv4Network(call.network.lan), IPv4Network(call.network.outside)]
    lines = []
    for _ in range(call.option("addresses", 100)):
        room = call.draw.choice(rooms)
        address = room[call.draw.randrange(1, min(room.num_addresses, 250) - 1)]
        wait = call.draw.expovariate(1 / call.option("wait", 0.15))
        lines.append(f"{min(wait, 3):.3f} {_reversed(address)}.in-addr.arpa PTR")
    return _ask(call, lines)
