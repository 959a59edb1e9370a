"""A small office: a quiet morning, and mornings on which something happens."""

from __future__ import annotations

from sample_pcaps.lab.networks import OFFICE
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["OFFICE_RUNS"]

_DESKS = (
    Activity("browse", "pc*", "site*|intra", every=9),
    Activity("browse_tls", "pc*", "site*", every=9),
    Activity("browse_http2", "pc*", "site*|intra", every=12),
    Activity("look_up", "pc*|watch", "gate", every=8),
    Activity("ask_time", "pc*|base", "gate", every=60),
    Activity("read_mail", "pc*", "mail", every=15),
    Activity("send_mail", "pc*", "mail", every=40),
    Activity("share_use", "pc*", "files", every=25),
    Activity("query", "intra|pc1|pc2", "base", every=8),
    Activity("cache_use", "intra", "base", every=5),
    Activity("poll", "pc3|pc4", "intra", every=4),
    Activity("web_login", "pc*", "intra", every=60),
    Activity("ssh_session", "pc1|pc2", "base|term|files", every=30),
    Activity("scp_copy", "pc1|pc2", "files", every=50),
    Activity("ftp_transfer", "pc5|pc6", "files", every=60),
    Activity("rdp_session", "pc3|pc4", "term", every=60),
    Activity("upload", "pc*", "site1", every=80),
    Activity("ping", "watch|pc1", "*", every=15),
)
#: What makes detectors cry wolf.
_HARD = (
    Activity("health_check", "watch", "intra", every=3),
    Activity("monitoring_sweep", "watch", "files|mail|base|intra|term|gate", every=90),
    Activity("port_check", "pc1", "files|base", every=100),
    Activity("dead_service", "pc6", "base", every=45),
    Activity("share_mistyped", "pc2", "files", every=100),
    Activity("nightly_backup", "base", "files", start=100),
    Activity("crawl", "site1", "site2", every=120),
    Activity("update", "pc5", "site1", start=150),
    Activity("download", "pc*", "site2", every=120),
    Activity("watch", "pc6", "site2", every=100),
)
_QUIET = _DESKS + _HARD

OFFICE_RUNS = (
    Scenario("office-quiet", OFFICE, 300, _QUIET, seed=10),
    Scenario(
        "office-scanned", OFFICE, 200, seed=11,
        activities=(
            *_QUIET,
            Activity("scan_syn", "bad", "files|base|mail", start=30, how={"rate": 200}),
            Activity("hydra_ssh", "bad", "files", start=80, how={"passwords": 20}),
        ),
    ),
)  # fmt: skip
