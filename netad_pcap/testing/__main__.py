"""`python -m netad_pcap.testing module:Class [key=value …]`: run the checks, name what fails."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

from netad_pcap.testing.checks import detector_checks, failure_of

__all__ = ["main"]

_USAGE = "usage: python -m netad_pcap.testing module:Class [parameter=value …]"


def main(arguments: list[str]) -> int:
    """Check one detector class.

    Returns:
        0: every check passed; 1: some failed; 2: wrong usage, or no such class.
    """
    if not arguments or arguments[0].startswith("-") or ":" not in arguments[0]:
        print(_USAGE, file=sys.stderr)  # noqa: T201 - this module is a command
        return 2
    try:
        detector = _load(arguments[0])
        parameters = dict(_parameter(argument) for argument in arguments[1:])
    except (ImportError, AttributeError, ValueError) as problem:
        print(f"{arguments[0]}: {problem}\n{_USAGE}", file=sys.stderr)  # noqa: T201
        return 2
    passed, failed = 0, 0
    for name, check in detector_checks(detector, **parameters):
        failure = failure_of(name, check)
        if failure is None:
            passed += 1
            continue
        failed += 1
        print(f"{failure.name} failed: {failure.reason}")  # noqa: T201
    if failed:
        print(f"{failed} of {passed + failed} checks failed")  # noqa: T201
        return 1
    print(f"{passed} checks passed")  # noqa: T201
    return 0


def _load(place: str) -> type[Any]:
    module, _, name = place.partition(":")
    found: Any = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not isinstance(found, type):
        raise ValueError("not a class")
    return found


def _parameter(argument: str) -> tuple[str, Any]:
    """`epochs=2` → ("epochs", 2): the value is JSON, or else text."""
    key, equals, text = argument.partition("=")
    if not equals or not key.isidentifier():
        raise ValueError(f"not a parameter: {argument!r}")
    try:
        return key, json.loads(text)
    except ValueError:
        return key, text


if __name__ == "__main__":
    # A module given by name is looked for where the command runs, as pytest and python -c do.
    sys.path.insert(0, "")
    sys.exit(main(sys.argv[1:]))
