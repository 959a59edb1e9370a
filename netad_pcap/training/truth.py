"""Truth files: which flows of which capture belong to which family.

CSV `capture,src,dst,src_port,dst_port,protocol,start,end,family,tool,source`: times in epoch
seconds, an empty cell matches anything, either direction, the first rule that matches a
flow's first packet wins, else the flow is benign. `capture` matches the last components of
a path, empty names every capture. Family `unknown` takes the flows that it matches out.
"""

from __future__ import annotations

import csv
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.errors import UsageError
from netad_pcap.families import ATTACKS, BENIGN, UNKNOWN
from netad_pcap.flows import FlowBatch

__all__ = ["COLUMNS", "Rule", "Truth", "read_truth", "write_truth"]

COLUMNS = (
    "capture",
    "src",
    "dst",
    "src_port",
    "dst_port",
    "protocol",
    "start",
    "end",
    "family",
    "tool",
    "source",
)
_FAMILIES = (BENIGN, UNKNOWN, *ATTACKS)


@dataclass(frozen=True)
class Rule:
    """One line of a truth file; None and empty match anything, times in seconds."""

    capture: str = ""
    src: str = ""
    dst: str = ""
    src_port: int | None = None
    dst_port: int | None = None
    protocol: int | None = None
    start: float | None = None
    end: float | None = None
    family: str = BENIGN
    tool: str = ""
    source: str = ""

    def names(self, capture: str) -> bool:
        """Whether the line speaks of this capture."""
        wanted = PurePosixPath(self.capture).parts
        return not wanted or PurePosixPath(Path(capture).as_posix()).parts[-len(wanted) :] == wanted

    def matches(self, flows: FlowBatch) -> NDArray[np.bool_]:
        """Which flows it matches, in either direction; bool [n]."""
        identity = flows.identity
        within = np.ones(len(flows), np.bool_)
        if self.protocol is not None:
            within &= identity["protocol"] == self.protocol
        if self.start is not None:
            within &= identity["start_us"] >= self.start * 1e6
        if self.end is not None:
            within &= identity["start_us"] <= self.end * 1e6
        return within & (self._ends(flows, "src", "dst") | self._ends(flows, "dst", "src"))

    def _ends(self, flows: FlowBatch, one: str, other: str) -> NDArray[np.bool_]:
        """What a rule does not ask for, a table may lack."""
        identity = flows.identity
        result = np.ones(len(flows), np.bool_)
        for address, end in ((self.src, one), (self.dst, other)):
            if address:
                result &= _inside(identity[f"{end}_ip"], address)
        if self.src_port is not None:
            result &= identity[f"{one}_port"] == self.src_port
        if self.dst_port is not None:
            result &= identity[f"{other}_port"] == self.dst_port
        return result


@dataclass(frozen=True)
class Truth:
    """The rules of a truth file, in its order."""

    rules: tuple[Rule, ...]

    def names(self, capture: str) -> bool:
        """Whether any line speaks of the capture; one that none names is unlabelled."""
        return any(rule.names(capture) for rule in self._of(capture))

    def source_of(self, capture: str) -> str:
        """The source of a capture: of its first line that has one, else its own name."""
        for rule in self._of(capture):
            if rule.source:
                return rule.source
        return capture

    def tool_of(self, capture: str) -> str:
        """The tool that a capture shows: of its first line of an attack that has one, else ""."""
        for rule in self._of(capture):
            if rule.tool and rule.family in ATTACKS:
                return rule.tool
        return ""

    def families_of(self, flows: FlowBatch, capture: str) -> NDArray[Any]:
        """Family of each flow of one capture, object [n]; "" for flows that are taken out."""
        families = np.full(len(flows), BENIGN, object)
        rules = self._of(capture)
        if not rules:
            families[:] = ""
            return families
        open_ = np.ones(len(flows), np.bool_)
        for rule in rules:
            if not open_.any():
                break
            try:
                matched = open_ & rule.matches(flows)
            except KeyError as missing:
                lacked = " and ".join(flows.lacks([missing.args[0]]))
                raise UsageError(
                    f"{capture}: the truth file tells flows apart by {lacked}, which this table "
                    "lacks"
                ) from None
            families[matched] = "" if rule.family == UNKNOWN else rule.family
            open_ &= ~matched
        return families

    def _of(self, capture: str) -> list[Rule]:
        """The lines about a capture, in the order in which they stand."""
        name = PurePosixPath(Path(capture).as_posix()).name
        numbers = sorted({*self._by_name.get(name, ()), *self._by_name.get("", ())})
        return [self.rules[i] for i in numbers if self.rules[i].names(capture)]

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        """Numbers of the rules by the last component of their captures; "" for every capture."""
        table: dict[str, list[int]] = {}
        for number, rule in enumerate(self.rules):
            table.setdefault(PurePosixPath(rule.capture).name, []).append(number)
        return table


