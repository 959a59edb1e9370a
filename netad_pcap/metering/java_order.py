"""The order in which the Java tool writes flows that are open at the end of a capture.

It iterates a Java hash map by Flow ID (cicflowmeter.md 4, "Order of rows").
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import flow_id_text
from netad_pcap.metering.emission import identity_columns

__all__ = ["java_hash_order", "java_string_hash"]


def java_string_hash(texts: NDArray[Any]) -> NDArray[np.uint32]:
    """Java's `String.hashCode` of ASCII texts [n], as uint32 [n]."""
    raw = texts.astype("S")
    if raw.itemsize == 0:
        return np.zeros(len(raw), "u4")
    letters = raw.view("u1").reshape(len(raw), raw.itemsize)
    lengths = np.char.str_len(raw)
    value = np.zeros(len(raw), "u4")
    for j in range(letters.shape[1]):
        value = np.where(j < lengths, value * np.uint32(31) + letters[:, j], value).astype("u4")
    return value


def java_hash_order(flows: NDArray[Any], most_held: int) -> NDArray[np.intp]:
    """Positions of FLOW [n], given in order of insertion, as the tool's map iterates them.

    Args:
        flows: the records, in order of insertion.
        most_held: the largest number of keys that the map ever held.
    """
    if not len(flows):
        return np.empty(0, np.intp)
    size = 16
    while most_held > 0.75 * size:
        size *= 2
    value = java_string_hash(flow_id_text(identity_columns(flows)))
    value ^= value >> np.uint32(16)
    return np.argsort(value & np.uint32(size - 1), kind="stable")
