"""The lab's commands: `python -m sample_pcaps.lab COMMAND`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sample_pcaps.lab.errors import LabError
from sample_pcaps.lab.isolation import in_isolation
from sample_pcaps.lab.scenario import Scenario

_OUTPUT = Path("out/lab")


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; an exit status."""
    parser = argparse.ArgumentParser(prog="python -m sample_pcaps.lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the scenarios")
    commands.add_parser("install", help="the Debian packages that scenarios need")
    run = commands.add_parser("run", help="record scenarios, one behind the other")
    run.add_argument("scenario", nargs="*", help="names; none: all")
    run.add_argument("-o", "--output", type=Path, default=_OUTPUT, help="folder (%(default)s)")
    run.add_argument("--force", action="store_true", help="replace captures that are there")
    check = commands.add_parser("check", help="whether the truth of recorded captures is true")
    check.add_argument("folder", type=Path, nargs="?", default=_OUTPUT)
    dataset = commands.add_parser("dataset", help="record all scenarios side by side, and split")
    dataset.add_argument("-o", "--output", type=Path, default=_OUTPUT)
    dataset.add_argument("--jobs", type=int, default=8, help="networks at a time (%(default)s)")
    told = commands.add_parser("report", help="detectors on the data set, as a page")
    told.add_argument("folder", type=Path, nargs="?", default=_OUTPUT)
    given = parser.parse_args(arguments)
    try:
        return _COMMANDS[given.command](given)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _list(_: argparse.Namespace) -> int:
    from sample_pcaps.lab.scenarios import SCENARIOS

    for scenario in SCENARIOS.values():
        kinds = ", ".join(dict.fromkeys(activity.what for activity in scenario.activities))
        print(f"{scenario.name}: {scenario.seconds:.0f} s in {scenario.network.name}: {kinds}")
    return 0


def _install(_: argparse.Namespace) -> int:
    from sample_pcaps.lab.packages import install

    install()
    return 0


def _run(given: argparse.Namespace) -> int:
    from sample_pcaps.lab.scenarios import SCENARIOS
    from sample_pcaps.lab.wiring import check_names

    unknown = [name for name in given.scenario if name not in SCENARIOS]
    if unknown:
        raise LabError(f"no scenario {unknown[0]!r}; `list` shows them")
    folder = given.output.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name in given.scenario or SCENARIOS:
        if (folder / f"{name}.pcap").exists() and not given.force:
            raise LabError(f"{folder / name}.pcap exists; --force replaces it")
        check_names(SCENARIOS[name].network, name)
        status = in_isolation(partial(_record, SCENARIOS[name], folder))
        if status:
            return status
    return 0


def _record(scenario: Scenario, folder: Path) -> int:
    from sample_pcaps.lab.run import record_scenario

    done = record_scenario(scenario, folder)
    print(f"{done.capture}: {done.packets:,} packets, {done.starts:,} starts of activities")
    return 0


def _check(given: argparse.Namespace) -> int:
    from sample_pcaps.lab.checking import check_capture

    captures = sorted(path for path in given.folder.rglob("*.pcap"))
    if not captures:
        raise LabError(f"{given.folder}: no captures")
    wrong = 0
    for capture in captures:
        checked = check_capture(capture)
        counts = ", ".join(f"{count:,} {family}" for family, count in checked.flows.most_common())
        print(
            f"{capture}: {counts} · {checked.unexplained} unexplained · "
            f"{checked.compared:,} flows of both meters"
        )
        for problem in checked.problems:
            print(f"  {problem}")
            wrong += 1
    return 1 if wrong else 0


def _report(given: argparse.Namespace) -> int:
    from sample_pcaps.lab.report import report

    for line in report(given.folder.resolve()):
        print(line)
    return 0


def _dataset(given: argparse.Namespace) -> int:
    from sample_pcaps.lab.dataset import make_dataset

    make_dataset(given.output.resolve(), given.jobs)
    return 0


_COMMANDS = {
    "list": _list,
    "install": _install,
    "run": _run,
    "check": _check,
    "dataset": _dataset,
    "report": _report,
}

if __name__ == "__main__":
    sys.exit(main())
