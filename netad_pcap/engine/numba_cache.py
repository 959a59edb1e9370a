"""Where numba keeps compiled kernels: chosen before numba is first imported.

Numba looks beside the source, then in the user's cache folder, and fails on import where it
can write to neither (a package owned by root, no home). Then a folder of our own is used.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["NumbaCache", "prepare_numba_cache"]

VARIABLE = "NUMBA_CACHE_DIR"
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class NumbaCache:
    """Where compiled kernels are kept.

    Attributes:
        folder: the folder; None: beside each source file.
        reason: one clause for people.
    """

    folder: Path | None
    reason: str


def prepare_numba_cache() -> NumbaCache:
    """Make sure that numba can be imported; sets NUMBA_CACHE_DIR where it has to.

    A cache holds code that is run. So a folder that somebody else owns, or may write to, is
    not used: without one of our own the kernels are compiled again each time.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if _can_hold(Path(named)):
            return NumbaCache(Path(named), f"named by {VARIABLE}")
        del os.environ[VARIABLE]
    if os.access(_PACKAGE / "metering", os.W_OK):
        return NumbaCache(None, "beside the package")
    user = _user_folder()
    if user is not None and _can_hold(user):
        return NumbaCache(user, "the user's cache folder")
    own = Path(tempfile.gettempdir()) / f"netad-pcap-numba-{_user_number()}"
    if _can_hold(own) and _is_ours_alone(own):
        folder, reason = own, "the package and the user's cache folder are not writable"
    else:
        folder = Path(tempfile.mkdtemp(prefix="netad-pcap-numba-"))
        reason = "no lasting folder is writable: kernels are compiled anew each time"
    os.environ[VARIABLE] = str(folder)
    return NumbaCache(folder, reason)


def _user_folder() -> Path | None:
    """Numba's own folder under the user's caches; None where there is no home."""
    base = os.environ.get("XDG_CACHE_HOME")
    if base:
        return Path(base) / "numba"
    with contextlib.suppress(RuntimeError):
        return Path.home() / ".cache" / "numba"
    return None


def _user_number() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _can_hold(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _is_ours_alone(folder: Path) -> bool:
    found = folder.lstat()
    others = stat.S_IWGRP | stat.S_IWOTH
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == _user_number()
        and not found.st_mode & others
    )
