"""Scenes with an attack among ordinary traffic, each of a family of its own."""

from __future__ import annotations

import base64

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import UDP

from sample_pcaps import files, payloads, services, traffic
from sample_pcaps.office import (
    MINUTE_US,
    RESOLVER,
    ROUTER,
    Sample,
    office,
    timeline,
    workplace,
)  # fmt: skip
from sample_pcaps.tcp import Conversation
from sample_pcaps.timeline import Host, Timeline

_SECOND_US = 1_000_000
_WEB_SERVER = Host("10.20.0.80", "02:00:5e:00:03:50")
_FILE_SERVER = Host("10.20.0.10", "02:00:5e:00:03:0a")
_INJECTIONS = (
    "id=1%27", "id=1%27%20OR%20%271%27=%271", "id=1%20AND%201=2", "id=1%20ORDER%20BY%20{n}--",
    "id=-1%20UNION%20SELECT%20{nulls}--", "id=1;WAITFOR%20DELAY%20%270:0:{n}%27",
    "q=%3Cscript%3Ealert({n})%3C/script%3E", "file=../../../../etc/passwd%00{n}",
)  # fmt: skip
_WORDS = (
    "admin", "backup", "old", "test", "db", "login", "config", "phpinfo", "cgi-bin", "uploads",
    "server-status", "wp-login", "shell", "api", "private", "dump",
)  # fmt: skip


def slow_dos() -> Sample:
    """One host holds 50 connections of a web server with headers that never end."""
    line = timeline("slow", 1_773_392_400)
    office(line, clients=3, pages=1, span_us=4 * MINUTE_US, most=1_800)
    _visits(line, 3, 2, 4 * MINUTE_US, most=1_400)
    attacker = Host("10.20.0.88", "02:00:5e:00:02:58")
    start_us = line.start_us + MINUTE_US
    opened_us = start_us
    for _ in range(50):
        talk = Conversation(line, attacker, _WEB_SERVER, 80, opened_us, line.after(300, 900)).open()
        head = f"GET /?{line.random.randrange(10_000)} HTTP/1.1\r\nHost: {_WEB_SERVER.ip}\r\n"
        talk.ask(f"{head}User-Agent: Mozilla/5.0\r\n".encode())
        for _ in range(line.random.randint(7, 9)):
            more = f"X-a: {line.random.randrange(1, 5_000)}\r\n".encode()
            talk.ask(more, line.after(13_500_000, 15_500_000))
        talk.now_us += 5 * _SECOND_US
        talk.close(by=1)  # the server's patience is over
        opened_us += line.after(40_000, 350_000)
    rule = {
        "capture": "slow_dos.pcap", "src": attacker.ip, "dst": _WEB_SERVER.ip, "dst_port": "80",
        "protocol": "6", "family": "dos", "tool": "slow headers",
    }  # fmt: skip
    return Sample(files.pcap(line.in_order()), files.truth([rule]))


