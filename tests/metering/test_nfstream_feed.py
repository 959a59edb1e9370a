"""The feed with a real NFStream: exact frames, names, early ends, deaths, no rubbish left."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from netad_pcap.errors import CaptureError, Defect, NetadError, OutputError
from netad_pcap.metering import nfstream_process
from netad_pcap.metering.nfstream_feed import FedBlock, NFStreamFeed
from tests.metering.frame_reader import Made, MadeReader
from tests.metering.made_frames import ethernet, ipv4, ipv6, tcp, u16, udp

ARP = ethernet(bytes(50), 0x0806)


def _dns(number: int, name: str = "host") -> bytes:
    label = f"{name}{number}".encode()
    question = bytes([len(label)]) + label + b"\x07example\x03org\0\0\x01\0\x01"
    return udp(u16(number) + bytes.fromhex("01000001000000000000") + question,
               ports=(1024 + number, 53))  # fmt: skip


def _mixture(count: int) -> list[Made]:
    """Packets of 40 flows, ARP between them, under a clock that runs back and leaps."""
    rng = np.random.default_rng(3)
    times = rng.integers(-(10**12), 10**16, count)
    return [
        Made(ARP if i % 7 == 3 else ethernet(ipv4(_dns(i % 40), 17)), int(times[i]))
        for i in range(count)
    ]


def _all(feed: NFStreamFeed) -> tuple[np.ndarray, np.ndarray]:
    accepted, tags = [], []
    for block in feed:
        assert block.accepted is not None
        assert block.tag is not None
        accepted.append(block.accepted)
        tags.append(block.tag)
    return np.concatenate(accepted), np.concatenate(tags)


@pytest.fixture
def temporary(tmp_path: Path) -> Iterator[Path]:
    """Where the feed writes; nothing is left there."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    yield folder
    assert list(folder.iterdir()) == []


def _alive(pid: int) -> bool:
    """Whether the process, or any in its session, lives."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if pid in (int(stat.parent.name), int(fields[3])) and fields[0] != "Z":
            return True
    return False


def _gone(pid: int) -> bool:
    """Whether the process and its session are gone; what is being killed gets its time."""
    end = time.perf_counter() + 5
    while _alive(pid) and time.perf_counter() < end:
        time.sleep(0.01)
    return not _alive(pid)


def _meter_of(worker: int) -> int:
    """Process id of NFStream's meter."""
    return int(Path(f"/proc/{worker}/task/{worker}/children").read_text().split()[0])


@pytest.mark.parametrize("max_frames", [1, 997, 20_000])
def test_every_accepted_frame_is_exact_whatever_the_clock_does(
    max_frames: int, temporary: Path
) -> None:
    frames = _mixture(600 if max_frames == 1 else 9_000)
    reader = MadeReader(frames, max_frames=max_frames)
    with NFStreamFeed(lambda: reader, temporary_folder=temporary) as feed:
        accepted, tags = _all(feed)
    expected = [i % 7 != 3 for i in range(len(frames))]
    assert accepted.tolist() == expected
    assert [tag >= 0 for tag in tags] == expected
    by_flow = [i % 40 for i in range(len(frames)) if i % 7 != 3]
    assert len(set(zip(by_flow, tags[accepted].tolist(), strict=True))) == 40


def test_blocks_are_those_of_the_capture(temporary: Path) -> None:
    frames = _mixture(50)
    with NFStreamFeed(lambda: MadeReader(frames), temporary_folder=temporary) as feed:
        (block,) = list(feed)
    assert block.frames.time_us.tolist() == [f.time_us for f in frames]
    assert block.frames.frame.tolist() == list(range(1, 51))


def test_names_arrive_with_the_packets_that_show_them(temporary: Path) -> None:
    frames = [Made(ethernet(ipv4(_dns(i), 17))) for i in range(6)] * 2
    reader = MadeReader(frames, max_frames=3)
    with NFStreamFeed(lambda: reader, temporary_folder=temporary) as feed:
        known = [len(feed.applications) for _ in feed]
        names = [feed.applications[tag] for tag in range(6)]
    assert known == [3, 6, 6, 6]
    assert {name.name for name in names} == {"DNS"}
    assert [name.server_name for name in names] == [f"host{i}.example.org" for i in range(6)]


def test_hostile_names_stay_text(temporary: Path) -> None:
    request = b'GET / HTTP/1.1\r\nHost: \x1b]0;=cmd\xff,"x"\r\nUser-Agent: \xfe\x00\r\n\r\n'
    frames = [Made(ethernet(ipv4(tcp(request, ports=(40000, 80))))) for _ in range(3)]
    with NFStreamFeed(lambda: MadeReader(frames), temporary_folder=temporary) as feed:
        accepted, _ = _all(feed)
        names = list(feed.applications.values())
    assert accepted.all()
    assert all(isinstance(text, str) for name in names for text in name)
    assert all(text == text.encode().decode() for name in names for text in name)


