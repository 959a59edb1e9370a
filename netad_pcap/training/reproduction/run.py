"""Cells that are missing, and pages of all that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from netad_pcap.errors import UsageError
from netad_pcap.training.reproduction.cells import Cell, compute
from netad_pcap.training.reproduction.experiments import EXPERIMENTS
from netad_pcap.training.reproduction.methods import METHODS
from netad_pcap.training.reproduction.overview import write_overview
from netad_pcap.training.reproduction.pages import write_page
from netad_pcap.training.reproduction.side_by_side import computed
from netad_pcap.training.reproduction.store import Store, check_folder
from netad_pcap.training.reproduction.tables import sha256

__all__ = ["cells_of", "named", "reproduce"]


def reproduce(
    experiments: Sequence[str],
    output: Path,
    *,
    data: Path,
    methods: Sequence[str] = (),
    seeds: Sequence[int] = tuple(range(5)),
    cells: bool = True,
    processes: int = 1,
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Computes what is missing, cheapest methods first, and writes the pages.

    Args:
        experiments: names; none: all.
        output: folder of the pages; the cells are in the JSON beside each.
        data: folder of the data sets' tables.
        methods: names; none: all.
        seeds: of splits and fits.
        cells: False: pages alone, of the cells that are there.
        processes: that compute cells; 1: this one.
        say: told what is done.

    Raises:
        OutputError: `output` is no folder, or cannot be written to.
        UsageError: no such experiment or method, a table that cannot be read, or the system
            ended a process.
    """
    check_folder(output)
    chosen = named(experiments, EXPERIMENTS, "experiment")
    wanted = named(methods, METHODS, "method")
    plan = cells_of(chosen, wanted, seeds, output, data)
    calls = (
        (cell.experiment.name, cell.method.name, cell.seed, cell.hashes, output, data)
        for cell in (plan if cells else ())
        if cell.kept() is None
    )
    for result in computed(_computed, calls, processes):
        Store(output / f"{result['experiment']}.json").put(result)
        seconds = result["seconds"]
        say(
            f"{result['experiment']} {result['method']} seed {result['seed']}: "
            f"{seconds['fit']:.0f} s to fit, {seconds['score']:.0f} s to score"
        )
    # Of every method, and of every seed that was ever run: pages say what is missing.
    for name in chosen:
        known = sorted({*seeds, *_seeds_kept(output / f"{name}.json")})
        write_page(cells_of([name], list(METHODS), known, output, data), output)
    write_overview(output)


def _computed(
    experiment: str, method: str, seed: int, hashes: Mapping[str, str], output: Path, data: Path
) -> dict[str, Any]:
    """A cell, computed and as it is kept."""
    cell = Cell(EXPERIMENTS[experiment], METHODS[method], seed, hashes, output)
    return {"key": cell.key, **compute(cell, cell.experiment.split(data, seed))}


def cells_of(
    experiments: Sequence[str],
    methods: Sequence[str],
    seeds: Sequence[int],
    output: Path,
    data: Path,
) -> list[Cell]:
    """All cells, those of small data first."""
    hashes: dict[str, str] = {}
    for name in experiments:
        for file in EXPERIMENTS[name].files:
            path = data / file
            if not path.is_file():
                raise UsageError(f"{path}: no such file; --data names the folder of the tables")
            hashes[file] = sha256(path) if file not in hashes else hashes[file]
    size = {
        name: sum((data / file).stat().st_size for file in EXPERIMENTS[name].files)
        for name in experiments
    }
    return [
        Cell(
            EXPERIMENTS[name],
            METHODS[method],
            seed,
            {file: hashes[file] for file in EXPERIMENTS[name].files},
            output,
        )
        for method in methods
        for name in sorted(experiments, key=lambda name: size[name])
        for seed in seeds
    ]


def _seeds_kept(path: Path) -> set[int]:
    return {cell["seed"] for cell in Store(path).cells()}


def named(names: Sequence[str], table: Iterable[str], what: str) -> list[str]:
    """Those of a table that are named, in its order; none: all.

    Args:
        names: wanted.
        table: all names.
        what: they are, in the singular.

    Raises:
        UsageError: there is no such name.
    """
    known = list(table)
    for name in names:
        if name not in known:
            raise UsageError(f"no {what} {name!r}; use one of {', '.join(known)}")
    return [name for name in known if name in names] if names else known
