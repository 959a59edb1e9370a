"""Runs the activities of a scenario: a thread for each host of each activity.

An attack and harmless use by the same host of the same service never overlap in time: a rule of
the truth file could not tell them apart. The harmless start is left out, the attack waits.
"""

from __future__ import annotations

import random
import shutil
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from itertools import count
from pathlib import Path

from sample_pcaps.lab.activities import KINDS, Call, Kind, Touch
from sample_pcaps.lab.errors import LabError
from sample_pcaps.lab.journal import Entry, Journal
from sample_pcaps.lab.processes import Processes
from sample_pcaps.lab.scenario import Activity, Host, Scenario
from sample_pcaps.lab.wiring import Wiring

__all__ = ["Conductor", "check_scenario"]

_WAIT_FOR_OTHERS_S = 20.0
#: So long after its end the rule of an attack still matches.
_ATTACK_LINGERS_S = 0.6
_BENIGN = "benign"


def check_scenario(scenario: Scenario) -> None:
    """Every name in it exists, and every activity passes the network that is recorded.

    Raises:
        LabError: an unknown kind, a pattern that names no host, or both ends are outside.
    """
    for activity in scenario.activities:
        if activity.what not in KINDS:
            known = ", ".join(sorted(KINDS))
            raise LabError(f"{scenario.name}: no activity {activity.what!r}; there are {known}")
        for pattern in (activity.by, activity.to):
            if not scenario.network.matching(pattern):
                raise LabError(f"{scenario.name}: {activity.what}: no host {pattern!r}")
        ends = scenario.network.matching(activity.by) + scenario.network.matching(activity.to)
        if all(host.outside for host in ends):
            raise LabError(f"{scenario.name}: {activity.what}: nothing of it would be recorded")
        if not _targets(scenario, activity):
            raise LabError(f"{scenario.name}: {activity.what}: no such service on {activity.to!r}")


@dataclass(frozen=True)
class _Running:
    host: Host
    family: str
    touches: tuple[Touch, ...]


@dataclass
class Conductor:
    """A run of a scenario.

    Attributes:
        scenario: what is to happen.
        wiring: where.
        processes: what runs.
        shared: folder of pages and keys.
        journal: what was done.
    """

    scenario: Scenario
    wiring: Wiring
    processes: Processes
    shared: Path
    journal: Journal = field(default_factory=Journal)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._changed = threading.Condition()
        self._running: list[_Running] = []
        self._numbers = count()
        self._failed: list[BaseException] = []

    def run(self) -> None:
        """All of it; returns when the time of the scenario is over."""
        check_scenario(self.scenario)
        self._begin = time.monotonic()
        threads = [
            threading.Thread(target=self._repeat, args=(activity, host, number))
            for number, activity in enumerate(self.scenario.activities)
            for host in self.scenario.network.matching(activity.by)
        ]
        for thread in threads:
            thread.start()
        try:
            self._over.wait(self.scenario.seconds)
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
        if self._failed:
            raise self._failed[0]

    def _repeat(self, activity: Activity, host: Host, number: int) -> None:
        try:
            self._at_times(activity, host, number)
        except BaseException as problem:
            self._failed.append(problem)
            self._over.set()

    def _at_times(self, activity: Activity, host: Host, number: int) -> None:
        draw = random.Random(f"{self.scenario.seed} {number} {host.name}")
        until = self.scenario.seconds if activity.until is None else activity.until
        at = activity.start
        if activity.every is not None:
            at += draw.uniform(0, activity.every)
        while at < until and not self._over.wait(max(0.0, self._begin + at - time.monotonic())):
            self._once(activity, host, draw)
            if activity.every is None:
                return
            now = time.monotonic() - self._begin
            at = max(at + draw.expovariate(1 / activity.every), now)

    def _once(self, activity: Activity, host: Host, draw: random.Random) -> None:
        kind = KINDS[activity.what]
        targets = tuple(t for t in _targets(self.scenario, activity) if t is not host)
        if not targets:
            return
        left = self._begin + self.scenario.seconds - time.monotonic()
        folder = self.shared / "calls" / str(next(self._numbers))
        folder.mkdir(parents=True)
        call = Call(
            self.scenario.network, host, targets, draw.choice(targets), folder, self.shared, draw,
            activity.how, min(float(activity.how.get("seconds", kind.seconds)), left),
        )  # fmt: skip
        running = _Running(host, kind.family, tuple(kind.touches(call)))
        if self._enter(running):
            try:
                self._do(kind, call, running)
            finally:
                self._leave(running)
        shutil.rmtree(folder, ignore_errors=True)

    def _do(self, kind: Kind, call: Call, running: _Running) -> None:
        command = kind.command(call)
        start = time.time()
        status = -1
        with suppress(RuntimeError):  # the run is over
            process = self.processes.start(self.wiring.namespace(call.host), command)
            end = time.monotonic() + call.seconds
            while process.poll() is None and time.monotonic() < end and not self._over.is_set():
                self._over.wait(0.02)
            status = self.processes.wait(process, 0.0)
        ended = time.time()
        self.journal.add(
            Entry(
                kind.name, kind.family, kind.tool, call.host.name,
                touch.src or _own(call, touch.dst), touch.dst, touch.src_port, touch.dst_port,
                touch.protocol, start, ended, status,
            )
            for touch in running.touches
        )  # fmt: skip

    def _enter(self, wanted: _Running) -> bool:
        """Whether it may begin now; an attack waits for harmless use to end."""
        end = time.monotonic() + (0.0 if wanted.family == _BENIGN else _WAIT_FOR_OTHERS_S)
        with self._changed:
            while any(self._collide(wanted, other) for other in self._running):
                left = end - time.monotonic()
                if left <= 0 or self._over.is_set():
                    return False
                self._changed.wait(min(left, 0.5))
            self._running.append(wanted)
            return True

    def _collide(self, one: _Running, other: _Running) -> bool:
        """Whether flows of both could be taken for each other although their families differ."""
        if one.family == other.family:
            return False
        pairs = [(a, b) for a in one.touches for b in other.touches]
        if one.host is other.host:
            return not all(a.told_from(b) for a, b in pairs)
        ends = [self.scenario.network.address(running.host) for running in (one, other)]
        return not all(a.told_from_answer(b, *ends) for a, b in pairs)

    def _leave(self, done: _Running) -> None:
        if done.family != _BENIGN:
            self._over.wait(_ATTACK_LINGERS_S)
        with self._changed:
            self._running.remove(done)
            self._changed.notify_all()


def _targets(scenario: Scenario, activity: Activity) -> tuple[Host, ...]:
    wanted = set(KINDS[activity.what].serves)
    found = scenario.network.matching(activity.to)
    return tuple(h for h in found if not wanted or wanted & set(h.services))


def _own(call: Call, dst: str) -> str:
    """The address of the host that acts, of the family of the one it acts on."""
    six = ip_network(dst, strict=False).version == 6
    return call.network.address6(call.host) if six else call.network.address(call.host)