def test_flow_closed_by_nfstream_keeps_tag_and_names(temporary: Path) -> None:
    # The flow is silent for 60,000 frames: NFStream closes it and dissects it anew.
    quiet = [Made(ethernet(ipv4(_dns(1), 17)))]
    other = [Made(ethernet(ipv4(tcp(b"x"))))] * 60_000
    frames = quiet + other + [Made(ethernet(ipv4(udp(b"zz", ports=(1025, 53)), 17)))]
    reader = MadeReader(frames, max_frames=10_000)
    with NFStreamFeed(lambda: reader, temporary_folder=temporary) as feed:
        accepted, tags = _all(feed)
        assert feed.applications[int(tags[-1])].server_name == "host1.example.org"
    assert accepted.all()
    assert tags[0] == tags[-1] != tags[1]


def test_nothing_accepted_and_nothing_at_all(temporary: Path) -> None:
    with NFStreamFeed(lambda: MadeReader([Made(ARP)] * 30), temporary_folder=temporary) as feed:
        assert _all(feed)[0].tolist() == [False] * 30
    with NFStreamFeed(lambda: MadeReader([]), temporary_folder=temporary) as feed:
        assert list(feed) == []


SLL = b"\0\0\0\x01\0\x06" + bytes(8)


@pytest.mark.parametrize(
    ("link_type", "heads"),
    [
        (0, [b"\x02\0\0\0", b"\0\0\0\x02"]),
        (101, [b""]),
        (113, [SLL + b"\x08\0", SLL + b"\x88\xa8\0\x05\x81\0\0\x06\x08\0"]),
        (228, [b""]),
    ],
)
def test_link_types_that_nfstream_knows(
    link_type: int, heads: list[bytes], temporary: Path
) -> None:
    frames = [Made(head + ipv4(tcp(b"x" * 100)), link_type=link_type) for head in heads] * 5
    with NFStreamFeed(lambda: MadeReader(frames), temporary_folder=temporary) as feed:
        assert _all(feed)[0].all()


def test_link_types_that_nfstream_lacks(temporary: Path) -> None:
    heads = [
        (9, b"\xff\x03\0\x21"),
        (9, b"\0\x21"),
        (9, b"\x21"),
        (14, b""),
        (50, b"\xff\x03\0\x21"),
        (51, b"\x11\0\0\x01\0\x8e\0\x21"),
        (108, b"\0\0\0\x02"),
        (276, b"\x08\0" + bytes(18)),
    ]
    frames = [Made(head + ipv4(tcp(b"x" * 100)), link_type=number) for number, head in heads] * 5
    with NFStreamFeed(lambda: MadeReader(frames), temporary_folder=temporary) as feed:
        assert _all(feed)[0].all()


def test_link_types_may_be_mixed(temporary: Path) -> None:
    frames = [
        Made(ethernet(ipv4(tcp(b"x")))),
        Made(b"\x86\xdd" + bytes(18) + ipv6(tcp(b"x")), link_type=276),
        Made(b"\x86\xdd\0\0", link_type=276),
        Made(ipv6(tcp(b"x")), link_type=101),
        Made(b"\0\0\0\x1e" + ipv6(tcp(b"x")), link_type=108),
        Made(bytes(100), link_type=999),
        Made(ARP),
    ] * 50
    for read_once in (False, True):
        reader = MadeReader(frames, max_frames=64, read_once=read_once)
        with NFStreamFeed(lambda: reader, temporary_folder=temporary) as feed:  # noqa: B023
            accepted, _ = _all(feed)
        assert accepted.tolist() == [True, True, False, True, True, False, False] * 50


@pytest.mark.parametrize("how", [{"read_once": True}, {"compression": "gzip"}])
def test_what_is_read_once_is_spooled(how: dict[str, object], temporary: Path) -> None:
    reader = MadeReader(_mixture(2_500), max_frames=600, **how)  # type: ignore[arg-type]
    opened = []

    def open_reader() -> MadeReader:
        opened.append(1)
        return reader

    with NFStreamFeed(open_reader, temporary_folder=temporary) as feed:
        blocks = [(b.frames.time_us.copy(), b.accepted) for b in feed]
    assert (len(opened), reader.walks) == (1, 1)
    assert np.concatenate([t for t, _ in blocks]).tolist() == [f.time_us for f in reader.frames]
    assert np.concatenate([a for _, a in blocks]).sum() == sum(i % 7 != 3 for i in range(2_500))


