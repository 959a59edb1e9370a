"""Logins from afar: OpenSSH; stand-ins for telnet and RDP; a controller that speaks Modbus."""

from __future__ import annotations

import sys
from pathlib import Path

from sample_pcaps.lab.services.service import Place, Service

__all__ = ["SERVICES"]


def _ssh(place: Place) -> list[str]:
    conf = place.write(
        "sshd_config",
        "Port 22", f"HostKey {place.shared}/keys/ssh_host", f"PidFile {place.folder}/pid",
        "UsePAM no", "PasswordAuthentication yes", "KbdInteractiveAuthentication no",
        "PermitRootLogin no", "UseDNS no", "MaxStartups 200:30:400", "MaxAuthTries 6",
        "LoginGraceTime 30", "StrictModes no", "Subsystem sftp internal-sftp",
    )  # fmt: skip
    Path("/run/sshd").mkdir(exist_ok=True)  # the lab's own /run; the unit file makes it elsewhere
    # By the full path: it starts itself anew for each connection.
    return ["/usr/sbin/sshd", "-D", "-e", "-f", conf]


def _telnet(_: Place) -> list[str]:
    return [sys.executable, "-m", "sample_pcaps.lab.programs.telnet_server", "23"]


def _rdp(place: Place) -> list[str]:
    keys = place.shared / "keys"
    return [
        sys.executable, "-m", "sample_pcaps.lab.programs.rdp_server", "3389",
        str(keys / "server.pem"), str(keys / "server.key"),
    ]  # fmt: skip


def _modbus(_: Place) -> list[str]:
    return [sys.executable, "-m", "sample_pcaps.lab.programs.modbus", "server", "502"]


SERVICES = (
    Service("ssh", 22, _ssh),
    Service("telnet", 23, _telnet),
    Service("rdp", 3389, _rdp),
    Service("modbus", 502, _modbus),
)
