"""`python -m netad_pcap.testing module:Class`."""

import pytest

from netad_pcap.testing.__main__ import main

PLACE = "tests.testing.test_checks"


def test_passing_detector(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{PLACE}:Good"]) == 0
    assert capsys.readouterr().out == "26 checks passed\n"


def test_parameters_are_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{PLACE}:Good", "floor=0.25", "seed=3"]) == 0
    assert main([f"{PLACE}:Good", "ceiling=1"]) == 1
    assert "ceiling" in capsys.readouterr().out


def test_failing_checks_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{PLACE}:LoadsAnything"]) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("missing_array_is_refused failed: from_arrays() accepted")
    assert last == "1 of 26 checks failed"


@pytest.mark.parametrize(
    "arguments",
    [[], ["--help"], ["json"], ["no_such:Class"], ["json:Nothing"], ["json:dumps"],
     [f"{PLACE}:Good", "floor"], [f"{PLACE}:Good", "1x=2"]],
)  # fmt: skip
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "usage: python -m netad_pcap.testing module:Class" in capsys.readouterr().err