def test_stop_ends_early_and_leaves_no_process(temporary: Path) -> None:
    reader = MadeReader(_mixture(60_000), max_frames=1_000)
    with NFStreamFeed(lambda: reader, temporary_folder=temporary) as feed:
        given = 0
        for block in feed:
            given += len(block.frames.frame)
            assert feed._process is not None
            pid = feed._process.pid
            if given == 5_000:
                feed.stop()
        assert given == 5_000
        assert _gone(pid)


def test_stop_while_copying_meters_what_was_read(temporary: Path) -> None:
    reader = MadeReader(_mixture(10_000), max_frames=1_000, read_once=True)
    asked = iter([False] * 3 + [True] * 100)
    with NFStreamFeed(
        lambda: reader, temporary_folder=temporary, should_stop=lambda: next(asked)
    ) as feed:
        accepted, _ = _all(feed)
        assert feed.stopped_early
    assert len(accepted) == 4_000


def test_interrupt_while_reading_leaves_nothing(temporary: Path) -> None:
    reader = MadeReader(_mixture(30_000), max_frames=500)
    feed = NFStreamFeed(lambda: reader, temporary_folder=temporary)

    def interrupted() -> None:
        with feed:
            next(iter(feed))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert feed._process is not None
    assert _gone(feed._process.pid)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks into Linux's /proc")
