"""What a bundle holds: consistent, and its detectors restored by installed classes."""

from collections.abc import Callable

import pytest

from netad_pcap.detection import BundleDetector, BundleReference
from netad_pcap.errors import ModelError
from tests.detection.examples import SizeDetector, baseline, bundle


def test_detector_is_restored(size_detector: list[str]) -> None:
    restored = bundle().detectors[0].load("example")
    assert isinstance(restored, SizeDetector)


def test_missing_package_is_told(install: Callable[..., None]) -> None:
    install("other", "x:Y", "z")
    with pytest.raises(ModelError, match="example: needs detector size, which is not installed: "
                                         "pip install netad-size"):  # fmt: skip
        bundle().detectors[0].load("example")


def test_arrays_that_the_detector_refuses_are_told(size_detector: list[str]) -> None:
    entry = BundleDetector("size", "size", "netad-size", "1", {"power": 1.0}, {})
    with pytest.raises(ModelError, match=r"size cannot be restored by netad-size .* ValueError"):
        entry.load("example")


def test_two_of_one_name_are_refused() -> None:
    entry = bundle().detectors[0]
    with pytest.raises(ValueError, match="two detectors of one name"):
        bundle(detectors=(entry, entry))
    with pytest.raises(ValueError, match="two baselines of one name"):
        bundle(baselines=(baseline("a", 1), baseline("a", 2)))
    with pytest.raises(ValueError, match="two detectors of one name"):
        bundle(uses=(BundleReference("base", "1", "0" * 64, ("size",)),))


def test_baseline_of_an_unknown_detector_is_refused() -> None:
    with pytest.raises(ValueError, match="baseline office calibrates size, not in here"):
        bundle(detectors=())