def read_truth(path: str | os.PathLike[str]) -> Truth:
    """A truth file.

    Raises:
        UsageError: absent, not such a file, or a bad cell; names the line.
    """
    where = os.fspath(path)
    try:
        text = Path(where).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{where}: no such truth file") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{where}: cannot be read as a truth file ({problem})") from None
    lines = csv.DictReader(text.splitlines(), restkey="")
    if lines.fieldnames is None or not {"capture", "family"} <= set(lines.fieldnames):
        raise UsageError(f"{where}: not a truth file; its columns are {', '.join(COLUMNS)}")
    strange = sorted(set(lines.fieldnames) - set(COLUMNS))
    if strange:
        raise UsageError(f"{where}: unknown column {strange[0]!r}; known: {', '.join(COLUMNS)}")
    try:
        return Truth(tuple(_rule(line, f"{where}, line {lines.line_num}") for line in lines))
    except csv.Error as problem:
        raise UsageError(f"{where}, line {lines.line_num}: {problem}") from None


def write_truth(rules: Sequence[Rule], path: str | os.PathLike[str]) -> None:
    """Rules as a truth file."""
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for rule in rules:
            cells = [getattr(rule, name) for name in COLUMNS]
            writer.writerow(["" if cell is None else cell for cell in cells])


def _rule(line: dict[str, Any], where: str) -> Rule:
    if "" in line:
        raise UsageError(f"{where}: more cells than the header has")
    cells = {name: (line.get(name) or "").strip() for name in COLUMNS}
    if cells["family"] not in _FAMILIES:
        raise UsageError(
            f"{where}: unknown family {cells['family']!r}; known: {', '.join(_FAMILIES)}"
        )
    for name in ("src", "dst"):
        try:
            if cells[name]:
                _network(cells[name])
        except ValueError:
            raise UsageError(
                f"{where}: {name} {cells[name]!r} is no address and no network"
            ) from None
    numbers: dict[str, Any] = {}
    for name, kind, most in (
        ("src_port", int, 65_535),
        ("dst_port", int, 65_535),
        ("protocol", int, 255),
        ("start", float, float("inf")),
        ("end", float, float("inf")),
    ):
        try:
            value = None if cells[name] == "" else kind(cells[name])
        except ValueError:
            value = -1
        if value is not None and not 0 <= value <= most:
            raise UsageError(f"{where}: {name} {cells[name]!r} is no such number")
        numbers[name] = value
    texts: dict[str, Any] = {
        name: cells[name] for name in ("capture", "src", "dst", "family", "tool", "source")
    }
    return Rule(**texts, **numbers)


def _network(text: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Address bytes [16] and mask [16], IPv4 mapped."""
    network = ipaddress.ip_network(text, strict=False)
    value, mask = int(network.network_address), int(network.netmask)
    if network.version == 4:
        value |= 0xFFFF << 32
        mask |= ((1 << 96) - 1) << 32
    return (
        np.frombuffer(value.to_bytes(16, "big"), np.uint8),
        np.frombuffer(mask.to_bytes(16, "big"), np.uint8),
    )


def _inside(addresses: NDArray[Any], network: str) -> NDArray[np.bool_]:
    value, mask = _network(network)
    result: NDArray[np.bool_] = ((addresses & mask) == value).all(axis=1)
    return result
