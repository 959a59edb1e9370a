"""The conformance suite on every detector that is installed, ours and others' alike."""

from importlib.util import find_spec
from typing import Any

import pytest

from netad_pcap.detection import Installed, installed_detectors
from netad_pcap.testing import detector_checks


def cases() -> list[Any]:
    found = []
    for installed in installed_detectors():
        if installed.error is not None:
            found.append(pytest.param(installed, None, id=installed.name))
            continue
        for name, check in detector_checks(installed.load()):
            found.append(pytest.param(installed, check, id=f"{installed.name}-{name}"))
    return found


@pytest.mark.parametrize(("installed", "check"), cases())
def test_installed_detector_keeps_the_contract(installed: Installed, check: Any) -> None:
    module = installed.value.partition(":")[0]
    if installed.error is not None and find_spec(module) is None:
        pytest.skip(f"{module} is not in this tree")
    assert installed.error is None
    check()
