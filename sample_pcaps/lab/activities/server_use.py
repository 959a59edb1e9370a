"""Harmless bursts between servers and by browsers: many short connections and questions alike."""

from __future__ import annotations

from ipaddress import IPv4Network

from sample_pcaps.lab.activities.commands import curl, program, shell
from sample_pcaps.lab.activities.kind import TCP, UDP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds, of_port
from sample_pcaps.lab.services.basics import domain_of
from sample_pcaps.lab.services.data import CACHE_PASSWORD

__all__ = ["SERVERS"]

SERVERS = Kinds()


@SERVERS.add(of_port(53, UDP), "dns", "open-dns", tool="dig", seconds=40)
def look_up_many(call: Call) -> list[str]:
    """What a mail server asks for a batch of mail: senders, block lists, names of addresses."""
    lines = []
    for _ in range(call.option("mails", 8)):
        label = "".join(call.draw.choices("abcdefghiklmnoprstu", k=call.draw.randrange(3, 12)))
        parts = [str(call.draw.randrange(1, 255)) for _ in range(4)]
        domain = f"{label}.cdn.{domain_of(label)}"
        lines += [f"{domain} MX", f"{domain} A", f"{domain} TXT",
                  f"{'.'.join(parts)}.zen.test A", f"_dmarc.{domain} TXT",
                  f"{'.'.join(parts)}.in-addr.arpa PTR"]  # fmt: skip
    names = call.write("names", lines)
    return ["dig", "+tries=1", "+time=1", f"@{call.address}", "-f", names]


def _some_of(call: Call) -> str:
    """An address of the many that the target has."""
    room = IPv4Network(call.to.also)
    return str(room[call.draw.randrange(1, room.num_addresses - 1)])


@SERVERS.add(lambda call: [Touch(call.to.also, 123, UDP)], "ntp", tool="chronyd", seconds=14)
def ask_pool(call: Call) -> list[str]:
    """The time of several servers of a pool at once."""
    many = call.option("servers", call.draw.randrange(3, 7))
    asked = [f"server {_some_of(call)} iburst maxsamples {call.draw.randrange(1, 5)}"
             for _ in range(many)]  # fmt: skip
    return ["chronyd", "-Q", "-t", "10", *asked]


@SERVERS.add(lambda call: [Touch(call.to.also, 443, TCP)], "web", tool="curl")
def browse_widely(call: Call) -> list[str]:
    """A page of today: dozens of pictures and scripts of many hosts, all at once."""
    hosts = [_some_of(call) for _ in range(call.draw.randrange(2, 12))]
    parts = [
        f"https://{call.draw.choice(hosts)}/pictures/{call.draw.randrange(60)}.jpg"
        for _ in range(call.draw.randrange(6, call.option("parts", 50)))
    ]
    outputs = ["-o", "/dev/null"] * (len(parts) - 1)
    return curl("--http1.1", "--parallel", "--parallel-immediate", "--parallel-max",
                str(call.option("parallel", 24)), *outputs, *parts)  # fmt: skip


@SERVERS.add(of_port(6379), "redis", tool="redis-cli", seconds=60)
def queue_work(call: Call) -> list[str]:
    """Messages of a queue, a short connection for each."""
    cli = f"redis-cli --no-auth-warning -a {CACHE_PASSWORD} -h {call.address}"
    body = "x" * call.option("bytes", call.draw.choice((30, 300, 3000)))
    return shell(
        f"for i in $(seq 1 {call.option('messages', 40)}); do",
        f"{cli} LPUSH work {body}; {cli} RPOP work",
        f"sleep {call.option('wait', 0.2)}",
        "done",
    )


@SERVERS.add(lambda call: [Touch(a, call.option("port", 80), TCP) for a in call.addresses],
             tool="balancer", seconds=120)  # fmt: skip
def balancer_checks(call: Call) -> list[str]:
    """A balancer connects to all that it serves by, says nothing, and leaves; again and again."""
    return program(
        "connect_check", ",".join(call.addresses), call.option("port", 80),
        "--wait", call.option("wait", 0.5), "--rounds", call.option("rounds", 30),
    )  # fmt: skip


@SERVERS.add(lambda call: [Touch(call.address, call.option("port", 8000), TCP)],
             tool="retried connection", seconds=300)  # fmt: skip
def keep_trying(call: Call) -> list[str]:
    """A client whose server is not there, for minutes."""
    return program("connect_check", call.address, call.option("port", 8000),
                   "--wait", call.option("wait", 4.0),
                   "--rounds", call.option("rounds", 60))  # fmt: skip


@SERVERS.add(of_port(80), "web", "small-web", tool="curl", seconds=120)
def balancer_asks(call: Call) -> list[str]:
    """The same with a request, over a new connection each time."""
    return ["curl", "-sS", "-m", "110", "-H", "Connection: close", "-o", f"{call.folder}/#1",
            "--rate", f"{call.option('rate', 60)}/m",
            f"http://{call.address}/health?[1-{call.option('times', 40)}]"]  # fmt: skip
