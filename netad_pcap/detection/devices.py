"""Devices: where networks compute. The one place that chooses and moves.

Detectors without a network never notice; torch is imported only where an accelerator is
looked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from netad_pcap.errors import DeviceError

__all__ = ["CPU", "Backend", "Device", "TorchBackend", "move", "resolve"]

#: What `--device` takes.
_NAME = re.compile(r"auto|cpu|mps|cuda(:\d{1,4})?")


@dataclass(frozen=True)
class Device:
    """A device that is there.

    Attributes:
        name: `cpu`, `cuda:0`, `mps`: what detectors' `to` is called with.
        says: the hardware's own name, or the empty text.
    """

    name: str
    says: str = ""


CPU = Device("cpu")


class Backend(Protocol):
    """Who knows which accelerators there are; tests bring their own."""

    def accelerators(self) -> tuple[Device, ...]:
        """Those that can be used now, best first."""


class TorchBackend:
    """Accelerators as torch sees them."""

    def accelerators(self) -> tuple[Device, ...]:
        """CUDA devices by number, then Apple's; none where torch is not installed."""
        try:
            import torch
        except ImportError:
            return ()
        found = []
        if torch.cuda.is_available():
            found += [
                Device(f"cuda:{i}", torch.cuda.get_device_name(i))
                for i in range(torch.cuda.device_count())
            ]
        if torch.backends.mps.is_available():
            found.append(Device("mps"))
        return tuple(found)


def resolve(name: str = "auto", backend: Backend | None = None) -> Device:
    """The device that `--device` names; `auto` takes an accelerator where there is one.

    Raises:
        DeviceError: not a device's name, or not there; says which are.
    """
    if not _NAME.fullmatch(name):
        raise DeviceError(f"no device is called {name!r}: auto, cpu, cuda, cuda:N or mps")
    if name == "cpu":
        return CPU
    found = (backend or TorchBackend()).accelerators()
    if name == "auto":
        return found[0] if found else CPU
    for device in found:
        if name in (device.name, device.name.partition(":")[0]):
            return device
    there = ", ".join([CPU.name, *(device.name for device in found)])
    raise DeviceError(f"device {name} is not there; on this machine: {there}")


def move(detector: Any, device: Device) -> None:
    """Move a detector's network to a device; one without a network stays as it is.

    Raises:
        DeviceError: the device refused (out of memory, a kernel that it lacks).
    """
    to = getattr(detector, "to", None)
    if to is None:
        return
    try:
        to(device.name)
    except (RuntimeError, ValueError, NotImplementedError) as problem:
        reason = " ".join(str(problem).split())[:200]
        raise DeviceError(
            f"detector {detector.name} cannot be moved to {device.name}: {reason}"
        ) from problem
