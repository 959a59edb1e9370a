"""Made-up flows: every column of a profile, plausible in size, the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.families import BENIGN
from netad_pcap.flows import CONNECTION, FlowBatch
from netad_pcap.schema import COLUMNS, PROFILES, dtype_of

__all__ = ["make_flows"]

_START_US = 1_700_000_000_000_000
_SOURCES = 12
_SERVERS = 5
_SERVICES = ((6, 443), (17, 53), (6, 80), (6, 22))

#: Median and spread (of the natural logarithm) of a column, by its unit.
_SIZES = {
    "microsecond": (2e5, 2.0),
    "byte": (300.0, 1.2),
    "byte^2": (4e4, 1.5),
    "count": (4.0, 0.8),
    "byte/second": (2e4, 2.0),
    "packet/second": (20.0, 1.5),
    "ratio": (1.0, 0.4),
}
_OTHER_SIZE = (3.0, 0.7)
#: Attack flows are this much larger or smaller in every second column.
_STRANGE = 200.0


def make_flows(
    n: int,
    seed: int = 0,
    profile: str = "cic-fixed",
    *,
    history: int = 0,
    context: Sequence[str] = (),
    attacks: Sequence[str] = (),
    attack_share: float = 0.0,
) -> FlowBatch:
    """A batch of made-up flows: all features of a profile, identity and connection columns.

    Args:
        n: how many.
        seed: the same seed gives the same flows.
        profile: of `netad_pcap.schema.PROFILES`.
        history: length of `FlowBatch.history`; 0 for none.
        context: names of context columns to make up.
        attacks: families that some flows are of, unlike the benign ones in many columns.
        attack_share: share of the flows that are, from 0 to 1.

    Returns:
        A batch whose `text["family"]` holds each flow's family, in order of their ends.
    """
    random = np.random.default_rng(seed)
    strange = random.random(n) < (attack_share if attacks else 0.0)
    family = np.full(n, BENIGN, dtype=object)
    if attacks:
        family[strange] = np.array(attacks, dtype=object)[
            random.integers(0, len(attacks), int(strange.sum()))
        ]
    features: dict[str, NDArray[Any]] = {}
    for place, name in enumerate(PROFILES[profile].features):
        values = _column(random, n, COLUMNS[name].unit)
        _estrange(values, place, family)
        whole = dtype_of(name, profile) == np.int64 or COLUMNS[name].dtype == "whole"
        features[name] = (np.rint(values) if whole else values).astype(dtype_of(name, profile))
    made_up: dict[str, NDArray[Any]] = {}
    for place, name in enumerate(context):
        made_up[name] = _column(random, n, "count")
        _estrange(made_up[name], place, family)
    identity = _identity(random, n)
    return FlowBatch(
        profile=profile,
        features=features,
        identity=identity,
        connection={
            name: random.integers(0, 3, n).astype(dtype) for name, dtype in CONNECTION.items()
        },
        context=made_up,
        text={"family": family},
        captures=("made-up.pcap",),
        history=_history(identity["src_ip"], history) if history else None,
    )


def _column(random: np.random.Generator, n: int, unit: str) -> NDArray[np.float64]:
    median, spread = _SIZES.get(unit, _OTHER_SIZE)
    values: NDArray[np.float64] = median * np.exp(spread * random.standard_normal(n))
    return values


def _estrange(values: NDArray[np.float64], place: int, family: NDArray[Any]) -> None:
    """Make the attack flows of a column unlike the others, each family in its own columns."""
    for number, name in enumerate(sorted(set(family.tolist()) - {BENIGN})):
        if (place + number) % 2 == 0:
            values[family == name] *= _STRANGE if (place // 2 + number) % 2 else 1 / _STRANGE


def _identity(random: np.random.Generator, n: int) -> dict[str, NDArray[Any]]:
    source = random.integers(0, _SOURCES, n)
    service = np.array(_SERVICES)[random.integers(0, len(_SERVICES), n)]
    end = _START_US + np.sort(random.integers(0, 600_000_000, n))
    frame = np.arange(1, n + 1, dtype=np.int64)
    return {
        "src_ip": _addresses(0, source),
        "dst_ip": _addresses(1, random.integers(0, _SERVERS, n)),
        "src_port": random.integers(1024, 65536, n).astype("i4"),
        "dst_port": service[:, 1].astype("i4"),
        "protocol": service[:, 0].astype("i4"),
        "start_us": end - random.integers(0, 5_000_000, n),
        "end_us": end,
        "first_frame": frame,
        "last_frame": frame + 1,
        "capture": np.zeros(n, "i4"),
        "last_capture": np.zeros(n, "i4"),
        "id_reversed": np.zeros(n, "?"),
        "ext": np.zeros(n, "u2"),
        "open": np.zeros(n, "?"),
        "tag": np.full(n, -1, "i4"),
    }


def _addresses(network: int, host: NDArray[Any]) -> NDArray[np.uint8]:
    """192.0.2.0/24 and its like (RFC 5737), IPv4 mapped."""
    addresses = np.zeros((len(host), 16), np.uint8)
    addresses[:, 10:12] = 255
    addresses[:, 12:15] = ((192, 0, 2), (198, 51, 100))[network]
    addresses[:, 15] = host + 1
    return addresses


def _history(source: NDArray[np.uint8], length: int) -> NDArray[np.int32]:
    """The last flows of each row's source, oldest first, the row itself last."""
    history = np.full((len(source), length), -1, np.int32)
    last: dict[bytes, list[int]] = {}
    for row in range(len(source)):
        rows = last.setdefault(source[row].tobytes(), [])
        rows.append(row)
        recent = rows[-length:]
        history[row, length - len(recent) :] = recent
    return history
