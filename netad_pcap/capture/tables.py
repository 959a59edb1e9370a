"""Flow tables of any dialect as batches, where a capture could stand.

A table's header tells its dialect, the dialect whose numbers it holds. What it lacks is absent
from the batches: identity columns, and times where the clock does not say which half of the day
it is (`FlowTable.clock_ambiguous`).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap import schema
from netad_pcap.capture.table_cells import BadCell, addresses, integers, reals, texts
from netad_pcap.capture.table_files import Chunk, TableFile, open_table_file
from netad_pcap.capture.timestamps import Timestamps, parse_timestamps
from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch

if TYPE_CHECKING:
    import polars

__all__ = ["FlowTable", "is_flow_table", "open_flow_table", "read_flow_table"]

#: Columns of this program's own tables: key → where they go in the batch.
_OWN_TEXT = {
    "ext": "ext", "communityid": "community_id", "application": "application",
    "servername": "server_name", "clientfingerprint": "client_fingerprint",
    "serverfingerprint": "server_fingerprint", "attemptedcategory": "attempted_category",
}  # fmt: skip
_OWN_FRAMES = {"firstframe": "first_frame", "lastframe": "last_frame"}
_OWN_CAPTURES = {"capture": "capture", "lastcapture": "last_capture"}
_PORTS = {"Src Port": "src_port", "Dst Port": "dst_port", "Protocol": "protocol"}
_ADDRESSES = {"Src IP": "src_ip", "Dst IP": "dst_ip"}
#: Columns that no other profile fills as cic-2018 does (cicflowmeter.md 1): one repeats the other.
_MARK_OF_2018 = ("Fwd PSH Flags", "SYN Flag Cnt")


@dataclass(frozen=True)
class FlowTable:
    """A flow table, its header read and its first rows looked at.

    Attributes:
        file: the file and its header cells.
        header: which column each cell is.
        profile: whose numbers it holds, as far as header and first rows tell; None if they do not.
        clock_ambiguous: its `Timestamp` has a clock of 12 hours without am or pm, as
            CSE-CIC-IDS2018 has. Its batches then have no `start_us` and no `end_us`: sorting by
            them would mix morning and afternoon. `text["timestamp"]` has what is printed.
        clock_resolution_us: 1 where time stamps have fractions, 1,000,000 where they have none,
            0 where there are no time stamps.
        timezone: zone of the time stamps that are local (those of the Java tool).
        absent: features that are there in name only: empty in all first rows.
    """

    file: TableFile
    header: schema.HeaderMatch
    profile: str | None
    clock_ambiguous: bool
    clock_resolution_us: int
    timezone: str
    absent: frozenset[str]

    @property
    def is_report(self) -> bool:
        """Whether `analyze` wrote it: its `Label` is then what the detectors say."""
        return any(schema.cell_key(cell) == "verdict" for cell in self.file.cells)

    def batches(self, only: Collection[str] | None = None) -> Iterator[FlowBatch]:
        """The rows, some tens of thousands at a time.

        Args:
            only: read these columns (2018 spelling), and those of captures and frames; None: all.

        Raises:
            UsageError: a cell that cannot be read, named by line and column.
        """
        wanted = _wanted(self.file, self.header, only)
        for chunk in self.file.chunks(wanted):
            chunk = _without_repeated_headers(self.file, self.header, chunk)
            batch = self._batch(chunk, wanted)
            if len(batch):
                yield batch

    def _batch(self, chunk: Chunk, wanted: Sequence[int]) -> FlowBatch:
        columns = _Columns(self.file, chunk)
        features: dict[str, NDArray[Any]] = {}
        identity: dict[str, NDArray[Any]] = {}
        text: dict[str, NDArray[Any]] = {}
        captures: tuple[str, ...] = ()
        for position in wanted:
            name, key = self.header.columns[position], schema.cell_key(self.file.cells[position])
            if name in _PORTS:
                identity[_PORTS[name]] = columns.integers(position).astype(np.int32)
            elif name in _ADDRESSES:
                identity[_ADDRESSES[name]] = columns.addresses(position)
            elif name == "Timestamp":
                text["timestamp"], stamps = columns.timestamps(position)
                if not self.clock_ambiguous:
                    identity["start_us"] = _to_utc(stamps, self.timezone)
            elif name in ("Flow ID", "Label"):
                text[name.lower().replace(" ", "_")] = columns.texts(position)
            elif name is not None and name in schema.KDD_SYMBOLS and name not in self.absent:
                features[name] = columns.codes(position, schema.KDD_SYMBOLS[name])
            elif name is not None and name not in self.absent:
                dtype = feature_dtype(name, self.profile)
                read = columns.integers if dtype == np.int64 else columns.reals
                features[name] = read(position)
            elif name is None and key in _OWN_TEXT:
                text[_OWN_TEXT[key]] = columns.texts(position)
            elif name is None and key in _OWN_FRAMES:
                identity[_OWN_FRAMES[key]] = columns.integers(position)
            elif name is None and key in _OWN_CAPTURES:
                names, index = np.unique(columns.texts(position), return_inverse=True)
                identity[_OWN_CAPTURES[key]] = (index + len(captures)).astype(np.int32)
                captures += tuple(names)
        for position, name in self.header.repeats.items():
            if position in wanted:
                columns.refuse_unequal(position, features[name])
        if "start_us" in identity and "Flow Duration" in features:
            identity["end_us"] = identity["start_us"] + features["Flow Duration"].astype(np.int64)
        return FlowBatch(self.profile, features, identity, text=text, captures=captures)


def open_flow_table(
    path: str | os.PathLike[str], *, timezone: str = "UTC", allow_missing: bool = False
) -> FlowTable:
    """Reads the header of a flow table and looks at its first rows.

    Args:
        path: CSV, plain or in gzip, zstd or xz, or Parquet.
        timezone: zone of local time stamps (dialects of the Java tool), as in the tz database.
        allow_missing: accept a table that lacks features of its dialect.

    Raises:
        UsageError: not a flow table, columns missing or doubled, or no such time zone.
    """
    file = open_table_file(Path(path))
    try:
        header = schema.match_header(file.cells, allow_missing=allow_missing)
    except UsageError as error:
        raise UsageError(f"{file.path}: {error}") from None
    _zone(timezone)
    first = next(iter(file.chunks(_wanted(file, header))), None)
    if first is None:
        profile = header.dialect.profile if header.dialect else None
        return FlowTable(file, header, profile, False, 0, timezone, frozenset())
    first = _without_repeated_headers(file, header, first)
    absent = _empty_features(header, first)
    stamps = None
    if "Timestamp" in header.columns:
        _, stamps = _Columns(file, first).timestamps(header.columns.index("Timestamp"))
    return FlowTable(
        file,
        header,
        _guess_profile(file, header, first, absent),
        stamps is not None and stamps.ambiguous,
        0 if stamps is None else (1_000_000 if bool(stamps.local.all()) else 1),
        timezone,
        absent,
    )


def read_flow_table(
    path: str | os.PathLike[str], *, timezone: str = "UTC", allow_missing: bool = False
) -> Iterator[FlowBatch]:
    """The rows of a flow table as batches; `open_flow_table` says what is known of it.

    Raises:
        UsageError: as `open_flow_table`, or a bad cell, named by line and column.
    """
    return open_flow_table(path, timezone=timezone, allow_missing=allow_missing).batches()


def is_flow_table(path: str | os.PathLike[str]) -> bool:
    """Whether a file has the header of a flow table; reads no further than that."""
    try:
        header = open_table_file(Path(path)).cells
        schema.match_header(header, allow_missing=True)
    except UsageError as error:
        return "has a column twice" in str(error)
    except OSError:
        return False
    return True


def feature_dtype(column: str, profile: str | None) -> np.dtype[Any]:
    """int64 or float64; without a profile, int64 only where every profile has whole numbers."""
    entry = schema.COLUMNS[column]
    if profile is not None and profile in entry.measures:
        return schema.dtype_of(column, profile)
    whole = entry.dtype == "int" and not entry.dtype_in
    return np.dtype(np.int64) if whole else np.dtype(np.float64)


@dataclass(frozen=True, eq=False)
class _Columns:
    """The columns of one chunk, by position of the cell; errors say where."""

    file: TableFile
    chunk: Chunk

    def integers(self, position: int) -> NDArray[np.int64]:
        with self._place(position):
            return integers(self._column(position))

    def reals(self, position: int) -> NDArray[np.float64]:
        with self._place(position):
            return reals(self._column(position))

    def codes(self, position: int, words: tuple[str, ...]) -> NDArray[np.float64]:
        """Places of words, −1 for others (KDD's symbols)."""
        texts = self.texts(position)
        code = {word: float(place) for place, word in enumerate(words)}
        return np.array([code.get(text, -1.0) for text in texts.tolist()], np.float64)

    def addresses(self, position: int) -> NDArray[np.uint8]:
        with self._place(position):
            return addresses(self._column(position))

    def texts(self, position: int) -> NDArray[Any]:
        strings = texts(self._column(position)).fill_null("").str.strip_chars()
        return np.asarray(strings.to_numpy(), dtype=object)

    def timestamps(self, position: int) -> tuple[NDArray[Any], Timestamps]:
        """The cells as printed, and parsed."""
        column = self._column(position)
        if column.dtype.is_temporal():
            column = column.dt.strftime("%Y-%m-%d %H:%M:%S%.6f")
        strings = texts(column).fill_null("")
        stamps = parse_timestamps(strings)
        with self._place(position):
            if not stamps.valid.all():
                row = int(np.argmin(stamps.valid))
                raise BadCell(row, strings[row], "a time stamp")
        return np.asarray(strings.str.strip_chars().to_numpy(), dtype=object), stamps

    def refuse_unequal(self, position: int, values: NDArray[Any]) -> None:
        """A repeated cell must have the value that it repeats."""
        with self._place(position):
            again = integers(self._column(position))
            if not np.array_equal(again, values):
                row = int(np.argmax(again != values))
                raise BadCell(row, str(again[row]), f"{values[row]}, which it should repeat")

    def _column(self, position: int) -> polars.Series:
        return self.chunk.frame[str(position)]

    def _place(self, position: int) -> _Place:
        return _Place(self.file, self.chunk, position)


@dataclass(frozen=True, eq=False)
class _Place:
    """Turns a `BadCell` inside its `with` block into an error that says where it is."""

    file: TableFile
    chunk: Chunk
    position: int

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BadCell):
            row = int(self.chunk.frame["row"][error.row])
            word = "row" if self.file.parquet else "line"
            raise UsageError(
                f"{self.file.path}: {word} {self.file.line_of(row)}, column "
                f"{self.file.cells[self.position].strip()!r}: {error}"
            ) from None


