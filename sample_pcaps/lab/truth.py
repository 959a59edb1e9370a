"""The truth file of a run, made of its journal: a rule for each attack's flows.

A rule begins with the command and ends shortly after it: a flow belongs to the attack by its
first packet. Rules of one attack that differ in their times only and touch are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netad_pcap.families import BENIGN
from netad_pcap.training import Rule
from sample_pcaps.lab.journal import Entry

__all__ = ["rules_of"]

#: The journal's clock and that of the packets are one; a packet is stamped a little later.
_BEFORE_S, _AFTER_S = 0.002, 0.5


def rules_of(entries: Sequence[Entry], capture: str, source: str) -> list[Rule]:
    """Rules of the attacks, in order of their starts; one benign line where there are none."""
    merged: dict[Entry, list[tuple[float, float]]] = {}
    for entry in sorted(entries, key=lambda entry: entry.start):
        if entry.family == BENIGN:
            continue
        flows = replace(entry, what="", host="", start=0.0, end=0.0, status=0)
        spans = merged.setdefault(flows, [])
        start, end = entry.start - _BEFORE_S, entry.end + _AFTER_S
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    if not merged:
        return [Rule(capture, source=source)]
    rules = [
        Rule(
            capture, e.src, e.dst, e.src_port, e.dst_port, e.protocol, round(start, 6),
            round(end, 6), e.family, e.tool, source,
        )
        for e, spans in merged.items()
        for start, end in spans
    ]  # fmt: skip
    return sorted(rules, key=lambda rule: rule.start or 0.0)
