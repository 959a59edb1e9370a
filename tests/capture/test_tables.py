"""Flow tables of every dialect, and broken ones."""

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zstandard

from netad_pcap import schema
from netad_pcap.capture.tables import is_flow_table, open_flow_table, read_flow_table
from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch, address_text, concatenate
from netad_pcap.metering.rules import PROFILES

IDENTITY_CELLS = {
    "Flow ID": "10.0.0.1-192.0.2.7-4000-80-6",
    "Src IP": "10.0.0.1",
    "Src Port": "4000",
    "Dst IP": "192.0.2.7",
    "Dst Port": "80",
    "Protocol": "6",
    "Timestamp": "18/05/2026 04:49:39",
    "Label": "Benign",
}


def row(dialect: str, **changes: str) -> list[str]:
    """One row of a dialect: zeros, but for identity and `changes` (blanks as `_` in the names)."""
    new = {name.replace("_", " "): value for name, value in changes.items()}
    return [
        new.get(name or "", IDENTITY_CELLS.get(name or "", "0"))
        for name in schema.DIALECTS[dialect].columns
    ]


def write(path: Path, dialect: str, rows: list[list[str]], end: str = "\n") -> Path:
    lines = [list(schema.DIALECTS[dialect].headers), *rows]
    path.write_text("".join(",".join(line) + end for line in lines), encoding="utf-8", newline="")
    return path


def read(path: Path) -> FlowBatch:
    return concatenate(read_flow_table(path))


METERED = "cse-cic-ids2018/metered-84"
V4 = "cicflowmeter-v4/84"
FIXED = "cicflowmeter-fixed/94"
IDS2017 = "cic-ids2017/generated-labelled-flows-85"


def test_fixed_row_is_typed_by_its_profile(tmp_path: Path) -> None:
    cells = row(
        FIXED, Timestamp="2026-05-18 04:49:40.841219", Flow_Duration="7", Subflow_Fwd_Pkts="1.5"
    )
    batch = read(write(tmp_path / "t.csv", FIXED, [cells]))
    assert batch.profile == "cic-fixed"
    assert batch.features["Subflow Fwd Pkts"].tolist() == [1.5]
    assert batch.features["Flow Duration"].dtype == np.int64
    assert batch.identity["start_us"].tolist() == [1_779_079_780_841_219]
    assert batch.identity["end_us"].tolist() == [1_779_079_780_841_226]
    assert address_text(batch.identity["src_ip"]).tolist() == ["10.0.0.1"]
    assert batch.identity["dst_port"].tolist() == [80]
    assert batch.text["label"].tolist() == ["Benign"]


@pytest.mark.parametrize("dialect", list(schema.DIALECTS))
def test_every_dialect_is_read(tmp_path: Path, dialect: str) -> None:
    stamp = "18/05/2026 04:49:39 PM" if dialect == V4 else "18/05/2026 04:49:39"
    table = open_flow_table(write(tmp_path / "t.csv", dialect, [row(dialect, Timestamp=stamp)] * 3))
    batch = concatenate(table.batches())
    assert table.header.dialect is schema.DIALECTS[dialect]
    assert len(batch) == 3
    names = {n for n in schema.DIALECTS[dialect].columns if n} - set(schema.IDENTITY_COLUMNS)
    assert set(batch.features) == names


def test_twelve_hour_clock_without_am_or_pm_gives_no_times(tmp_path: Path) -> None:
    table = open_flow_table(write(tmp_path / "t.csv", METERED, [row(METERED)]))
    assert table.clock_ambiguous
    assert table.clock_resolution_us == 1_000_000
    batch = concatenate(table.batches())
    assert "start_us" not in batch.identity
    assert batch.text["timestamp"].tolist() == ["18/05/2026 04:49:39"]


def test_an_hour_above_twelve_shows_a_clock_of_24_hours(tmp_path: Path) -> None:
    rows = [row(METERED), row(METERED, Timestamp="18/05/2026 16:49:39")]
    table = open_flow_table(write(tmp_path / "t.csv", METERED, rows))
    assert not table.clock_ambiguous
    starts = concatenate(table.batches()).identity["start_us"]
    assert starts[1] - starts[0] == 12 * 3600 * 1_000_000


