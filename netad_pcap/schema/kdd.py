"""KDD Cup 99's 41 columns, which NSL-KDD has too: other units than CIC's flows.

Names and order as published with the contest (kddcup.names, 1999). Three columns hold symbols;
in batches they are codes, the places of the published words here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["KDD_COLUMNS", "KDD_SYMBOLS"]

_NAMES = (
    "duration", "protocol_type", "service", "flag", "src_bytes", "dst_bytes", "land",
    "wrong_fragment", "urgent", "hot", "num_failed_logins", "logged_in", "num_compromised",
    "root_shell", "su_attempted", "num_root", "num_file_creations", "num_shells",
    "num_access_files", "num_outbound_cmds", "is_host_login", "is_guest_login", "count",
    "srv_count", "serror_rate", "srv_serror_rate", "rerror_rate", "srv_rerror_rate",
    "same_srv_rate", "diff_srv_rate", "srv_diff_host_rate", "dst_host_count",
    "dst_host_srv_count", "dst_host_same_srv_rate", "dst_host_diff_srv_rate",
    "dst_host_same_src_port_rate", "dst_host_srv_diff_host_rate", "dst_host_serror_rate",
    "dst_host_srv_serror_rate", "dst_host_rerror_rate", "dst_host_srv_rerror_rate",
)  # fmt: skip

#: Column of symbols → its words; their places are the codes.
KDD_SYMBOLS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "protocol_type": ("icmp", "tcp", "udp"),
    "service": (
        "IRC", "X11", "Z39_50", "aol", "auth", "bgp", "courier", "csnet_ns", "ctf", "daytime",
        "discard", "domain", "domain_u", "echo", "eco_i", "ecr_i", "efs", "exec", "finger", "ftp",
        "ftp_data", "gopher", "harvest", "hostnames", "http", "http_2784", "http_443", "http_8001",
        "icmp", "imap4", "iso_tsap", "klogin", "kshell", "ldap", "link", "login", "mtp", "name",
        "netbios_dgm", "netbios_ns", "netbios_ssn", "netstat", "nnsp", "nntp", "ntp_u", "other",
        "pm_dump", "pop_2", "pop_3", "printer", "private", "red_i", "remote_job", "rje", "shell",
        "smtp", "sql_net", "ssh", "sunrpc", "supdup", "systat", "telnet", "tftp_u", "tim_i", "time",
        "urh_i", "urp_i", "uucp", "uucp_path", "vmnet", "whois",
    ),
    "flag": (
        "OTH", "REJ", "RSTO", "RSTOS0", "RSTR", "S0", "S1", "S2", "S3", "SF", "SH",
    ),
})  # fmt: skip

#: Column → how many symbols it has; 0: numbers.
KDD_COLUMNS: Mapping[str, int] = MappingProxyType(
    {name: len(KDD_SYMBOLS.get(name, ())) for name in _NAMES}
)
