import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from netad_pcap.report.escaping import csv_text, plain_text, terminal_text


def test_terminal_codes_are_written_out() -> None:
    assert terminal_text("a\x1b[31mb\x07\x9bc\u202ed") == "a\\x1b[31mb\\x07\\x9bc\\u202ed"


def test_formulas_are_led_by_an_apostrophe() -> None:
    assert csv_text("=cmd|' /C calc'!A0") == "'=cmd|' /C calc'!A0"
    assert csv_text("\t=1") == "'\\x09=1"
    assert csv_text("www.example.org") == "www.example.org"


@given(st.text(st.characters(), max_size=40))
def test_nothing_controls_a_terminal_or_breaks_utf8(text: str) -> None:
    safe = csv_text(text)
    assert all(ord(c) >= 0x20 and not 0x7F <= ord(c) < 0xA0 for c in safe)
    assert safe.encode("utf-8").decode("utf-8") == safe
    assert not safe.startswith(("=", "+", "-", "@"))


@given(st.text(st.characters(codec=None), max_size=20))
def test_surrogates_never_reach_an_encoder(text: str) -> None:
    plain_text(text + "\udc80").encode("utf-8")


def test_a_cell_stays_one_cell() -> None:
    row = [csv_text('a,"b\nc'), csv_text("d")]
    line = io.StringIO()
    csv.writer(line).writerow(row)
    assert next(csv.reader([line.getvalue()])) == row