def _wanted(
    file: TableFile, header: schema.HeaderMatch, only: Collection[str] | None = None
) -> list[int]:
    """Positions of the cells that are read: all that mean something, or those named and where
    a flow was seen."""
    own = _OWN_FRAMES.keys() | _OWN_CAPTURES.keys()
    if only is not None:
        return [
            position
            for position, (cell, name) in enumerate(zip(file.cells, header.columns, strict=True))
            if name in only or (name is None and schema.cell_key(cell) in own)
        ]
    own |= _OWN_TEXT.keys()
    return [
        position
        for position, (cell, name) in enumerate(zip(file.cells, header.columns, strict=True))
        if name is not None or position in header.repeats or schema.cell_key(cell) in own
    ]


def _without_repeated_headers(file: TableFile, header: schema.HeaderMatch, chunk: Chunk) -> Chunk:
    """The chunk with a column `row`, less the header lines that published files repeat inside."""
    frame = chunk.frame.with_row_index("row", offset=chunk.first_row)
    if not file.parquet:
        position = next(
            i
            for i, n in enumerate(header.columns)
            if n and n not in schema.IDENTITY_COLUMNS and str(i) in frame.columns
        )
        cell = file.cells[position].strip()
        column = texts(frame[str(position)]).fill_null("")
        repeated = column.str.contains(cell, literal=True)
        if repeated.any():
            frame = frame.filter(~repeated)
    return Chunk(frame, chunk.first_row)