def test_local_time_stamps_are_moved_to_utc(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", V4, [row(V4, Timestamp="18/05/2026 04:49:39 AM")])
    utc = read(path).identity["start_us"][0]
    moncton = next(read_flow_table(path, timezone="America/Moncton")).identity["start_us"][0]
    assert moncton - utc == 3 * 3600 * 1_000_000
    with pytest.raises(UsageError, match="no such time zone: 'Nowhere'"):
        open_flow_table(path, timezone="Nowhere")


def test_header_lines_inside_the_body_are_no_rows(tmp_path: Path) -> None:
    header = list(schema.DIALECTS[METERED].headers)
    path = write(tmp_path / "t.csv", METERED, [row(METERED), header, row(METERED), header])
    assert len(read(path)) == 2


def test_line_ends_may_be_mixed(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", METERED, [row(METERED)], end="\r\n")
    with path.open("a", encoding="utf-8") as file:
        file.write(",".join(row(METERED)) + "\n" + ",".join(row(METERED)) + "\r\n")
    batch = read(path)
    assert len(batch) == 3
    assert batch.text["label"].tolist() == ["Benign"] * 3


def test_infinities_nan_and_padded_numbers_are_read(tmp_path: Path) -> None:
    values = ["Infinity", "-Infinity", "NaN", "1.1304E8", " 2.5 ", ""]
    rows = [row(METERED, **{"Flow_Pkts/s": v, "Tot_Fwd_Pkts": " 6.0"}) for v in values]
    batch = read(write(tmp_path / "t.csv", METERED, rows))
    expected = [np.inf, -np.inf, np.nan, 1.1304e8, 2.5, np.nan]
    np.testing.assert_array_equal(batch.features["Flow Pkts/s"], expected)
    assert batch.features["Tot Fwd Pkts"].tolist() == [6] * 6


@pytest.mark.parametrize(
    ("cell", "name", "words"),
    [
        ("many", "Tot_Fwd_Pkts", "'many' is not a whole number"),
        ("1.5", "Tot_Fwd_Pkts", "'1.5' is not a whole number"),
        ("1e400x", "Flow_IAT_Mean", "'1e400x' is not a number"),
        ("10.0.0.256", "Src_IP", "'10.0.0.256' is not an IP address"),
        ("30/02/2026 01:00:00", "Timestamp", "is not a time stamp"),
    ],
)
def test_bad_cell_is_named_by_line_and_column(
    tmp_path: Path, cell: str, name: str, words: str
) -> None:
    rows = [row(METERED), row(METERED), row(METERED, **{name: cell})]
    path = write(tmp_path / "t.csv", METERED, rows)
    text = path.read_text(encoding="utf-8").replace("\n", "\n\n", 1)
    path.write_text(text, encoding="utf-8")  # a blank line counts as a line
    with pytest.raises(
        UsageError, match=f"t.csv: line 5, column '{name.replace('_', ' ')}'.*{words}"
    ):
        read(path)


def test_row_that_is_cut_is_named_by_line(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", METERED, [row(METERED), row(METERED)[:40]])
    with pytest.raises(UsageError, match="line 3 has 40 cells, the header 84"):
        read(path)


def test_2017_repeat_must_have_the_same_values(tmp_path: Path) -> None:
    good = row(IDS2017, Fwd_Header_Len="64")
    good[61] = "64"
    assert read(write(tmp_path / "g.csv", IDS2017, [good])).features["Fwd Header Len"][0] == 64
    bad = row(IDS2017, Fwd_Header_Len="64")
    with pytest.raises(UsageError, match="'0' is not 64, which it should repeat"):
        read(write(tmp_path / "b.csv", IDS2017, [bad]))


def test_labels_of_2017_in_windows_1252_are_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.csv", METERED, [row(METERED, Label="Web Attack ~ XSS"), row(METERED)]
    )
    path.write_bytes(path.read_bytes().replace(b"~", b"\x96"))
    assert read(path).text["label"].tolist() == ["Web Attack – XSS", "Benign"]


@pytest.mark.parametrize("kind", ["gz", "xz", "zst"])
def test_compressed_tables_are_read_whatever_they_are_called(tmp_path: Path, kind: str) -> None:
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gz": gzip.compress,
        "xz": lzma.compress,
        "zst": zstandard.compress,
    }
    pack = packers[kind]
    plain = write(tmp_path / "t.csv", METERED, [row(METERED)] * 5)
    packed = tmp_path / "packed"
    packed.write_bytes(pack(plain.read_bytes()))
    assert is_flow_table(packed)
    assert len(read(packed)) == 5
    packed.write_bytes(packed.read_bytes()[:-30])
    with pytest.raises(UsageError, match="damaged"):
        read(packed)


def test_parquet_equals_csv(tmp_path: Path) -> None:
    import polars as pl

    path = write(tmp_path / "t.csv", METERED, [row(METERED, **{"Flow_Pkts/s": "1.25"})] * 4)
    typed = pl.read_csv(path)
    typed.write_parquet(tmp_path / "t.parquet")
    csv, parquet = read(path), read(tmp_path / "t.parquet")
    for name, column in csv.features.items():
        np.testing.assert_array_equal(column, parquet.features[name])
        assert column.dtype == parquet.features[name].dtype
    assert parquet.text["label"].tolist() == ["Benign"] * 4


def test_report_of_another_profile_is_not_taken_for_cic_2018(tmp_path: Path) -> None:
    report = "netad-pcap/report-94"
    cells = row(report, Timestamp="2026-05-18 04:49:40", SYN_Flag_Cnt="2")
    head = [*schema.DIALECTS[report].headers, "Ext", "Verdict", "First Frame", "Capture"]
    path = tmp_path / "r.csv"
    path.write_text(",".join(head) + "\n" + ",".join([*cells, "ipv6 one", "benign", "9", "a.pcap"]))
    table = open_flow_table(path)
    batch = concatenate(table.batches())
    assert table.profile == "cic-fixed"
    assert batch.text["ext"].tolist() == ["ipv6 one"]
    assert batch.identity["first_frame"].tolist() == [9]
    assert batch.captures == ("a.pcap",)


def test_numbers_of_another_profile_under_2018_names_have_no_profile(tmp_path: Path) -> None:
    cells = row(METERED, SYN_Flag_Cnt="2", Fwd_PSH_Flags="0")
    assert open_flow_table(write(tmp_path / "t.csv", METERED, [cells])).profile is None


def test_table_without_rows_gives_no_batch(tmp_path: Path) -> None:
    assert list(read_flow_table(write(tmp_path / "t.csv", METERED, []))) == []


def test_other_files_are_not_flow_tables(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(b"\xd4\xc3\xb2\xa1" + b"\0" * 100)
    (tmp_path / "b.csv").write_text("a,b,c\n1,2,3\n")
    (tmp_path / "c").write_bytes(b"")
    (tmp_path / "d.parquet").write_bytes(b"PAR1 but not really")
    for name in ("a.pcap", "b.csv", "c", "d.parquet", "absent", "."):
        assert not is_flow_table(tmp_path / name), name
    with pytest.raises(UsageError, match="no such file"):
        open_flow_table(tmp_path / "absent")
    with pytest.raises(UsageError, match="not a flow table"):
        open_flow_table(tmp_path / "b.csv")


def test_published_sample_has_its_labels_and_infinities(shared_data: Path) -> None:
    path = shared_data / "tables" / "cic2018" / "published_80_columns_sample.csv"
    batch = concatenate(read_flow_table(path))
    assert len(batch) == 16
    assert batch.profile == "cic-2018"
    assert "DoS attacks-Hulk" in batch.text["label"]


@pytest.mark.parametrize("profile", PROFILES)
def test_golden_tables_are_read_under_their_profile(shared_data: Path, profile: str) -> None:
    path = shared_data / "golden" / "official" / f"test.{profile}.csv.gz"
    if not path.is_file():
        pytest.skip(f"no {path}")
    table = open_flow_table(path)
    batch = concatenate(table.batches())
    assert table.profile == profile
    assert tuple(batch.features) == schema.PROFILES[profile].features
    assert all(
        column.dtype == schema.dtype_of(name, profile) for name, column in batch.features.items()
    )
