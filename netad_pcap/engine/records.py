"""What was read, as a report tells it: captures and flow tables as `CaptureRecord`s."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from netad_pcap.capture.link_layer import link_type_name
from netad_pcap.capture.wording import count_of
from netad_pcap.errors import NetadError
from netad_pcap.report import CaptureRecord

if TYPE_CHECKING:
    from netad_pcap.capture.tables import FlowTable
    from netad_pcap.metering.meter import CaptureRead

__all__ = ["capture_records", "table_record"]


def capture_records(
    reads: Sequence[CaptureRead], unreadable: Mapping[str, NetadError]
) -> list[CaptureRecord]:
    """All captures in the order read, then those that could not be found."""
    records = [_record(read) for read in reads]
    told = {read.name for read in reads}
    records.extend(_failed(name, error) for name, error in unreadable.items() if name not in told)
    return records


def table_record(table: FlowTable, sha256: str | None, rows: int) -> CaptureRecord:
    """A flow table in the place of a capture."""
    remarks = [f"a flow table of {count_of(rows, 'row')}"]
    if table.header.dialect is not None:
        remarks.append(f"dialect {table.header.dialect.name}")
    if not table.clock_resolution_us:
        remarks.append("without time stamps")
    elif table.clock_ambiguous:
        remarks.append("its clock does not say which half of the day it is: times are left out")
    return CaptureRecord(
        name=str(table.file.path),
        sha256=sha256,
        format="parquet" if table.file.parquet else "csv",
        interfaces=0,
        remarks=tuple(remarks),
    )


def _record(read: CaptureRead) -> CaptureRecord:
    if read.error is not None:
        return _failed(read.name, read.error)
    health = read.health
    return CaptureRecord(
        name=read.name,
        sha256=read.sha256,
        format=read.format,
        link_types=tuple(_by_packets(health.link_types.items())),
        interfaces=health.interfaces,
        packets=health.packets,
        bytes=health.bytes,
        start_us=health.start_us,
        end_us=health.end_us,
        health=health.to_json(),
        remarks=tuple(health.sentences()),
    )


def _by_packets(counts: Iterable[tuple[int, int]]) -> list[str]:
    return [link_type_name(number) for number, _ in sorted(counts, key=lambda item: -item[1])]


def _failed(name: str, error: NetadError) -> CaptureRecord:
    """A capture that could not be read is named, not passed over."""
    return CaptureRecord(
        name=name, interfaces=0, health={"error": str(error)}, remarks=(f"not read: {error}",)
    )
