"""A detector that is installed for the length of a test."""

from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint

import pytest

from netad_pcap.detection import registry
from tests.detection.examples import SizeDetector

Install = Callable[..., None]


class Distribution:
    """What the registry asks of a distribution."""

    def __init__(self, name: str, version: str = "1.0") -> None:
        self.name = name
        self.version = version


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Make entry points; nothing else is installed."""
    points: list[EntryPoint] = []

    def entry_points(*, group: str) -> list[EntryPoint]:
        return [point for point in points if point.group == group]

    def add(name: str, value: str, distribution: str, group: str = registry.DETECTORS) -> None:
        point = EntryPoint(name, value, group)
        points.append(point._for(Distribution(distribution)))  # type: ignore[attr-defined]

    monkeypatch.setattr(registry, "entry_points", entry_points)
    return add


@pytest.fixture
def size_detector(install: Install) -> Iterator[list[str]]:
    """`size` is installed; gives the devices that it is moved to."""
    install("size", "tests.detection.examples:SizeDetector", "netad-size")
    SizeDetector.moves.clear()
    yield SizeDetector.moves
    SizeDetector.moves.clear()
