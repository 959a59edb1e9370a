"""A third party's package: installed beside ours, listed, checked, put into a bundle, used."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "netad_quantile"

USE = """
import numpy as np
from netad_pcap import detection as d
from netad_pcap.testing import make_flows

installed = {i.name: i for i in d.installed_detectors()}["quantile"]
print(installed.distribution, installed.version, installed.value, installed.error)

kind = d.load_detector("quantile")
parameters = d.parameters_of(kind, quantile=0.95)
detector = kind(**parameters).fit(make_flows(800, seed=1))
held_out = make_flows(800, seed=2)
baseline = d.fit_baseline(
    "here", held_out, {"quantile": detector.score(held_out).novelty}, detector.needs.columns)
d.write_bundle(d.Bundle(
    name="q", version="1", profile="cic-fixed", clock="us", seed=0, baselines=(baseline,),
    detectors=(d.BundleDetector("quantile", installed.name, installed.distribution,
                                installed.version, parameters, detector.to_arrays()),),
), "q.netad")

scorer = d.Scorer([d.read_bundle(d.find_bundle("q.netad"))], device="cpu")
flows = make_flows(500, seed=3, attacks=("dos",), attack_share=0.1)
scored = scorer.score(flows, scorer.choose(flows))
assert np.array_equal(scored.novelty[:, 0], detector.score(flows).novelty)
worst = int(scored.score.argmax())
print(flows.text["family"][worst], d.VERDICTS[scored.verdict[worst]])
print(scored.reasons()[worst][0])
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the package was installed into, by pip, without a network."""
    for needed in ("pip", "hatchling"):
        if find_spec(needed) is None:
            pytest.skip(f"no {needed} here to build the package with")
    folder = tmp_path_factory.mktemp("third_party")
    copy = shutil.copytree(SOURCE, folder / "source")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
               "--no-build-isolation", "--disable-pip-version-check", "--target",
               str(folder / "site"), str(copy)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def python(target: Path, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(target)},
    )


def test_it_passes_the_checks(target: Path, tmp_path: Path) -> None:
    done = python(target, tmp_path, "-m", "netad_pcap.testing", "netad_quantile:QuantileDetector")
    assert (done.stdout, done.stderr, done.returncode) == ("26 checks passed\n", "", 0)


def test_it_is_listed_and_used_like_ours(target: Path, tmp_path: Path) -> None:
    done = python(target, tmp_path, "-c", USE)
    assert done.stderr == ""
    listed, verdict, reason = done.stdout.splitlines()
    assert listed == "netad-quantile 0.3.0 netad_quantile:QuantileDetector None"
    assert verdict == "dos suspicious"
    assert reason.startswith(("Flow Duration ", "Tot Fwd Pkts "))
    assert "(normal: " in reason


def test_without_it_its_bundle_says_what_to_install(target: Path, tmp_path: Path) -> None:
    assert python(target, tmp_path, "-c", USE).returncode == 0
    code = (
        "import sys\n"
        "from netad_pcap import detection as d\n"
        "try:\n"
        "    d.Scorer([d.read_bundle('q.netad')], device='cpu')\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    done = python(tmp_path, tmp_path, "-c", code)
    assert done.stdout == (
        "ModelError q: needs detector quantile, which is not installed: "
        "pip install netad-quantile\n"
    )
