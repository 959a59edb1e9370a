"""A detector's parameters as the manifest keeps them."""

import pytest

from netad_pcap.detection import parameters_of
from netad_pcap.errors import ModelError


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
