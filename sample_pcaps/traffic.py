"""Ordinary traffic: what a few people and machines do, and one wrong password after another."""

from __future__ import annotations

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, UDP
from scapy.layers.l2 import ARP
from scapy.packet import Raw

from sample_pcaps import payloads
from sample_pcaps.tcp import Conversation
from sample_pcaps.timeline import Host, Timeline

#: Names of documentation (RFC 2606) and addresses of documentation (RFC 5737).
SITES = (
    ("www.example.com", "192.0.2.10"), ("static.example.com", "192.0.2.11"),
    ("mail.example.org", "198.51.100.25"), ("news.example.org", "198.51.100.40"),
    ("shop.example.net", "203.0.113.5"), ("img.shop.example.net", "203.0.113.6"),
    ("docs.example.net", "203.0.113.77"), ("updates.example.com", "192.0.2.200"),
    ("video.example.org", "198.51.100.90"), ("api.example.net", "203.0.113.130"),
)  # fmt: skip
_ROUTER_MAC = "02:00:5e:00:00:01"
_EVERYBODY = "ff:ff:ff:ff:ff:ff"


def site(ip: str, ttl: int = 54) -> Host:
    """A server beyond the router."""
    return Host(ip, _ROUTER_MAC, ttl=ttl, window=65_160)


def dns(line: Timeline, at_us: int, client: Host, resolver: Host, name: str, ip: str) -> int:
    """A query and its answer; when the answer came."""
    kind = "AAAA" if ":" in ip else "A"
    port, number = line.random.randint(32_768, 60_999), line.random.randrange(65_536)
    question = DNSQR(qname=name, qtype=kind)
    query = UDP(sport=port, dport=53) / DNS(id=number, rd=1, qd=question)
    line.send(at_us, client, resolver, query)
    done_us = at_us + line.after(700, 28_000)
    record = DNSRR(rrname=name, type=kind, ttl=300, rdata=ip)
    reply = UDP(sport=53, dport=port) / DNS(id=number, qr=1, rd=1, ra=1, qd=question, an=[record])
    line.send(done_us, resolver, client, reply)
    return done_us


def https(
    line: Timeline, at_us: int, client: Host, server: Host, name: str, sizes: list[int]
) -> int:
    """A TLS connection with one request per size of answer; when it ended."""
    chance = line.random
    talk = Conversation(line, client, server, 443, at_us, line.after(6_000, 45_000)).open()
    talk.ask(payloads.client_hello(chance, name))
    talk.answer(payloads.server_hello(chance, line.after(900, 1_500)))
    talk.ask(payloads.tls_record(20, b"\1") + payloads.tls_record(23, payloads.noise(chance, 53)))
    for size in sizes:
        request = payloads.noise(chance, line.after(90, 420))
        talk.ask(payloads.tls_record(23, request), think_us=line.after(2_000, 900_000))
        talk.answer(
            payloads.tls_record(23, payloads.noise(chance, size)), line.after(3_000, 90_000)
        )
    return talk.close(by=line.random.randrange(2)).now_us


def http(line: Timeline, at_us: int, client: Host, server: Host, name: str, size: int) -> int:
    """One page without TLS; when it ended."""
    talk = Conversation(line, client, server, 80, at_us, line.after(6_000, 45_000)).open()
    talk.ask(payloads.http_request(name, f"/page/{line.random.randint(1, 99)}"))
    return talk.answer(payloads.http_response(size), line.after(2_000, 60_000)).close(1).now_us


def ntp(line: Timeline, at_us: int, client: Host, server: Host) -> None:
    """One exchange of clocks."""
    request = b"\x23" + b"\0" * 39 + payloads.noise(line.random, 8)
    line.send(at_us, client, server, UDP(sport=123, dport=123) / Raw(request))
    answer = b"\x24\x02\x06\xe8" + payloads.noise(line.random, 44)
    line.send(at_us + line.after(8_000, 30_000), server, client,
              UDP(sport=123, dport=123) / Raw(answer))  # fmt: skip


def ping(line: Timeline, at_us: int, client: Host, server: Host, count: int = 3) -> None:
    """Echo requests, a second apart, and their replies."""
    number = line.random.randrange(65_536)
    for i in range(count):
        body = Raw(bytes(range(16, 64)))
        line.send(at_us + i * 1_000_000, client, server, ICMP(type=8, id=number, seq=i + 1) / body)
        line.send(at_us + i * 1_000_000 + line.after(200, 900), server, client,
                  ICMP(type=0, id=number, seq=i + 1) / body)  # fmt: skip


def arp(line: Timeline, at_us: int, client: Host, owner: Host) -> None:
    """Who has that address, and its owner's answer."""
    question = ARP(op=1, hwsrc=client.mac, psrc=client.ip, pdst=owner.ip)
    answer = ARP(op=2, hwsrc=owner.mac, psrc=owner.ip, hwdst=client.mac, pdst=client.ip)
    line.put(at_us, client.mac, _EVERYBODY, question)
    line.put(at_us + line.after(100, 900), owner.mac, client.mac, answer)


def browse(
    line: Timeline, client: Host, resolver: Host, pages: int, span_us: int, most: int = 4_500
) -> None:
    """One person's pages over a span of time: names are looked up, then fetched."""
    for _ in range(pages):
        now_us = line.start_us + line.after(0, span_us)
        for name, ip in line.random.sample(SITES, line.random.randint(1, 2)):
            now_us = dns(line, now_us, client, resolver, name, ip) + line.after(300, 4_000)
            if line.random.random() < 0.15:
                http(line, now_us, client, site(ip), name, line.after(300, most))
            else:
                sizes = [line.after(200, most) for _ in range(line.random.choice((1, 1, 1, 2)))]
                https(line, now_us, client, site(ip), name, sizes)
            now_us += line.after(1_000, 40_000)


def ssh_failure(line: Timeline, at_us: int, client: Host, server: Host) -> int:
    """One SSH session with two wrong passwords; when it ended."""
    chance = line.random
    talk = Conversation(line, client, server, 22, at_us, line.after(300, 700)).open()
    talk.answer(b"SSH-2.0-OpenSSH_9.6\r\n", 9_000).ask(b"SSH-2.0-libssh_0.10.6\r\n")
    talk.ask(payloads.ssh_kexinit(chance)).answer(payloads.ssh_kexinit(chance))
    talk.ask(payloads.ssh_packet(b"\x1e\0\0\0\x20" + payloads.noise(chance, 32)))
    talk.answer(payloads.ssh_packet(b"\x1f" + payloads.noise(chance, 220)), 3_000)
    talk.ask(payloads.ssh_packet(b"\x15")).ask(payloads.noise(chance, 64))
    talk.answer(payloads.noise(chance, 64))
    for _ in range(2):
        talk.ask(payloads.noise(chance, 96)).answer(
            payloads.noise(chance, 80), line.after(1_150_000, 1_250_000)
        )
    return talk.close(by=0).now_us
