"""How what a user named is read: the same for every pass over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netad_pcap.engine.metering import METERS, Metering, never
from netad_pcap.engine.progress import ProgressReport
from netad_pcap.engine.sources import Sources
from netad_pcap.engine.tables import Tables
from netad_pcap.errors import UsageError

if TYPE_CHECKING:
    from netad_pcap.engine.judging import Judge

__all__ = ["Reading"]


@dataclass(frozen=True)
class Reading:
    """Captures or flow tables, and how they are read.

    Attributes:
        sources: what was named.
        meter, join, max_packets, max_flows, strict_capture: of captures, as for `Metering`.
        timezone: of the local times of tables.
        should_stop: asked while reading; yes ends it.
        progress: told how far it is.
    """

    sources: Sources
    meter: str = METERS[0]
    join: bool = False
    max_packets: int | None = None
    max_flows: int | None = None
    strict_capture: bool = False
    timezone: str = "UTC"
    should_stop: Callable[[], bool] = never
    progress: ProgressReport | None = None

    def begin(self, judge: Judge, beside: Sequence[str] = ()) -> Metering | Tables:
        """One pass, in the flows that a judge asks for, and those of other profiles beside."""
        if self.sources.tables:
            return Tables(
                self.sources.names,
                self.timezone,
                should_stop=self.should_stop,
                context=judge.context,
                progress=self.progress,
            )
        return Metering(
            self.sources,
            profile=judge.profile,
            beside=tuple(beside),
            meter=self.meter,
            join=self.join,
            max_packets=self.max_packets,
            max_flows=self.max_flows,
            open_flows=judge.asks_open_flows,
            strict_capture=self.strict_capture,
            should_stop=self.should_stop,
            progress=self.progress,
        )

    def require_again(self, what: str) -> None:
        """Refuse sources that can be read only once.

        Args:
            what: the option that reads them again, for the message.

        Raises:
            UsageError: standard input or a pipe is among them.
        """
        for name in self.sources.names:
            if name == "-" or not Path(name).is_file():
                raise UsageError(
                    f"{what} reads a capture more than once, to its end, and {name} can be read "
                    "only once: save it to a file"
                )