def _empty_features(header: schema.HeaderMatch, first: Chunk) -> frozenset[str]:
    """Features without one value in the first rows: reports of profiles that lack them."""
    empty = set()
    for position, name in enumerate(header.columns):
        if name is None or name in schema.IDENTITY_COLUMNS:
            continue
        column = first.frame[str(position)]
        if not column.dtype.is_numeric():
            column = texts(column).fill_null("").str.strip_chars()
            if len(column) and bool((column == "").all()):
                empty.add(name)
        elif len(column) and column.null_count() == len(column):
            empty.add(name)
    return frozenset(empty)


def _guess_profile(
    file: TableFile, header: schema.HeaderMatch, first: Chunk, absent: frozenset[str]
) -> str | None:
    """The profile whose numbers stand in the table, or None."""
    own_report = any(schema.cell_key(cell) == "verdict" for cell in file.cells)
    if header.dialect is None or own_report or header.dialect.profile is None:
        # Reports have the 2018 names whatever the profile: the fork's own columns tell.
        filled = {name for name in header.columns if name is not None} - absent
        if "Fwd TCP Retrans. Count" in filled:
            return "cic-fixed"
        if "Fwd RST Flags" in filled:
            return "cic-fixed-2022"
        if header.dialect is None or header.dialect.profile is None:
            return None
    profile = header.dialect.profile
    if profile == "cic-2018" and not _repeats_first_packet_flags(file, header, first):
        return None
    return profile


def _repeats_first_packet_flags(file: TableFile, header: schema.HeaderMatch, first: Chunk) -> bool:
    """Whether a table in 2018 spelling has the flag columns of cic-2018 (cicflowmeter.md 6)."""
    if any(name not in header.columns for name in _MARK_OF_2018):
        return True
    columns = _Columns(file, first)
    push, syn = (columns.integers(header.columns.index(name)) for name in _MARK_OF_2018)
    return bool(np.all(push == syn))


def _to_utc(stamps: Timestamps, timezone: str) -> NDArray[np.int64]:
    """Time stamps as µs since 1970 in UTC; those of the fork are UTC already."""
    if timezone == "UTC" or not stamps.local.any():
        return stamps.us
    import polars as pl

    local = pl.Series(stamps.us).cast(pl.Datetime("us"))
    utc = local.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    shifted = utc.fill_null(strategy="zero").to_physical().to_numpy()
    return np.where(stamps.local, shifted, stamps.us)


def _zone(name: str) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"no such time zone: {name!r}; give one like Europe/Berlin") from None
