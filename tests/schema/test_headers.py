"""Headers of every dialect, and of none."""

import csv
from pathlib import Path

import pytest

from netad_pcap import schema
from netad_pcap.errors import UsageError

PUBLISHED = schema.DIALECTS["cse-cic-ids2018/published-80"].headers
IDS2017 = schema.DIALECTS["cic-ids2017/generated-labelled-flows-85"].headers


@pytest.mark.parametrize("name", list(schema.DIALECTS))
def test_each_dialect_is_told_by_its_header(name: str) -> None:
    dialect = schema.DIALECTS[name]
    match = schema.match_header(dialect.headers)
    assert match.dialect is dialect
    assert tuple(match.columns) == dialect.columns
    assert not match.missing


def test_names_differ_in_anything_but_letters_and_digits() -> None:
    cells = ["\ufeff" + PUBLISHED[0].lower(), *(f"  {c.upper()} _" for c in PUBLISHED[1:])]
    assert schema.match_header(cells).dialect is schema.DIALECTS["cse-cic-ids2018/published-80"]


def test_no_two_columns_share_a_key() -> None:
    spellings = [
        (schema.cell_key(s), name)
        for name, column in schema.COLUMNS.items()
        for s in (name, *column.aliases)
    ]
    keys = dict(spellings)
    assert len(keys) == len(spellings)


def test_missing_column_is_named() -> None:
    cells = [c for c in PUBLISHED if c != "Flow IAT Std"]
    with pytest.raises(UsageError, match="lacks column 'Flow IAT Std'"):
        schema.match_header(cells)
    match = schema.match_header(cells, allow_missing=True)
    assert match.missing == ("Flow IAT Std",)


def test_doubled_column_is_named_with_its_cells() -> None:
    cells = schema.DIALECTS["cse-cic-ids2018/metered-84"].headers
    with pytest.raises(UsageError, match=r"'Pkt Len Std' \(cells 48 'Pkt Len Std' and 85"):
        schema.match_header([*cells, "Packet Length Std"])


def test_identity_columns_may_be_missing() -> None:
    cells = [c for c in PUBLISHED if c not in ("Dst Port", "Protocol", "Timestamp", "Label")]
    match = schema.match_header(cells)
    assert match.dialect is not None
    assert match.dialect.profile == "cic-2018"


def test_cells_of_other_programs_are_no_columns() -> None:
    match = schema.match_header(["capture", *PUBLISHED, "day"])
    assert match.columns[0] is None
    assert match.columns[-1] is None
    assert match.dialect is schema.DIALECTS["cse-cic-ids2018/published-80"]


def test_2017_dialect_may_repeat_forward_header_length_once() -> None:
    match = schema.match_header(IDS2017)
    assert match.repeats == {61: "Fwd Header Len"}
    unique = ["Fwd Header Length.1" if i == 61 else c for i, c in enumerate(IDS2017)]
    assert schema.match_header(unique).repeats == {61: "Fwd Header Len"}
    with pytest.raises(UsageError, match="'Fwd Header Len'"):
        schema.match_header([*IDS2017, "Fwd Header Length"])


def test_other_dialects_may_not_repeat_forward_header_length() -> None:
    cells = schema.DIALECTS["cicflowmeter-v4/84"].headers
    with pytest.raises(UsageError, match="'Fwd Header Len'"):
        schema.match_header([*cells, "Fwd Header Length"])


def test_mixed_spellings_match_without_a_dialect() -> None:
    cells = ["Total Fwd Packets" if c == "Tot Fwd Pkts" else c for c in PUBLISHED]
    match = schema.match_header(cells)
    assert match.dialect is None
    assert "Tot Fwd Pkts" in match.columns


@pytest.mark.parametrize("cells", [[], ["a", "b"], ["duration", "protocol_type", "label"]])
def test_another_table_is_said_not_to_be_a_flow_table(cells: list[str]) -> None:
    with pytest.raises(UsageError, match="not a flow table"):
        schema.match_header(cells)


def test_published_sample_is_recognized(shared_data: Path) -> None:
    path = shared_data / "tables" / "cic2018" / "published_80_columns_sample.csv"
    with path.open(encoding="utf-8", newline="") as file:
        match = schema.match_header(next(csv.reader(file)))
    assert match.dialect is schema.DIALECTS["cse-cic-ids2018/published-80"]
    assert None not in match.columns
