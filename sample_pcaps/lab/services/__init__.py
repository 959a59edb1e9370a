"""The servers of the lab, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sample_pcaps.lab.services import basics, data, devices, files, mail, peers, remote, web
from sample_pcaps.lab.services.service import Place, Service

__all__ = ["SERVICES", "Place", "Service"]

_MODULES = (basics, data, devices, files, mail, peers, remote, web)
SERVICES: Mapping[str, Service] = MappingProxyType(
    {service.name: service for module in _MODULES for service in module.SERVICES}
)
