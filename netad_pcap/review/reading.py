"""Reports from disk, held against limits: a report may come from anybody.

A report that we wrote is read line by line and its flows are left where they are: its
size does not matter. One that another tool has re-written is read whole, up to a limit.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from netad_pcap.errors import UsageError

__all__ = ["ReportFile", "read_report"]

#: The header of a report (captures, findings, hosts) at most, bytes.
MAX_HEADER = 256 << 20
#: A report that is not laid out as ours is read whole up to this size, bytes.
MAX_WHOLE = 512 << 20
_FLOWS_BEGIN = b' "flows": ['
_NEEDED = ("netad_pcap", "captures", "findings", "hosts", "summary")
_LISTS = ("captures", "models", "findings", "hosts")


@dataclass(frozen=True)
class ReportFile:
    """The header of one report.

    Attributes:
        name: of the file, as given.
        header: the report's keys but `flows`.
    """

    name: str
    header: Mapping[str, Any]


def read_report(path: str | os.PathLike[str]) -> ReportFile:
    """Read the header of a JSON or JSON Lines report.

    Raises:
        UsageError: absent, not a report, damaged, or larger than is sane.
    """
    name = os.fspath(path)
    file = Path(path)
    if file.suffix.lower() in (".csv", ".parquet"):
        raise UsageError(
            f"{name}: a table of flows holds no findings; review the .json or .jsonl report "
            "(netad-pcap analyze CAPTURE -o report.json)"
        )
    try:
        with file.open("rb") as stream:
            header = _header(stream, name)
    except FileNotFoundError:
        raise UsageError(f"{name}: no such file") from None
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from None
    return ReportFile(name, _checked(header, name))


def _header(stream: IO[bytes], name: str) -> Any:
    first = stream.readline(MAX_HEADER + 1)
    if len(first) > MAX_HEADER:
        raise UsageError(f"{name}: not a report: its first line is longer than any header")
    text = first.strip()
    if not text:
        raise UsageError(f"{name}: not a report: it is empty" if not first else _not_json(name))
    if text != b"{":
        # JSON Lines: the header is the first line; one line of JSON: the whole report.
        return _parsed(text, name) if text.endswith(b"}") else _whole(stream, first, name)
    lines, size = [first], len(first)
    for line in iter(lambda: stream.readline(MAX_HEADER + 1), b""):
        if line.startswith(_FLOWS_BEGIN):
            body = b"".join(lines).rstrip().removesuffix(b",")
            return _parsed(body + b"}", name)
        lines.append(line)
        size += len(line)
        if size > MAX_HEADER:
            break
    return _whole(stream, b"".join(lines), name)


def _whole(stream: IO[bytes], begun: bytes, name: str) -> Any:
    rest = stream.read(MAX_WHOLE - len(begun) + 1) if len(begun) <= MAX_WHOLE else b""
    if len(begun) + len(rest) > MAX_WHOLE:
        raise UsageError(
            f"{name}: larger than {MAX_WHOLE >> 20} MiB and not laid out as netad-pcap writes "
            "reports; review the file that it wrote, or the .jsonl"
        )
    return _parsed(begun + rest, name)


def _parsed(text: bytes, name: str) -> Any:
    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no JSON")

    try:
        return json.loads(text.decode("utf-8"), parse_constant=refuse)
    except RecursionError:
        raise UsageError(f"{name}: not a report: nested too deeply") from None
    except ValueError:
        raise UsageError(_not_json(name)) from None


def _not_json(name: str) -> str:
    return f"{name}: not a report: it is no JSON, or it ends in the middle"


def _checked(header: Any, name: str) -> Mapping[str, Any]:
    """The header, if it has the shape of one."""
    if not isinstance(header, dict):
        raise UsageError(f"{name}: not a report: it holds no object")
    missing = [key for key in _NEEDED if key not in header]
    if missing:
        raise UsageError(f"{name}: not a report of netad-pcap: it lacks {', '.join(missing)}")
    header.pop("flows", None)
    for key in _LISTS:
        items = header.get(key, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise UsageError(f"{name}: not a report: {key} is no list of objects")
    if not isinstance(header["summary"], dict):
        raise UsageError(f"{name}: not a report: summary is no object")
    for place, finding in enumerate(header["findings"]):
        _check_item(finding, _FINDING, f"{name}: finding {place + 1}")
    for place, host in enumerate(header["hosts"]):
        _check_item(host, _HOST, f"{name}: host {place + 1}")
    return header


#: What review needs of a finding and of a host: key, types, and whether null is allowed.
_FINDING: Mapping[str, tuple[tuple[type, ...], bool]] = {
    "id": ((str,), False),
    "kind": ((str,), False),
    "source": ((str,), True),
    "destination": ((str,), True),
    "family": ((str,), False),
    "start": ((str,), False),
    "end": ((str,), False),
    "evidence": ((int, float), False),
    "flows": ((int,), False),
    "peers": ((int,), False),
    "ports": ((int,), False),
    "most_ports": ((list,), False),
    "protocol": ((int,), False),
    "forward_bytes": ((int,), False),
    "backward_bytes": ((int,), False),
    "reasons": ((list,), False),
}
_HOST: Mapping[str, tuple[tuple[type, ...], bool]] = {
    "address": ((str,), False),
    "suspicion": ((int, float), False),
    "flows": ((int,), False),
    "suspicious": ((int,), False),
    "malicious": ((int,), False),
    "bytes": ((int,), False),
    "start": ((str,), False),
    "end": ((str,), False),
    "findings": ((list,), False),
}


def _check_item(
    item: Mapping[str, Any], shape: Mapping[str, tuple[tuple[type, ...], bool]], what: str
) -> None:
    for key, (types, optional) in shape.items():
        value = item.get(key)
        if value is None and optional and key in item:
            continue
        if not isinstance(value, types) or isinstance(value, bool):
            raise UsageError(f"{what}: not as netad-pcap writes it: {key} is missing or wrong")
        if isinstance(value, float) and not math.isfinite(value):
            raise UsageError(f"{what}: not as netad-pcap writes it: {key} is no number")
        if isinstance(value, list) and not all(isinstance(v, str | int) for v in value):
            raise UsageError(f"{what}: not as netad-pcap writes it: {key} is missing or wrong")
