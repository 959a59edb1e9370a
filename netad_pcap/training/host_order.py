"""Is a true attacker first in the order of hosts, and would the number of flows have told it?

Counted in captures with enough hosts: with two of them a coin is right half the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.families import ATTACKS
from netad_pcap.flows import FlowBatch, address_text
from netad_pcap.hosts.book import mute_rows

__all__ = ["ENOUGH", "HostOrder"]

#: Of an attack by more sources no single one is the one to look at.
_MOST_SOURCES = 8
#: Figure → how many of the first hosts are looked at, and in captures with how many at least.
ENOUGH: Mapping[str, tuple[int, int]] = {"first": (1, 5), "first_three": (3, 10)}


class HostOrder:
    """Hosts of one capture: how many flows each began, and which began an attack.

    Flows that others began speak for nobody: ICMP errors, what a host that is attacked more often
    than it attacks begins itself, and attacks from more than eight sources (spoofed or
    many: no single one is to be looked at).
    """

    def __init__(self) -> None:
        self._flows: Counter[str] = Counter()
        self._began: dict[str, Counter[str]] = {}
        self._suffered: dict[str, Counter[str]] = {}

    def add(self, flows: FlowBatch, families: NDArray[Any]) -> None:
        """Counts a batch; a table without addresses has no hosts.

        Args:
            flows: n rows.
            families: object [n].
        """
        if flows.lacks(("src_ip", "dst_ip")):
            return
        self._flows.update(_counts(flows.identity["src_ip"]))
        speaking = ~mute_rows(flows)
        for family in set(families.tolist()) & set(ATTACKS):
            rows = (families == family) & speaking
            for told, name in ((self._began, "src_ip"), (self._suffered, "dst_ip")):
                told.setdefault(family, Counter()).update(_counts(flows.identity[name][rows]))

    def places(self, ranked: Sequence[str]) -> dict[str, dict[str, float]]:
        """By attack family, 1 or 0 for `first` and `first_three` of the report's order, and for
        `first_by_flows` and `first_three_by_flows` of that by number of flows: whether any true
        attacker of the capture is there, so that a capture says the same of all its families.

        Args:
            ranked: addresses in the report's order.
        """
        by_flows = sorted(self._flows, key=lambda host: (-self._flows[host], host))
        attackers: set[str] = set()
        families = []
        for family, began in self._began.items():
            suffered = self._suffered[family]
            mine = {host for host, count in began.items() if count >= suffered[host]}
            if 0 < len(mine) <= _MOST_SOURCES:
                families.append(family)
                attackers |= mine
        told = {}
        for name, (first, enough) in ENOUGH.items():
            if len(self._flows) >= enough:
                for suffix, order in (("", ranked), ("_by_flows", by_flows)):
                    told[name + suffix] = float(not attackers.isdisjoint(order[:first]))
        return {family: dict(told) for family in families}


def _counts(addresses: NDArray[np.uint8]) -> Counter[str]:
    distinct, counts = np.unique(addresses, axis=0, return_counts=True)
    return Counter(dict(zip(address_text(distinct).tolist(), counts.tolist(), strict=True)))
