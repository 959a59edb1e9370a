"""Whether the truth is true: rules find their flows, harmless flows are none of theirs, and both
meters agree.

Flows are compared with the journal, which says what was really run: an attack's flow that a
harmless start could have made as well is ambiguous; a flow that no start made is unexplained.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap import meter
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.training import Rule, Truth, read_truth
from sample_pcaps.lab.activities import KINDS
from sample_pcaps.lab.journal import Entry, read_journal
from sample_pcaps.lab.scenarios import SCENARIOS

__all__ = ["Checked", "check_capture"]

_PROFILE = "cic-fixed"
#: Neighbour discovery and the like: nobody asked for it.
_ICMPV6 = 58
#: Flows of a start may begin a little after the command has ended, and the rest of a connection
#: that was cut comes later still.
_LATE_S = 2.0
#: Parts of connections that went on for minutes, answers to what was given up.
_MOST_UNEXPLAINED = 0.02


@dataclass(frozen=True)
class Checked:
    """What was found about one capture.

    Attributes:
        capture: its name.
        flows: by family.
        empty_rules: rules that no flow matches.
        never_ran: attacks of the scenario that the journal does not have.
        ambiguous: attack flows that a harmless start of the journal matches too.
        unexplained: harmless flows that no start of the journal matches.
        disagree: flows of both meters that begin with the same frame, but differ in their label.
        compared: flows that both meters have.
    """

    capture: str
    flows: Counter[str]
    empty_rules: tuple[Rule, ...]
    never_ran: tuple[str, ...]
    ambiguous: int
    unexplained: int
    disagree: int
    compared: int

    @property
    def problems(self) -> list[str]:
        """What is wrong, in sentences; empty: nothing."""
        said = [f"{attack} never ran" for attack in self.never_ran]
        said += [
            f"no flow for the rule {r.tool}: {r.src} to {r.dst} at {r.start}"
            for r in self.empty_rules
        ]
        if self.ambiguous:
            said.append(f"{self.ambiguous} attack flows could be harmless ones")
        if self.unexplained > _MOST_UNEXPLAINED * sum(self.flows.values()) + 1:
            said.append(f"{self.unexplained} harmless flows that nobody is known to have made")
        if self.disagree or not self.compared:
            said.append(f"labels of {self.disagree} of {self.compared} flows differ by meter")
        return said


def check_capture(capture: Path) -> Checked:
    """Checks a capture with its truth file, and its journal where there is one.

    A run that is seen under another condition has none: its times are others, and so are the
    rules, several of which may speak of one flow.
    """
    truth = read_truth(capture.with_suffix(".truth.csv"))
    journal = capture.with_suffix(".journal.csv")
    flows = _metered(capture, "native")
    families = truth.families_of(flows, capture.name)
    ambiguous = unexplained = 0
    never_ran: tuple[str, ...] = ()
    empty_rules: tuple[Rule, ...] = ()
    if journal.exists():
        entries = read_journal(journal)
        empty_rules = tuple(_empty(truth, flows))
        never_ran = tuple(_never_ran(capture.stem, entries))
        ambiguous, unexplained = _against_journal(flows, families != BENIGN, entries)
    disagree, compared = _compare(flows, families, _metered(capture, "nfstream"), truth, capture)
    return Checked(
        capture.name, Counter(families.tolist()), empty_rules, never_ran,
        ambiguous, unexplained, disagree, compared,
    )  # fmt: skip


def _against_journal(
    flows: FlowBatch, attack: NDArray[np.bool_], entries: Sequence[Entry]
) -> tuple[int, int]:
    """Attack flows that a harmless start could have made; harmless ones that no start made."""
    # A source port of an attack's own is never one that the kernel gives to anybody else.
    own_port = _made_by(flows, (e for e in entries if e.src_port is not None))
    benign_made = _made_by(flows, (e for e in entries if e.family == BENIGN)) & ~own_port
    made = benign_made | _made_by(flows, (e for e in entries if e.family != BENIGN))
    known = made | (flows.identity["protocol"] == _ICMPV6)
    return int((attack & benign_made).sum()), int((~attack & ~known).sum())


def _metered(capture: Path, name: str) -> FlowBatch:
    return concatenate(list(meter(capture, profile=_PROFILE, meter=name)))


def _empty(truth: Truth, flows: FlowBatch) -> Iterable[Rule]:
    """Rules of attacks that no flow is left for, once those before them have taken theirs."""
    left = np.ones(len(flows), np.bool_)
    for rule in truth.rules:
        matched = left & rule.matches(flows)
        if rule.family != BENIGN and not matched.any():
            yield rule
        left &= ~matched


def _never_ran(name: str, entries: Sequence[Entry]) -> Iterable[str]:
    """Attacks that the capture's scenario plans, by host, and that did not happen."""
    ran = {(entry.what, entry.host) for entry in entries}
    scenario = SCENARIOS.get(name)
    for activity in scenario.activities if scenario else ():
        assert scenario is not None
        for host in scenario.network.matching(activity.by):
            attack = KINDS[activity.what].family != BENIGN
            if attack and (activity.what, host.name) not in ran:
                yield f"{activity.what} by {host.name}"


def _made_by(flows: FlowBatch, entries: Iterable[Entry]) -> NDArray[np.bool_]:
    """Which flows a start of these could have made; bool [n]."""
    result = np.zeros(len(flows), np.bool_)
    for entry in entries:
        rule = Rule(
            src=entry.src, dst=entry.dst, src_port=entry.src_port, dst_port=entry.dst_port,
            protocol=entry.protocol, start=entry.start - 0.002,
            end=entry.end + (_LATE_S if entry.family != BENIGN else 0.0),
        )  # fmt: skip
        result |= rule.matches(flows)
    return result


def _compare(
    ours: FlowBatch, families: NDArray[Any], theirs: FlowBatch, truth: Truth, capture: Path
) -> tuple[int, int]:
    """How many labels differ, of how many flows that both meters have."""
    other: Sequence[str] = truth.families_of(theirs, capture.name).tolist()
    mine = dict(zip(ours.identity["first_frame"].tolist(), families.tolist(), strict=True))
    both = [
        (mine[frame], family)
        for frame, family in zip(theirs.identity["first_frame"].tolist(), other, strict=True)
        if frame in mine
    ]
    return sum(a != b for a, b in both), len(both)
