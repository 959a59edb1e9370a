"""Applications, server names and fingerprints of a report's rows, when the native meter read them.

The frames in question are looked up in their captures again and shown to NFStream, which
looks at the first packets of a flow only: so are these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture import CaptureReader, open_capture
from netad_pcap.capture.frames import FrameBlock
from netad_pcap.errors import NetadError
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.hosts import VERDICTS
from netad_pcap.metering.applications import COLUMNS
from netad_pcap.metering.decode import decode_block
from netad_pcap.metering.frames import FlowPlaces
from netad_pcap.metering.nfstream_feed import N_DISSECTIONS, NFStreamFeed

if TYPE_CHECKING:
    from netad_pcap.report.spool import ReportRows, Spool
    from netad_pcap.report.takeover import Takeover

__all__ = ["name_applications"]

#: Frames of a flow that are shown: those that NFStream dissects, and handshakes.
_FIRST_FRAMES = N_DISSECTIONS + 4
_BENIGN = VERDICTS.index("benign")
#: Of flagged flows so many are named: in a flood they are alike, and each costs packets.
MOST_FLAGGED = 10_000
_TCP = 6
#: Identity columns that say where a flow lies.
_PLACE = (
    *("src_ip", "dst_ip", "src_port", "dst_port", "protocol"),
    *("capture", "first_frame", "last_capture", "last_frame"),
)


def name_applications(
    rows: Spool | Takeover, *, everything: bool, should_stop: Callable[[], bool]
) -> list[str]:
    """Names rows of a report.

    Args:
        rows: all of them, complete; they get the names.
        everything: every row, not only the flagged ones.
        should_stop: asked between blocks; what is named by then stays.

    Returns:
        What a person should know, one clause each: what could not be named, and why.
    """
    wanted = _rows_to_name(rows, everything=everything)
    if wanted is None:
        return []
    names: NDArray[Any] = np.full((len(wanted.row), len(COLUMNS)), "", object)
    remarks = []
    if not wanted.whole:
        remarks.append(
            f"applications are named of the first {MOST_FLAGGED:,} flagged flows; --apps all names "
            "every flow"
        )
    for number, capture in enumerate(wanted.flows.captures):
        here = np.flatnonzero(wanted.flows.identity["capture"] == number)
        if not len(here) or should_stop():
            continue
        if capture == "-":
            remarks.append("applications are not named: standard input cannot be read twice")
            continue
        flows = wanted.flows.take(here)
        try:
            names[here] = _names(flows, capture, number, should_stop)
        except NetadError as error:
            remarks.append(f"applications in {capture} are not named: {error}")
    rows.name(wanted.row, dict(zip(COLUMNS, names.T, strict=True)))
    return remarks


@dataclass(frozen=True, eq=False)
class _Wanted:
    """Rows to name: their numbers, int64 [n] ascending, where they lie, and whether these are
    all that were asked for."""

    row: NDArray[np.int64]
    flows: FlowBatch
    whole: bool


def _rows_to_name(rows: Spool | Takeover, *, everything: bool) -> _Wanted | None:
    numbers, parts, left, whole = [], [], MOST_FLAGGED, True
    for batch in rows.rows():
        chosen = np.flatnonzero(_may_tell(batch) & (everything | _is_flagged(batch)))
        if not everything and len(chosen) > left:
            chosen, whole = chosen[:left], False
        if len(chosen):
            flows = batch.scored.flows.take(chosen)
            identity = {name: flows.identity[name].copy() for name in _PLACE}
            parts.append(replace(flows, identity=identity, features={}, connection={}, text={}))
            numbers.append(batch.first_row + chosen)
            left -= len(chosen)
    return _Wanted(np.concatenate(numbers), concatenate(parts), whole) if numbers else None


def _is_flagged(batch: ReportRows) -> NDArray[np.bool_]:
    verdict = batch.scored.verdict
    judged = verdict < len(VERDICTS)  # a row of another profile may have none
    flagged: NDArray[np.bool_] = (judged & (verdict != _BENIGN)) | (batch.finding > 0)
    return flagged


def _may_tell(batch: ReportRows) -> NDArray[np.bool_]:
    """TCP without a byte of payload shows no application."""
    flows = batch.scored.flows
    payload = sum(flows.payload())
    some: NDArray[np.bool_] = (flows.identity["protocol"] != _TCP) | (payload > 0)
    return some


def _names(
    flows: FlowBatch, capture: str, number: int, should_stop: Callable[[], bool]
) -> NDArray[Any]:
    """Object (str) [n, 4], a field of `Application` each, of flows that begin in a capture."""
    names: NDArray[Any] = np.full((len(flows), len(COLUMNS)), "", object)
    places = FlowPlaces(flows)
    profile = flows.profile
    assert profile is not None

    def rows_of(block: FrameBlock) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Indices of a block's packets of these flows, and the flow of each."""
        decoded = decode_block(block, profile=profile, strict=False)
        rows = places.rows_of(decoded.packets, number)
        return decoded.row[rows >= 0], rows[rows >= 0]

    def reader() -> _FirstFrames:
        return _FirstFrames(open_capture(capture), rows_of, len(flows))

    tag_of = np.full(len(flows), -1, "i4")
    with NFStreamFeed(reader, should_stop=should_stop) as feed:
        for block, _, tag in feed:
            assert tag is not None  # NFStream's
            index, rows = rows_of(block)
            begins = (tag[index] >= 0) & (tag_of[rows] < 0)
            tag_of[rows[begins][::-1]] = tag[index[begins][::-1]]
            for row in np.unique(rows).tolist():
                application = feed.applications.get(int(tag_of[row]))
                if application is not None:
                    names[row] = application
    return names


class _FirstFrames:
    """A reader that gives the first frames of some flows and leaves out all others."""

    def __init__(
        self,
        reader: CaptureReader,
        rows_of: Callable[[FrameBlock], tuple[NDArray[np.int32], NDArray[np.int64]]],
        flows: int,
    ) -> None:
        self._reader = reader
        self._rows_of = rows_of
        self._given = np.zeros(flows, "i4")
        self.name = reader.name
        self.read_once = reader.read_once
        self.compression = reader.compression
        self.size: int | None = None

    def __enter__(self) -> Self:
        self._reader.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._reader.__exit__(None, None, None)

    def blocks(self) -> Iterator[FrameBlock]:
        """The frames, numbered as in the capture."""
        self._given[:] = 0
        for block in self._reader.blocks():
            index, rows = self._rows_of(block)
            order = np.argsort(rows, kind="stable")
            begins = np.searchsorted(rows[order], rows[order])
            earlier = self._given[rows[order]] + np.arange(len(order)) - begins
            self._given += np.bincount(rows, minlength=len(self._given)).astype("i4")
            chosen = np.sort(index[order[earlier < _FIRST_FRAMES]])
            if len(chosen):
                yield FrameBlock(block.data, *(column[chosen] for column in block[1:]))
