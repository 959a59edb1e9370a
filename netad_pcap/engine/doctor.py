"""What is installed, which devices and rights there are, and what to do about what is not."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from netad_pcap.engine.numba_cache import prepare_numba_cache

__all__ = ["Check", "examine"]

#: Packages that an analysis needs, and for what.
_PACKAGES = {
    "numpy": "columns",
    "numba": "the rule book's kernel",
    "nfstream": "the NFStream meter and names of applications",
    "polars": "tables",
    "pyarrow": "tables",
    "pandas": "to_pandas()",
    "torch": "networks",
    "safetensors": "weights of bundles",
    "scikit-learn": "training",
    "zstandard": "captures in zstd",
    "rich": "the screen",
    "click": "the command line",
}


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    Attributes:
        name: what.
        fine: it is as it should be.
        says: what was found.
        remedy: what to do; empty where nothing is to be done.
    """

    name: str
    fine: bool
    says: str
    remedy: str = ""


def examine() -> list[Check]:
    """Look at everything; heavy packages are imported for it."""
    checks: list[Check] = []
    for look in (_program, _packages, _numba, _nfstream, _devices, _temporary, _capture, _bundles):
        checks.extend(look())
    return checks


def _program() -> Iterator[Check]:
    own = version("netad-pcap")
    yield Check("netad-pcap", True, f"{own}, Python {platform.python_version()}")
    yield Check("system", True, f"{platform.platform()}, {os.cpu_count()} processors")


def _packages() -> Iterator[Check]:
    for name, purpose in _PACKAGES.items():
        try:
            yield Check(name, True, f"{version(name)} ({purpose})")
        except PackageNotFoundError:
            yield Check(name, False, f"absent ({purpose})", f"pip install {name}")


def _numba() -> Iterator[Check]:
    cache = prepare_numba_cache()
    where = "beside each source file" if cache.folder is None else str(cache.folder)
    yield Check("kernel cache", True, f"{where} ({cache.reason})")
    yield _tried("kernel", _compile, "reinstall numba and numpy")


def _compile() -> str:
    import numba
    import numpy as np

    total = numba.njit(lambda a: a.sum())(np.arange(4))
    return "numba compiles" if total == 6 else "numba computes wrongly"


def _nfstream() -> Iterator[Check]:
    def load() -> str:
        import nfstream

        return f"{nfstream.__version__ if hasattr(nfstream, '__version__') else ''} loads".strip()

    yield _tried("NFStream", load, "reinstall nfstream, or use --meter native")


def _devices() -> Iterator[Check]:
    def look() -> str:
        import torch

        found = ["cpu"]
        if torch.cuda.is_available():
            found += [
                f"cuda:{i} {torch.cuda.get_device_name(i)}"
                for i in range(torch.cuda.device_count())
            ]
        if torch.backends.mps.is_available():
            found.append("mps")
        return ", ".join(found)

    yield _tried("devices", look, "reinstall torch")


def _tried(name: str, look: Callable[[], str], remedy: str) -> Check:
    """A look that may fail in any way: a broken library is what the doctor is for."""
    try:
        return Check(name, True, look())
    except Exception as error:
        return Check(name, False, f"fails: {type(error).__name__}: {error}", remedy)


def _temporary() -> Iterator[Check]:
    folder = Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    enough = free >= 1 << 30
    yield Check(
        "temporary folder",
        enough,
        f"{folder}, {free / (1 << 30):.1f} GiB free (the NFStream meter copies each capture)",
        "" if enough else "set TMPDIR to a folder with more room",
    )


def _capture() -> Iterator[Check]:
    if platform.system() != "Linux":
        yield Check("capture rights", True, "NFStream captures where the system is not Linux")
        return
    from netad_pcap.capture import CAPTURE_REMEDY, may_capture

    may = may_capture()
    says = "may capture" if may else "none"
    yield Check("capture rights", may, says, "" if may else CAPTURE_REMEDY)


def _bundles() -> Iterator[Check]:
    """Bundles and detectors, as the registry finds them."""
    from netad_pcap.engine.installed import installed_parts

    yield from (Check(*part) for part in installed_parts())
