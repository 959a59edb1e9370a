"""Conformance checks for authors of detectors, and made-up flows to try them on.

    $ python -m netad_pcap.testing netad_quantile:QuantileDetector
    25 checks passed

In a test suite, one test per check:

    from netad_pcap.testing import detector_checks

    @pytest.mark.parametrize("name, check", detector_checks(QuantileDetector))
    def test_contract(name, check):
        check()

A class whose `fit` takes long says with which keywords it is to be checked:

    check_parameters = {"epochs": 2}
"""

from __future__ import annotations

from netad_pcap.testing.batches import cut_batch, take_rows
from netad_pcap.testing.checks import CheckFailed, Failure, check_detector, detector_checks
from netad_pcap.testing.synthetic import make_flows

__all__ = [
    "CheckFailed",
    "Failure",
    "check_detector",
    "cut_batch",
    "detector_checks",
    "make_flows",
    "take_rows",
]
