"""Scenes in which nothing is wrong but, in one, the file."""

from __future__ import annotations

import struct

from scapy.layers.inet6 import (
    ICMPv6MLDMultAddrRec,
    ICMPv6MLReport2,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrHopByHop,
    RouterAlert,
)  # fmt: skip

from sample_pcaps import files, services, traffic
from sample_pcaps.files import Interface
from sample_pcaps.office import MINUTE_US, ROUTER, Sample, benign, office, timeline, workplace
from sample_pcaps.timeline import Host, Timeline

_SECOND_US = 1_000_000
_RECORD_BEHIND_HEADER = 24


def iot_site() -> Sample:
    """Sensors, actuators and their broker, eleven minutes; the gateway tells its cloud."""
    line = timeline("iot", 1_772_960_400)
    span_us = 11 * MINUTE_US
    gateway = Host("10.40.0.1", "02:00:5e:00:04:01")
    broker = Host("10.40.0.10", "02:00:5e:00:04:0a")
    control = Host("10.40.0.11", "02:00:5e:00:04:0b")
    clock = traffic.site("192.0.2.123")
    for last in range(20, 28):
        sensor = Host(
            f"10.40.0.{last}", f"02:00:5e:00:05:{last:02x}", ttl=255, window=5_744,
            timestamps=False,
        )  # fmt: skip
        first_us = line.start_us + line.after(0, 20 * _SECOND_US)
        traffic.arp(line, first_us - 900, sensor, broker)
        services.mqtt_sensor(line, first_us, sensor, broker, span_us - 60 * _SECOND_US)
        traffic.ntp(line, line.start_us + line.after(0, span_us), sensor, clock)
        services.mdns(line, line.start_us + line.after(0, span_us), sensor, f"sensor-{last}")
    for last in range(40, 43):
        actuator = Host(f"10.40.0.{last}", f"02:00:5e:00:06:{last:02x}", ttl=255)
        for at_us in range(line.start_us + last * 90_000, line.start_us + span_us, 20 * _SECOND_US):
            services.coap(line, at_us + line.after(0, 40_000), control, actuator, "state")
    for at_us in range(line.start_us, line.start_us + span_us, 3 * MINUTE_US):
        services.mdns_question(line, at_us + line.after(0, _SECOND_US), control)
        at_us += line.after(_SECOND_US, 9 * _SECOND_US)
        name, cloud = "api.example.net", traffic.site("203.0.113.130")
        at_us = traffic.dns(line, at_us, control, gateway, name, cloud.ip) + 2_000
        traffic.https(line, at_us, control, cloud, name, [line.after(180, 400)])
    return Sample(files.pcap(line.in_order()), benign("iot_site.pcap"))


def ipv6_neighbours() -> Sample:
    """An IPv6-only network: routers and neighbours, multicast reports, names, pages, pings."""
    line = timeline("neighbours", 1_773_046_800)
    span_us = 4 * MINUTE_US
    router = Host("fe80::1", "02:00:5e:00:00:01", ttl=255)
    resolver = Host("2001:db8:60::53", "02:00:5e:00:00:35")
    everybody = Host("ff02::1", "33:33:00:00:00:01")
    for at_us in range(line.start_us, line.start_us + span_us, 40 * _SECOND_US):
        prefix = ICMPv6NDOptPrefixInfo(prefix="2001:db8:60::", prefixlen=64)
        tells = ICMPv6ND_RA(routerlifetime=1_800) / ICMPv6NDOptSrcLLAddr(lladdr=router.mac)
        line.send(at_us + line.after(0, 3 * _SECOND_US), router, everybody, tells / prefix)
    for number in range(4):
        client = Host(f"2001:db8:60::a{number}", f"02:00:5e:00:07:a{number}", ttl=64)
        at_us = line.start_us + line.after(0, 5 * _SECOND_US)
        _joins(line, at_us, client)
        for known in (resolver, router):
            at_us += line.after(200_000, 2_000_000)
            _neighbour(line, at_us, client, known)
        for index, (name, _) in enumerate(traffic.SITES[number : number + 4]):
            ip = f"2001:db8:{index + 0x10:x}::{number + 80:x}"
            at_us = line.start_us + line.after(8 * _SECOND_US, span_us)
            at_us = traffic.dns(line, at_us, client, resolver, name, ip) + line.after(300, 4_000)
            server = Host(ip, ROUTER.mac, ttl=54)
            sizes = [line.after(200, 2_400) for _ in range(line.random.choice((1, 2)))]
            traffic.https(line, at_us, client, server, name, sizes)
    return Sample(files.pcap(line.in_order()), benign("ipv6_neighbours.pcap"))


