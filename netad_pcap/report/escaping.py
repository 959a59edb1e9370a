"""Text that came from the network, made harmless for where it goes.

Names of servers, applications and files are chosen by strangers. On a terminal they must
not move the cursor or turn the reading direction; in a spreadsheet they must not be
formulas; nowhere may they be broken Unicode.
"""

from __future__ import annotations

import re

__all__ = ["csv_text", "plain_text", "terminal_text"]

#: C0, DEL, C1; line and paragraph separators; marks and overrides of direction.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
#: What spreadsheets take as the beginning of a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def plain_text(text: str) -> str:
    """The text without lone surrogates: they are written as `\\udc80`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def terminal_text(text: str) -> str:
    """The text with control characters written out: `\\x1b`, `\\u202e`."""
    return _CONTROL.sub(_written_out, plain_text(text))


def csv_text(text: str) -> str:
    """The text as a cell: control characters written out, formulas led by an apostrophe."""
    safe = terminal_text(text)
    return "'" + safe if text.startswith(_FORMULA) else safe


def _written_out(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
