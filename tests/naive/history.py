"""The slow, obvious twin of `context.history`: every history looked up by itself."""

from __future__ import annotations

from collections.abc import Sequence


def histories(
    source: Sequence[bytes],
    end_us: Sequence[int],
    length: int,
    *,
    sources: int,
    horizon_us: int,
) -> list[list[int]]:
    """The rows of the last `length` flows of each row's source, oldest first, itself last.

    A source is remembered from one row of its own to the next, unless `sources` other sources
    were seen in between; the first flow that is too old ends a history.
    """
    result = []
    for row in range(len(source)):
        found = [row]
        before = row
        while len(found) < length:
            others: set[bytes] = set()
            earlier = before - 1
            while earlier >= 0 and source[earlier] != source[row]:
                others.add(source[earlier])
                earlier -= 1
            if earlier < 0 or len(others) >= sources:
                break
            if end_us[row] - end_us[earlier] > horizon_us:
                break
            found.insert(0, earlier)
            before = earlier
        result.append(found)
    return result
