"""How kinds of activities are written down: a decorator for each sort of flows that they make."""

from __future__ import annotations

from collections.abc import Callable

from sample_pcaps.lab.activities.kind import ANY, TCP, UDP, Call, Kind, Touch

__all__ = ["Kinds", "all_of_target", "all_of_targets", "of_port"]

_Touches = Callable[[Call], list[Touch]]
_Command = Callable[[Call], list[str]]


def of_port(port: int, protocol: int = TCP, *, names: bool = False) -> _Touches:
    """Flows to one port of the drawn target.

    Args:
        port: of the target.
        protocol: of the flows.
        names: it is asked for by name: in IPv4 or IPv6, and there are flows to the servers of
            names.
    """

    def touches(call: Call) -> list[Touch]:
        found = [Touch(call.address, port, protocol)]
        if names:
            servers = [h for h in call.network.hosts if "dns" in h.services]
            found.append(Touch(call.address6, port, protocol))
            found += [Touch(call.network.address(h), 53, UDP) for h in servers]
        return found

    return touches


def all_of_target(call: Call) -> list[Touch]:
    """Everything between the host and the drawn target."""
    return [Touch(call.address, ANY, ANY)]


def all_of_targets(call: Call) -> list[Touch]:
    """Everything between the host and any of the targets."""
    return [Touch(address, ANY, ANY) for address in call.addresses]


class Kinds:
    """A table of kinds, filled where the commands are written."""

    def __init__(self, family: str = "benign") -> None:
        """Kinds of one family."""
        self.kinds: list[Kind] = []
        self._family = family

    def add(
        self, touches: _Touches, *serves: str, tool: str = "", seconds: float = 60.0,
        family: str | None = None,
    ) -> Callable[[_Command], _Command]:  # fmt: skip
        """The command below it is a kind, by the name of its function."""

        def keep(command: _Command) -> _Command:
            name = command.__name__.strip("_")
            chosen = family or self._family
            self.kinds.append(Kind(name, command, touches, chosen, tool or name, seconds, serves))
            return command

        return keep
