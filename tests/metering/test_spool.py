"""Temporary files: room, privacy, and frames that come back as they went."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from netad_pcap.errors import OutputError
from netad_pcap.metering.spool import FrameSpool, TemporaryFolder, size_text
from tests.metering.frame_reader import Made, block_of


def test_frames_come_back_as_they_went(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    blocks = [
        block_of(
            [Made(rng.bytes(int(size)), int(size) - 20, int(size) % 3, int(size) + 1)
             for size in rng.integers(0, 50, count)], first,
        )
        for first, count in ((1, 1), (2, 7), (9, 100))
    ]  # fmt: skip
    blocks[1] = blocks[1]._replace(behind=np.arange(7) > 3)
    with TemporaryFolder(tmp_path, "frames") as folder:
        spool = FrameSpool(folder)
        for block in blocks:
            spool.append(block)
        for _ in range(2):
            walked = list(spool.walk())
            assert len(walked) == len(blocks)
            for before, after in zip(blocks, walked, strict=True):
                for name in ("captured", "wire", "time_us", "link_type", "frame", "behind"):
                    column, again = getattr(before, name), getattr(after, name)
                    assert column.dtype == again.dtype
                    assert column.tolist() == again.tolist()
                assert _frames(before) == _frames(after)
    assert list(tmp_path.iterdir()) == []


def _frames(block: object) -> list[bytes]:
    data, offset, captured = block.data, block.offset, block.captured  # type: ignore[attr-defined]
    return [bytes(data[o : o + c]) for o, c in zip(offset, captured, strict=True)]


def test_empty_blocks_leave_nothing(tmp_path: Path) -> None:
    with TemporaryFolder(tmp_path, "frames") as folder:
        spool = FrameSpool(folder)
        spool.append(block_of([]))
        assert list(spool.walk()) == []


def test_finished_spool_takes_no_more(tmp_path: Path) -> None:
    with TemporaryFolder(tmp_path, "frames") as folder:
        spool = FrameSpool(folder)
        spool.finish()
        with pytest.raises(ValueError, match="closed"):
            spool.append(block_of([Made(b"x")]))


def test_folder_is_private_and_goes_with_its_content(tmp_path: Path) -> None:
    with TemporaryFolder(tmp_path, "a test") as folder:
        (folder.path / "file").write_bytes(b"x")
        assert folder.path.stat().st_mode & 0o077 == 0
        folder.close()
    assert list(tmp_path.iterdir()) == []


def test_temporary_folder_of_the_system_is_honoured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with TemporaryFolder(None, "a test") as folder:
        assert folder.path.parent == tmp_path


def test_missing_room_is_said(tmp_path: Path) -> None:
    with (
        TemporaryFolder(tmp_path, "the copy of x.pcap") as folder,
        pytest.raises(OutputError, match=r"for the copy of x\.pcap: .* are needed, .* free; set"),
    ):
        folder.need(1 << 60)


def test_room_is_looked_at_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryFolder(tmp_path, "the copy") as folder, (folder.path / "f").open("wb") as file:
        folder.write(file, bytes(10 << 20))
        monkeypatch.setattr("netad_pcap.metering.spool._RESERVE", 1 << 60)
        with pytest.raises(OutputError, match="no room"):
            folder.write(file, bytes(10 << 20))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_full_disk_is_said(tmp_path: Path) -> None:
    with (
        TemporaryFolder(tmp_path, "the copy") as folder,
        open("/dev/full", "wb", buffering=0) as file,  # noqa: PTH123
        pytest.raises(OutputError, match=r"No space left on device.*TMPDIR"),
    ):
        folder.write(file, b"x")


def test_sizes_are_said_as_people_do() -> None:
    assert [size_text(5 << 20), size_text(3 << 29)] == ["5 MiB", "1.5 GiB"]
