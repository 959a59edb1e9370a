"""Cells that are missing; the page and plots of all that are there."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from netad_pcap.errors import UsageError
from netad_pcap.training.reproduction.building import beside_defaults
from netad_pcap.training.reproduction.methods import Method
from netad_pcap.training.reproduction.run import named
from netad_pcap.training.reproduction.side_by_side import computed
from netad_pcap.training.reproduction.store import Store, check_folder, write_whole
from netad_pcap.training.survey.methods import SURVEYED
from netad_pcap.training.survey.page import page
from netad_pcap.training.survey.plots import PLOTS, plot
from netad_pcap.training.survey.studies import STUDIES
from netad_pcap.training.survey.study import Places, Study

__all__ = ["SEEDS", "kept_cells", "key_of", "survey", "write_pages"]

#: Of draws and fits.
SEEDS = (0, 1, 2)
#: Raised when figures change their meaning: older cells are computed again.
_FORMAT = 1
_DIGITS = 5
_VERSIONS_OF = ("netad-pcap", "numpy", "scikit-learn", "torch")


def survey(
    studies: Sequence[str],
    output: Path,
    places: Places,
    *,
    methods: Sequence[str] = (),
    seeds: Sequence[int] = SEEDS,
    cells: bool = True,
    processes: int = 1,
    say: Callable[[str], None] = lambda line: None,
) -> bool:
    """Computes the cells that are missing, seed by seed, cheapest methods first; writes the page.

    Args:
        studies: names; none: all whose data are there.
        output: folder of the page, its plots and, a JSON file a study, the cells.
        places: where data lie.
        methods: names; none: all.
        seeds: of draws and fits.
        cells: False: the page alone, of the cells that are there.
        processes: that compute cells; 1: this one.
        say: told what is done.

    Returns:
        Whether there is a page: without any cell there is none.

    Raises:
        OutputError: `output` is no folder, or cannot be written to.
        UsageError: no such study or method, data that were asked for by name and are not there,
            no matplotlib, or the system ended a process.
    """
    _require_plots()
    check_folder(output)
    chosen = named(studies, STUDIES, "study")
    wanted = named(methods, SURVEYED, "method")
    hashes: dict[str, Mapping[str, str]] = {}
    for name in chosen if cells else ():
        try:
            hashes[name] = STUDIES[name].hashes(places)
        except UsageError as error:
            if studies:
                raise
            say(f"left out: {name}: {error}")
    missing = _missing(output, hashes, wanted, seeds)
    for cell in computed(partial(_computed, places), missing, processes):
        name = cell["experiment"]
        Store(output / f"{name}.json").put(cell)
        say(
            f"{name} {cell['method']} seed {cell['seed']}: {cell['seconds']['fit']:.1f} s to fit, "
            f"{cell['seconds']['all']:.1f} s in all"
        )
    return write_pages(output)


def _missing(
    output: Path,
    hashes: Mapping[str, Mapping[str, str]],
    methods: Sequence[str],
    seeds: Sequence[int],
) -> Iterator[tuple[str, str, int, Mapping[str, str]]]:
    """Study, method, seed and sums of the data of each cell that is not kept when it is due."""
    for seed in seeds:
        for method in methods:
            for name, sums in hashes.items():
                if not STUDIES[name].takes(SURVEYED[method]):
                    continue
                key = key_of(STUDIES[name], SURVEYED[method], seed, sums)
                if Store(output / f"{name}.json").find(method, seed, key) is None:
                    yield name, method, seed, sums


def write_pages(output: Path) -> bool:
    """`README.md` and the plots in a folder of cells, made of these alone; False without any."""
    found = kept_cells(output)
    if not found:
        return False
    write_whole(output / "README.md", page(found))
    for name in PLOTS:
        write_whole(output / f"{name}.svg", plot(name, found))
    return True


def kept_cells(output: Path) -> dict[str, list[dict[str, Any]]]:
    """Study → its cells, in the order of methods and seeds.

    Those of methods and studies as they are today; of several recordings of the data those of the
    one with most cells.
    """
    order = {name: place for place, name in enumerate(SURVEYED)}
    found = {}
    for name, study in STUDIES.items():
        cells = [
            cell
            for cell in Store(output / f"{name}.json").cells()
            if cell["method"] in order
            and cell.get("key")
            == key_of(study, SURVEYED[cell["method"]], cell["seed"], cell.get("data", {}))
        ]
        recordings = Counter(json.dumps(cell["data"], sort_keys=True) for cell in cells)
        if recordings:
            most = json.loads(recordings.most_common(1)[0][0])
            mine = [cell for cell in cells if cell["data"] == most]
            found[name] = sorted(mine, key=lambda cell: (order[cell["method"]], cell["seed"]))
    return found


def key_of(study: Study, method: Method, seed: int, hashes: Mapping[str, str]) -> str:
    """What the figures depend on, hashed: a kept cell of another key is computed again.

    Code is in it by the revisions of method and study, raised by hand where it gives other
    figures: a hash of the code would throw hours away at each comment.
    """
    facts = {
        "format": _FORMAT,
        "study": study.revision,
        "method": method.revision,
        "binary": method.binary,
        "keywords": beside_defaults(study.keywords(method, seed)),
        "data": dict(hashes),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _computed(
    places: Places, name: str, method: str, seed: int, hashes: Mapping[str, str]
) -> dict[str, Any]:
    """A cell, computed and as it is kept."""
    study = STUDIES[name]
    began = time.process_time()
    told = study.compute(SURVEYED[method], seed, places)
    told["seconds"]["all"] = time.process_time() - began
    return {
        "experiment": name,
        "method": method,
        "seed": seed,
        "key": key_of(study, SURVEYED[method], seed, hashes),
        "data": dict(hashes),
        "versions": {name: version(name) for name in _VERSIONS_OF},
        "date": datetime.now(UTC).date().isoformat(),
        **{name: _rounded(value) for name, value in told.items()},
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return round(value, _DIGITS) if isinstance(value, float) else value


def _require_plots() -> None:
    """Says before hours of computing what would be missed after them.

    Raises:
        UsageError: matplotlib is not installed.
    """
    try:
        import matplotlib as _  # noqa: F401
    except ImportError:
        raise UsageError(
            "the survey draws with matplotlib, which is not installed: "
            "pip install 'netad-pcap[plots]'"
        ) from None
