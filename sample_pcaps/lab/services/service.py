"""What a service is: how it is started on a host, and how one knows that it stands."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sample_pcaps.lab.scenario import Host, Network

__all__ = ["Place", "Service"]


@dataclass(frozen=True)
class Place:
    """Where a service is to run.

    Attributes:
        network: the whole network.
        host: the machine.
        folder: of this service on this machine, empty.
        shared: of the whole lab: pages, keys.
        draw: what is random about it.
    """

    network: Network
    host: Host
    folder: Path
    shared: Path
    draw: random.Random

    def write(self, name: str, *lines: str) -> str:
        """A configuration file; its path."""
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return str(path)


@dataclass(frozen=True)
class Service:
    """A server.

    Attributes:
        name: what a host's `services` calls it.
        port: where it listens.
        start: prepares a place and gives the command, which stays in the foreground.
        waits: it listens on TCP and is waited for; else it is taken to stand at once.
    """

    name: str
    port: int
    start: Callable[[Place], list[str]]
    waits: bool = True
