"""What happens in each sample: one function per capture, giving its bytes and its truth."""

from __future__ import annotations

from collections.abc import Callable

from sample_pcaps import attack_scenes, files, harmless_scenes, traffic
from sample_pcaps.files import Interface
from sample_pcaps.office import (
    MINUTE_US,
    RESOLVER,
    ROUTER,
    Sample,
    benign,
    office,
    timeline,
    workplace,
)
from sample_pcaps.tcp import Conversation
from sample_pcaps.timeline import Host

_OPEN_PORTS = (22, 80, 139)


def browsing_dns() -> Sample:
    """Five people browse for ten minutes; names, pages, clocks, a ping."""
    line = timeline("browsing", 1_772_442_000)
    office(line, clients=5, pages=5, span_us=10 * MINUTE_US, most=2_600)
    for number in range(5):
        for _ in range(10):
            name, ip = line.random.choice(traffic.SITES)
            at_us = line.start_us + line.after(0, 10 * MINUTE_US)
            traffic.dns(line, at_us, workplace(number), RESOLVER, name, ip)
    traffic.ping(line, line.start_us + 3 * MINUTE_US, workplace(2), ROUTER)
    return Sample(files.pcap(line.in_order()), benign("browsing_dns.pcap"))


def port_scan() -> Sample:
    """One host tries 400 ports of a server and port 445 of its neighbours, others browse."""
    line = timeline("scan", 1_772_528_400)
    office(line, clients=3, pages=3, span_us=3 * MINUTE_US)
    scanner = Host("10.20.0.66", "02:00:5e:00:02:42", window=1_024, timestamps=False)
    server = Host("10.20.0.10", "02:00:5e:00:03:0a")
    start_us = now_us = line.start_us + MINUTE_US
    ports = list(range(1, 401))
    line.random.shuffle(ports)
    for port in ports:
        talk = Conversation(line, scanner, server, port, now_us, 250, line.after(40_000, 60_000))
        if port in _OPEN_PORTS:
            talk.knock()
        else:
            talk.refuse()
        now_us += line.after(8_000, 30_000)
    for last in range(11, 60):
        neighbour = Host(f"10.20.0.{last}", f"02:00:5e:00:03:{last:02x}")
        Conversation(line, scanner, neighbour, 445, now_us, 250, line.after(40_000, 60_000)).syn()
        now_us += line.after(15_000, 40_000)
    rule = {
        "capture": "port_scan.pcap", "src": scanner.ip, "protocol": "6",
        "start": str(start_us // 1_000_000), "end": str(now_us // 1_000_000 + 1),
        "family": "scan", "tool": "half-open scan",
    }  # fmt: skip
    return Sample(files.pcap(line.in_order()), files.truth([rule]))


def password_attack() -> Sample:
    """One host guesses SSH passwords, 36 sessions alike, while others browse."""
    line = timeline("password", 1_772_614_800)
    office(line, clients=3, pages=2, span_us=4 * MINUTE_US, most=2_600)
    attacker = Host("10.20.0.77", "02:00:5e:00:02:4d")
    server = Host("10.20.0.22", "02:00:5e:00:03:16")
    now_us = line.start_us + MINUTE_US
    for _ in range(36):
        now_us = traffic.ssh_failure(line, now_us, attacker, server) + line.after(40_000, 90_000)
    rule = {
        "capture": "password_attack.pcap", "src": attacker.ip, "dst": server.ip, "dst_port": "22",
        "protocol": "6", "family": "brute_force", "tool": "password guessing over SSH",
    }  # fmt: skip
    return Sample(files.pcap(line.in_order()), files.truth([rule]))


def syn_flood() -> Sample:
    """1,300 SYNs from forged sources in six seconds; the server stops answering half way."""
    line = timeline("flood", 1_772_701_200)
    office(line, clients=3, pages=2, span_us=2 * MINUTE_US, most=2_600)
    server = Host("10.20.0.80", "02:00:5e:00:03:50")
    start_us = now_us = line.start_us + MINUTE_US
    for number in range(1_300):
        ip = f"198.{line.random.choice((18, 19))}.{line.after(0, 255)}.{line.after(1, 254)}"
        forged = Host(ip, ROUTER.mac, ttl=line.after(40, 250), window=512, timestamps=False,
                      ip_id=line.after(0, 65_535))  # fmt: skip
        talk = Conversation(line, forged, server, 80, now_us, 150, line.after(1_024, 65_535))
        if number < 600 and number % 2:
            talk.half_open()
        else:
            talk.syn()
        now_us += line.after(1_000, 8_000)
    rule = {
        "capture": "syn_flood.pcap", "dst": server.ip, "dst_port": "80", "protocol": "6",
        "start": str(start_us // 1_000_000), "end": str(now_us // 1_000_000 + 1),
        "family": "ddos", "tool": "SYN flood with forged sources",
    }  # fmt: skip
    return Sample(files.pcap(line.in_order()), files.truth([rule]))


def two_interfaces_cut() -> Sample:
    """A laptop's card (Ethernet, ns) and its tunnel (raw IP, µs); the last record is cut."""
    card = timeline("card", 1_772_787_600)
    office(card, clients=2, pages=2, span_us=2 * MINUTE_US, most=2_600)
    tunnel = timeline("tunnel", 1_772_787_600)
    tunnel.raw, tunnel.interface, tunnel.frames = True, 1, card.frames
    inside, resolver = Host("10.99.0.2", ""), Host("10.99.0.1", "")
    traffic.browse(tunnel, inside, resolver, 6, 2 * MINUTE_US, 2_600)
    interfaces = (Interface("eth0", files.ETHERNET, 9), Interface("tun0", files.RAW, 6))
    whole = files.pcapng(card.in_order(), interfaces)
    return Sample(whole[:-21], benign("two_interfaces_cut.pcapng"))


def ipv6_vlan() -> Sample:
    """IPv6 in VLAN 20, IPv4 in VLAN 30 inside a provider's tag 100; short frames padded."""
    line = timeline("vlan", 1_772_874_000)
    line.tags = (20,)
    resolver = Host("2001:db8:20::53", "02:00:5e:00:00:35")
    for number in range(3):
        client = Host(f"2001:db8:20::1{number}", f"02:00:5e:00:01:1{number}")
        for index, (name, _) in enumerate(traffic.SITES[number : number + 4]):
            ip = f"2001:db8:{index + 1:x}::{number + 10:x}"
            at_us = line.start_us + line.after(0, 2 * MINUTE_US)
            at_us = traffic.dns(line, at_us, client, resolver, name, ip) + line.after(300, 4_000)
            server = Host(ip, ROUTER.mac, ttl=54)
            traffic.https(line, at_us, client, server, name, [line.after(200, 2_600)])
    line.tags = (100, 30)
    office(line, clients=2, pages=2, span_us=2 * MINUTE_US, most=2_600)
    return Sample(files.pcap(line.in_order()), benign("ipv6_vlan.pcap"))


#: File name → what builds it.
SCENES: dict[str, Callable[[], Sample]] = {
    "browsing_dns.pcap": browsing_dns,
    "port_scan.pcap": port_scan,
    "password_attack.pcap": password_attack,
    "syn_flood.pcap": syn_flood,
    "two_interfaces_cut.pcapng": two_interfaces_cut,
    "ipv6_vlan.pcap": ipv6_vlan,
    "iot_site.pcap": harmless_scenes.iot_site,
    "ipv6_neighbours.pcap": harmless_scenes.ipv6_neighbours,
    "vlan_trunk.pcap": harmless_scenes.vlan_trunk,
    "three_interfaces.pcapng": harmless_scenes.three_interfaces,
    "damaged.pcap": harmless_scenes.damaged,
    "slow_dos.pcap": attack_scenes.slow_dos,
    "web_attack.pcap": attack_scenes.web_attack,
    "dns_tunnel.pcap": attack_scenes.dns_tunnel,
    "beacon_jitter.pcap": attack_scenes.beacon_jitter,
    "lateral_movement.pcap": attack_scenes.lateral_movement,
}
