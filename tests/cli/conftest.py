"""The program as a user meets it: arguments in; exit code, standard output and error out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from netad_pcap.cli import main
from tests.cli.captures import conversation, pcap


@dataclass(frozen=True)
class Run:
    """What the program did."""

    code: int
    out: str
    err: str


Program: TypeAlias = Callable[..., Run]


@pytest.fixture
def netad_pcap(capfd: pytest.CaptureFixture[str], model: Path) -> Program:
    """Runs the program in this process (kernels stay compiled); `analyze` with `model`."""

    def run(*arguments: str | Path) -> Run:
        words = [str(argument) for argument in arguments]
        if words[:1] == ["analyze"] and "--model" not in words:
            words += ["--model", str(model)]
        capfd.readouterr()
        code = main(words)
        out, err = capfd.readouterr()
        return Run(code, out, err)

    return run


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """One conversation of six packets."""
    path = tmp_path / "small.pcap"
    path.write_bytes(pcap(conversation()))
    return path
