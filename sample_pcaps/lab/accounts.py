"""The people of the lab: accounts that exist in the lab's own mount namespace only."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

__all__ = ["PEOPLE", "WORDS", "open_accounts"]

#: Name and password of who may log in.
PEOPLE: Mapping[str, str] = MappingProxyType(
    {
        "alice": "heron-lake-42",
        "bob": "copper!Kettle",
        "carol": "7-winter-trams",
        "dave": "quiet.Harbour9",
        "erin": "marble_Stairs",
        "keeper": "tape-drive-0031",
    }
)
#: What guessers try: names and passwords that everybody tries. None of them is right.
WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "names": ("root", "admin", "test", "user", "oracle", "guest", "alice", "bob", "carol"),
        "passwords": tuple(
            f"{word}{tail}"
            for tail in ("", "1", "123", "!", "2025", "2026", "007", "12345")
            for word in (
                "password", "admin", "letmein", "qwerty", "welcome", "dragon", "monkey", "secret",
                "summer", "winter", "master", "changeme", "test", "login", "abc", "iloveyou",
            )
        ),
    }
)  # fmt: skip
_FIRST_ID = 61_001


def open_accounts(folder: Path) -> None:
    """Accounts with homes below `folder`, in files that are mounted over those in `/etc`."""
    lines: dict[str, list[str]] = {"passwd": [], "group": [], "shadow": []}
    for number, (name, password) in enumerate(PEOPLE.items(), _FIRST_ID):
        home = folder / "home" / name
        home.mkdir(parents=True)
        hashed = subprocess.run(
            ["openssl", "passwd", "-5", "-stdin"],
            input=password, capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        lines["passwd"].append(f"{name}:x:{number}:{number}:{name}:{home}:/bin/bash")
        lines["group"].append(f"{name}:x:{number}:")
        lines["shadow"].append(f"{name}:{hashed}:20000:0:99999:7:::")
        subprocess.run(["chown", f"{number}:{number}", str(home)], check=True)
    for name, added in lines.items():
        cover(Path("/etc", name), Path("/etc", name).read_text().rstrip("\n"), added, folder)


def cover(file: Path, before: str, added: list[str], folder: Path) -> None:
    """Mounts a file of ours over one of the machine's, for the lab alone."""
    ours = folder / file.name
    ours.write_text("\n".join([before, *added]).lstrip("\n") + "\n")
    ours.chmod(0o640 if file.name == "shadow" else 0o644)
    subprocess.run(["mount", "--bind", str(ours), str(file)], check=True)
