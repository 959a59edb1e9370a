"""What the meter reads from: frames, and what NFStream says of them where it is asked.

`NativeFeed` gives every frame of a capture or of the live ring; `nfstream_feed` and
`nfstream_live` give NFStream's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias

from netad_pcap.capture import CaptureReader
from netad_pcap.metering.applications import Application
from netad_pcap.metering.nfstream_feed import FedBlock

if TYPE_CHECKING:
    from netad_pcap.capture import LiveCapture

__all__ = ["Feed", "NativeFeed", "Reader"]

#: What frames come from.
Reader: TypeAlias = "CaptureReader | LiveCapture"


class Feed(Protocol):
    """Frames block by block, in a `with` block."""

    @property
    def reader(self) -> Any:
        """What is known of the source: name, health, format, interfaces; `clock_us` if live."""

    @property
    def applications(self) -> Mapping[int, Application]:
        """Names of flows by tag, as far as the frames given so far tell them."""

    @property
    def clock(self) -> str:
        """Resolution of the time stamps, `us` or `ms`."""

    @property
    def stopped_early(self) -> bool:
        """Reading ended before the source did."""

    def __iter__(self) -> Iterator[FedBlock]: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class NativeFeed:
    """Every frame, and no names.

    Args:
        open_reader: opens the source.
    """

    clock = "us"
    stopped_early = False

    def __init__(self, open_reader: Callable[[], Reader]) -> None:
        self.reader = open_reader()
        self.applications: Mapping[int, Application] = {}

    def __enter__(self) -> Self:
        self.reader.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.reader.__exit__(kind, error, trace)

    def __iter__(self) -> Iterator[FedBlock]:
        return map(FedBlock, self.reader.blocks())
