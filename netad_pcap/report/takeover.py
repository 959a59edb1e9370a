"""Rows of another profile, each with what was said of the flow of the model's profile.

Verdicts are made on the flows of the model's profile. A row of another profile takes them over
from the one that its first packet belongs to (`origin` in `flows.IDENTITY`), which may leave
long after it: rows wait in a spool of their own until all are judged.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch
from netad_pcap.hosts import VERDICTS, ScoredFlows
from netad_pcap.report.spool import ReportRows, Spool, no_room

__all__ = ["Takeover"]

#: Zeros written at once, 1 MiB.
_ZEROS = bytes(1 << 20)
_WORD = 8


class Takeover:
    """Write with `append`, then read with `rows`, once all flows are in `judged`.

    Args:
        judged: flows of the model's profile, with `origin`.
        folder: where the rows wait; None: the system's folder for temporary files.
    """

    def __init__(self, judged: Spool, folder: Path | None = None) -> None:
        self.without = 0
        self._judged = judged
        self._folder = folder
        self._spool = Spool(folder)
        self._origins = 0
        self._file: IO[bytes] | None = None
        self._places: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        """Rows so far; `without` of them take over nothing."""
        return len(self._spool)

    def append(self, flows: FlowBatch) -> None:
        """Keep rows, in the order in which the report is to have them.

        Raises:
            OutputError: no room on the disk.
        """
        origin = flows.identity["origin"]
        self.without += int((origin < 0).sum())
        self._origins = max(self._origins, int(origin.max(initial=-1)) + 1)
        nothing = _unsaid(flows, (), ())
        self._spool.append(nothing, np.full(len(flows), -1, "i4"))

    def name(self, rows: NDArray[np.int64], names: Mapping[str, NDArray[Any]]) -> None:
        """As `Spool.name`."""
        self._spool.name(rows, names)

    def rows(self) -> Iterator[ReportRows]:
        """All rows, batch by batch, with verdicts and findings as known at the end."""
        if self._places is None:
            self._places = self._find_places()
        for waiting in self._spool.rows():
            flows = waiting.scored.flows
            origin = flows.identity["origin"]
            place = np.where(origin < 0, 0, self._places[origin]) - 1
            yield self._said(flows, place, waiting.first_row)

    def close(self) -> None:
        """Let the files go."""
        self._spool.close()
        self._places = None
        if self._file is not None:
            with contextlib.suppress(OSError):  # a full disk: nobody will read it
                self._file.close()
            self._file = None

    def _said(self, flows: FlowBatch, place: NDArray[np.int64], first_row: int) -> ReportRows:
        """Flows with what was said of the judged flows at `place`, −1 = none."""
        taken = _unsaid(flows, self._judged.families, self._judged.detectors)
        finding = np.full(len(flows), -1, "i4")
        for judged in self._judged.rows(holding=place[place >= 0]):
            inside = (place >= judged.first_row) & (place < judged.first_row + len(judged))
            rows = np.flatnonzero(inside)
            said, at = judged.scored, place[rows] - judged.first_row
            finding[rows] = judged.finding[at]
            for name in ("score", "p_value", "verdict", "family", "detector", "novelty"):
                getattr(taken, name)[rows] = getattr(said, name)[at]
            explained = np.isin(at, np.fromiter(said.reasons, "i8", len(said.reasons)))
            for row, known in zip(rows[explained].tolist(), at[explained].tolist(), strict=True):
                taken.reasons[row] = said.reasons[known]
        return ReportRows(taken, finding, first_row)

    def _find_places(self) -> NDArray[np.int64]:
        """By origin, one more than the number of the judged row that has it; 0 = none.

        It is as long as the capture, so it lies on disk; written with zeros first, because a
        full disk under a mapped file ends the program.
        """
        size = max(1, self._origins) * _WORD
        try:
            self._file = tempfile.TemporaryFile(prefix=".netad-pcap-", dir=self._folder)  # noqa: SIM115
            for begin in range(0, size, len(_ZEROS)):
                self._file.write(_ZEROS[: size - begin])
            self._file.flush()
        except OSError as error:
            raise no_room(self._folder, error) from None
        places = np.memmap(self._file, "i8", "r+")
        for judged in self._judged.rows():
            origin = judged.scored.flows.identity["origin"]
            asked = np.flatnonzero(origin < self._origins)
            places[origin[asked]] = judged.first_row + asked + 1
        return places


def _unsaid(flows: FlowBatch, families: tuple[str, ...], detectors: tuple[str, ...]) -> ScoredFlows:
    """Flows without a verdict."""
    n = len(flows)
    return ScoredFlows(
        flows=flows,
        score=np.full(n, np.nan),
        p_value=np.full(n, np.nan),
        verdict=np.full(n, len(VERDICTS), "u1"),
        family=np.full(n, -1, "i4"),
        families=families,
        detectors=detectors,
        novelty=np.full((n, len(detectors)), np.nan),
        detector=np.full(n, -1, "i4"),
    )
