"""Bundles: written byte for byte alike, read as hostile input."""

import dataclasses
import hashlib
import io
import json
import stat
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netad_pcap.detection import (
    Bundle,
    BundleDetector,
    bundle_sha256,
    read_bundle,
    write_bundle,
)
from netad_pcap.detection.archive import CARD, MANIFEST, WEIGHTS, pack, unpack
from netad_pcap.detection.weights import dump_arrays
from netad_pcap.errors import ModelError, OutputError
from tests.detection.examples import bundle


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "example.netad"
    write_bundle(bundle(), path)
    return path


def altered(path: Path, to: Path, **members: bytes | Callable[[bytes], bytes]) -> Path:
    """A copy with members changed and, unless the manifest itself is, hashes made to fit."""
    names = {"manifest": MANIFEST, "weights": WEIGHTS, "card": CARD}
    parts = unpack(path.read_bytes(), "copy")
    for key, change in members.items():
        name = names[key]
        parts[name] = change(parts[name]) if callable(change) else change
    manifest: dict[str, Any] | None = None
    if "manifest" not in members:
        manifest = json.loads(parts[MANIFEST])
        manifest["members"] = {
            name: hashlib.sha256(parts[name]).hexdigest() for name in (WEIGHTS, CARD)
        }
        parts[MANIFEST] = json.dumps(manifest).encode()
    to.write_bytes(pack(parts))
    return to


def changed(**changes: Any) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        return json.dumps({**json.loads(data), **changes}).encode()

    return change


def same(one: Bundle, other: Bundle) -> bool:
    """Equal in everything, arrays bit for bit."""

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return (value.dtype.str, value.shape, value.tobytes())
        if dataclasses.is_dataclass(value):
            return [plain(getattr(value, f.name)) for f in dataclasses.fields(value)]
        if hasattr(value, "items"):
            return sorted((k, plain(v)) for k, v in value.items())
        if isinstance(value, tuple | list):
            return [plain(v) for v in value]
        return value

    return bool(plain(one) == plain(other))


def test_read_is_what_was_written(written: Path) -> None:
    sha256 = hashlib.sha256(written.read_bytes()).hexdigest()
    assert same(read_bundle(written), dataclasses.replace(bundle(), sha256=sha256))
    assert bundle_sha256(written) == sha256


def test_same_bundle_same_bytes(written: Path, tmp_path: Path) -> None:
    sha256 = write_bundle(bundle(), tmp_path / "again.netad")
    assert (tmp_path / "again.netad").read_bytes() == written.read_bytes()
    assert sha256 == bundle_sha256(written)


def test_read_and_written_again_same_bytes(written: Path, tmp_path: Path) -> None:
    write_bundle(read_bundle(written), tmp_path / "again.netad")
    assert (tmp_path / "again.netad").read_bytes() == written.read_bytes()


@pytest.mark.parametrize("array", [
    np.array(3.5), np.empty((0, 4), "f4"), np.arange(6, dtype=">i4").reshape(2, 3),
    np.array([True, False]), np.arange(12.0).reshape(3, 4).T, np.array([np.nan, np.inf]),
    np.arange(3, dtype="f2"), np.array([2**63], "u8"),
])  # fmt: skip
def test_arrays_of_every_kind_return(array: np.ndarray, tmp_path: Path) -> None:
    entry = BundleDetector("size", "size", "x", "1", {}, {"a": array, "deep/er": array})
    write_bundle(bundle(detectors=(entry,)), tmp_path / "a.netad")
    for found in read_bundle(tmp_path / "a.netad").detectors[0].arrays.values():
        assert found.shape == array.shape
        assert np.array_equal(found, array, equal_nan=array.dtype.kind == "f")


@pytest.mark.parametrize("array", [np.array(["x"]), np.array([None]), np.array([1j])])
def test_arrays_of_anything_but_numbers_are_not_written(array: np.ndarray, tmp_path: Path) -> None:
    entry = BundleDetector("size", "size", "x", "1", {}, {"a": array})
    with pytest.raises(ValueError, match="numbers only"):
        write_bundle(bundle(detectors=(entry,)), tmp_path / "a.netad")