@pytest.mark.parametrize("who", ["worker", "meter"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_death_of_a_process_is_an_error_within_seconds(
    who: str, how: signal.Signals, temporary: Path
) -> None:
    reader = MadeReader(_mixture(200_000), max_frames=1_000)
    with NFStreamFeed(lambda: reader, temporary_folder=temporary) as feed:
        blocks = iter(feed)
        next(blocks)
        assert feed._process is not None
        worker = feed._process.pid
        os.kill(worker if who == "worker" else _meter_of(worker), how)
        begun = time.perf_counter()
        with pytest.raises(Defect, match=r"made\.pcap: NFStream did not finish.*--meter native"):
            list(blocks)
        assert time.perf_counter() - begun < 10
        assert _gone(worker)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks into Linux's /proc")
def test_nothing_lives_on_when_the_feed_is_dropped(temporary: Path) -> None:
    feed = NFStreamFeed(lambda: MadeReader(_mixture(100_000)), temporary_folder=temporary)
    next(iter(feed))
    assert feed._process is not None
    worker = feed._process.pid
    assert _alive(worker)
    feed.close()
    feed.close()
    assert _gone(worker)


_SITECUSTOMIZE = """
import os
import sys
if "netad_pcap.metering.nfstream_worker" in " ".join(sys.orig_argv):
    from netad_pcap.metering import nfstream_plugin
    {body}
"""


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            "nfstream_plugin.FramePlugin.watch = lambda *a: 1 / 0",
            r"our plugin failed in it \(ZeroDivisionError: division by zero",
        ),
        ("nfstream_plugin.FramePlugin.on_update = lambda *a: sys.exit(3)", "meter process died"),
        ("nfstream_plugin.FramePlugin.on_update = lambda *a: 1 / 0", "ZeroDivisionError"),
        ("nfstream_plugin.FramePlugin.flush = lambda *a: os._exit(0)", "meter process died"),
    ],
)
def test_failing_plugin_is_an_error(
    body: str, says: str, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(_SITECUSTOMIZE.format(body=body))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    begun = time.perf_counter()
    with (
        NFStreamFeed(lambda: MadeReader(_mixture(9_000)), temporary_folder=temporary) as feed,
        pytest.raises(Defect, match=says),
    ):
        list(feed)
    assert time.perf_counter() - begun < 20


def test_flows_closed_for_memory_keep_their_tags(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A frame a second: NFStream's time-out is 1,000 frames, and no flow is silent so long.
    frames = [Made(ethernet(ipv4(_dns(i % 40), 17)), i * 1_000_000) for i in range(9_000)]
    closed = tmp_path / "closed"
    body = f"""nfstream_plugin.MOST_OPEN = 10
    was = nfstream_plugin.FramePlugin.on_expire
    def on_expire(self, flow):
        open({str(closed)!r}, "a").write(f"{{flow.expiration_id}} ")
        was(self, flow)
    nfstream_plugin.FramePlugin.on_expire = on_expire"""
    (tmp_path / "sitecustomize.py").write_text(_SITECUSTOMIZE.format(body=body))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with NFStreamFeed(lambda: MadeReader(frames), temporary_folder=temporary) as feed:
        accepted, tags = _all(feed)
        names = [feed.applications[tag].server_name for tag in tags[:40].tolist()]
    assert accepted.all()
    assert closed.read_text().count("-1") > 100
    assert (tags.reshape(-1, 40) == tags[:40]).all()
    assert names == [f"host{i}.example.org" for i in range(40)]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere every other test spawns")
def test_spawned_meter_says_the_same_as_a_forked_one(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on Windows; there NFStream also makes its own tuple of every packet.
    reader = MadeReader(_mixture(9_000))
    with NFStreamFeed(lambda: reader, temporary_folder=temporary) as feed:
        forked, names = _all(feed), dict(feed.applications)
    body = "import nfstream; nfstream.NFStreamer.is_windows = True"
    (tmp_path / "sitecustomize.py").write_text(_SITECUSTOMIZE.format(body=body))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with NFStreamFeed(lambda: reader, temporary_folder=temporary) as feed:
        spawned = _all(feed)
        assert dict(feed.applications) == names
    assert all((a == b).all() for a, b in zip(forked, spawned, strict=True))


def test_worker_that_never_answers_can_be_stopped(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "import time; time.sleep(600)"
    (tmp_path / "sitecustomize.py").write_text(_SITECUSTOMIZE.format(body=body))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with NFStreamFeed(lambda: MadeReader(_mixture(100)), temporary_folder=temporary) as feed:
        ender = threading.Timer(1.0, feed.stop)
        ender.start()
        assert list(feed) == []
        ender.join()


def test_worker_that_lives_but_makes_no_progress_is_an_error(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netad_pcap.metering.nfstream_feed._PATIENCE_S", 2.0)
    body = "nfstream_plugin.FramePlugin.flush = lambda *a: __import__('time').sleep(600)"
    (tmp_path / "sitecustomize.py").write_text(_SITECUSTOMIZE.format(body=body))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with NFStreamFeed(lambda: MadeReader(_mixture(100)), temporary_folder=temporary) as feed:
        with pytest.raises(Defect, match=r"made\.pcap: NFStream .* made no progress in 2 s"):
            list(feed)
        assert feed._process is not None
        assert _gone(feed._process.pid)


def test_no_room_is_said_with_size_place_and_remedy(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = SimpleNamespace(free=5 << 20)
    monkeypatch.setattr("netad_pcap.metering.spool.shutil.disk_usage", lambda _: usage)
    with (
        NFStreamFeed(lambda: MadeReader(_mixture(9)), temporary_folder=temporary) as feed,
        pytest.raises(OutputError, match=r"no room in .*temporary.*needed, 5 MiB free.*TMPDIR"),
    ):
        list(feed)


def test_file_too_large_for_the_system_is_said(temporary: Path) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    reader = MadeReader(_mixture(20_000))
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with (
            NFStreamFeed(lambda: reader, temporary_folder=temporary) as feed,
            pytest.raises(OutputError, match=r"no room in .*File too large"),
        ):
            list(feed)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_absent_temporary_folder_is_said(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    with (
        NFStreamFeed(lambda: MadeReader(_mixture(9)), temporary_folder=absent) as feed,
        pytest.raises(OutputError, match=r"no temporary folder in .*absent.*TMPDIR"),
    ):
        list(feed)


def test_capture_that_shrinks_is_an_error(temporary: Path) -> None:
    readers = [MadeReader(_mixture(n)) for n in (200, 200, 100)]
    with (
        NFStreamFeed(lambda: readers.pop(0), temporary_folder=temporary) as feed,
        pytest.raises(CaptureError, match=r"changed while it was read \(200 frames at first, 100"),
    ):
        list(feed)


def test_capture_that_grows_is_read_as_it_was(temporary: Path) -> None:
    readers = [MadeReader(_mixture(n)) for n in (200, 200, 300)]
    with NFStreamFeed(lambda: readers.pop(0), temporary_folder=temporary) as feed:
        assert len(_all(feed)[0]) == 200


def test_errors_are_for_people() -> None:
    assert issubclass(Defect, NetadError)
    assert "--meter native" in nfstream_process._ADVICE


def _types(block: FedBlock) -> tuple[str, str]:
    assert block.accepted is not None
    assert block.tag is not None
    return block.accepted.dtype.name, block.tag.dtype.name


def test_columns_have_their_types(temporary: Path) -> None:
    with NFStreamFeed(lambda: MadeReader(_mixture(9)), temporary_folder=temporary) as feed:
        assert [_types(block) for block in feed] == [("bool", "int32")]


def test_frame_longer_than_libpcap_reads_hides_nothing_behind_it(temporary: Path) -> None:
    ordinary = Made(ethernet(ipv4(tcp(b"x"))))
    frames = [ordinary, Made(ethernet(ipv4(tcp(bytes(400_000)), total=65_535))), ordinary]
    with NFStreamFeed(lambda: MadeReader(frames), temporary_folder=temporary) as feed:
        accepted, _ = _all(feed)
    assert accepted[[0, 2]].all()
