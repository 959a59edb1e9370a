"""Harmless load: an administrator measures his own web server, with few users and for a minute.

The tools are those of floods (`denial.py`); what differs is how many ask and how fast.
"""

from __future__ import annotations

from sample_pcaps.lab.activities.commands import shell
from sample_pcaps.lab.activities.kind import Call
from sample_pcaps.lab.activities.making import Kinds, of_port
from sample_pcaps.lab.site import PAGES

__all__ = ["LOAD_TESTS"]

LOAD_TESTS = Kinds()
_HTTP = of_port(80)
_WEB = ("web", "small-web")


def _report(call: Call) -> str:
    """A page that takes about `ms` in the making."""
    prefix = "/app" if "web" in call.to.services else ""
    return f"http://{call.address}{prefix}/report?ms={call.option('ms', 200)}"


def _page(call: Call) -> str:
    return f"http://{call.address}/page{call.draw.randrange(PAGES)}.html"


@LOAD_TESTS.add(_HTTP, *_WEB, tool="ab", seconds=100)
def load_ab(call: Call) -> list[str]:
    """Few users ask for a page that is slow to make; `kept`: over connections that are kept."""
    # ab speaks HTTP/1.0: only nginx tells it that a connection is kept.
    kept = "-k " if call.option("kept", False) and "web" in call.to.services else ""
    many = call.option("many", 4)
    measured = f"ab -q {kept}-n {call.option('requests', 1000)} -c {many} '{_report(call)}'"
    # Whether it works at all, before it is measured.
    return shell(f"ab -q -n 5 -c 1 '{_page(call)}'", "sleep 2", measured)


@LOAD_TESTS.add(_HTTP, *_WEB, tool="siege", seconds=100)
def load_siege(call: Call) -> list[str]:
    """Users who go from page to page of a list, and think in between."""
    pages = [_page(call) for _ in range(call.option("pages", 12))]
    pictures = [f"http://{call.address}/pictures/{call.draw.randrange(60)}.jpg" for _ in range(4)]
    urls = call.write("urls", [*pages, *pictures, _report(call), _report(call)])
    return [
        "siege", "-q", "--no-parser", "-i", "-c", str(call.option("many", 6)),
        "-d", str(call.option("think", 0.7)), "-t", f"{call.option('for', 70)}S", "-f", urls,
    ]  # fmt: skip


# Not of `small-web`: wrk drops its pauses where a server closes without saying so.
@LOAD_TESTS.add(_HTTP, "web", tool="wrk", seconds=100)
def load_wrk(call: Call) -> list[str]:
    """Few connections with pauses between requests; `close`: a connection for each of them."""
    wait = int(call.option("wait", 0.15) * 1000)
    paths = [f'"/page{call.draw.randrange(PAGES)}.html"' for _ in range(8)]
    lines = [
        f"paths = {{{', '.join(paths)}}}",
        f"function delay() return math.random({wait // 2}, {wait * 3 // 2}) end",
        "function request() return wrk.format('GET', paths[math.random(#paths)]) end",
    ]
    if call.option("close", False):
        lines.append("wrk.headers['Connection'] = 'close'")
    script = call.write("load.lua", lines)
    return ["wrk", "-t", "1", "-c", str(call.option("many", 3)), "-d",
            f"{call.option('for', 70)}s", "-s", script, f"http://{call.address}/"]  # fmt: skip