def test_existing_file_is_kept(written: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.netad"
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        write_bundle(bundle(), path)
    assert path.read_text() == "mine"
    write_bundle(bundle(), path, overwrite=True)
    assert path.read_bytes() == written.read_bytes()


def test_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match=r"a\.netad: cannot be written: No space left"):
        write_bundle(bundle(), tmp_path / "a.netad")
    assert list(tmp_path.iterdir()) == []


def test_absent_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: No such file"):
        write_bundle(bundle(), tmp_path / "none" / "a.netad")


def test_file_has_ordinary_rights(written: Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) & 0o400
    assert not stat.S_IMODE(written.stat().st_mode) & 0o111


# What a hostile or damaged file can be.


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.netad: cannot be read: No such file"):
        read_bundle(tmp_path / "none.netad")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"\xd4\xc3\xb2\xa1" + bytes(20), "it is not a zip"),
        (b"PK\x05\x06" + bytes(18), "it is not a zip"),
        (b"PK\x03\x04" + bytes(40), "damaged"),
    ],
)
def test_other_files(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.netad"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=rf"x\.netad: .*{words}"):
        read_bundle(path)


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that stands twice
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped(("word/document.xml", b"x")), "not a model of netad-pcap: the zip has no manifest"),
        (zipped((MANIFEST, b"{}"), ("../../etc/passwd", b"x")), "the zip holds '../../etc/passwd'"),
        (zipped((MANIFEST, b"{}"), ("/etc/passwd", b"x")), "the zip holds '/etc/passwd'"),
        (zipped((MANIFEST, b"{}"), ("a\x1b[2J\n", b"x")), r"the zip holds 'a\\x1b\[2J\\n'"),
        (zipped((MANIFEST, b"{}"), (WEIGHTS, b""), ("weights.pkl", b"")), "holds 'weights.pkl'"),
        (zipped((MANIFEST, b"{}"), (MANIFEST, b"{}"), (WEIGHTS, b""), (CARD, b"")), "twice"),
        (zipped((MANIFEST, b"{}"), (CARD, b"")), "the model has no weights.safetensors"),
        (zipped((MANIFEST, bytes(10**7)), (WEIGHTS, b""), (CARD, b""),
                method=zipfile.ZIP_DEFLATED), "is compressed, which no model is"),
        (zipped((MANIFEST, b"{}"), (WEIGHTS, b""), (CARD, bytes(2**22 + 1))),
         "card.md is too large: 4,194,305 bytes, at most 4,194,304"),
    ],
)  # fmt: skip
def test_foreign_and_hostile_zips(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.netad"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=words):
        read_bundle(path)


def test_size_that_lies_is_found(written: Path, tmp_path: Path) -> None:
    data = bytearray(written.read_bytes())
    entry = data.index(b"PK\x01\x02")  # the manifest's entry in the central directory
    for offset in (20, 24):  # compressed and true size
        data[entry + offset : entry + offset + 4] = (2**24 - 1).to_bytes(4, "little")
    path = tmp_path / "x.netad"
    path.write_bytes(data)
    with pytest.raises(ModelError, match="damaged"):
        read_bundle(path)


def test_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netad_pcap.detection.bundle_file.MAX_BYTES", 100)
    path = tmp_path / "x.netad"
    path.write_bytes(bytes(101))
    with pytest.raises(ModelError, match="too large for a model: more than 100 bytes"):
        read_bundle(path)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (b"", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[1]", "states no format"),
        (b'{"format": "1"}', "states no format"),
        (b'{"format": 1, "format": 1}', "a key stands twice"),
        (b'{"format": 1, "x": NaN}', "NaN is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"format": ' + b"9" * 5_000 + b"}", "is not JSON"),
        (b'{"format": 2}', r"made by a newer netad-pcap \(format 2; .*upgrade netad-pcap"),
        (b'{"format": 1}', "its manifest is unfit"),
        (changed(clock="ns"), r"its manifest is unfit: \$\.clock: 'ns' is not one of"),
        (changed(name="../x"), r"\$\.name"),
        (changed(surprise=1), "Additional properties"),
        (changed(profile="cic-1998"), "no profile named 'cic-1998'"),
        (changed(schema="0" * 64), "fitted to other columns of cic-fixed"),
        (changed(detectors=[]), "belongs to nothing in the manifest|not in here"),
        (changed(baselines=[]), "belongs to nothing in the manifest"),
        (changed(members={WEIGHTS: "0" * 64, CARD: "0" * 64}),
         "weights.safetensors does not match its SHA-256"),
    ],
)  # fmt: skip
def test_manifests_that_are_none(
    manifest: bytes | Callable[[bytes], bytes], words: str, written: Path, tmp_path: Path
) -> None:
    path = altered(written, tmp_path / "x.netad", manifest=manifest)
    with pytest.raises(ModelError, match=words) as caught:
        read_bundle(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (b"", "its weights are damaged"),
        (b"\x80\x04.", "its weights are damaged"),
        ((2**63 - 1).to_bytes(8, "little") + b"{}", "its weights are damaged"),
        (dump_arrays({}), "array baseline/office/quantiles is missing"),
        (b'\x3e\0\0\0\0\0\0\0{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}    \0\0',
         "weights"),
    ],
)  # fmt: skip
def test_weights_that_are_none(weights: bytes, words: str, written: Path, tmp_path: Path) -> None:
    path = altered(written, tmp_path / "x.netad", weights=weights)
    with pytest.raises(ModelError, match=words):
        read_bundle(path)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("quantiles", lambda a: a[:, ::-1]),
        ("quantiles", lambda a: a[:, :5]),
        ("quantiles", lambda a: a.astype("f4")),
        ("fused/scores", lambda a: a[::-1]),
        ("fused/at_least", lambda a: a * np.nan),
        ("detector/size/scores", lambda a: a[:0]),
        ("detector/size/at_least", lambda a: a[None]),
    ],
)
def test_baselines_that_are_none(
    name: str, change: Callable[[np.ndarray], np.ndarray], written: Path, tmp_path: Path
) -> None:
    from safetensors.numpy import load

    def broken(data: bytes) -> bytes:
        arrays = load(data)
        key = f"baseline/office/{name}"
        return dump_arrays({**arrays, key: change(arrays[key])})

    path = altered(written, tmp_path / "x.netad", weights=broken)
    with pytest.raises(ModelError, match="the model contradicts itself"):
        read_bundle(path)


