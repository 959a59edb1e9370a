"""Context columns: what source, destination, pair, service and conversation did lately.

A table: what each column counts, about whom, over which time, in which unit and words.
`netad_pcap.context` fills them, detectors name them in `Needs.context`, reasons are made of
their words. Counts fade: a flow told t seconds ago counts exp(−t/60) in a column of 60 s, so
that a steady rate gives as many flows as came in 60 s (`docs/decisions/0009-context.md`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["CONTEXT", "ENTITIES", "QUANTITIES", "SCALES_S", "ContextColumn"]

#: Whom a column is about, the position is the kernel's code.
ENTITIES: tuple[str, ...] = (
    "source",
    "destination",
    "pair",
    "service",
    "conversation",
    "zone",  # of a source: names under it that the source asks for
)
#: Over which time, in seconds; the position is the kernel's code.
SCALES_S: tuple[int, ...] = (2, 60, 3600)
_SCALE_NAMES = ("2s", "60s", "1h")
_SCALE_WORDS = ("2 s", "60 s", "1 h")

#: What is said of them: quantity → unit and words, of which `{value}`, `{whose}` and `{time}`
#: are filled in. The position is the kernel's code.
QUANTITIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "flows": ("count", "{value} flows {whose} in {time}"),
        "unanswered": ("count", "{value} unanswered flows {whose} in {time}"),
        "refused": ("count", "{value} refused flows {whose} in {time}"),
        "reset": ("count", "{value} flows {whose} ended by a reset in {time}"),
        "empty": ("count", "{value} flows {whose} without payload in {time}"),
        "alike": ("count", "{value} flows {whose} of one size in {time}"),
        "partners": ("count", "{value} hosts met by flows {whose} in {time}"),
        "services": ("count", "{value} ports met by flows {whose} in {time}"),
        "uploaded": ("byte", "{value} sent by flows {whose} in {time}"),
        "unanswered_share": ("share", "{value} of the flows {whose} unanswered in {time}"),
        "empty_share": ("share", "{value} of the flows {whose} without payload in {time}"),
        "upload_share": ("share", "{value} of the bytes of flows {whose} sent in {time}"),
        "mean_up": ("byte", "{value} sent by flows {whose} on average in {time}"),
        "mean_down": ("byte", "{value} received by flows {whose} on average in {time}"),
        "spread_up": ("none", "spread {value} of the logarithm of bytes sent {whose} in {time}"),
        "spread_down": (
            "none",
            "spread {value} of the logarithm of bytes received {whose} in {time}",
        ),
        "open": ("count", "{value} open flows {whose}"),
        "known": ("second", "{value} since the first flow {whose}"),
        "gap": ("second", "{value} between starts of flows {whose}"),
        "gap_spread": (
            "ratio",
            "spread {value} of the times between starts of flows {whose}, in means",
        ),
        "questions": ("count", "{value} DNS questions {whose} in {time}"),
        "names": ("count", "{value} DNS names {whose} in {time}"),
        "name_length": ("byte", "{value} a DNS name on average {whose} in {time}"),
    }
)

#: What is counted, in the plural: the first such word of a count's sentence.
_COUNTED = re.compile(r"\b(flow|host|port|question|name)s\b")

_WHOSE = (
    "of the source",
    "to the destination",
    "between the two hosts",
    "to the service",
    "between the two hosts at this port",
    "under one domain by the source",
)

#: By entity: quantity → the scales of its columns; `now` for what has no scale.
_COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "source": {
        "flows": ("2s", "60s", "1h"),
        "partners": ("2s", "60s", "1h"),
        "services": ("60s", "1h"),
        "unanswered": ("2s", "60s", "1h"),
        "refused": ("60s",),
        "empty": ("60s",),
        "unanswered_share": ("60s",),
        "empty_share": ("60s",),
        "uploaded": ("1h",),
        "open": ("now",),
    },
    "destination": {
        "flows": ("2s", "60s"),
        "partners": ("60s",),
        "services": ("60s",),
        "unanswered": ("60s",),
        "open": ("now",),
    },
    "pair": {
        "flows": ("2s", "60s", "1h"),
        "services": ("60s", "1h"),
        "unanswered": ("60s",),
        "refused": ("60s",),
        "reset": ("60s",),
        "empty": ("60s",),
        "uploaded": ("1h",),
        "upload_share": ("1h",),
        "open": ("now",),
        "known": ("now",),
    },
    "service": {
        "flows": ("2s", "60s", "1h"),
        "partners": ("60s",),
        "unanswered": ("2s", "60s"),
        "refused": ("60s",),
        "empty": ("60s",),
        "alike": ("60s",),
        "unanswered_share": ("60s",),
        "open": ("now",),
    },
    "conversation": {
        "flows": ("60s", "1h"),
        "alike": ("60s", "1h"),
        "reset": ("60s",),
        "mean_up": ("1h",),
        "mean_down": ("1h",),
        "spread_up": ("1h",),
        "spread_down": ("1h",),
        "gap": ("now",),
        "gap_spread": ("now",),
    },
    "zone": {
        "questions": ("60s", "1h"),
        "names": ("60s", "1h"),
        "name_length": ("1h",),
    },
}


@dataclass(frozen=True)
class ContextColumn:
    """One context column.

    Attributes:
        name: `source_flows_60s`.
        unit: `count`, `byte`, `second`, `share` (0 to 1), `ratio` or `none`.
        words: how a reason says it; `{value}` stands for the value with its unit.
        entity: place in `ENTITIES`.
        quantity: place in `QUANTITIES`.
        scale: place in `SCALES_S`; 0 for what has no scale.
    """

    name: str
    unit: str
    words: str
    entity: int
    quantity: int
    scale: int

    def told(self, value: str) -> str:
        """What a reason says of a value: `410 ports met by flows …`, `1 port met by flows …`."""
        words = self.words.replace("{value}", value)
        if value != "1" or self.unit != "count":
            return words
        return _COUNTED.sub(r"\1", words, count=1)


def _columns() -> Iterator[ContextColumn]:
    places = {name: place for place, name in enumerate(QUANTITIES)}
    for entity, quantities in _COLUMNS.items():
        whose = _WHOSE[ENTITIES.index(entity)]
        for quantity, scales in quantities.items():
            unit, words = QUANTITIES[quantity]
            for scale in scales:
                place = 0 if scale == "now" else _SCALE_NAMES.index(scale)
                yield ContextColumn(
                    name=f"{entity}_{quantity}" + ("" if scale == "now" else f"_{scale}"),
                    unit=unit,
                    words=words.replace("{whose}", whose).replace("{time}", _SCALE_WORDS[place]),
                    entity=ENTITIES.index(entity),
                    quantity=places[quantity],
                    scale=place,
                )


#: Every context column by name.
CONTEXT: Mapping[str, ContextColumn] = MappingProxyType({c.name: c for c in _columns()})
