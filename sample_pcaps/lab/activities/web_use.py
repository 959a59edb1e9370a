"""Harmless use of the web: reading, downloading, watching, logging in."""

from __future__ import annotations

from sample_pcaps.lab.accounts import PEOPLE, WORDS
from sample_pcaps.lab.activities.commands import curl, person, program, shell
from sample_pcaps.lab.activities.kind import ANY, TCP, Call, Touch
from sample_pcaps.lab.activities.making import Kinds, of_port
from sample_pcaps.lab.services.basics import ZONE
from sample_pcaps.lab.site import PAGES

__all__ = ["WEB"]

WEB = Kinds()
_HTTP, _HTTPS = of_port(80, names=True), of_port(443, names=True)


def _page_with_pictures(call: Call, scheme: str, *more: str) -> list[str]:
    pictures = [
        f"{scheme}://{call.to.name}.{ZONE}/pictures/{call.draw.randrange(60)}.jpg"
        for _ in range(call.draw.randrange(1, 9))
    ]
    page = f"{scheme}://{call.to.name}.{ZONE}/page{call.draw.randrange(PAGES)}.html"
    outputs = ["-o", "/dev/null"] * len(pictures)
    return curl(*more, "--parallel", "--parallel-max", "4", page, *outputs, *pictures)


@WEB.add(_HTTP, "web", "small-web", tool="curl")
def browse(call: Call) -> list[str]:
    """A page and its pictures, up to four at a time."""
    return _page_with_pictures(call, "http")


@WEB.add(_HTTPS, "web", tool="curl")
def browse_tls(call: Call) -> list[str]:
    """The same over TLS, HTTP/1.1."""
    return _page_with_pictures(call, "https", "--http1.1")


@WEB.add(_HTTPS, "web", tool="curl")
def browse_http2(call: Call) -> list[str]:
    """The same over one connection of HTTP/2, over IPv6 half of the time."""
    return _page_with_pictures(call, "https", "--http2", call.draw.choice(("-4", "-6")))


@WEB.add(_HTTPS, "web", tool="Chromium")
def browse_chromium(call: Call) -> list[str]:
    """A page by a browser: as many connections, and what order, as it thinks right."""
    page = f"https://{call.to.name}.{ZONE}/page{call.draw.randrange(PAGES)}.html"
    return [
        "chromium-headless-shell", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--disable-background-networking", "--disable-component-update",
        "--ignore-certificate-errors", f"--user-data-dir={call.folder}", "--timeout=8000",
        "--dump-dom", page,
    ]  # fmt: skip


@WEB.add(of_port(80), "web", "small-web", tool="wget")
def wget_page(call: Call) -> list[str]:
    """A page and all that it needs."""
    page = f"http://{call.address}/page{call.draw.randrange(PAGES)}.html"
    return ["wget", "-q", "-p", "-T", "5", "-t", "1", "-P", str(call.folder), page]


@WEB.add(of_port(80), "web", "small-web", tool="wget", seconds=60)
def crawl(call: Call) -> list[str]:
    """A search engine's robot: follows links, patiently."""
    return [
        "wget", "-q", "-r", "-l", str(call.option("depth", 3)), "-T", "5", "-t", "1",
        "-w", str(call.option("wait", 0.3)), "--random-wait", "-P", str(call.folder),
        "-U", "labbot/1.0", f"http://{call.address}/",
    ]  # fmt: skip


@WEB.add(_HTTPS, "web", tool="curl")
def download(call: Call) -> list[str]:
    """A large file."""
    rate = call.draw.choice(("4M", "12M", "40M"))
    return curl("--limit-rate", rate, f"https://{call.to.name}.{ZONE}/big.bin")


@WEB.add(_HTTPS, "web", tool="curl", seconds=120)
def watch(call: Call) -> list[str]:
    """A film: a segment every two seconds over one connection."""
    first = call.draw.randrange(12)
    names = ",".join(str(n) for n in range(first, first + call.option("segments", 10)))
    return [
        "curl", "-sSk", "--connect-timeout", "5", "--rate", "30/m", "-o", f"{call.folder}/#1",
        f"https://{call.to.name}.{ZONE}/film/{{{names}}}.ts",
    ]  # fmt: skip


@WEB.add(of_port(80), "web", tool="curl", seconds=40)
def update(call: Call) -> list[str]:
    """A package manager in a hurry: many connections at once."""
    many = str(call.option("parallel", 200))
    return [
        "curl", "-sS", "--parallel", "--parallel-max", many, "--parallel-immediate",
        "-o", f"{call.folder}/#1-#2", f"http://{call.address}/updates/[0-49].deb?[1-4]",
    ]  # fmt: skip


@WEB.add(of_port(80), "web", "small-web", tool="curl")
def health_check(call: Call) -> list[str]:
    """A balancer asks whether the server lives."""
    return curl(f"http://{call.address}/health")


@WEB.add(of_port(80), "web", "small-web", tool="curl")
def poll(call: Call) -> list[str]:
    """A program asks for news, always the same way."""
    prefix = "/app" if "web" in call.to.services else ""
    return curl(f"http://{call.address}{prefix}/news?n={call.draw.randrange(100, 900)}")


@WEB.add(of_port(80), "web", "small-web", tool="curl")
def web_login(call: Call) -> list[str]:
    """Logs in on a form; mistypes the password now and then, up to twice."""
    prefix = "/app" if "web" in call.to.services else ""
    name = person(call.draw.randrange(5))
    wrong = [call.draw.choice(WORDS["passwords"]) for _ in range(call.draw.choice((0, 0, 0, 1, 2)))]
    lines = []
    for password in (*wrong, PEOPLE[name]):
        form = f"-d user={name} -d password={password}"
        lines.append(f"curl -s -o /dev/null -m 9 {form} http://{call.address}{prefix}/login")
        lines.append(f"sleep {call.draw.uniform(1, 4):.1f}")
    return shell(*lines)


@WEB.add(of_port(80), "web", "small-web", tool="curl")
def upload(call: Call) -> list[str]:
    """A report or a picture is handed in."""
    prefix = "/app" if "web" in call.to.services else ""
    size = int(10 ** call.draw.uniform(3.5, call.option("digits", 5.8)))
    file = call.folder / "report"
    file.write_bytes(call.draw.randbytes(size))
    return curl("-F", f"file=@{file}", f"http://{call.address}{prefix}/upload")


def _dead(call: Call) -> list[Touch]:
    return [Touch(call.address, call.option("port", 8443), TCP), Touch(call.address, ANY, 1)]


@WEB.add(_dead, tool="curl")
def dead_service(call: Call) -> list[str]:
    """A program that keeps asking a service that is no more."""
    return curl("--retry", "2", "--retry-connrefused", "--retry-delay", "1",
                f"http://{call.address}:{call.option('port', 8443)}/")  # fmt: skip


@WEB.add(of_port(80), "web", "small-web", tool="http.client", seconds=60)
def read_site(call: Call) -> list[str]:
    """Pages with think time, over one connection; needs no package."""
    return program("reader", call.address, call.option("pages", 4), call.option("think", 2.0))
