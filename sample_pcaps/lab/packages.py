"""The Debian packages of the lab, each named, and how they are installed without being started."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from sample_pcaps.lab.errors import LabError

__all__ = ["PACKAGES", "install"]

#: Package and what the lab uses of it (Debian 12).
PACKAGES: Mapping[str, str] = MappingProxyType(
    {
        # networks
        "iproute2": "namespaces, wires, bridges",
        "iputils-ping": "ping",
        "openssl": "an authority and certificates of our own",
        # servers
        "nginx-light": "web pages, HTTP/2, TLS",
        "openssh-server": "SSH",
        "vsftpd": "FTP",
        "samba": "SMB",
        "dnsmasq-base": "names",
        "chrony": "time, server and client; the machine's clock is left alone",
        "dovecot-imapd": "IMAP",
        "postgresql-15": "a database",
        "redis-server": "a cache",
        "mosquitto": "MQTT",
        "iperf3": "transfers at a rate",
        "snmpd": "SNMP",
        # clients
        "bind9-dnsutils": "dig",
        "curl": "web, mail, FTP",
        "wget": "pages, crawling",
        "chromium-headless-shell": "a browser",
        "openssh-client": "SSH, scp",
        "sshpass": "passwords for SSH",
        "smbclient": "SMB",
        "postgresql-client-15": "psql",
        "redis-tools": "redis-cli",
        "mosquitto-clients": "MQTT",
        "snmp": "SNMP",
        "samba-common-bin": "nmblookup",
        "bsdutils": "logger",
        # what attackers use
        "nmap": "scans",
        "masscan": "scans",
        "hydra": "guessing",
        "patator": "guessing",
        "medusa": "guessing",
        "hping3": "floods of packets",
        "slowhttptest": "slow denial of service",
        "apache2-utils": "ab",
        "wrk": "floods of requests",
        "siege": "floods of requests",
        "sqlmap": "injection",
        "wapiti": "holes of web applications",
        "ffuf": "discovery",
        "gobuster": "discovery",
        "iodine": "a tunnel in DNS",
        "ptunnel-ng": "a tunnel in ICMP",
    }
)
_POLICY = Path("/usr/sbin/policy-rc.d")
#: Debian's own way to say that no service may be started (invoke-rc.d(8)).
_NOTHING_STARTS = "#!/bin/sh\nexit 101\n"


def install() -> None:
    """Installs what is missing; no service is started by that, and none is stopped.

    Raises:
        LabError: not root, not Debian, or apt failed.
    """
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise LabError("packages are installed by apt-get, as root; elsewhere install their like")
    missing = [name for name in PACKAGES if not _installed(name)]
    if not missing:
        return
    print(f"installing {len(missing)} packages: {', '.join(missing)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with _nothing_starts():
        for arguments in (
            ["update", "-q"],
            ["install", "-qy", "--no-install-recommends", *missing],
        ):
            if subprocess.run(["apt-get", *arguments], env=environment).returncode:
                raise LabError(f"apt-get {arguments[0]} failed")


def _installed(name: str) -> bool:
    asked = ["dpkg-query", "-W", "-f", "${db:Status-Status}", name]
    return subprocess.run(asked, capture_output=True, text=True).stdout == "installed"


@contextlib.contextmanager
def _nothing_starts() -> Iterator[None]:
    """A policy that forbids starts while it lasts; one that is there is put back."""
    before = _POLICY.read_bytes() if _POLICY.exists() else None
    mode = _POLICY.stat().st_mode if before is not None else 0o755
    _POLICY.write_text(_NOTHING_STARTS)
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            _POLICY.unlink()
        else:
            _POLICY.write_bytes(before)
            _POLICY.chmod(mode)
