"""What machines say to each other: MQTT, CoAP, mDNS, SMB, SNMP, voice, an SSH session."""

from __future__ import annotations

import random
import struct
from dataclasses import replace

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import UDP
from scapy.packet import Raw

from sample_pcaps import payloads
from sample_pcaps.tcp import Conversation
from sample_pcaps.timeline import Host, Timeline

_MDNS_GROUP = Host("224.0.0.251", "01:00:5e:00:00:fb")
_BREATH_US = 1_000_000


def mqtt_sensor(line: Timeline, at_us: int, sensor: Host, broker: Host, span_us: int) -> None:
    """A sensor that publishes every half minute and pings between (MQTT 3.1.1)."""
    chance = line.random
    name = f"sensor-{sensor.ip.rsplit('.', 1)[1]}"
    talk = Conversation(line, sensor, broker, 1883, at_us, line.after(2_000, 9_000), loss=0.02)
    talk.open()
    hello = b"\0\x04MQTT\x04\x02\0\x3c" + _text(name)
    talk.ask(b"\x10" + bytes([len(hello)]) + hello).answer(b"\x20\x02\0\0")
    wanted = b"\0\x01" + _text(f"site/{name}/set") + b"\x01"
    talk.ask(b"\x82" + bytes([len(wanted)]) + wanted).answer(b"\x90\x03\0\x01\x01")
    topic = _text(f"site/{name}/state")
    while talk.now_us < at_us + span_us:
        reading = f'{{"t":{chance.uniform(17, 26):.2f},"h":{chance.uniform(30, 60):.1f}}}'.encode()
        body = topic + reading
        # Every half minute by the sensor's own, not quite steady clock.
        talk.ask(b"\x30" + bytes([len(body)]) + body, 29_700_000 + line.after(0, 600_000))
        if chance.random() < 0.5:
            talk.ask(b"\xc0\0", line.after(4_000_000, 20_000_000)).answer(b"\xd0\0")
        if chance.random() < 0.1:
            order = _text(f"site/{name}/set") + b'{"led":1}'
            talk.answer(b"\x30" + bytes([len(order)]) + order, line.after(300_000, 2_000_000))


def coap(line: Timeline, at_us: int, client: Host, server: Host, path: str) -> int:
    """A confirmable GET and its answer (RFC 7252); when that came."""
    number, port = line.random.randrange(65_536), 40_000 + line.random.randrange(8)
    token = payloads.noise(line.random, 4)
    question = struct.pack("!BBH", 0x44, 1, number) + token + bytes([0xB0 + len(path)])
    line.send(at_us, client, server, UDP(sport=port, dport=5683) / Raw(question + path.encode()))
    done_us = at_us + line.after(4_000, 40_000)
    reading = f"{line.random.uniform(0, 100):.1f}".encode()
    answer = struct.pack("!BBH", 0x64, 0x45, number) + token + b"\xc0\xff" + reading
    line.send(done_us, server, client, UDP(sport=5683, dport=port) / Raw(answer))
    return done_us


def mdns(line: Timeline, at_us: int, host: Host, name: str) -> None:
    """A host tells its service to all (RFC 6762)."""
    service = "_mqtt._tcp.local."
    record = DNSRR(rrname=service, type="PTR", ttl=4_500, rdata=f"{name}.{service}")
    packet = UDP(sport=5353, dport=5353) / DNS(qr=1, aa=1, qd=[], an=[record])
    line.send(at_us, replace(host, ttl=255), _MDNS_GROUP, packet)


def mdns_question(line: Timeline, at_us: int, host: Host) -> None:
    """A host asks all who offers a service."""
    question = DNSQR(qname="_mqtt._tcp.local.", qtype="PTR")
    packet = UDP(sport=5353, dport=5353) / DNS(rd=0, qd=question)
    line.send(at_us, replace(host, ttl=255), _MDNS_GROUP, packet)


def snmp(line: Timeline, at_us: int, client: Host, server: Host, port: int) -> None:
    """A poll of counters (SNMPv2c GET) and its answer."""
    number = struct.pack("!H", line.random.randrange(1, 32_767))
    names = b"\x06\x0a\x2b\x06\x01\x02\x01\x02\x02\x01\x0a\x01"
    for kind, value, ends, delay_us in (
        (0xA0, b"\x05\0", (client, server, port, 161), 0),
        (0xA2, b"\x41\x04" + payloads.noise(line.random, 4), (server, client, 161, port),
         line.after(900, 6_000)),
    ):  # fmt: skip
        binding = _ber(0x30, _ber(0x30, names + value))
        body = b"\x02\x02" + number + b"\x02\x01\0\x02\x01\0" + binding
        message = _ber(0x30, b"\x02\x01\x01\x04\x06public" + _ber(kind, body))
        source, target, sport, dport = ends
        line.send(at_us + delay_us, source, target, UDP(sport=sport, dport=dport) / Raw(message))


