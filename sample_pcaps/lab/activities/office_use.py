"""Harmless use of an office's services: names, time, mail, files, sessions, databases."""

from __future__ import annotations

from sample_pcaps.lab.accounts import PEOPLE, WORDS
from sample_pcaps.lab.activities.commands import curl, person, program, quoted, scp, shell, ssh
from sample_pcaps.lab.activities.kind import ANY, ICMP, UDP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds, all_of_target, of_port
from sample_pcaps.lab.services.basics import ZONE, domain_of
from sample_pcaps.lab.services.data import CACHE_PASSWORD, DATABASE_PASSWORD

__all__ = ["OFFICE"]

OFFICE = Kinds()
_SESSIONS = (
    "uptime; ls -la /; df",
    "find /etc -name '*.conf' | head -200",
    "cat /etc/services",
    "sleep 2; who; sleep 3; ps aux",
    "for i in 1 2 3 4 5; do date; sleep 1; done",
)


@OFFICE.add(of_port(53, UDP), "dns", tool="dig")
def look_up(call: Call) -> list[str]:
    """A few names; one of ten does not exist."""
    own = [f"{host.name}.{ZONE}" for host in call.network.hosts]
    names = own + [f"a{n}.cdn.{domain_of(f'a{n}')}" for n in range(40)]
    kinds = ("A", "A", "AAAA", "MX", "TXT")
    asked = []
    for _ in range(call.draw.randrange(1, 4)):
        name = f"nowhere.{ZONE}" if call.draw.random() < 0.1 else call.draw.choice(names)
        asked += [name, call.draw.choice(kinds)]
    return ["dig", "+tries=1", "+time=2", f"@{call.address}", *asked]


@OFFICE.add(of_port(123, UDP), "ntp", tool="chronyd", seconds=12)
def ask_time(call: Call) -> list[str]:
    """The time of a server; the clock is left alone (-Q)."""
    return ["chronyd", "-Q", "-t", "8", f"server {call.address} iburst maxsamples 2"]


@OFFICE.add(lambda call: [Touch(call.address, ANY, ICMP)], tool="ping")
def ping(call: Call) -> list[str]:
    """Whether it is there."""
    return ["ping", "-q", "-c", str(call.draw.randrange(2, 6)), "-i", "0.5", call.address]


@OFFICE.add(of_port(22), "ssh", tool="ssh")
def ssh_session(call: Call) -> list[str]:
    """Some commands; one of six begins with a mistyped password."""
    name = person(call.draw.randrange(5))
    right = ssh(name, call.address, call.draw.choice(_SESSIONS))
    if call.draw.random() > 1 / 6:
        return right
    wrong = ssh(name, call.address, "true", call.draw.choice(WORDS["passwords"]))
    return shell(quoted(wrong), "sleep 2", quoted(right))


@OFFICE.add(of_port(22), "ssh", tool="scp")
def scp_copy(call: Call) -> list[str]:
    """A file goes one way or the other."""
    name = person(call.draw.randrange(5))
    far = f"{name}@{call.address}:{call.draw.choice(('draft', 'notes', 'plan'))}"
    file = call.folder / "file"
    file.write_bytes(call.draw.randbytes(int(10 ** call.draw.uniform(3, 6.3))))
    if call.draw.random() < 0.5:
        return scp(name, str(file), far)
    return shell(quoted(scp(name, str(file), far)), quoted(scp(name, far, f"{file}.back")))


@OFFICE.add(of_port(22), "ssh", tool="ssh", seconds=40)
def nightly_backup(call: Call) -> list[str]:
    """Everything that changed, in one stream to another host."""
    size = call.option("megabytes", 10)
    head = f"head -c {size}M /dev/urandom | "
    return shell(head + quoted(ssh("keeper", call.address, "cat > /dev/null")))


@OFFICE.add(all_of_target, "ftp", tool="curl")
def ftp_transfer(call: Call) -> list[str]:
    """Puts a file there, lists, gets it back."""
    name = person(call.draw.randrange(5))
    file = call.folder / "draft"
    file.write_bytes(call.draw.randbytes(int(10 ** call.draw.uniform(3, 6))))
    login = f"-sS -m 30 -u '{name}:{PEOPLE[name]}'"
    return shell(
        f"curl {login} -T {file} ftp://{call.address}/",
        f"curl {login} -o /dev/null ftp://{call.address}/",
        f"curl {login} -o /dev/null ftp://{call.address}/draft",
    )


