"""Truth files of captures whose packets were moved: the windows of their rules go with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from netad_pcap.families import UNKNOWN
from netad_pcap.flows import FlowBatch, address_text
from netad_pcap.training.truth import Rule, Truth

__all__ = ["moved_truth"]

_ENDS = ("src", "dst")


def moved_truth(
    truth: Truth, ends: FlowBatch, origin: NDArray[np.int64], start_us: NDArray[np.int64],
    *, source: str, target: str,
) -> Truth:  # fmt: skip
    """The rules for the moved capture: whichever packet begins a flow, its family is as before.

    A rule's window becomes that of the packets which the rule itself labels, half a microsecond
    wider. Where windows of several rules then overlap, the packets concerned get rules of their
    own, in front.

    Args:
        truth: of the recorded capture.
        ends: each recorded frame as the first packet of a flow, identity columns only.
        origin: int64 [n], the recorded frame of each moved packet.
        start_us: int64 [n], when that is now.
        source: name of the recorded capture, target: of the moved one.
    """
    rules = [rule for rule in truth.rules if rule.names(source)]
    named = Truth(tuple(replace(rule, capture="") for rule in rules))
    metered = ends.identity["protocol"][origin] >= 0 if len(origin) else np.zeros(0, np.bool_)
    origin, start_us = origin[metered], start_us[metered]
    before = ends.take(origin)
    now = FlowBatch(profile=None, features={}, identity={**before.identity, "start_us": start_us})
    wanted = named.families_of(before, "")
    open_ = np.ones(len(origin), np.bool_)
    moved = []
    for rule in named.rules:
        mine = open_ & rule.matches(before)
        open_ &= ~mine
        moved.append(_moved(rule, start_us[mine]))
    differs = Truth(tuple(moved)).families_of(now, "") != wanted if len(origin) else open_
    exceptions = _exceptions(now, wanted, differs)
    source_name = named.source_of("")
    return Truth(
        tuple(
            replace(rule, capture=target, source=rule.source or source_name)
            for rule in (*exceptions, *moved)
        )
    )


def _moved(rule: Rule, times_us: NDArray[np.int64]) -> Rule:
    """The rule with the window of those packets; one without a window, or a packet, as it is."""
    if (rule.start is None and rule.end is None) or not len(times_us):
        return rule
    return replace(
        rule,
        start=None if rule.start is None else _before(int(times_us.min())),
        end=None if rule.end is None else _behind(int(times_us.max())),
    )


def _exceptions(
    now: FlowBatch, wanted: NDArray[np.object_], differs: NDArray[np.bool_]
) -> list[Rule]:
    """For each five-tuple with such a packet, a rule a stretch of packets of one family."""
    if not differs.any():
        return []
    identity = now.identity
    number = _five_tuples(now)
    times = identity["start_us"]
    rules: list[Rule] = []
    for wrong in np.unique(number[differs]).tolist():
        rows = np.flatnonzero(number == wrong)
        rows = rows[np.argsort(times[rows], kind="stable")]
        cuts = np.flatnonzero(wanted[rows[1:]] != wanted[rows[:-1]]) + 1
        for stretch in np.split(rows, cuts):
            first, last = int(stretch[0]), int(stretch[-1])
            src, dst = (str(address_text(identity[f"{end}_ip"][[first]])[0]) for end in _ENDS)
            rules.append(
                Rule(
                    src=src,
                    dst=dst,
                    src_port=int(identity["src_port"][first]),
                    dst_port=int(identity["dst_port"][first]),
                    protocol=int(identity["protocol"][first]),
                    start=_before(int(times[first])),
                    end=_behind(int(times[last])),
                    family=wanted[first] or UNKNOWN,
                )
            )
    return rules


def _five_tuples(flows: FlowBatch) -> NDArray[np.int64]:
    """A number for each five-tuple, the same in both directions; int64 [n]."""
    identity = flows.identity
    ends = np.concatenate(
        [
            np.column_stack([identity[f"{end}_ip"], identity[f"{end}_port"] // 256,
                             identity[f"{end}_port"] % 256])
            for end in _ENDS
        ]
    )  # fmt: skip
    _, number = np.unique(ends.astype("u1"), axis=0, return_inverse=True)
    one, other = number.reshape(2, len(flows)).astype("i8")
    low, high = np.minimum(one, other), np.maximum(one, other)
    numbers: NDArray[np.int64] = (low * 2 * len(flows) + high) * 256 + identity["protocol"]
    return numbers


def _before(time_us: int) -> float:
    """Seconds, half a microsecond earlier: a double cannot tell finer (2026: a quarter)."""
    return (time_us - 0.5) / 1e6


def _behind(time_us: int) -> float:
    return (time_us + 0.5) / 1e6
