"""The sample captures are what their script builds, and hold what their README says."""

import csv
import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from netad_pcap.families import FAMILIES

FOLDER = Path(__file__).parents[2] / "sample_pcaps"
CAPTURES = sorted(p.name for p in FOLDER.iterdir() if p.suffix in (".pcap", ".pcapng"))
#: One record of `damaged.pcap` lies about its length.
CLASSIC = [name for name in CAPTURES if name.endswith(".pcap") and name != "damaged.pcap"]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("scapy", reason="scapy builds the samples")
    from sample_pcaps.make_samples import make_samples

    folder = tmp_path_factory.mktemp("samples")
    make_samples(folder)
    return folder


def records(path: Path) -> Iterator[tuple[int, bytes]]:
    """Time in µs and bytes of each record of a classic little-endian file."""
    data = path.read_bytes()
    at = 24
    while at < len(data):
        seconds, fraction, captured, wire = struct.unpack_from("<IIII", data, at)
        assert captured == wire
        yield seconds * 1_000_000 + fraction, data[at + 16 : at + 16 + captured]
        at += 16 + captured


def test_they_are_at_most_200_kilobytes_and_2_megabytes_together() -> None:
    sizes = [(FOLDER / name).stat().st_size for name in CAPTURES]
    assert len(sizes) >= 14
    assert max(sizes) <= 200_000
    assert sum(sizes) <= 2_000_000


def test_built_again_they_are_the_same_bytes(built: Path) -> None:
    names = sorted(path.name for path in built.iterdir())
    assert len(names) == 2 * len(CAPTURES)
    for name in names:
        assert (built / name).read_bytes() == (FOLDER / name).read_bytes(), name


@pytest.mark.parametrize("name", CAPTURES)
def test_readme_names_it_with_its_hash(name: str) -> None:
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"| `{name}` |" in readme
    assert f"{digest}  {name}" in readme


@pytest.mark.parametrize("name", CAPTURES)
def test_truth_file_has_the_format_of_the_design(name: str) -> None:
    with (FOLDER / f"{Path(name).stem}.truth.csv").open(encoding="utf-8", newline="") as file:
        rules = list(csv.DictReader(file))
    assert list(rules[0]) == [
        "capture", "src", "dst", "src_port", "dst_port", "protocol", "start", "end", "family",
        "tool", "source",
    ]  # fmt: skip
    assert {rule["capture"] for rule in rules} == {name}
    assert {rule["family"] for rule in rules} <= set(FAMILIES)
    assert rules[0]["source"]


@pytest.mark.parametrize("name", CLASSIC)
def test_frames_are_in_order_and_long_enough_for_ethernet(name: str) -> None:
    frames = list(records(FOLDER / name))
    times = [time for time, _ in frames]
    assert times == sorted(times)
    assert min(len(data) for _, data in frames) >= 60


def ipv4_flows(path: Path) -> set[tuple[object, ...]]:
    """Five-tuples of untagged IPv4 TCP and UDP, ends in one order."""
    flows = set()
    for _, frame in records(path):
        if frame[12:14] != b"\x08\x00" or frame[23] not in (6, 17):
            continue
        ends = ((frame[26:30], frame[34:36]), (frame[30:34], frame[36:38]))
        flows.add((*sorted(ends), frame[23]))
    return flows


@pytest.mark.parametrize(
    ("name", "least"),
    [("browsing_dns.pcap", 100), ("port_scan.pcap", 449), ("password_attack.pcap", 36),
     ("syn_flood.pcap", 1_300), ("slow_dos.pcap", 50), ("web_attack.pcap", 40),
     ("dns_tunnel.pcap", 170), ("beacon_jitter.pcap", 80), ("lateral_movement.pcap", 15)],
)  # fmt: skip
def test_there_are_flows_enough_to_find_something(name: str, least: int) -> None:
    assert len(ipv4_flows(FOLDER / name)) >= least


def test_scan_lies_within_the_times_of_its_truth() -> None:
    with (FOLDER / "port_scan.truth.csv").open(encoding="utf-8", newline="") as file:
        rule = next(csv.DictReader(file))
    source = bytes(int(part) for part in rule["src"].split("."))
    times = [t / 1e6 for t, frame in records(FOLDER / "port_scan.pcap") if frame[26:30] == source]
    assert float(rule["start"]) <= min(times)
    assert max(times) <= float(rule["end"])


def test_what_was_lost_is_sent_again_with_the_same_numbers() -> None:
    """TCP segments with payload of the web attack: a few come twice, the same bytes."""
    seen: dict[bytes, bytes] = {}
    again = 0
    for _, frame in records(FOLDER / "web_attack.pcap"):
        body = frame[34 + (frame[46] >> 4) * 4 : 14 + struct.unpack_from("!H", frame, 16)[0]]
        if frame[12:14] != b"\x08\x00" or frame[23] != 6 or not body:
            continue
        segment = frame[26:42]  # addresses, ports, sequence number
        again += segment in seen
        assert seen.setdefault(segment, body) == body
    assert 1 <= again <= 20


def test_one_record_of_the_damaged_capture_claims_two_gigabytes() -> None:
    from netad_pcap.capture import open_capture

    with open_capture(FOLDER / "damaged.pcap") as reader:
        packets = sum(len(block.frame) for block in reader.blocks())
        (damage,) = reader.health.damage
    data = (FOLDER / "damaged.pcap").read_bytes()
    assert struct.unpack_from("<I", data, damage.offset + 8) == (0x7FFF_FFFF,)
    assert packets > 150
    assert damage.offset < len(data) * 3 // 4


def test_pcapng_has_three_interfaces() -> None:
    from netad_pcap.capture import open_capture

    with open_capture(FOLDER / "three_interfaces.pcapng") as reader:
        packets = {0: 0, 1: 0, 2: 0}
        for block in reader.blocks():
            for interface in block.interface.tolist():
                packets[interface] += 1
        described = [(i.name, i.link_type) for i in reader.interfaces]
        assert reader.health.whole
    assert described == [("eth0", 1), ("wlan0", 1), ("tun0", 101)]
    assert min(packets.values()) > 50


@pytest.mark.parametrize("name", [name for name in CAPTURES if name != "two_interfaces_cut.pcapng"])
def test_truth_finds_flows_for_each_rule(name: str) -> None:
    from netad_pcap.flows import concatenate
    from netad_pcap.metering.meter import meter
    from netad_pcap.training import read_truth

    path = FOLDER / name
    truth = read_truth(path.with_name(f"{path.stem}.truth.csv"))
    flows = concatenate(list(meter(path, profile="cic-fixed", meter="native")))
    assert all(rule.matches(flows).any() for rule in truth.rules)
    families = set(truth.families_of(flows, name).tolist())
    assert families == {"benign", *(rule.family for rule in truth.rules)}


def test_pcapng_has_two_interfaces_and_ends_in_a_cut_block() -> None:
    data = (FOLDER / "two_interfaces_cut.pcapng").read_bytes()
    at, interfaces, packets = 0, [], {0: 0, 1: 0}
    while at + 12 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if at + size > len(data):
            break
        assert struct.unpack_from("<I", data, at + size - 4)[0] == size
        if kind == 1:
            interfaces.append(struct.unpack_from("<H", data, at + 8)[0])
        elif kind == 6:
            packets[struct.unpack_from("<I", data, at + 8)[0]] += 1
        at += size
    assert interfaces == [1, 101]
    assert min(packets.values()) > 50
    assert 0 < len(data) - at < size
    assert kind == 6
