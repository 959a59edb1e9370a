"""weights.safetensors: the arrays of all detectors and baselines under one naming.

detector/NAME/ARRAY                     what `to_arrays` gave
baseline/NAME/quantiles                 float64 [columns, 21]
baseline/NAME/highest                   float64 [columns], in bundles that keep it
baseline/NAME/fused/scores|at_least     calibration of `Score`
baseline/NAME/detector/NAME/scores|at_least
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.baselines import Baseline
from netad_pcap.detection.calibration import Calibration
from netad_pcap.errors import ModelError

__all__ = ["baseline_arrays", "baseline_of", "dump_arrays", "load_arrays", "part_of"]

#: What safetensors and numpy both know.
_DTYPES = frozenset(
    np.dtype(code) for code in ("?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8",
                                "f2", "f4", "f8")
)  # fmt: skip


def dump_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays as the bytes of a safetensors file; the same arrays give the same bytes.

    Raises:
        ValueError: an array of something that is not numbers.
    """
    from safetensors.numpy import save

    for name, array in arrays.items():
        if array.dtype.newbyteorder("=") not in _DTYPES:
            raise ValueError(f"array {name} holds {array.dtype}; weights are numbers only")
    return bytes(
        save(
            {
                name: np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(
                    array.shape
                )
                for name, array in sorted(arrays.items())
            }
        )
    )


def load_arrays(data: bytes, where: str) -> dict[str, NDArray[Any]]:
    """The arrays in the bytes of a safetensors file.

    Raises:
        ModelError: it is not one, or holds what numpy has no numbers for.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(data)
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError) as problem:
        reason = ascii(" ".join(str(problem).split())[:200])[1:-1]
        raise ModelError(f"{where}: its weights are damaged ({reason})") from problem
    for name, array in arrays.items():
        if array.dtype not in _DTYPES:
            raise ModelError(f"{where}: array {ascii(name)[:100]} holds {array.dtype}, not numbers")
    return dict(arrays)


def part_of(
    arrays: Mapping[str, NDArray[Any]], prefix: str, claimed: set[str]
) -> dict[str, NDArray[Any]]:
    """The arrays below a prefix, without it; their names are added to `claimed`."""
    names = [name for name in arrays if name.startswith(prefix)]
    claimed.update(names)
    return {name.removeprefix(prefix): arrays[name] for name in names}


def baseline_arrays(baseline: Baseline) -> dict[str, NDArray[Any]]:
    """The arrays of a baseline, under their full names."""
    prefix = f"baseline/{baseline.name}/"
    parts = {f"detector/{name}": c for name, c in baseline.calibration.items()}
    result: dict[str, NDArray[Any]] = {f"{prefix}quantiles": baseline.quantiles}
    if baseline.highest is not None:
        result[f"{prefix}highest"] = baseline.highest
    for name, calibration in {**parts, "fused": baseline.fused}.items():
        result[f"{prefix}{name}/scores"] = calibration.scores
        result[f"{prefix}{name}/at_least"] = calibration.at_least
    return result


def baseline_of(
    entry: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], claimed: set[str]
) -> Baseline:
    """A baseline from its entry in the manifest and its arrays.

    Raises:
        ValueError: an array is missing, or does not say what it should.
    """
    prefix = f"baseline/{entry['name']}/"

    def taken(name: str) -> NDArray[Any]:
        if prefix + name not in arrays:
            raise ValueError(f"array {prefix}{name} is missing")
        claimed.add(prefix + name)
        return arrays[prefix + name]

    def calibration(name: str) -> Calibration:
        return Calibration(taken(f"{name}/scores"), taken(f"{name}/at_least"))

    quantiles = taken("quantiles")
    highest = taken("highest") if f"{prefix}highest" in arrays else None
    for array in (quantiles, quantiles if highest is None else highest):
        if array.dtype != np.float64:
            raise ValueError(f"{prefix}quantiles are not float64")
    return Baseline(
        name=entry["name"],
        says=entry["says"],
        calibration=MappingProxyType(
            {name: calibration(f"detector/{name}") for name in entry["detectors"]}
        ),
        fused=calibration("fused"),
        columns=tuple(entry["columns"]),
        quantiles=quantiles,
        highest=highest,
    )
