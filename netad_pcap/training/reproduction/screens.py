"""A screen for each method: what it is, when to choose it, its parameters, what it missed here.

`python -m netad_pcap.training.reproduction.screens` writes `docs/methods/NAME.md` for every
detector of this distribution. What it is and its paper are the module's docstring; when to choose
it stands in the tables of `docs/literature.md`; figures are those of `docs/results/*.json`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from netad_pcap.detection import installed_detectors, load_detector, parameters_of
from netad_pcap.families import BENIGN
from netad_pcap.training.reproduction.experiments import EXPERIMENTS
from netad_pcap.training.reproduction.methods import METHODS
from netad_pcap.training.reproduction.pages import table_lines
from netad_pcap.training.reproduction.store import write_whole

__all__ = ["choose_when", "ours", "screen", "write_screens"]

_DISTRIBUTION = "netad-pcap"
#: Of the classes of a test set, those of which most was missed are told, so many at most.
_MOST_MISSED = 3
#: What is said of all methods alike, and of none here.
_SHARED = ("columns", "families", "profile", "seed")


def ours() -> list[str]:
    """The detectors that have a screen."""
    return [d.name for d in installed_detectors() if d.distribution == _DISTRIBUTION]


def write_screens(docs: Path) -> None:
    """All screens below a folder of docs."""
    when = choose_when((docs / "literature.md").read_text(encoding="utf-8"))
    found = {}
    for name in EXPERIMENTS:
        path = docs / "results" / f"{name}.json"
        if path.is_file():
            found[name] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for name in ours():
        write_whole(docs / "methods" / f"{name}.md", screen(name, when[name], found))


def choose_when(literature: str) -> dict[str, str]:
    """Detector → when to choose it, from the tables of the page."""
    rows = re.findall(r"^\| (`\w+`|\[`\w+`\]\(\S+\)) \|(.+)\|$", literature, re.MULTILINE)
    found = {}
    for name, rest in rows:
        cells = rest.split(" | ")
        if len(cells) == 4:
            found[re.sub(r"\W*(\w+)`.*", r"\1", name)] = cells[2].strip()
    return found


def screen(name: str, when: str, results: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """One page, Markdown.

    Args:
        name: of an installed detector.
        when: when to choose it.
        results: experiment → its cells.
    """
    return "\n".join(_lines(name, when, results)) + "\n"


def _lines(
    name: str, when: str, results: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Iterator[str]:
    kind = load_detector(name)
    module = sys.modules[kind.__module__]
    says = (module.__doc__ or "").strip()
    title, _, rest = says.partition("\n\n")
    yield f"# `{name}`"
    yield ""
    yield (
        "Made by `python -m netad_pcap.training.reproduction.screens`; not written by hand. All "
        "methods: [literature](../literature.md)."
    )
    yield ""
    yield _one_line(title)
    yield ""
    for paragraph in filter(None, rest.split("\n\n")):
        yield _one_line(paragraph)
        yield ""
    yield f"**When to choose it:** {when.replace('](', '](../')}."
    yield ""
    yield "## Run it"
    yield ""
    yield "```console"
    yield from _commands(name, hasattr(kind, "families"))
    yield "```"
    yield ""
    given = {key: v for key, v in parameters_of(kind).items() if key not in _SHARED}
    explained = _explained(kind)
    if given:
        yield "| parameter | default | is |"
        yield "|---|---|---|"
        for key, value in given.items():
            yield f"| `{key}` | {json.dumps(value)} | {explained.get(key, '')} |"
        yield ""
    yield "## What it missed here"
    yield ""
    yield from _missed(name, results)


def _commands(name: str, labels: bool) -> Iterator[str]:
    what = "CAPTURES --truth FILE" if labels and name != "behaviour" else "CAPTURES"
    yield f"$ netad-pcap train {what} --detector {name} -o own.netad"
    yield f"$ netad-pcap evaluate CAPTURES --truth FILE --detector {name}"
    for method in _methods(name)[:1]:
        yield f"$ netad-pcap reproduce --data FOLDER --method {method}"


def _missed(name: str, results: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """By test set, means over seeds; of the first method that runs it, for a screen is short."""
    method, *others = _methods(name) or [""]
    rows = []
    for experiment, cells in results.items():
        mine = [cell for cell in cells if cell["method"] == method]
        tests = list(dict.fromkeys(test for cell in mine for test in cell["tests"]))
        for test in tests:
            where = f"[{experiment}](../results/{experiment}.md)"
            told = [cell["tests"][test] for cell in mine]
            rows.append([where if len(tests) == 1 else f"{where}: {test}", *_row(experiment, told)])
    if not rows:
        yield (
            "Not run yet."
            if method
            else "It is in no table of the papers' data sets: it reads what captures alone have."
        )
        return
    yield (
        "At the score that 1% of the tested benign rows exceed: the share of attacks found, of "
        "attack types never seen, and the classes of which least was found. Per cent, means over "
        "seeds."
    )
    if others:
        yield ""
        yield f"With other parameters it is in the tables as {', '.join(f'`{o}`' for o in others)}."
    yield ""
    yield from _trimmed(
        table_lines(["tried on", "AUC", "found", "new types", "least found", "seeds"], rows)
    )


def _row(experiment: str, told: Sequence[Mapping[str, Any]]) -> list[str]:
    classes = EXPERIMENTS[experiment].classes
    by_family = {
        family: float(np.mean([one["by_family"][family] for one in told]))
        for family in told[0]["by_family"]
        if family != BENIGN
    }
    least = sorted(by_family.items(), key=lambda item: item[1])[:_MOST_MISSED]
    new = [one["new_at"]["0.01"] for one in told if "0.01" in one.get("new_at", {})]
    return [
        f"{np.mean([one['auc'] for one in told]):.4f}",
        f"{100 * np.mean([one['recall_at']['0.01'] for one in told]):.1f}",
        f"{100 * np.mean(new):.1f}" if new else "",
        ", ".join(f"{classes.get(family, family)} {100 * share:.0f}" for family, share in least),
        str(len(told)),
    ]


def _methods(name: str) -> list[str]:
    return [method.name for method in METHODS.values() if method.detectors == (name,)]


def _explained(kind: type[Any]) -> dict[str, str]:
    """Parameter → its line under `Args:`, of the class or of those it is made from."""
    found: dict[str, str] = {}
    for cls in kind.__mro__[::-1]:
        text = (cls.__doc__ or "").partition("Args:")[2]
        for names, words in re.findall(r"^ {8}([\w, ]+): ((?:.+\n?)(?: {12}.+\n?)*)", text, re.M):
            found |= dict.fromkeys(names.split(", "), _one_line(words))
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _trimmed(lines: Iterator[str]) -> Iterator[str]:
    """Without the empty line at the end of a page."""
    return (line for line in lines if line)


if __name__ == "__main__":
    write_screens(Path("docs"))
