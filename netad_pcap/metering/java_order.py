"""The order in which the Java tool writes flows that are open at the end of a capture.

It iterates a Java hash map by Flow ID (cicflowmeter.md 4, "Order of rows").
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import flow_id_text

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
    value = java_string_hash(flow_id_text(_keys(flows)))
    value ^= value >> np.uint32(16)
    return np.argsort(value & np.uint32(size - 1), kind="stable")


def _keys(flows: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """What a Flow ID is made of, as `netad_pcap.flows.IDENTITY` has it."""
    a, b = (_octets(flows[f"{end}_high"], flows[f"{end}_low"]) for end in "ab")
    from_a = flows["source_is_a"]
    return {
        "src_ip": np.where(from_a[:, None], a, b),
        "dst_ip": np.where(from_a[:, None], b, a),
        "src_port": np.where(from_a, flows["a_port"], flows["b_port"]),
        "dst_port": np.where(from_a, flows["b_port"], flows["a_port"]),
        "protocol": flows["protocol"],
        "id_reversed": flows["key_names_a_first"] != from_a,
    }


def _octets(high: NDArray[Any], low: NDArray[Any]) -> NDArray[np.uint8]:
    words = np.empty((len(high), 2), ">u8")
    words[:, 0], words[:, 1] = high, low
    return words.view("u1")