def web_attack() -> Sample:
    """One visitor of a site looks for hidden pages, then injects into a form; others read."""
    line = timeline("web", 1_773_478_800)
    _visits(line, 7, 3, 4 * MINUTE_US, most=1_500)
    attacker = Host("198.51.100.200", ROUTER.mac, ttl=49)
    now_us = line.start_us + MINUTE_US
    rtt_us = line.after(18_000, 26_000)
    guesses = [f"/{word}{end}" for word in _WORDS for end in ("", ".php", ".bak", "/")]
    line.random.shuffle(guesses)
    for begin in range(0, len(guesses), 8):
        talk = Conversation(line, attacker, _WEB_SERVER, 80, now_us, rtt_us, loss=0.01).open()
        for path in guesses[begin : begin + 8]:
            found = line.random.random() < 0.05
            _page(talk, path, 700 if found else 120, found=found)
        now_us = talk.close(by=0).now_us + line.after(9_000, 60_000)
    for number in range(32):
        text = _INJECTIONS[number % len(_INJECTIONS)]
        text = text.format(n=number, nulls=",".join(["NULL"] * (number // 4 + 1)))
        talk = Conversation(line, attacker, _WEB_SERVER, 80, now_us, rtt_us).open()
        _page(talk, f"/item.php?{text}", line.random.choice((320, 320, 900)))
        now_us = talk.close(by=1).now_us + line.after(40_000, 900_000)
    rule = {
        "capture": "web_attack.pcap", "src": attacker.ip, "dst": _WEB_SERVER.ip, "dst_port": "80",
        "protocol": "6", "family": "web_attack", "tool": "page discovery and injections",
    }  # fmt: skip
    return Sample(files.pcap(line.in_order()), files.truth([rule]))


def dns_tunnel() -> Sample:
    """A shell in names: 180 questions for one domain, each another name, answered in TXT."""
    line = timeline("tunnel-dns", 1_773_565_200)
    office(line, clients=3, pages=2, span_us=4 * MINUTE_US, most=1_800)
    client = Host("10.20.0.44", "02:00:5e:00:02:2c")
    start_us = now_us = line.start_us + MINUTE_US
    for number in range(180):
        busy = number % 40 > 20  # output is carried away at full speed, else it polls
        upward = payloads.noise(line.random, 60 if busy else line.after(12, 20))
        text = base64.b32encode(upward).decode().rstrip("=").lower()
        labels = [text[at : at + 48] for at in range(0, len(text), 48)]
        downward = base64.b64encode(payloads.noise(line.random, 20 if busy else line.after(9, 90)))
        now_us = _tunnelled(line, now_us, client, ".".join([*labels, "t.example.net"]), downward)
        now_us += line.after(2_000, 30_000) if busy else line.after(350_000, 1_100_000)
    rule = {
        "capture": "dns_tunnel.pcap", "src": client.ip, "dst": RESOLVER.ip, "dst_port": "53",
        "protocol": "17", "start": str(start_us // _SECOND_US),
        "end": str(now_us // _SECOND_US + 1), "family": "tunnel", "tool": "shell over DNS",
    }  # fmt: skip
    return Sample(files.pcap(line.in_order()), files.truth([rule]))


def beacon_jitter() -> Sample:
    """A host calls home every minute, a fifth more or less, for forty minutes; others browse."""
    line = timeline("beacon", 1_773_651_600)
    office(line, clients=4, pages=3, span_us=44 * MINUTE_US, most=900)
    victim = workplace(4)
    home, name = traffic.site("203.0.113.66"), "cdn.example.org"
    now_us = line.start_us + 20 * _SECOND_US
    for number in range(40):
        if number % 5 == 0:  # the name's time to live is over
            traffic.dns(line, now_us - 40_000, victim, RESOLVER, name, home.ip)
        chance = line.random
        talk = Conversation(line, victim, home, 443, now_us, line.after(31_000, 34_000)).open()
        talk.ask(payloads.client_hello(chance, name)).answer(payloads.server_hello(chance, 120))
        talk.ask(payloads.tls_record(23, payloads.noise(chance, 150)))
        talk.answer(payloads.tls_record(23, payloads.noise(chance, 96 + 400 * (number == 31))))
        talk.close(by=0)
        now_us += int(60 * _SECOND_US * chance.uniform(0.8, 1.2))
    rule = {
        "capture": "beacon_jitter.pcap", "src": victim.ip, "dst": home.ip, "dst_port": "443",
        "protocol": "6", "family": "botnet", "tool": "beacon, 60 s and 20% of jitter",
    }  # fmt: skip
    return Sample(files.pcap(line.in_order()), files.truth([rule]))


def lateral_movement() -> Sample:
    """From one workplace over shares to its neighbours, from one of them on by SSH."""
    line = timeline("lateral", 1_773_738_000)
    span_us = 8 * MINUTE_US
    office(line, clients=3, pages=1, span_us=span_us, most=1_400)
    for number in range(3):
        for _ in range(2):
            at_us = line.start_us + line.after(0, span_us)
            services.smb_session(line, at_us, workplace(number), _FILE_SERVER, reads=1)
    admin, host = Host("10.20.0.9", "02:00:5e:00:03:09"), Host("10.20.0.22", "02:00:5e:00:03:16")
    services.ssh_session(line, line.start_us + 40 * _SECOND_US, admin, host, commands=1, most=500)
    foothold = workplace(5)
    now_us = line.start_us + 2 * MINUTE_US
    rules = []
    hops = [Host(f"10.20.0.{last}", f"02:00:5e:00:03:{last:02x}") for last in (31, 32, 33, 34, 35)]
    for hop in hops:
        traffic.arp(line, now_us - 2_000, foothold, hop)
        written = 4_400 if hop.ip.endswith((".32", ".34")) else 0
        now_us = services.smb_session(line, now_us, foothold, hop, reads=1, written=written)
        now_us += line.after(3 * _SECOND_US, 14 * _SECOND_US)
        rules.append((foothold, hop, 445, "hop over an administrative share"))
    for server in (host, Host("10.20.0.23", "02:00:5e:00:03:17")):
        now_us = services.ssh_session(line, now_us, hops[1], server, commands=2, most=700)
        now_us += line.after(2 * _SECOND_US, 9 * _SECOND_US)
        rules.append((hops[1], server, 22, "hop over SSH"))
    truth = [
        {"capture": "lateral_movement.pcap", "src": one.ip, "dst": other.ip, "dst_port": str(port),
         "protocol": "6", "family": "lateral", "tool": tool}
        for one, other, port, tool in rules
    ]  # fmt: skip
    return Sample(files.pcap(line.in_order()), files.truth(truth))


def _visits(line: Timeline, visitors: int, pages: int, span_us: int, most: int) -> None:
    """People read a site of ours."""
    for number in range(visitors):
        visitor = Host(f"203.0.113.{150 + number}", ROUTER.mac, ttl=45 + number)
        at_us, rtt_us = line.start_us + line.after(0, span_us), line.after(12_000, 90_000)
        talk = Conversation(line, visitor, _WEB_SERVER, 80, at_us, rtt_us, loss=0.01).open()
        for page in range(pages):
            _page(talk, f"/news/{line.random.randrange(400)}.html", line.after(300, most))
            if page < pages - 1:
                talk.now_us += line.after(_SECOND_US, 4 * _SECOND_US)
        talk.close(by=line.random.randrange(2))


def _page(talk: Conversation, path: str, size: int, *, found: bool = True) -> None:
    """One request on a connection, and its answer."""
    talk.ask(payloads.http_request(_WEB_SERVER.ip, path), talk.timeline.after(500, 9_000))
    answer = payloads.http_response(size)
    if not found:
        answer = answer.replace(b"200 OK", b"404 Not Found", 1)
    talk.answer(answer, talk.timeline.after(900, 14_000))


def _tunnelled(line: Timeline, at_us: int, client: Host, name: str, text: bytes) -> int:
    """One question and its answer in TXT; when that came."""
    port, number = line.random.randint(32_768, 60_999), line.random.randrange(65_536)
    question = DNSQR(qname=name, qtype="TXT")
    query = UDP(sport=port, dport=53) / DNS(id=number, rd=1, qd=question)
    line.send(at_us, client, RESOLVER, query)
    done_us = at_us + line.after(19_000, 46_000)
    record = DNSRR(rrname=name, type="TXT", ttl=0, rdata=[text])
    reply = UDP(sport=53, dport=port) / DNS(id=number, qr=1, rd=1, ra=1, qd=question, an=[record])
    line.send(done_us, RESOLVER, client, reply)
    return done_us
