"""Files: vsftpd and samba."""

from __future__ import annotations

import subprocess

from sample_pcaps.lab.accounts import PEOPLE
from sample_pcaps.lab.services.service import Place, Service

__all__ = ["SERVICES"]


def _ftp(place: Place) -> list[str]:
    empty = place.folder / "empty"
    empty.mkdir()
    conf = place.write(
        "vsftpd.conf",
        "listen=YES", "background=NO", "local_enable=YES", "write_enable=YES",
        "anonymous_enable=NO", "pasv_min_port=40000", "pasv_max_port=40999",
        f"secure_chroot_dir={empty}", "pam_service_name=vsftpd", "seccomp_sandbox=NO",
        "xferlog_enable=NO", "delay_failed_login=1", "max_login_fails=3", "max_clients=0",
    )  # fmt: skip
    return ["vsftpd", conf]


def _smb(place: Place) -> list[str]:
    share = place.folder / "share"
    share.mkdir()
    share.chmod(0o777)
    for number in range(12):
        content = place.draw.randbytes(int(10 ** place.draw.uniform(3, 6.3)))
        (share / f"report{number}.doc").write_bytes(content)
    places = [
        f"{name} directory = {place.folder}"
        for name in ("lock", "state", "cache", "pid", "private")
    ]
    places.append(f"ncalrpc dir = {place.folder}/ncalrpc")
    conf = place.write(
        "smb.conf",
        "[global]", "workgroup = LAB", "disable netbios = yes", "smb ports = 445",
        "server role = standalone server", "load printers = no", "printcap name = /dev/null",
        "log level = 0", "log file = /dev/null", "disable spoolss = yes", *places,
        "[files]", f"path = {share}", "read only = no", "guest ok = no",
        "[admin]", f"path = {share}", "read only = no", "valid users = alice keeper",
    )  # fmt: skip
    for name, password in PEOPLE.items():
        subprocess.run(
            ["smbpasswd", "-c", conf, "-s", "-a", name],
            input=f"{password}\n{password}\n", text=True, capture_output=True, check=True,
        )  # fmt: skip
    return ["smbd", "-F", "--no-process-group", "--configfile", conf]


SERVICES = (
    Service("ftp", 21, _ftp),
    Service("smb", 445, _smb),
)
