"""A failing capture with as few records as still fail (Zeller's ddmin, without complements)."""

from __future__ import annotations

from collections.abc import Sequence

from tests.fuzz.checks import Way, check_capture

__all__ = ["shrunk"]

#: Tries, after which the capture is taken as it is.
_MOST_TRIES = 400


def shrunk(parts: Sequence[bytes], ways: Sequence[Way]) -> list[bytes]:
    """Parts of a capture without those that it fails without as well; the first one stays.

    What fails only by chance (where the input was cut) may not fail again: then all are kept.
    """
    kept = list(parts)
    size = len(kept) // 2
    tries = 0
    while size and tries < _MOST_TRIES:
        at = 1
        while at < len(kept) and tries < _MOST_TRIES:
            fewer = kept[:at] + kept[at + size :]
            tries += 1
            if _fails(b"".join(fewer), ways):
                kept = fewer
            else:
                at += size
        size //= 2
    return kept


def _fails(capture: bytes, ways: Sequence[Way]) -> bool:
    try:
        check_capture(capture, ways)
    except KeyboardInterrupt:
        raise
    except BaseException:  # polars' panics are no Exception
        return True
    return False
