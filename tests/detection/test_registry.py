"""What is installed: listed without importing, broken plugins named, ours by default."""

import sys
from pathlib import Path

import pytest

from netad_pcap.detection import (
    Needs,
    default_bundles,
    find_bundle,
    installed_bundles,
    installed_detectors,
    load_detector,
    registry,
)
from netad_pcap.errors import ModelError
from tests.detection.conftest import Install
from tests.detection.examples import SizeDetector

PLACE = "tests.detection.test_registry"


class Leaves:
    """A class whose import is fine but which is no detector."""

    name = "leaves"
    needs = Needs()

    def fit(self) -> None: ...


class WrongNeeds(SizeDetector):
    needs = ("Flow Duration",)  # type: ignore[assignment]


not_a_class = 7


def test_nothing_is_imported_until_asked(install: Install, tmp_path: Path) -> None:
    install("far", "netad_far_away:Detector", "netad-far")
    assert [(i.name, i.value, i.distribution, i.version) for i in installed_detectors()] == [
        ("far", "netad_far_away:Detector", "netad-far", "1.0")
    ]
    assert "netad_far_away" not in sys.modules


def test_working_plugin_is_loaded(install: Install) -> None:
    install("size", "tests.detection.examples:SizeDetector", "netad-size")
    assert load_detector("size") is SizeDetector
    assert installed_detectors()[0].error is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("netad_far_away:Detector", "ModuleNotFoundError: No module named 'netad_far_away'"),
        (f"{PLACE}:Missing", "AttributeError"),
        (f"{PLACE}:not_a_class", "is not a class"),
        (f"{PLACE}:Leaves", "Leaves lacks score, to_arrays, from_arrays"),
        (f"{PLACE}:WrongNeeds", "needs of WrongNeeds is not a netad_pcap.detection.Needs"),
    ],
)
def test_broken_plugin_is_listed_and_breaks_no_other(
    install: Install, value: str, words: str
) -> None:
    install("broken", value, "netad-broken")
    install("size", "tests.detection.examples:SizeDetector", "netad-size")
    errors = {i.name: i.error for i in installed_detectors()}
    assert errors["size"] is None
    assert words in str(errors["broken"])
    assert load_detector("size") is SizeDetector
    with pytest.raises(ModelError, match=r"broken of netad-broken 1\.0 cannot be used"):
        load_detector("broken")


def test_plugin_that_exits_or_raises_anything_is_listed(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "netad_exits.py").write_text("raise SystemExit('no\\x1b[2J licence\\nhere')")
    install("exits", "netad_exits:Detector", "netad-exits")
    (only,) = installed_detectors()
    assert only.error == "importing netad_exits:Detector failed: SystemExit: no?[2J licence here"


def test_unknown_name_lists_what_exists(install: Install) -> None:
    install("size", "tests.detection.examples:SizeDetector", "netad-size")
    with pytest.raises(ModelError, match="no detector named 'sise'; installed: size"):
        load_detector("sise")


def test_our_name_is_not_taken_over(install: Install) -> None:
    install("size", "evil:Detector", "netad-evil")
    install("size", "tests.detection.examples:SizeDetector", "netad_PCAP")
    ours, theirs = installed_detectors()
    assert (ours.distribution, ours.error) == ("netad-pcap", None)
    assert theirs.error == "the name size is also claimed by netad-pcap"
    assert load_detector("size") is SizeDetector


def test_two_third_parties_of_one_name_are_both_refused(install: Install) -> None:
    install("size", "tests.detection.examples:SizeDetector", "netad-a")
    install("size", "tests.detection.examples:SizeDetector", "netad-b")
    assert [i.rival for i in installed_detectors()] == ["netad-b", "netad-a"]
    with pytest.raises(ModelError, match="the name size is also claimed by netad-b"):
        load_detector("size")


def test_one_distribution_found_twice_is_one(install: Install) -> None:
    for _ in range(2):
        install("size", "tests.detection.examples:SizeDetector", "netad-size")
    assert len(installed_detectors()) == 1
    assert load_detector("size") is SizeDetector


@pytest.fixture
def packages(install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two packages with bundles, ours and another's, and a broken one."""
    monkeypatch.syspath_prepend(tmp_path)
    for package, bundles in (("our_models", ["base"]), ("their_models", ["base", "zoo"])):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / "README.md").touch()
        for bundle in bundles:
            (tmp_path / package / f"{bundle}.netad").write_bytes(package.encode())
    install("theirs", "their_models", "their-thing", registry.BUNDLES)
    install("broken", "no_such_models", "their-other-thing", registry.BUNDLES)
    install("ours", "our_models", "netad-pcap", registry.BUNDLES)
    return tmp_path


def test_bundles_of_all_packages_ours_first(packages: Path) -> None:
    found = [(b.name, b.distribution) for b in installed_bundles()]
    assert found == [("base", "netad-pcap"), ("base", "their-thing"), ("zoo", "their-thing")]
    assert registry.bundle_faults() == [
        "bundles of their-other-thing 1.0 cannot be found: no_such_models: ModuleNotFoundError: "
        "No module named 'no_such_models'"
    ]


def test_default_is_never_a_third_partys(packages: Path) -> None:
    assert [b.resource.read_bytes() for b in default_bundles()] == [b"our_models"]


def test_without_ours_there_is_no_default(install: Install) -> None:
    with pytest.raises(ModelError, match="holds no trained model"):
        default_bundles()


def test_bundle_by_name_or_path(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base, zoo = find_bundle("base"), find_bundle("zoo")
    assert not isinstance(base, Path)
    assert not isinstance(zoo, Path)
    assert (base.distribution, zoo.distribution) == ("netad-pcap", "their-thing")
    own = packages / "own.netad"
    own.touch()
    assert find_bundle(own) == own
    monkeypatch.chdir(packages)
    assert find_bundle("own.netad") == Path("own.netad")
    (packages / "zoo").touch()
    assert not isinstance(find_bundle("zoo"), Path)
    assert find_bundle("./zoo") == Path("zoo")


def test_unknown_bundle_lists_the_installed(packages: Path) -> None:
    with pytest.raises(ModelError, match=r"nix: no such model file, and .* \(base, zoo\)"):
        find_bundle("nix")


def test_folder_is_no_bundle(packages: Path) -> None:
    with pytest.raises(ModelError, match="is a folder, not a model"):
        find_bundle(packages)
