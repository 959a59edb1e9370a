"""The shape of the tree: tests mirror the source, files are small, public names are true."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "netad_pcap"
DETECTORS = ROOT / "plugins" / "netad_detectors"
MOST_LINES = 400
HEAVY = (
    "torch",
    "pandas",
    "nfstream",
    "numba",
    "sklearn",
    "polars",
    "pyarrow",
    "scapy",
    "matplotlib",
)
#: Tests of no single module: naive twins, golden data, fuzzing, plugins in their own packages.
NOT_MIRRORED = {"naive", "golden", "fuzz", "third_party", "zoo", "plugins", "benchmarks"}


def _modules(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*.py")) if "__pycache__" not in path.parts]


def _packages() -> list[str]:
    found = [path.parent.relative_to(ROOT) for path in _modules(PACKAGE) if path.stem == "__init__"]
    return [".".join(path.parts) for path in found]


def _test_files() -> list[Path]:
    tests = ROOT / "tests"
    return [
        path
        for path in sorted(tests.rglob("test_*.py"))
        if path.relative_to(tests).parts[0] not in NOT_MIRRORED
    ]


@pytest.mark.parametrize("test_file", _test_files(), ids=str)
def test_folder_of_tests_mirrors_a_folder_of_source(test_file: Path) -> None:
    folder = test_file.parent.relative_to(ROOT / "tests")
    places = (PACKAGE / folder, DETECTORS.parent / folder, ROOT / folder)
    assert any(place.is_dir() for place in places)


@pytest.mark.parametrize("package", _packages())
def test_each_package_has_tests(package: str) -> None:
    folder = Path(*package.split(".")[1:])
    assert list((ROOT / "tests" / folder).glob("test_*.py"))


@pytest.mark.parametrize("package", _packages())
def test_all_is_true(package: str) -> None:
    module = importlib.import_module(package)
    if not hasattr(module, "__all__"):
        pytest.fail(f"{package} has no __all__")
    assert len(set(module.__all__)) == len(module.__all__)
    missing = [name for name in module.__all__ if not hasattr(module, name)]
    assert missing == []


@pytest.mark.parametrize("path", _modules(PACKAGE) + _modules(DETECTORS), ids=str)
def test_file_is_small(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, "an idea in it wants its own name"


@pytest.mark.parametrize("path", _modules(PACKAGE) + _modules(DETECTORS), ids=str)
def test_private_names_stay_private(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    taken = [
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("netad_")
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]
    assert taken == []


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["analyze", "--help"], ["flows", "-h"]]
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys; from netad_pcap.cli import main; code = main(sys.argv[1:]);"
        f"print(code, sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    assert run.stderr.splitlines()[-1] == "0 []"


def test_public_api_is_loaded_when_asked_for() -> None:
    script = f"import sys, netad_pcap; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
