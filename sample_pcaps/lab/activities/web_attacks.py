"""Attacks on the web application: injection, scanning for holes, discovery of hidden pages."""

from __future__ import annotations

from sample_pcaps.lab.activities.commands import program
from sample_pcaps.lab.activities.kind import Call
from sample_pcaps.lab.activities.making import Kinds, of_port

__all__ = ["WEB_ATTACKS"]

WEB_ATTACKS = Kinds("web_attack")
_SITES = ("app", "small-web")
_HIDDEN = (
    "admin", "backup", "config", "old", "test", "dev", "private", "phpmyadmin", "wp-login", "shell",
    "api", "console", "status", "server-info", "cgi-bin", "uploads", "tmp", "logs", "db", "search",
    "item", "echo", "login", "robots.txt", ".git/HEAD", ".env", "sitemap.xml", "users", "export",
)  # fmt: skip


def _root(call: Call) -> str:
    """Where the application is: behind nginx or by itself."""
    return f"http://{call.address}/app" if "web" in call.to.services else f"http://{call.address}"


def _words(call: Call) -> str:
    tails = ("", ".php", ".bak", ".txt", ".zip", "1", "_old", "/")
    return call.write("words", [w + t for t in tails[: call.option("tails", 5)] for w in _HIDDEN])


@WEB_ATTACKS.add(of_port(80), *_SITES, tool="sqlmap", seconds=60)
def sql_injection(call: Call) -> list[str]:
    """Finds and uses the hole of a search."""
    return [
        "sqlmap", "-u", f"{_root(call)}/{call.draw.choice(('search?q=a', 'item?id=1'))}", "--batch",
        "--dbms=sqlite", "--level", str(call.option("level", 1)), "--flush-session",
        "--delay", str(call.option("wait", 0)), "--dump", "--output-dir", str(call.folder),
    ]  # fmt: skip


@WEB_ATTACKS.add(of_port(80), *_SITES, tool="wapiti", seconds=60)
def scan_holes(call: Call) -> list[str]:
    """Tries what is known to be wrong with applications."""
    return [
        "wapiti", "-u", f"{_root(call)}/", "-m", "xss,sql,exec,file", "--flush-session", "-S",
        "paranoid" if call.option("slow", False) else "normal", "--max-scan-time", "1",
        "-f", "txt", "-o", str(call.folder / "report"), "--store-session", str(call.folder),
    ]  # fmt: skip


@WEB_ATTACKS.add(of_port(80), *_SITES, tool="ffuf", seconds=60)
def discover_ffuf(call: Call) -> list[str]:
    """Names that pages often have, two at a time."""
    return ["ffuf", "-s", "-t", "2", "-p", str(call.option("wait", 0.1)), "-w", _words(call),
            "-u", f"{_root(call)}/FUZZ"]  # fmt: skip


@WEB_ATTACKS.add(of_port(80), *_SITES, tool="gobuster dir", seconds=60)
def discover_gobuster(call: Call) -> list[str]:
    """The same by another program."""
    return ["gobuster", "dir", "-q", "-z", "-t", "3", "--delay", f"{call.option('wait', 100)}ms",
            "-w", _words(call), "-u", f"{_root(call)}/"]  # fmt: skip


@WEB_ATTACKS.add(of_port(80), *_SITES, tool="web prober", seconds=90)
def probe_web(call: Call) -> list[str]:
    """Nikto's manner: a connection for each of many known holes, and inputs that are scripts."""
    return program("web_probe", call.address, "/app" if "web" in call.to.services else "",
                   call.option("requests", 150), call.option("wait", 0.1))  # fmt: skip
