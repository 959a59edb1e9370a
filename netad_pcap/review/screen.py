"""A case on the terminal: who, what and when, and where to look in Wireshark."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TextIO

from netad_pcap.capture.wording import count_of
from netad_pcap.hosts import bytes_text
from netad_pcap.report import console_for, terminal_text

if TYPE_CHECKING:
    from rich.text import Text

    from netad_pcap.review.case import Case, HostOfCase, Incident

__all__ = ["case_lines", "print_case"]

#: What is shown at most; `--json` has all of it.
MOST_HOSTS = 10
MOST_INCIDENTS_OF_A_HOST = 5
MOST_INCIDENTS = 40


def print_case(case: Case, *, stream: TextIO | None = None) -> None:
    """Print a case; None: to standard error."""
    console = console_for(stream)
    for line in case_lines(case):
        console.print(line)


def case_lines(case: Case) -> list[Text]:
    """The case, line by line."""
    lines = [_text(f"{count_of(len(case.reports), 'report')} · "
                   f"{count_of(len(case.captures), 'capture')} · "
                   f"{count_of(case.flows, 'flow')} · "
                   f"{count_of(len(case.incidents), 'incident')}", "bold")]  # fmt: skip
    lines.extend(
        _text(f"  {name}: interrupted, it does not cover all of its capture", "yellow")
        for name in case.interrupted
    )
    for capture in case.captures[:MOST_HOSTS]:
        digest = f" · SHA-256 {capture['sha256']}" if capture.get("sha256") else ""
        lines.append(_text(f"  {capture.get('name')}{digest}", "dim"))
    if not case.hosts:
        lines.append(_text("No incident: the reports tell of no host."))
        return lines
    if not case.incidents:
        lines.append(_text("No incident: no host's flows passed the budget for findings."))
    flagged = (h for h in case.hosts if h.incidents or h.suspicious or h.malicious)
    shown = list(itertools.islice(flagged, MOST_HOSTS))
    lines.append(_text(""))
    if shown:
        lines.append(_text("Hosts, most suspicious first", "bold"))
    else:
        lines.append(_text(f"{count_of(len(case.hosts), 'host')}, none with a flagged flow."))
    for place, host in enumerate(shown, start=1):
        lines.extend(_host(place, host))
    if shown and len(case.hosts) > len(shown):
        lines.append(_text(f"     and {count_of(len(case.hosts) - len(shown), 'more host')}"))
    if case.incidents:
        lines.append(_text(""))
        lines.append(_text("Incidents in order of time (UTC)", "bold"))
        lines.extend(_incident(incident) for incident in case.incidents[:MOST_INCIDENTS])
        rest = len(case.incidents) - MOST_INCIDENTS
        if rest > 0:
            lines.append(_text(f"  and {count_of(rest, 'more incident')} (see them with --json)"))
    return lines


def _host(place: int, host: HostOfCase) -> list[Text]:
    counts = [count_of(host.flows, "flow")]
    if host.suspicious:
        counts.append(f"{host.suspicious:,} suspicious")
    if host.malicious:
        counts.append(f"{host.malicious:,} malicious")
    counts.append(bytes_text(host.bytes))
    lines = [_text(f"{place:>3}  {host.address}", "bold")]
    lines[0].append(f"  {', '.join(counts)} · {_span(host.start, host.end)}", style="not bold")
    for incident in host.incidents[:MOST_INCIDENTS_OF_A_HOST]:
        words = ", ".join(incident.reasons)
        role = "" if incident.source == host.address else "target of "
        line = _text(f"       {role}{incident.family}: {words} · evidence {_odds(incident)}")
        lines.append(line)
        lines.append(_text(f"         {incident.filter}", "cyan"))
    rest = len(host.incidents) - MOST_INCIDENTS_OF_A_HOST
    if rest > 0:
        lines.append(_text(f"       and {count_of(rest, 'more incident')}"))
    if not host.incidents:
        lines.append(_text(f"         {host.filter}", "cyan"))
    return lines


def _odds(incident: Incident) -> str:
    """The e-value behind an incident as a round number: `1,000 to 1`, or `10^24 to 1`."""
    exponent = int(max(0.0, incident.evidence))
    return f"{10**exponent:,} to 1" if exponent <= 6 else f"10^{exponent} to 1"


def _incident(incident: Incident) -> Text:
    where = incident.subject
    if incident.kind == "pair":
        where = f"{incident.source} to {incident.destination}"
    words = ", ".join(incident.reasons)
    return _text(
        f"  {_moment(incident.start)}  {incident.family:<12} {where}: {words}"
        f" · until {_moment(incident.end, incident.start)} ({incident.id}, {incident.report})"
    )


def _moment(time: str, beside: str = "") -> str:
    """`2026-11-03 09:31:04`, or the time of day alone where the day is `beside`'s."""
    day, _, clock = time.partition("T")
    return clock[:8] if beside.startswith(day + "T") else f"{day} {clock[:8]}"


def _span(start: str, end: str) -> str:
    return f"{_moment(start)} to {_moment(end, start)}"


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(terminal_text(words), style=style)
