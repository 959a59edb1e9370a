from __future__ import annotations

import pytest

from netad_pcap.cli.saying import saying


def test_lines_go_to_standard_error_without_control_codes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # click itself takes colours and the like out, where no terminal listens, but not these.
    saying(quiet=False)("left out: \x1b]0;\rcapture.pcap")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("capture.pcap\n")
    assert not {"\x1b", "\r"} & set(err)


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    saying(quiet=True)("Wrote the pages in results")
    assert capsys.readouterr() == ("", "")
