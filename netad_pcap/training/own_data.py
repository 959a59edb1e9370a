"""What a person should know of the data that a model of their own is learned from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netad_pcap.capture.wording import count_of
from netad_pcap.families import BENIGN
from netad_pcap.training.labelled import LabelledCapture
from netad_pcap.training.splits import Parts

__all__ = ["clock_of", "little_data"]

#: From so many flows to fit and to calibrate on nothing is said.
_ENOUGH_TO_FIT = 1_000
_ENOUGH_TO_CALIBRATE = 1_000
#: Likewise from so much capture time, µs: an hour.
_ENOUGH_TIME_US = 3_600_000_000
#: So many stamps that are all whole milliseconds are no accident (one in 10^60).
_ENOUGH_STAMPS = 20


def little_data(parts: Parts) -> Iterator[str]:
    """Warnings about too little data, where it was enough to go on at all."""
    fit = sum(len(capture.families) for capture in parts.fit)
    if fit < _ENOUGH_TO_FIT:
        yield (
            f"little to learn from: {count_of(fit, 'flow')}; with fewer than {_ENOUGH_TO_FIT:,} "
            "what is rare but usual here will look strange"
        )
    flows = sum(int((capture.families == BENIGN).sum()) for capture in parts.calibrate)
    if flows < _ENOUGH_TO_CALIBRATE:
        yield (
            f"little to calibrate on: {count_of(flows, 'flow')}, so no p-value is below "
            f"{1 / (flows + 1):.2g} and what is beyond them is a ranking only"
        )
    spans = [_span_us(capture) for capture in (*parts.fit, *parts.calibrate)]
    known = [span for span in spans if span is not None]
    if known and len(known) == len(spans) and sum(known) < _ENOUGH_TIME_US:
        yield (
            f"short: {sum(known) / 6e7:.0f} min of traffic; what happens once an hour or once a "
            "day is not in it, and will look strange"
        )


def clock_of(captures: Sequence[LabelledCapture]) -> str:
    """The clock of the captures' times: `ms` where all of them are whole milliseconds."""
    stamps = [
        capture.flows.identity[name]
        for capture in captures
        for name in ("start_us", "end_us")
        if name in capture.flows.identity
    ]
    together = np.concatenate(stamps) if stamps else np.empty(0, np.int64)
    if any(capture.flows.clock == "ms" for capture in captures):
        return "ms"
    coarse = len(together) >= _ENOUGH_STAMPS and not (together % 1_000).any()
    return "ms" if coarse else "us"


def _span_us(capture: LabelledCapture) -> int | None:
    identity = capture.flows.identity
    if "start_us" not in identity or "end_us" not in identity or not len(capture.families):
        return None
    own = slice(capture.flows.carried, None)
    return int(identity["end_us"][own].max() - identity["start_us"][own].min())
