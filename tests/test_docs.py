"""Docs that commands make are as the commands make them; tables are those of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from netad_pcap.cli import main
from netad_pcap.cli.help_pages import help_page
from netad_pcap.cli.program import COMMANDS
from netad_pcap.errors import ExitCode
from netad_pcap.report.columns import analyze_header, feature_columns
from netad_pcap.report.columns_page import columns_page

DOCS = Path(__file__).parents[1] / "docs"


def test_help_page_is_what_the_program_says() -> None:
    assert (DOCS / "help.md").read_text(encoding="utf-8") == help_page(), "run: make docs"


def test_page_of_report_columns_is_what_the_table_says() -> None:
    page = (DOCS / "report-columns.md").read_text(encoding="utf-8")
    assert page == columns_page(), "run: make docs"
    header = analyze_header("cic-fixed", ("names",))
    behind = set(header) - set(feature_columns("cic-fixed")) - {"Label", "score:names"}
    assert {name for name in behind if f"| `{name}` |" not in page} == set()


def test_users_guide_has_every_exit_code() -> None:
    text = (DOCS / "users-guide.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \| .+ \|$", text, re.MULTILINE)
    assert [(int(number), name) for number, name in rows] == [(c.value, c.name) for c in ExitCode]


@pytest.mark.parametrize("command", COMMANDS)
def test_users_guide_names_every_command(command: str) -> None:
    text = (DOCS / "users-guide.md").read_text(encoding="utf-8")
    assert f"netad-pcap {command}" in text


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_plugin_guide_shows_the_plugin_that_is_tested() -> None:
    folder = DOCS.parent / "tests" / "third_party" / "netad_quantile"
    source = (folder / "src" / "netad_quantile" / "__init__.py").read_text(encoding="utf-8")
    project = (folder / "pyproject.toml").read_text(encoding="utf-8")
    guide = (DOCS / "plugin-guide.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(python|toml)\n(.*?)\n```", guide, re.DOTALL)
    shown = [text for kind, text in blocks if "def test_contract" not in text]
    assert len(shown) == 7
    assert [text for text in shown if text not in source and text not in project] == []


def test_readme_names_its_two_commands_first() -> None:
    text = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert text.index("make demo") < text.index("make test") < text.index("netad-pcap analyze")


def test_commands_of_the_training_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    text = (DOCS / "training.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\$ netad-pcap (.+)$", text, re.MULTILINE)
    assert len(lines) == 9
    (tmp_path / "sample_pcaps").symlink_to(DOCS.parent / "sample_pcaps")
    monkeypatch.chdir(tmp_path)
    native = ["--meter", "native"]  # one process less for each
    for line in lines:
        assert main([*line.split(), *native]) == 0, f"{line}: {capfd.readouterr().err}"


def test_literature_page_has_every_method_rule_and_experiment() -> None:
    from netad_pcap.detection import RULES, installed_detectors
    from netad_pcap.training.reproduction import EXPERIMENTS

    text = (DOCS / "literature.md").read_text(encoding="utf-8")
    ours = [d.name for d in installed_detectors() if d.distribution == "netad-pcap"]
    assert [name for name in (*ours, *RULES) if f"`{name}`" not in text] == []
    told = text.replace("`-second`", "`cic2018-by-day-second`")
    assert [name for name in EXPERIMENTS if f"`{name}`" not in told] == []


def test_commands_of_the_literature_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    text = (DOCS / "literature.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\$ netad-pcap (.+)$", text, re.MULTILINE)
    assert len(lines) == 3
    (tmp_path / "sample_pcaps").symlink_to(DOCS.parent / "sample_pcaps")
    monkeypatch.chdir(tmp_path)
    for line in lines:
        assert main(line.split()) == 0, f"{line}: {capfd.readouterr().err}"


def test_every_method_has_its_screen_of_the_committed_results() -> None:
    from netad_pcap.training.reproduction import EXPERIMENTS
    from netad_pcap.training.reproduction.screens import choose_when, ours, screen

    results = {
        name: json.loads((DOCS / "results" / f"{name}.json").read_text(encoding="utf-8"))["cells"]
        for name in EXPERIMENTS
    }
    when = choose_when((DOCS / "literature.md").read_text(encoding="utf-8"))
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (DOCS / "methods").iterdir()}
    again = "run: python -m netad_pcap.training.reproduction.screens"
    assert pages == {name: screen(name, when[name], results) for name in ours()}, again
    for name, page in pages.items():
        assert len(page.splitlines()) < 60, f"{name}: more than a screen"
