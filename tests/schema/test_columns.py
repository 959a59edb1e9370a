"""The schema's tables against the golden list of columns."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netad_pcap import schema
from netad_pcap.metering.rules import PROFILES


@pytest.fixture(scope="module")
def golden(shared_data: Path) -> dict[str, Any]:
    path = shared_data / "golden" / "columns.json"
    if not path.is_file():
        pytest.skip(f"no {path}")
    columns: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return columns


def test_profiles_have_84_84_94_89_and_42_columns() -> None:
    counts = {name: len(profile.columns) for name, profile in schema.PROFILES.items()}
    assert counts == {
        "cic-2018": 84, "cic-v4": 84, "cic-fixed": 94, "cic-fixed-2022": 89, "kdd": 42,
        "kdd-100": 42,
    }  # fmt: skip


def test_features_are_the_columns_without_identity_and_label() -> None:
    profile = schema.PROFILES["cic-2018"]
    assert len(profile.features) == 76
    assert profile.features[0] == "Flow Duration"
    assert not set(profile.features) & set(schema.IDENTITY_COLUMNS)


def test_every_profile_column_says_what_it_measures() -> None:
    for profile in (schema.PROFILES[name] for name in PROFILES):
        for name in profile.columns:
            assert schema.COLUMNS[name].measures[profile.name], (profile.name, name)
        measured = [n for n, c in schema.COLUMNS.items() if profile.name in c.measures]
        assert sorted(measured) == sorted(profile.columns)


def test_kdd_measures_28_of_its_columns() -> None:
    content = tuple(schema.KDD_COLUMNS)[9:22]
    for name in ("kdd", "kdd-100"):
        profile = schema.PROFILES[name]
        assert profile.columns == (*schema.KDD_COLUMNS, "Label")
        assert set(profile.columns) - set(profile.features) == {*content, "Label"}
        assert len(profile.features) == 28


def test_names_of_kdd_are_no_columns_of_a_table_of_flows() -> None:
    cells = (*schema.PROFILES["cic-2018"].headers, "service", "count", "duration")
    assert schema.match_header(cells).columns[-3:] == [None] * 3
    match = schema.match_header(schema.DIALECTS["kdd-cup-99/42"].headers)
    assert match.dialect is not None
    assert match.dialect.profile == "kdd"


def test_subflows_are_real_numbers_in_cic_fixed_only() -> None:
    kinds = {p: schema.dtype_of("Subflow Fwd Pkts", p) for p in PROFILES}
    assert kinds == {p: np.dtype("f8" if p == "cic-fixed" else "i8") for p in kinds}


@pytest.mark.parametrize("name", ["Flow ID", "Timestamp", "Src IP", "Fwd RST Flags", "nonsense"])
def test_dtype_of_what_is_not_numeric_or_not_in_the_profile_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        schema.dtype_of(name, "cic-2018")


def test_columns_equal_the_golden_list(golden: dict[str, Any]) -> None:
    kinds = {
        "string": "text", "ipv4": "address", "float (whole)": "whole", "int": "int",
        "float": "float",
    }  # fmt: skip
    by_key = {schema.cell_key(n): c for n, c in schema.COLUMNS.items()}
    assert len(golden["columns"]) == sum(c.rows == "flow" for c in schema.COLUMNS.values())
    for entry in golden["columns"]:
        column = by_key[schema.cell_key(entry["aliases"][0])]
        spellings = {schema.cell_key(s) for s in (column.name, *column.aliases)}
        assert {schema.cell_key(s) for s in entry["aliases"]} == spellings, column.name
        assert entry["unit"] == column.unit
        for profile, meaning in entry["measures"].items():
            assert (meaning is None) == (profile not in column.measures)
            declared = entry["dtype"]
            kind = declared if isinstance(declared, str) else declared[profile]
            assert kinds[kind] == column.dtype_in.get(profile, column.dtype), column.name


def test_dialects_equal_the_golden_headers(golden: dict[str, Any]) -> None:
    ours = {
        n: d
        for n, d in schema.DIALECTS.items()
        if not n.startswith("netad-pcap/") and d.rows == "flow"
    }
    assert list(ours) == list(golden["dialects"])
    for name, entry in golden["dialects"].items():
        assert ours[name].headers == tuple(entry["columns"])
        empty = [c in {"row_id", "attempted_category", "fwd_header_len__repeat"}
                 for c in entry["canonical"]]  # fmt: skip
        assert [c is None for c in ours[name].columns] == empty


def test_page_of_columns_is_current() -> None:
    from netad_pcap.schema.docs import columns_page

    page = Path(__file__).parents[2] / "docs" / "columns.md"
    assert page.read_text(encoding="utf-8") == columns_page(), (
        "run: python -m netad_pcap.schema > docs/columns.md"
    )


def test_import_is_light() -> None:
    code = (
        "import sys, netad_pcap.schema as s; s.COLUMNS; s.match_header;"
        "print([m for m in ('pandas','polars','pyarrow','torch','numba') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