def voice(line: Timeline, at_us: int, one: Host, other: Host, seconds: float) -> None:
    """A call: 20 bytes of speech each way every 20 ms (RFC 3550, G.729)."""
    ports = [line.random.randrange(16_384, 32_767, 2) for _ in range(2)]
    for way, (source, target) in enumerate(((one, other), (other, one))):
        number, stamp = line.random.randrange(30_000), line.random.randrange(1 << 30)
        sender = line.random.randrange(1 << 32)
        first_us = at_us + way * line.after(3_000, 17_000)
        for i in range(int(seconds * 50)):
            head = struct.pack("!BBHII", 0x80, 18, number + i, stamp + 160 * i, sender)
            packet = UDP(sport=ports[way], dport=ports[1 - way])
            packet = packet / Raw(head + payloads.noise(line.random, 20))
            line.send(first_us + i * 20_000 + line.after(0, 900), source, target, packet)


def ssh_session(
    line: Timeline, at_us: int, client: Host, server: Host, commands: int, most: int = 1_500
) -> int:
    """A login by key, commands and their output, the end; when that was."""
    chance = line.random
    talk = Conversation(line, client, server, 22, at_us, line.after(300, 900), loss=0.01).open()
    talk.answer(b"SSH-2.0-OpenSSH_9.6\r\n", 9_000).ask(b"SSH-2.0-OpenSSH_9.6\r\n")
    talk.ask(payloads.ssh_kexinit(chance)).answer(payloads.ssh_kexinit(chance))
    talk.ask(payloads.ssh_packet(b"\x1e\0\0\0\x20" + payloads.noise(chance, 32)))
    talk.answer(payloads.ssh_packet(b"\x1f" + payloads.noise(chance, 220)), 3_000)
    talk.ask(payloads.ssh_packet(b"\x15")).ask(payloads.noise(chance, 64))
    for sizes in ((64, 64), (96, 80), (520, 44), (112, 500), (68, 52)):  # key, channel, shell
        talk.ask(payloads.noise(chance, sizes[0]), line.after(500, 30_000))
        talk.answer(payloads.noise(chance, sizes[1]), line.after(500, 9_000))
    for _ in range(commands):
        for _ in range(line.random.randint(2, 6)):  # typed letter by letter, and echoed
            talk.ask(payloads.noise(chance, 36), line.after(70_000, 320_000))
            talk.answer(payloads.noise(chance, 36), line.after(100, 900))
        talk.answer(payloads.noise(chance, line.after(60, most)), line.after(2_000, 90_000))
        talk.now_us += line.after(_BREATH_US, 9 * _BREATH_US)
    talk.ask(payloads.noise(chance, 36))
    return talk.close(by=0).now_us


def smb_session(
    line: Timeline, at_us: int, client: Host, server: Host, reads: int = 2, written: int = 0
) -> int:
    """A share is opened, files are read and perhaps one written, it is closed (MS-SMB2 3.0.2).

    All behind the first exchange is encrypted, the login, too.
    """
    chance = line.random
    talk = Conversation(line, client, server, 445, at_us, line.after(250, 900), loss=0.01).open()
    session = payloads.noise(chance, 8)
    talk.ask(_smb_negotiate(chance, answer=False), 900)
    talk.answer(_smb_negotiate(chance, answer=True), line.after(200, 4_000))

    def exchange(asked: int, answered: int, think_us: int = 900) -> None:
        talk.ask(_smb_encrypted(payloads.noise(chance, asked), session), think_us)
        body = payloads.noise(chance, answered)
        talk.answer(_smb_encrypted(body, session), line.after(200, 4_000))

    exchange(174, 304)  # session setup: the first and the third message of NTLM
    exchange(484, 104, 4_000)
    exchange(line.after(124, 154), 80)  # tree connect
    for _ in range(reads):
        exchange(line.after(184, 264), 216, line.after(2_000, 700_000))  # create
        exchange(113, line.after(464, 3_064))  # read
        exchange(88, 124)  # close
    if written:
        exchange(244, 216)
        exchange(112 + written, 81)  # write
        exchange(88, 124)
    exchange(68, 68, line.after(10_000, 900_000))  # tree disconnect
    exchange(68, 68)  # logoff
    return talk.close(by=0).now_us


def _smb_negotiate(chance: random.Random, *, answer: bool) -> bytes:
    """The first question or its answer (MS-SMB2 2.2.1.2, 2.2.3, 2.2.4), framed (2.1)."""
    head = struct.pack(
        "<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 0, 0, 0, 31, int(answer), 0, 0, 0xFEFF, 0, 0, bytes(16)
    )
    who = payloads.noise(chance, 16)
    if answer:
        most = 8 << 20
        sizes = struct.pack("<IIIIQQHHI", 0x7F, most, most, most, 0, 0, 128, 0, 0)
        body = struct.pack("<HHHH", 65, 1, 0x0302, 0) + who + sizes
    else:
        body = struct.pack("<HHHHI", 36, 2, 1, 0, 0x7F) + who + struct.pack("<QHH", 0, 0x210, 0x302)
    return struct.pack("!I", len(head) + len(body)) + head + body


def _smb_encrypted(body: bytes, session: bytes) -> bytes:
    """An encrypted message: the transform header (MS-SMB2 2.2.41), framed."""
    nonce = body[:11].ljust(16, b"\0")
    head = b"\xfdSMB" + body[-16:] + nonce + struct.pack("<IHH", len(body), 0, 1) + session
    return struct.pack("!I", len(head) + len(body)) + head + body


def _text(text: str) -> bytes:
    return struct.pack("!H", len(text)) + text.encode()


def _ber(kind: int, body: bytes) -> bytes:
    return bytes([kind, len(body)]) + body
