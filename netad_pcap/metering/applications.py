"""What NFStream calls a flow, as columns beside it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netad_pcap.metering.nfstream_messages import Name

__all__ = ["COLUMNS", "Application", "Applications", "name_flows"]


class Application(NamedTuple):
    """Names of a flow; "" where unknown.

    The text came from the network and is as NFStream gives it (UTF-8, bytes that are not
    left out by NFStream): it may hold control characters, and is escaped where it is shown.

    Attributes:
        name: `TLS.Google`, `DNS`.
        server_name: as the client asked for it (TLS SNI, HTTP Host, DNS query).
        client_fingerprint: JA3 or JA4 for TLS and QUIC, HASSH for SSH, of DHCP its options.
        server_fingerprint: likewise of the server.
    """

    name: str = ""
    server_name: str = ""
    client_fingerprint: str = ""
    server_fingerprint: str = ""


#: Column -> field of Application.
COLUMNS: Final[Mapping[str, str]] = {
    "application": "name",
    "server_name": "server_name",
    "client_fingerprint": "client_fingerprint",
    "server_fingerprint": "server_fingerprint",
}

_UNKNOWN: Final = Application()

#: Names are kept while NFStream has the flow open, and for so many flows closed after it:
#: more than ever wait to be written. It bounds memory on captures without end.
_KEPT_CLOSED: Final = 1 << 17


class Applications(Mapping[int, Application]):
    """Tag of an NFStream flow -> its names, as they are known so far."""

    def __init__(self) -> None:
        self._names: dict[int, Application] = {}
        self._closed: OrderedDict[int, None] = OrderedDict()

    def __getitem__(self, tag: int) -> Application:
        return self._names[tag]

    def __iter__(self) -> Iterator[int]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def learn(self, name: Name) -> None:
        """Takes over what became known about a flow."""
        self._names[name.tag] = Application(*name[2:])
        self._closed.pop(name.tag, None)

    def close(self, tags: Iterable[int]) -> None:
        """Notes that NFStream closed these flows; the oldest closed ones are forgotten."""
        self._closed.update((tag, None) for tag in tags if tag in self._names)
        while len(self._closed) > _KEPT_CLOSED:
            oldest, _ = self._closed.popitem(last=False)
            del self._names[oldest]


def name_flows(
    tags: NDArray[np.int32], applications: Mapping[int, Application]
) -> dict[str, NDArray[Any]]:
    """Columns of names for flows.

    Args:
        tags: int32 [n], tag of each flow's NFStream flow, -1 = none.
        applications: as `NFStreamFeed.applications`.

    Returns:
        `application`, `server_name`, `client_fingerprint`, `server_fingerprint`: object
        (str) [n], "" where unknown.
    """
    known = [applications.get(tag, _UNKNOWN) for tag in tags.tolist()]
    columns: dict[str, NDArray[Any]] = {}
    for position, column in enumerate(COLUMNS):
        values = np.empty(len(known), dtype=object)
        values[:] = [application[position] for application in known]
        columns[column] = values
    return columns