def test_card_that_is_no_text(written: Path, tmp_path: Path) -> None:
    path = altered(written, tmp_path / "x.netad", card=b"\xff\xfe")
    with pytest.raises(ModelError, match="contradicts itself"):
        read_bundle(path)


def outcome(path: Path) -> Bundle | str:
    """The bundle, or the words of its refusal."""
    try:
        return read_bundle(path)
    except ModelError as error:
        return str(error)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_flipped_byte_is_found_or_changes_nothing(
    written: Path, tmp_path: Path, data: st.DataObject
) -> None:
    whole = written.read_bytes()
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "flipped.netad"
    path.write_bytes(broken)
    found = outcome(path)
    if isinstance(found, Bundle):
        assert same(dataclasses.replace(found, sha256=""), bundle())
    else:
        assert "flipped.netad" in found
        assert "\n" not in found


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 10**9))
def test_a_cut_file_is_found(written: Path, tmp_path: Path, place: int) -> None:
    whole = written.read_bytes()
    path = tmp_path / "cut.netad"
    path.write_bytes(whole[: place % len(whole)])
    with pytest.raises(ModelError):
        read_bundle(path)


def test_nothing_is_unpickled() -> None:
    import netad_pcap.detection.bundle as module

    source = Path(str(module.__file__)).parent
    words = [p.name for p in source.glob("*.py") if "import pickle" in p.read_text()]
    assert words == []
