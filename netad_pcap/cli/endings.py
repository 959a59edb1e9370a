"""How a run ends that did its work, but not on all that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from netad_pcap.errors import CaptureError, Interrupted

__all__ = ["end_of_run"]


def end_of_run(
    *, interrupted: bool, unreadable: Sequence[str], written: Sequence[str] = ()
) -> None:
    """Raise what the shell should be told, after everything is written.

    Args:
        interrupted: Ctrl-C ended reading.
        unreadable: why each capture that could not be read was not.
        written: outputs.

    Raises:
        Interrupted: Ctrl-C ended reading.
        CaptureError: some captures could not be read, the others were.
    """
    if interrupted:
        where = ", ".join(name for name in written if name != "-")
        done = f"what was read until then is in {where}" if where else "what was read is told"
        raise Interrupted(f"interrupted; {done}")
    if unreadable:
        more = f" (and {len(unreadable) - 1:,} more not read)" if len(unreadable) > 1 else ""
        raise CaptureError(f"{unreadable[0]}{more}; the other captures were read")
