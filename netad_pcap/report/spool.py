"""The spool: scored batches on disk until the reports are written.

Findings name flows that came before them, and the summary stands first in a report; so
batches wait in an Arrow IPC file. The file has no name: whatever happens to the program,
the system removes it.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.errors import OutputError
from netad_pcap.flows import FlowBatch
from netad_pcap.hosts import ScoredFlows
from netad_pcap.report.escaping import plain_text

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TEXT_COLUMNS", "ReportRows", "Spool", "lists_of_text", "no_room"]

#: Columns of text that a report keeps, by their name in `FlowBatch.text`.
TEXT_COLUMNS = ("application", "server_name", "client_fingerprint", "server_fingerprint")
#: Rows of the file's batches at most: what a reader holds at once.
MAX_ROWS = 50_000


@dataclass(frozen=True, eq=False)
class ReportRows:
    """Some rows of a report.

    Attributes:
        scored: flows and scores; `flows` without connection and context columns.
        finding: int32 [n], number of the finding, −1 = none.
        first_row: number of the first row in the report, from 0.
    """

    scored: ScoredFlows
    finding: NDArray[np.int32]
    first_row: int

    def __len__(self) -> int:
        return len(self.finding)


class Spool:
    """Write with `append` and `amend`, then read with `rows`, as often as wanted.

    Args:
        folder: where the file lies (beside the output, so that one disk must have room);
            None: the system's folder for temporary files.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._writer: Any = None
        self._reader: Any = None
        self._captures: dict[str, int] = {}
        self._pattern: ScoredFlows | None = None
        self._schema: Any = None
        self._amended: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = []
        self._names: tuple[NDArray[np.int64], dict[str, NDArray[Any]]] = (np.empty(0, "i8"), {})
        self._firsts: list[int] = []
        self._row = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        """Rows so far."""
        return self._row

    @property
    def profile(self) -> str | None:
        """Rule book of the rows; None before the first, and for foreign tables."""
        return self._pattern.flows.profile if self._pattern is not None else None

    @property
    def detectors(self) -> tuple[str, ...]:
        """Names of the detectors whose scores the rows have."""
        return self._pattern.detectors if self._pattern is not None else ()

    @property
    def families(self) -> tuple[str, ...]:
        """Names of the families that the rows' verdicts speak of."""
        return self._pattern.families if self._pattern is not None else ()

    def append(self, scored: ScoredFlows, finding: NDArray[np.int32]) -> None:
        """Keep a batch.

        Args:
            scored: the rows; all batches have the same columns and detectors.
            finding: int32 [n], number of the finding known at each row, −1 = none.

        Raises:
            OutputError: no room on the disk.
        """
        if self._reader is not None:
            raise RuntimeError("the spool is being read; nothing can be added")
        if not len(scored):
            return
        batch = self._encode(scored, finding)
        try:
            if self._writer is None:
                self._open(batch.schema)
            for start in range(0, batch.num_rows, MAX_ROWS):
                self._writer.write_batch(batch.slice(start, MAX_ROWS))
                self._firsts.append(self._row + start)
        except OSError as error:
            raise no_room(self._folder, error) from None
        self._row += len(scored)

    def amend(self, rows: NDArray[np.int64], findings: NDArray[np.int32]) -> None:
        """Earlier rows, numbered from 0 over all batches, that belong to a finding after all."""
        if len(rows):
            self._amended.append((rows, findings))

    def name(self, rows: NDArray[np.int64], names: Mapping[str, NDArray[Any]]) -> None:
        """Texts of rows that became known afterwards; replaces those of an earlier call.

        Args:
            rows: int64 [k], ascending, numbered from 0 over all batches.
            names: by a name of `TEXT_COLUMNS` object (str) [k], "" = unknown.
        """
        # Not `to_numpy`: of text it loads pandas.
        known = {
            name: np.array(_text(names[name]).to_pylist(), dtype=object) for name in TEXT_COLUMNS
        }
        self._names = rows, known

    def rows(self, holding: NDArray[np.int64] | None = None) -> Iterator[ReportRows]:
        """All rows, batch by batch, with the findings as known at the end.

        Args:
            holding: numbers of rows; only the batches that hold any of them are read.
        """
        self._finish()
        if self._reader is None or self._pattern is None:
            return
        order, findings = self._amendments()
        batches = range(len(self._firsts))
        if holding is not None:
            batches = np.unique(np.searchsorted(self._firsts, holding, side="right") - 1).tolist()
        for i in batches:
            first = self._firsts[i]
            columns = _decode(self._reader.get_batch(i))
            finding = columns.pop("finding").copy()
            begin, end = np.searchsorted(order, [first, first + len(finding)])
            finding[order[begin:end] - first] = findings[begin:end]
            named, names = self._names
            begin, end = np.searchsorted(named, [first, first + len(finding)])
            for name, texts in names.items():
                column = columns[f"text/{name}"] = columns[f"text/{name}"].copy()
                column[named[begin:end] - first] = texts[begin:end]
            scored = self._scored(columns)
            yield ReportRows(replace(scored, reasons=scored.told_reasons(finding)), finding, first)

    def close(self) -> None:
        """Let the file go. What `rows` gave is copied where it must outlive this."""
        # On a full disk what is still to be written cannot be, and nobody will read it.
        with contextlib.suppress(OSError):
            if self._writer is not None and self._reader is None:
                self._writer.close()
        self._writer = self._reader = None
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _open(self, schema: pa.Schema) -> None:
        import pyarrow as pa

        self._file = tempfile.TemporaryFile(prefix=".netad-pcap-", dir=self._folder)  # noqa: SIM115
        self._writer = pa.ipc.new_file(pa.PythonFile(self._file, mode="w"), schema)

    def _finish(self) -> None:
        if self._writer is None or self._reader is not None or self._file is None:
            return
        import pyarrow as pa

        try:
            self._writer.close()
            self._file.flush()
        except OSError as error:
            raise no_room(self._folder, error) from None
        # Read, not mapped: of a mapped file every page that was looked at stays in memory.
        self._file.seek(0)
        self._reader = pa.ipc.open_file(pa.PythonFile(self._file, mode="r"))

    def _amendments(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        if not self._amended:
            return np.empty(0, "i8"), np.empty(0, "i4")
        rows = np.concatenate([rows for rows, _ in self._amended])
        findings = np.concatenate([findings for _, findings in self._amended])
        order = np.argsort(rows, kind="stable")
        self._amended = [(rows[order], findings[order])]
        return self._amended[0]

    def _encode(self, scored: ScoredFlows, finding: NDArray[np.int32]) -> pa.RecordBatch:
        import pyarrow as pa

        flows, n = scored.flows, len(scored)
        numbers = [self._captures.setdefault(c, len(self._captures)) for c in flows.captures]
        arrays: dict[str, Any] = {}
        for name, column in flows.identity.items():
            if name in ("capture", "last_capture") and numbers:
                column = np.array(numbers, dtype="i4")[column]
            arrays[f"identity/{name}"] = _arrow(column)
        for name, column in flows.features.items():
            arrays[f"features/{name}"] = _arrow(column)
        for name in TEXT_COLUMNS:
            text = flows.text.get(name)
            arrays[f"text/{name}"] = _text(text) if text is not None else pa.nulls(n, pa.string())
        for name in ("score", "p_value", "verdict", "family", "detector"):
            column = getattr(scored, name)
            arrays[name] = _arrow(column if len(column) else np.full(n, -1, "i4"))
        for place in range(len(scored.detectors)):
            arrays[f"novelty/{place}"] = _arrow(scored.novelty[:, place])
        arrays["finding"] = _arrow(finding)
        arrays["reasons"] = lists_of_text(scored.reasons, n)
        if self._pattern is None:
            self._pattern = scored.take(slice(0, 0))
        batch = pa.RecordBatch.from_pydict(arrays)
        if self._writer is not None and batch.schema != self._schema:
            raise ValueError("batches of one report must have the same columns")
        self._schema = batch.schema
        return batch

    def _scored(self, columns: dict[str, Any]) -> ScoredFlows:
        """A batch again from the columns of the file."""
        assert self._pattern is not None
        pattern = self._pattern

        def group(prefix: str) -> dict[str, Any]:
            return {
                name.removeprefix(prefix): column
                for name, column in columns.items()
                if name.startswith(prefix)
            }

        novelty = list(group("novelty/").values())
        n = len(columns["score"])
        return ScoredFlows(
            flows=FlowBatch(
                profile=pattern.flows.profile,
                clock=pattern.flows.clock,
                captures=tuple(self._captures),
                identity=group("identity/"),
                features=group("features/"),
                text=group("text/"),
            ),
            score=columns["score"],
            p_value=columns["p_value"],
            verdict=columns["verdict"],
            family=columns["family"],
            families=pattern.families,
            detectors=pattern.detectors,
            novelty=np.column_stack(novelty) if novelty else np.empty((n, 0)),
            detector=columns["detector"],
            reasons=columns["reasons"],
        )


def no_room(folder: Path | None, error: OSError) -> OutputError:
    """The error of who cannot keep flows in a folder; None: the system's for temporary files."""
    return OutputError(
        f"cannot keep the flows in {folder or tempfile.gettempdir()} until the report is written: "
        f"{error.strerror or error}; make room there, or name an output elsewhere"
    )


def _arrow(column: NDArray[Any]) -> Any:
    """A numpy column as an Arrow array: rows of bytes as fixed-size binary, bool as bytes."""
    import pyarrow as pa

    column = np.ascontiguousarray(column)
    if column.ndim == 2:
        kind = pa.binary(column.shape[1])
        return pa.FixedSizeBinaryArray.from_buffers(kind, len(column), [None, pa.py_buffer(column)])
    column = column.view("u1") if column.dtype == bool else column
    kind = pa.from_numpy_dtype(column.dtype)
    return pa.Array.from_buffers(kind, len(column), [None, pa.py_buffer(column)])


def _text(texts: Iterable[str | None]) -> Any:
    """Text from the network as an Arrow array; broken Unicode is written out.

    Byte by byte: `pa.array` loads pandas to see whether it was given one of its own.
    """
    import pyarrow as pa

    told = list(texts)
    try:
        encoded = [b"" if text is None else text.encode() for text in told]
    except UnicodeEncodeError:
        encoded = [b"" if text is None else plain_text(text).encode() for text in told]
    offsets = np.zeros(len(told) + 1, dtype="i4")
    np.cumsum([len(text) for text in encoded], out=offsets[1:])
    known = np.packbits(np.array([text is not None for text in told], "?"), bitorder="little")
    buffers = [pa.py_buffer(part) for part in (known, offsets, b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(told), buffers)


def lists_of_text(reasons: Mapping[int, tuple[str, ...]], n: int) -> Any:
    """Reasons by row as an Arrow array of n lists."""
    import pyarrow as pa

    counts = np.zeros(n + 1, dtype="i4")
    texts: list[str] = []
    for row, words in sorted(reasons.items()):
        counts[row + 1] = len(words)
        texts.extend(plain_text(word) for word in words)
    offsets = _arrow(counts.cumsum(dtype="i4"))
    return pa.ListArray.from_arrays(offsets, _text(texts))


def _decode(batch: pa.RecordBatch) -> dict[str, Any]:
    """Columns of the file as numpy; reasons as a mapping of the rows that have any.

    From their buffers: `to_numpy` loads pandas.
    """
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        if name == "reasons":
            lengths = np.diff(_values(array.offsets, "i4"))
            columns[name] = {i: tuple(array[i].as_py()) for i in np.flatnonzero(lengths).tolist()}
        elif pa.types.is_fixed_size_binary(array.type):
            width = array.type.byte_width
            raw = np.frombuffer(array.buffers()[1], "u1").reshape(-1, width)
            columns[name] = raw[array.offset : array.offset + len(array)]
        elif pa.types.is_string(array.type):
            columns[name] = texts = np.empty(len(array), object)
            texts[:] = array.to_pylist()
        else:
            boolean = name in ("identity/open", "identity/id_reversed")
            columns[name] = _values(array, "?" if boolean else array.type.to_pandas_dtype())
    return columns


def _values(array: pa.Array, dtype: Any) -> NDArray[Any]:
    """Numbers without nulls, as they lie there."""
    values: NDArray[Any] = np.frombuffer(array.buffers()[1], dtype)
    return values[array.offset : array.offset + len(array)]
