"""Why a detector cannot judge a table: which columns that it reads are not there."""

from __future__ import annotations

from collections.abc import Mapping

from netad_pcap.detection.contract import Needs
from netad_pcap.flows import FlowBatch

__all__ = ["lacking", "left_out"]

#: Missing columns that a message names.
_MOST_NAMED = 3


def lacking(needs: Needs, flows: FlowBatch) -> str:
    """`reads the last 10 flows of each source host; the table has no Src IP`.

    Args:
        needs: what the detector reads.
        flows: rows of the table; no history or context need be attached to them yet.

    Returns:
        Empty where nothing is missing.
    """
    from netad_pcap.context import counters, history  # load numba
    from netad_pcap.context.table_states import needed_of_tables

    attached = not flows.lacks(needs.context)
    metered = flows.has("state")
    made_from = counters.NEEDED if metered else needed_of_tables(flows.profile)
    missing = () if attached else flows.lacks(made_from)
    if missing:
        return f"reads what hosts did lately; the table has no {' and no '.join(missing)}"
    missing = flows.lacks(history.NEEDED) if needs.history else ()
    if missing:
        return (
            f"reads the last {needs.history} flows of each source host; the table has no "
            f"{' and no '.join(missing)}"
        )
    missing = flows.lacks(needs.columns)
    if not missing:
        return ""
    more = len(missing) - _MOST_NAMED
    named = ", ".join(missing[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"reads columns that the table lacks: {named}"


def left_out(reasons: Mapping[str, str]) -> tuple[str, ...]:
    """Each reason once, behind the detectors that it holds for: `lstm, mlp (each reads …)`.

    Args:
        reasons: by detector, what `lacking` says; empty where it can judge.
    """
    names: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        if reason:
            names.setdefault(reason, []).append(name)
    return tuple(
        f"{', '.join(mine)} ({'each ' if len(mine) > 1 else ''}{reason})"
        for reason, mine in names.items()
    )
