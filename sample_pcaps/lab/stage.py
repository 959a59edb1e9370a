"""Puts the servers of a network on their hosts and waits until they answer."""

from __future__ import annotations

import contextlib
import random
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from sample_pcaps.lab.accounts import cover, open_accounts
from sample_pcaps.lab.errors import LabError
from sample_pcaps.lab.namespaces import inside
from sample_pcaps.lab.processes import Processes
from sample_pcaps.lab.scenario import Host
from sample_pcaps.lab.services import SERVICES, Place
from sample_pcaps.lab.services.basics import ZONE
from sample_pcaps.lab.site import make_host_key, make_keys, make_site
from sample_pcaps.lab.wiring import Wiring

__all__ = ["prepare", "start_services"]

_READY_S = 20.0


def prepare(wiring: Wiring, shared: Path, seed: int) -> None:
    """Accounts, names, pages and keys: what hosts share, in the lab's own mount namespace."""
    network = wiring.network
    open_accounts(shared)
    # Sessions ask for names; the library's own search for them would be recorded as well.
    servers = [f"nameserver {network.address(h)}" for h in network.hosts if "dns" in h.services]
    cover(Path("/etc/resolv.conf"), "", [*servers, f"search {ZONE}", "options timeout:2"], shared)
    make_site(shared / "site", seed)
    if shutil.which("openssl"):
        make_keys(shared / "keys")
    if shutil.which("ssh-keygen"):
        make_host_key(shared / "keys")


def start_services(wiring: Wiring, processes: Processes, shared: Path, seed: int) -> None:
    """Starts every service of every host.

    Raises:
        LabError: one did not come up; with the last that it said.
    """
    started = [
        (host, name, _start(wiring, processes, shared, host, name, seed))
        for host in wiring.network.hosts
        for name in host.services
    ]
    for host, name, process in started:
        if SERVICES[name].waits:
            _await(wiring, host, name, process, shared / host.name / name)


def _start(
    wiring: Wiring, processes: Processes, shared: Path, host: Host, name: str, seed: int
) -> subprocess.Popen[Any]:
    folder = shared / host.name / name
    folder.mkdir(parents=True)
    place = Place(wiring.network, host, folder, shared, random.Random(f"{seed} {host.name} {name}"))
    try:
        command = SERVICES[name].start(place)
        return processes.start(wiring.namespace(host), command, folder / "said")
    except (OSError, subprocess.CalledProcessError, IndexError) as problem:
        raise LabError(f"{name} on {host.name}: {problem}") from None


def _await(
    wiring: Wiring, host: Host, name: str, process: subprocess.Popen[Any], folder: Path
) -> None:
    def answers() -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", SERVICES[name].port), 1.0).close()
            return True
        return False

    end = time.monotonic() + _READY_S
    while process.poll() is None and time.monotonic() < end:
        if inside(wiring.namespace(host), answers):
            return
        time.sleep(0.05)
    said = (folder / "said").read_text(errors="replace").strip().splitlines()[-3:]
    raise LabError(f"{name} on {host.name} does not answer: {' | '.join(said) or 'said nothing'}")
