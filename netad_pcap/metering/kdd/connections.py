"""What a table of KDD's connections remembers beside its flows: datagrams in pieces, windows."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from netad_pcap.metering.kdd.fragments import new_datagrams, put_together
from netad_pcap.metering.kdd.rows import emit_connections
from netad_pcap.metering.kdd.services import services
from netad_pcap.metering.kdd.windows import WITHIN_SPAN, new_window
from netad_pcap.metering.rules import Rules

__all__ = ["ConnectionRows"]


class ConnectionRows:
    """Puts a table's packets together and writes its rows.

    Args:
        rules: of the profile.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._datagrams = new_datagrams()
        self._lately = new_window(WITHIN_SPAN)
        self._last = new_window(rules.last_connections)

    def put_together(self, packets: NDArray[Any]) -> None:
        """See `fragments.put_together`."""
        put_together(packets, self._datagrams)

    def emit(
        self,
        flows: NDArray[Any],
        ways: NDArray[Any],
        rows: NDArray[Any],
        columns: NDArray[Any],
        place: int,
    ) -> None:
        """See `rows.emit_connections`; rows come in the order in which connections end."""
        emit_connections(
            flows, ways, rows, self._rules, services(), self._lately, self._last, columns, place
        )
