"""The zip around a bundle."""

import zipfile
from io import BytesIO

import pytest

from netad_pcap.detection.archive import CARD, LIMITS, MANIFEST, WEIGHTS, pack, unpack
from netad_pcap.errors import ModelError

MEMBERS = {MANIFEST: b"{}", WEIGHTS: b"w" * 100, CARD: b""}


def test_packed_and_unpacked_members_are_equal() -> None:
    assert unpack(pack(MEMBERS), "x") == MEMBERS


def test_members_stand_in_their_order_stored_and_without_a_time() -> None:
    with zipfile.ZipFile(BytesIO(pack(dict(reversed(MEMBERS.items()))))) as archive:
        assert archive.namelist() == list(LIMITS)
        assert {e.date_time for e in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {e.compress_type for e in archive.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.parametrize("behind", [b"x", b"PK\x05\x06" + bytes(17), bytes(100)])
def test_what_follows_the_zip_is_refused(behind: bytes) -> None:
    with pytest.raises(ModelError, match=r"something follows the zip|damaged|no manifest"):
        unpack(pack(MEMBERS) + behind, "x")


def test_comment_is_refused() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(MANIFEST, "{}")
        archive.comment = b"hello"
    with pytest.raises(ModelError, match="something follows the zip"):
        unpack(buffer.getvalue(), "x")


def test_directory_of_many_entries_is_not_read() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(1_500):
            archive.writestr(f"{number}", "")
    with pytest.raises(ModelError, match="too many members"):
        unpack(buffer.getvalue(), "x")


def test_zip64_directory_is_not_read() -> None:
    whole = pack(MEMBERS)
    locator = b"PK\x06\x07" + bytes(16)
    with pytest.raises(ModelError, match="too many members"):
        unpack(whole[:-22] + locator + whole[-22:], "x")


def test_encrypted_member_is_refused() -> None:
    data = bytearray(pack(MEMBERS))
    data[data.index(b"PK\x01\x02") + 8] |= 1  # APPNOTE 4.4.4
    with pytest.raises(ModelError, match="is encrypted"):
        unpack(bytes(data), "x")
