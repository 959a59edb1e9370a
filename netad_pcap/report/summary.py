"""The summary on the terminal: one screen, whatever the size of the capture.

First what was read and what was not (trust), then who (findings), then how much (flows),
then what to do next. Not a terminal, or NO_COLOR set: the same text without colour.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from netad_pcap.capture.wording import count_of
from netad_pcap.families import ATTACKS
from netad_pcap.hosts import Finding, utc_text
from netad_pcap.hosts.words import SERVICES
from netad_pcap.report.escaping import terminal_text
from netad_pcap.report.wireshark import display_filter

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from netad_pcap.report.model import CaptureRecord, ModelRecord, Report
    from netad_pcap.report.takeover import Takeover

__all__ = ["console_for", "finding_filter", "print_summary", "summary_lines"]

#: What is shown at most, so that the screen holds all of it.
MOST_FINDINGS = 8
MOST_WORST = 3
MOST_CAPTURES = 3
MOST_LABELS = 6
_INDENT = "  "
#: Families in the colours of their weight; nothing else on the screen depends on colour.
_FAMILY_STYLE = {"anomaly": "yellow"}
_PROTOCOL_WORDS = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6", 132: "SCTP"}


def console_for(stream: TextIO | None = None) -> Console:
    """A console on a stream (standard error): colour on a terminal only, and not where
    NO_COLOR is set to anything."""
    import sys

    from rich.console import Console

    out = sys.stderr if stream is None else stream
    plain = bool(os.environ.get("NO_COLOR")) or not out.isatty()
    return Console(
        file=out, no_color=plain, force_terminal=False if plain else None,
        highlight=False, markup=False, emoji=False, soft_wrap=True,
    )  # fmt: skip


def print_summary(
    report: Report, written: Sequence[str | os.PathLike[str]] = (), *, stream: TextIO | None = None
) -> None:
    """Print the summary of a report.

    Args:
        report: the report.
        written: the files that it was written to.
        stream: where to; None: standard error.
    """
    console = console_for(stream)
    for line in summary_lines(report, written):
        console.print(line)


def summary_lines(report: Report, written: Sequence[str | os.PathLike[str]] = ()) -> list[Text]:
    """The summary, line by line, without line ends."""
    blocks = [
        _read(report),
        _found(report),
        _flows(report),
        _end(report, written),
    ]
    lines: list[Text] = []
    for block in blocks:
        if block and lines:
            lines.append(_text(""))
        lines.extend(block)
    return lines


def finding_filter(finding: Finding) -> str:
    """The Wireshark display filter of a finding."""
    addresses = [a for a in (finding.source, finding.destination) if a is not None]
    return display_filter(
        addresses,
        protocol=finding.protocol,
        ports=finding.most_ports,
        port_count=finding.ports,
    )


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(words, style=style)


def _read(report: Report) -> list[Text]:
    """What was read, and how well; by which models it was judged."""
    captures = report.captures
    lines = []
    if len(captures) == 1:
        capture = captures[0]
        lines.append(_headline(capture.name, captures, report.summary.flows))
        if capture.remarks:
            lines.append(_text(_INDENT + terminal_text(" · ".join(capture.remarks))))
    elif captures:
        lines.append(_headline(f"{len(captures)} captures", captures, report.summary.flows))
        told = [capture for capture in captures if capture.remarks]
        damaged = [capture for capture in told if capture.health.get("damage")]
        for capture in (*damaged, *(c for c in told if c not in damaged))[:MOST_CAPTURES]:
            remarks = " · ".join(capture.remarks)
            lines.append(_text(f"{_INDENT}{terminal_text(f'{capture.name}: {remarks}')}"))
        if len(told) > MOST_CAPTURES:
            lines.append(
                _text(f"{_INDENT}and {count_of(len(told) - MOST_CAPTURES, 'more capture')}")
            )
    if report.models:
        lines.append(_text(_INDENT + _models(report)))
    if report.takeover is not None:
        lines.append(_text(_INDENT + _rows(report.takeover, report)))
    lines.extend(_text(_INDENT + terminal_text(remark), "yellow") for remark in report.remarks)
    return lines


def _headline(name: str, captures: Sequence[CaptureRecord], flows: int) -> Text:
    parts = [
        count_of(sum(capture.packets for capture in captures), "packet"),
        count_of(flows, "flow"),
    ]
    if not any(capture.packets for capture in captures):
        parts.pop(0)  # a flow table has no packets
    starts = [c.start_us for c in captures if c.start_us is not None]
    ends = [c.end_us for c in captures if c.end_us is not None]
    if starts and ends:
        parts.append(_span(min(starts), max(ends)))
    link_types = list(dict.fromkeys(t for capture in captures for t in capture.link_types))
    interfaces = max((capture.interfaces for capture in captures), default=1)
    if link_types:
        links = ", ".join(link_types)
        parts.append(links + (f", {interfaces} interfaces" if interfaces > 1 else ""))
    text = _text(terminal_text(name), "bold")
    text.append(" · " + terminal_text(" · ".join(parts)), style="not bold")
    return text


def _span(start_us: int, end_us: int) -> str:
    """`2026-11-03 09:12:07 to 10:40:55 UTC`; the day again where it changes."""
    start, end = utc_text(start_us), utc_text(end_us)
    last = end[11:19] if start[:10] == end[:10] else f"{end[:10]} {end[11:19]}"
    return f"{start[:10]} {start[11:19]} to {last} UTC"


def _models(report: Report) -> str:
    from netad_pcap.detection.baselines import UNSURE_ROWS

    first = report.models[0]
    detectors = [d for model in report.models for d in model.detectors]
    words = "models: " + ", ".join(detectors or [f"{m.name} {m.version}" for m in report.models])
    if first.profile:
        words += f" ({first.profile})"
    if first.baseline:
        name = f"shipped ({first.baseline})" if first.shipped else first.baseline
        words += f" · baseline: {name}"
        if _differs(first):
            words += f", nearest: {first.nearest}"
        if first.unsure:
            words += f", nearest unknown (fewer than {UNSURE_ROWS} flows to tell by)"
    return terminal_text(words)


def _rows(takeover: Takeover, report: Report) -> str:
    words = f"rows: {report.profile} ({len(takeover):,})"
    words += f", judged on {report.judged_profile} ({report.summary.flows:,})"
    if takeover.without:
        words += f"; {takeover.without:,} without a verdict: no flow there has their first packet"
    return words


def _found(report: Report) -> list[Text]:
    """Findings; without any, one sentence that says so, or why nothing was scored."""
    counts = report.summary
    if not counts.scored:
        return []
    if not report.findings:
        chance = "" if _drifted(report) else f", {_by_chance(report)}"
        words = f"{count_of(counts.scored, 'flow')} scored; "
        # Flows of a known family that add up to no finding are not nothing.
        named = [f"{label} {n:,}" for label, n in counts.labels.items() if label in ATTACKS]
        like = f": {terminal_text(', '.join(named[:MOST_LABELS]))}" if named else ""
        words += f"{counts.unlike:,} unlike the baseline{like}{chance}"
        # Without a host nobody could be found: a remark says why.
        return [_text(f"No finding ({words})." if report.hosts else f"{words}.")]
    shown = report.findings[:MOST_FINDINGS]
    lines = [_text("Findings, strongest first", "bold")]
    rows = [_finding_cells(finding) for finding in shown]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    end = max((c.end_us or 0 for c in report.captures), default=0)
    day = utc_text(min(finding.start_us for finding in report.findings))[:10]
    for place, (finding, cells) in enumerate(zip(shown, rows, strict=True), start=1):
        line = _text(f"{place:>3}  ")
        line.append(cells[0].ljust(max(16, widths[0] + 2)), style="bold")
        line.append(
            cells[1].ljust(max(13, widths[1] + 2)), style=_FAMILY_STYLE.get(finding.family, "red")
        )
        line.append(cells[2].ljust(widths[2] + 2))
        line.append(_times(finding, end, day), style="dim")
        lines.append(line)
    more = len(report.findings) - len(shown) + report.untold_findings
    if more:
        lines.append(_text(f"     and {count_of(more, 'more finding')}"))
    return lines


def _finding_cells(finding: Finding) -> tuple[str, str, str]:
    return finding.subject, finding.family, terminal_text(", ".join(finding.reasons))


def _times(finding: Finding, capture_end_us: int, day: str) -> str:
    """`09:31 to 09:44`, or `since 09:20` for what went on to the end."""
    start, end = utc_text(finding.start_us), utc_text(finding.end_us)

    def short(text: str) -> str:
        return text[11:16] if text[:10] == day else f"{text[:10]} {text[11:16]}"

    # Most of a minute of silence at the end says that it stopped.
    lasting = finding.end_us - finding.start_us > 600_000_000
    if lasting and capture_end_us and capture_end_us - finding.end_us < 60_000_000:
        return f"since {short(start)}"
    if start[:16] == end[:16]:
        return f"at {short(start)}"
    return f"{short(start)} to {short(end)}"


def _drifted(report: Report) -> bool:
    return any(model.drift_is_high for model in report.models)


def _by_chance(report: Report) -> str:
    expected = report.summary.expected_by_chance
    number = f"{expected:,.0f}" if expected >= 1 or expected == 0 else f"{expected:.1f}"
    return f"about {number} expected by chance at {100 * report.fpr:g}%"


def _flows(report: Report) -> list[Text]:
    """How many flows of what, the worst that are in no finding, how normal normal is."""
    counts = report.summary
    if not counts.flows:
        return [_text("No flow: nothing to score.")]
    if not counts.scored:
        return [_text(f"{count_of(counts.flows, 'flow')}, none scored.")]
    lines = []
    if report.findings:
        words = f"{count_of(counts.flows, 'flow')}: {counts.benign:,} benign"
        words += f" · {counts.in_findings:,} in findings"
        if counts.alone:
            words += f" · {counts.alone:,} unlike the baseline by themselves"
            if counts.alone_malicious:
                words += f", {counts.alone_malicious:,} of them malicious"
            if not _drifted(report):
                words += f" ({_by_chance(report)})"
        lines.append(_text(words))
    told = [item for item in counts.labels.items() if item[0] != "benign"]
    if len(told) > 1:
        shown = " · ".join(f"{label} {count:,}" for label, count in told[:MOST_LABELS])
        lines.append(_text(f"{_INDENT}by label: {terminal_text(shown)}"))
    worst: dict[str, None] = {}  # what would read the same is told once
    for flow in counts.worst:
        if not flow.reasons:
            continue
        where = f"{flow.source} to {flow.destination}" if flow.source else "a flow"
        service = _PROTOCOL_WORDS.get(flow.protocol, f"protocol {flow.protocol}")
        where += f" {service}" + (f" {flow.destination_port}" if flow.destination_port else "")
        worst[terminal_text(f"{where}: {', '.join(flow.reasons[:2])}")] = None
    lines.extend(_text(f"{_INDENT}{words}") for words in [*worst][:MOST_WORST])
    if lines and not report.findings:
        lines.insert(0, _text("Flows unlike the baseline"))
    lines.extend([*_drift(report), *_nearest(report)])
    return lines


def _drift(report: Report) -> list[Text]:
    """Whether normal here is like the baseline, as far as findings let it be seen."""
    from netad_pcap.detection.baselines import HIGH_DRIFT, UNSURE_ROWS

    for model in report.models:
        if model.drift is None or not model.drift_is_high:
            continue
        whose = "the shipped baseline" if model.shipped else f"the baseline {model.baseline}"
        words = f"As a whole this traffic is unlike {whose} (drift {model.drift:.2f})"
        outside = model.drift_outside_findings
        if report.findings and outside is None:
            words += f"; fewer than {UNSURE_ROWS} flows are in no finding, too few to tell whether "
            return [_text(terminal_text(f"{words}normal here is, too."))]
        if report.findings and outside is not None:
            if outside < HIGH_DRIFT:
                words += f" by what is in findings; the other flows are like it ({outside:.2f})."
                return [_text(terminal_text(words))]
            words += f", the flows in no finding too ({outside:.2f})"
        words += f": {_mostly(report)}." if _mostly(report) else "."
        return [
            _text(
                terminal_text(f"{words} What is usual there may not be here, and the reverse."),
                "yellow",
            ),
            _text("  → learn this network: netad-pcap train quiet-day.pcap -o office.netad"),
        ]
    return []


def _nearest(report: Report) -> list[Text]:
    """What the traffic is like, where it is unlike the baseline that p-values are by."""
    for model in report.models:
        if model.drift_is_high and model.nearest_drift is not None and _differs(model):
            words = f"It is like the baseline {model.nearest} (drift {model.nearest_drift:.2f}): "
            words += "what is usual is told of that one, and "
            return [_text(terminal_text(f"{words}--baseline {model.nearest} judges by it."))]
    return []


def _differs(model: ModelRecord) -> bool:
    """Whether what is usual is told of another baseline than p-values are by."""
    return model.nearest not in (None, model.baseline)


def _mostly(report: Report) -> str:
    """`6 of 10 flows unlike it are multicast DNS`, where one service is at least four of ten."""
    counts = report.summary
    if not counts.alone_services or counts.alone < 10:
        return ""
    (key, number), *_ = counts.alone_services
    tenths = round(10 * number / counts.alone)
    if tenths < 4:
        return ""
    protocol, port = key
    name = SERVICES[key][0] if key in SERVICES else _PROTOCOL_WORDS.get(protocol, "other IP")
    if key not in SERVICES and port:
        name += f" port {port}"
    return f"{tenths} of 10 flows unlike it are {name}"


def _end(report: Report, written: Sequence[str | os.PathLike[str]]) -> list[Text]:
    """What was written, how long it took, what to do next."""
    parts = []
    names = [terminal_text(os.fspath(name)) for name in written if os.fspath(name) != "-"]
    if names:
        parts.append("Wrote " + ", ".join(names))
    took = ", ".join(f"{what} in {seconds:.1f} s" for what, seconds in report.seconds.items())
    if took:
        parts.append(took if parts else took[:1].upper() + took[1:])
    lines = [_text(" · ".join(parts))] if parts else []
    if report.interrupted:
        lines.insert(0, _text("Interrupted: what was read until then is in the report.", "yellow"))
    steps = []
    readable = [name for name in names if Path(name).suffix in (".json", ".jsonl")]
    if readable and report.findings:
        steps.append(f"look closer: netad-pcap review {shlex.quote(readable[0])}")
    if report.findings:
        expression = finding_filter(report.findings[0])
        if expression:
            steps.append(f"in Wireshark: {expression}")
    if steps:
        lines.append(_text("  → " + "     ".join(steps)))
    return lines
