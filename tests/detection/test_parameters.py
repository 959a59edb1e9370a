"""A detector's parameters as the manifest keeps them."""

import re

import pytest

from netad_pcap.detection import parameters_of, read_settings
from netad_pcap.errors import ModelError, UsageError


class Layered:
    name = "layered"

    def __init__(self, *, layers: tuple[int, ...] = (8, 4), rate: float = 0.1, seed: int) -> None:
        pass


def test_defaults_are_filled_in_and_tuples_are_lists() -> None:
    assert parameters_of(Layered, seed=3) == {"layers": [8, 4], "rate": 0.1, "seed": 3}


def test_unknown_parameter_lists_the_known() -> None:
    with pytest.raises(ModelError, match="layered has no parameter 'depth'; it has: layers, rate"):
        parameters_of(Layered, seed=0, depth=3)


def test_parameter_without_a_value() -> None:
    with pytest.raises(ModelError, match="needs a value for parameter 'seed'"):
        parameters_of(Layered)


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}])
def test_value_that_json_cannot_hold(value: object) -> None:
    with pytest.raises(ModelError, match="parameter 'rate' of detector layered is not JSON"):
        parameters_of(Layered, seed=0, rate=value)


def test_settings_are_json_or_else_text() -> None:
    found = read_settings(["lstm.length=6", "gan.loss=cross_entropy", "gan.mix=0.5"])
    assert found == {"lstm": {"length": 6}, "gan": {"loss": "cross_entropy", "mix": 0.5}}


@pytest.mark.parametrize("setting", ["length=6", "lstm.length", "lstm.=6", ".length=6", "a.b c=1"])
def test_what_is_no_setting_is_shown(setting: str) -> None:
    with pytest.raises(UsageError, match=re.escape(setting)):
        read_settings([setting])


def test_a_parameter_is_set_once() -> None:
    with pytest.raises(UsageError, match=r"lstm\.length is set twice"):
        read_settings(["lstm.length=6", "lstm.length=7"])