def vlan_trunk() -> Sample:
    """A trunk: office in VLAN 10, a call in VLAN 20, management in VLAN 30."""
    line = timeline("trunk", 1_773_133_200)
    span_us = 4 * MINUTE_US
    line.tags = (10,)
    office(line, clients=3, pages=2, span_us=span_us, most=2_600)
    line.tags = (20,)
    phones = [Host(f"10.50.0.{last}", f"02:00:5e:00:08:{last:02x}") for last in (21, 34)]
    services.voice(line, line.start_us + MINUTE_US, phones[0], phones[1], seconds=3)
    line.tags = (30,)
    admin = Host("10.60.0.9", "02:00:5e:00:09:09")
    switches = [Host(f"10.60.0.{n}", f"02:00:5e:00:0a:{n:02x}", ttl=64) for n in (2, 3, 4)]
    for at_us in range(line.start_us, line.start_us + span_us, 30 * _SECOND_US):
        for number, switch in enumerate(switches):
            services.snmp(line, at_us + number * 40_000 + line.after(0, 9_000), admin, switch,
                          50_000 + number)  # fmt: skip
    services.ssh_session(line, line.start_us + MINUTE_US // 2, admin, switches[1], commands=4)
    return Sample(files.pcap(line.in_order()), benign("vlan_trunk.pcap"))


def three_interfaces() -> Sample:
    """A router hears its wired side (ns), its wireless side (µs) and a tunnel (raw IP, µs)."""
    wired = timeline("wired", 1_773_219_600)
    office(wired, clients=2, pages=2, span_us=3 * MINUTE_US, most=2_600)
    wireless = timeline("wireless", 1_773_219_600)
    wireless.interface, wireless.frames = 1, wired.frames
    resolver = Host("10.21.0.1", "02:00:5e:00:0b:01")
    for last in (31, 32):
        guest = Host(f"10.21.0.{last}", f"02:00:5e:00:0c:{last:02x}", ttl=64)
        traffic.browse(wireless, guest, resolver, 2, 3 * MINUTE_US, 2_600)
    tunnel = timeline("inner", 1_773_219_600)
    tunnel.raw, tunnel.interface, tunnel.frames = True, 2, wired.frames
    traffic.browse(tunnel, Host("10.99.1.2", ""), Host("10.99.1.1", ""), 2, 3 * MINUTE_US, 2_600)
    interfaces = (
        Interface("eth0", files.ETHERNET, 9), Interface("wlan0", files.ETHERNET, 6),
        Interface("tun0", files.RAW, 6),
    )  # fmt: skip
    return Sample(files.pcapng(wired.in_order(), interfaces), benign("three_interfaces.pcapng"))


def damaged() -> Sample:
    """People browse; two thirds into the file a record says that it has two gigabytes."""
    line = timeline("damaged", 1_773_306_000)
    office(line, clients=3, pages=3, span_us=4 * MINUTE_US, most=2_600)
    traffic.ping(line, line.start_us + MINUTE_US, workplace(1), ROUTER)
    data = bytearray(files.pcap(line.in_order()))
    at = _RECORD_BEHIND_HEADER
    while at < len(data) * 2 // 3:
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
    struct.pack_into("<I", data, at + 8, 0x7FFF_FFFF)
    return Sample(bytes(data), benign("damaged.pcap"))


def _joins(line: Timeline, at_us: int, client: Host) -> None:
    """A host reports the groups that it listens to (RFC 3810), behind a hop-by-hop header."""
    group = Host("ff02::16", "33:33:00:00:00:16")
    report = ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::fb")])
    packet = IPv6(src=client.ip, dst=group.ip, hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()])
    line.put(at_us, client.mac, group.mac, packet / report)


def _neighbour(line: Timeline, at_us: int, client: Host, known: Host) -> None:
    """Who has that address, and its owner's answer (RFC 4861)."""
    asks = ICMPv6ND_NS(tgt=known.ip) / ICMPv6NDOptSrcLLAddr(lladdr=client.mac)
    tells = ICMPv6ND_NA(tgt=known.ip, R=0, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=known.mac)
    group = Host(f"ff02::1:ff00:{known.ip.rsplit(':', 1)[1]}", "33:33:ff:00:00:01")
    for after_us, source, target, packet in (
        (0, client, group, asks), (line.after(100, 900), known, client, tells)
    ):  # fmt: skip
        ip = IPv6(src=source.ip, dst=target.ip, hlim=255)
        line.put(at_us + after_us, source.mac, target.mac, ip / packet)