@OFFICE.add(of_port(25), "smtp", tool="curl")
def send_mail(call: Call) -> list[str]:
    """A mail, sometimes with something attached."""
    name = person(call.draw.randrange(5))
    size = int(10 ** call.draw.uniform(2.5, 5.5))
    text = call.write("mail", ["Subject: hello", "", *["x" * 70] * (size // 70)])
    return [
        "curl", "-sS", "-m", "30", f"smtp://{call.address}", "--user", f"{name}:{PEOPLE[name]}",
        "--mail-from", f"{name}@{ZONE}", "--mail-rcpt", f"{person(call.draw.randrange(5))}@{ZONE}",
        "-T", text,
    ]  # fmt: skip


@OFFICE.add(of_port(143), "imap", tool="curl")
def read_mail(call: Call) -> list[str]:
    """Looks for new mail, reads some."""
    name = person(call.draw.randrange(5))
    login = ["--user", f"{name}:{PEOPLE[name]}"]
    first = f"imap://{call.address}/INBOX;MAILINDEX=1"
    if call.draw.random() < 0.5:
        return curl(*login, f"imap://{call.address}/INBOX?ALL")
    return curl(*login, first, "-o", "/dev/null", first[:-1] + "2")


@OFFICE.add(of_port(5432), "postgresql", tool="psql")
def query(call: Call) -> list[str]:
    """Some statements in one session."""
    amount, most = call.draw.randrange(900), call.draw.choice((10, 100, 2000))
    return [
        "env", f"PGPASSWORD={DATABASE_PASSWORD}", "psql", "-q", "-U", "postgres",
        "-h", call.address, "-c", f"TABLE orders OFFSET {amount} LIMIT 5",
        "-c", "SELECT count(*), avg(amount) FROM orders", "-o", "/dev/null",
        "-c", f"TABLE orders LIMIT {most}",
    ]  # fmt: skip


@OFFICE.add(of_port(6379), "redis", tool="redis-cli")
def cache_use(call: Call) -> list[str]:
    """Sets and gets, as a web application does."""
    text = call.write(
        "commands",
        [f"{call.draw.choice(('SET k%d v' + 'x' * 200, 'GET k%d'))}" % call.draw.randrange(50)
         for _ in range(call.draw.randrange(5, 60))],
    )  # fmt: skip
    return shell(f"redis-cli --no-auth-warning -a {CACHE_PASSWORD} -h {call.address} < {text}")


@OFFICE.add(of_port(445), "smb", tool="smbclient")
def share_use(call: Call) -> list[str]:
    """Lists a share, reads a document, writes one."""
    name = person(call.draw.randrange(5))
    file = call.folder / "new"
    file.write_bytes(call.draw.randbytes(int(10 ** call.draw.uniform(3, 5.5))))
    steps = (
        f"ls; get report{call.draw.randrange(12)}.doc {call.folder}/got; "
        f"put {file} {name}{call.draw.randrange(9)}.doc"
    )
    return _smbclient(call, name, PEOPLE[name], steps)


@OFFICE.add(of_port(445), "smb", tool="smbclient")
def share_mistyped(call: Call) -> list[str]:
    """A password mistyped, then right."""
    name = person(call.draw.randrange(5))
    wrong = _smbclient(call, name, call.draw.choice(WORDS["passwords"]), "ls")
    return shell(quoted(wrong), "sleep 2", quoted(_smbclient(call, name, PEOPLE[name], "ls")))


@OFFICE.add(of_port(23), "telnet", tool="telnet")
def telnet_session(call: Call) -> list[str]:
    """An old switch is looked at; the password is mistyped now and then."""
    name = person(call.draw.randrange(5))
    wrong = "oops," if call.draw.random() < 0.2 else ""
    commands = ",".join(call.draw.choices(("ls", "uptime", "show"), k=call.draw.randrange(2, 6)))
    return program("telnet_client", call.address, "--user", name,
                   "--passwords", f"{wrong}{PEOPLE[name]}", "--commands", commands)  # fmt: skip


@OFFICE.add(of_port(3389), "rdp", tool="RDP stand-in")
def rdp_session(call: Call) -> list[str]:
    """A desk elsewhere is worked at; the password is mistyped now and then."""
    name = person(call.draw.randrange(5))
    wrong = "oops," if call.draw.random() < 0.2 else ""
    return program("rdp_client", call.address, "--user", name, "--wait", 2, "--passwords",
                   f"{wrong}{PEOPLE[name]}", "--session", call.draw.randrange(10, 35))  # fmt: skip


@OFFICE.add(of_port(5201), "iperf", tool="iperf3", seconds=20)
def bulk_transfer(call: Call) -> list[str]:
    """A large transfer at a rate of its own."""
    rate = call.draw.choice(("5M", "20M", "60M"))
    return ["iperf3", "-c", call.address, "-b", rate, "-t", str(call.draw.randrange(2, 6))]


def _smbclient(call: Call, name: str, password: str, steps: str) -> list[str]:
    return [
        "smbclient", "-t", "10", "-U", f"{name}%{password}", f"//{call.address}/files", "-c", steps
    ]  # fmt: skip
