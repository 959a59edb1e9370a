"""Mail: a small SMTP server of our own, and dovecot for IMAP."""

from __future__ import annotations

import sys
from pathlib import Path

from sample_pcaps.lab.accounts import PEOPLE
from sample_pcaps.lab.services.basics import ZONE
from sample_pcaps.lab.services.service import Place, Service

__all__ = ["SERVICES"]


def _smtp(_: Place) -> list[str]:
    return [sys.executable, "-m", "sample_pcaps.lab.programs.smtp_server", "25"]


def _imap(place: Place) -> list[str]:
    mail = place.folder / "mail"
    for name in PEOPLE:
        _fill(mail / name, place)
    users = place.write("users", *(f"{name}:{{PLAIN}}{word}" for name, word in PEOPLE.items()))
    conf = place.write(
        "dovecot.conf",
        f"base_dir = {place.folder}/run", "protocols = imap", "ssl = no", "log_path = /dev/null",
        "disable_plaintext_auth = no", f"mail_location = maildir:{mail}/%u", "listen = *",
        "first_valid_uid = 0", "auth_mechanisms = plain login",
        "passdb {", " driver = passwd-file", f" args = {users}", "}",
        "userdb {", " driver = static", " args = uid=mail gid=mail home=/nonexistent", "}",
        "mail_max_userip_connections = 100",
    )  # fmt: skip
    return ["dovecot", "-F", "-c", conf]


def _fill(box: Path, place: Place) -> None:
    """A Maildir with a handful of messages."""
    for part in ("cur", "new", "tmp"):
        (box / part).mkdir(parents=True)
    for number in range(place.draw.randint(4, 12)):
        size = int(10 ** place.draw.uniform(2, 5))
        body = place.draw.randbytes(size // 2).hex()
        text = f"From: a@{ZONE}\nSubject: {number}\nMessage-ID: <{number}@{ZONE}>\n\n"
        lines = "\n".join(body[at : at + 76] for at in range(0, len(body), 76))
        (box / "cur" / f"{1_760_000_000 + number}.{number}.lab:2,S").write_text(text + lines)
    for path in [box.parent, box, *box.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)


SERVICES = (
    Service("smtp", 25, _smtp),
    Service("imap", 143, _imap),
)
