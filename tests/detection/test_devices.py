"""Devices in one place; a backend of our own says which are there."""

import subprocess
import sys

import pytest

from netad_pcap.detection import Device, move, resolve
from netad_pcap.errors import DeviceError, ExitCode


class FakeBackend:
    """Devices that are said to be there."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def accelerators(self) -> tuple[Device, ...]:
        return tuple(Device(name) for name in self.names)


class Recorder:
    """A detector that records its moves."""

    name = "recorder"

    def __init__(self) -> None:
        self.moves: list[str] = []

    def to(self, device: str) -> None:
        self.moves.append(device)


@pytest.mark.parametrize(
    ("asked", "there", "expected"),
    [
        ("auto", (), "cpu"),
        ("auto", ("cuda:0", "cuda:1"), "cuda:0"),
        ("auto", ("mps",), "mps"),
        ("cpu", ("cuda:0",), "cpu"),
        ("cuda", ("cuda:0", "cuda:1"), "cuda:0"),
        ("cuda:1", ("cuda:0", "cuda:1"), "cuda:1"),
        ("mps", ("mps",), "mps"),
    ],
)
def test_device_that_is_there(asked: str, there: tuple[str, ...], expected: str) -> None:
    assert resolve(asked, FakeBackend(*there)).name == expected


@pytest.mark.parametrize("asked", ["cuda", "cuda:0", "mps"])
def test_absent_device_says_which_are_there(asked: str) -> None:
    with pytest.raises(DeviceError, match=f"device {asked} is not there.*: cpu$") as caught:
        resolve(asked, FakeBackend())
    assert caught.value.exit_code == ExitCode.DEVICE


def test_absent_number_lists_the_others() -> None:
    with pytest.raises(DeviceError, match="cuda:7 is not there; on this machine: cpu, cuda:0"):
        resolve("cuda:7", FakeBackend("cuda:0"))


@pytest.mark.parametrize("asked", ["", "gpu", "cuda:", "cuda:x", "cuda:0 ", "CPU", "meta"])
def test_no_such_name(asked: str) -> None:
    with pytest.raises(DeviceError, match="auto, cpu, cuda, cuda:N or mps"):
        resolve(asked, FakeBackend("cuda:0"))


def test_move_calls_to_once() -> None:
    recorder = Recorder()
    move(recorder, Device("cuda:1"))
    assert recorder.moves == ["cuda:1"]


def test_detector_without_a_network_stays() -> None:
    move(object(), Device("cuda:1"))


def test_device_that_refuses_is_told() -> None:
    class Full(Recorder):
        def to(self, device: str) -> None:
            raise RuntimeError("out of memory\nTried to allocate 2 GiB")

    with pytest.raises(
        DeviceError, match="recorder cannot be moved to cuda:0: out of memory Tried"
    ):
        move(Full(), Device("cuda:0"))


def test_the_real_backend_answers() -> None:
    assert resolve("auto").name.partition(":")[0] in ("cpu", "cuda", "mps")


def test_cpu_and_the_package_load_no_torch() -> None:
    code = (
        "import sys, netad_pcap.detection as d; d.resolve('cpu'); d.Scorer; d.read_bundle\n"
        "heavy = {'torch', 'pandas', 'numba', 'sklearn', 'jsonschema', 'pyarrow', 'polars'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
