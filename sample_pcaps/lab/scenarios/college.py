"""A college: desks in a domain; floods that come from others' servers, and desks taken over."""

from __future__ import annotations

from sample_pcaps.lab.networks import NETWORKS
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["RUNS"]

_USE = (
    Activity("domain_logon", "desk*|lap*", "dc", every=30),
    Activity("ask_directory", "desk*", "dc", every=45),
    Activity("ask_ticket", "desk*|lap*|www|files", "dc", every=25),
    Activity("look_up", "desk*|lap*", "dc", every=12),
    Activity("look_up_many", "www", "dc", every=60, how={"mails": 4}),
    Activity("ask_time", "desk*|lap*", "dc", every=100),
    Activity("share_use", "desk*", "files|dc", every=35),
    Activity("browse", "desk*|lap*", "site*", every=30),
    Activity("browse_tls", "desk*|lap*", "site*|www", every=30),
    Activity("browse_http2", "lap*", "site*", every=25),
    Activity("browse_chromium", "desk1", "site*", every=60),
    Activity("browse", "site*|mail", "www", every=20),
    Activity("read_site", "mail|site2", "www|old", every=25),
    Activity("web_login", "lap*", "www", every=60),
    Activity("watch", "lap2", "site1", every=90, how={"segments": 6}),
    Activity("download", "lap3", "site2", every=120),
    Activity("poll", "lap*", "site1", every=12),
    Activity("upload", "lap*", "www", every=70),
    Activity("send_mail", "desk*|old", "mail", every=50),
    Activity("read_mail", "desk*|lap*", "mail", every=25),
    Activity("ssh_session", "lap1", "www|files", every=60),
    Activity("ftp_transfer", "desk2", "files", every=80),
    Activity("nightly_backup", "www", "files", start=130, how={"megabytes": 12}),
    # hard
    Activity("monitoring_sweep", "dc", "files|www|old|desk*", every=90),
    Activity("ping_all", "dc", "desk*|lap*", every=80),
    Activity("share_mistyped", "desk3", "files", every=70),
    Activity("dead_service", "lap4", "site2", every=25, how={"port": 4433}),
    Activity("update", "desk4", "site1", start=90, how={"parallel": 60}),
    Activity("crawl", "site1", "www", every=150),
    Activity("ask_block_lists", "old", "dc", every=15),
    Activity("ask_reputation", "desk*|lap2", "dc", every=60),
    Activity("browse_cdn", "lap*|desk*", "site*", every=70),
    Activity("look_up_addresses", "files", "dc", every=110),
    Activity("keep_trying", "lap4", "files", every=50, how={"port": 9100, "rounds": 25}),
    Activity("load_siege", "desk4", "www", start=25, how={"many": 4, "for": 30}),
)
_COLLEGE = NETWORKS["college"]
_HIT = {"rate": 700, "packets": 1300}


def _reflected(start: float, by: str, service: str, **how: object) -> Activity:
    return Activity("reflect", by, "www|old", start=start, how={**_HIT, "service": service, **how})


RUNS = (
    Scenario(
        "college-quiet", _COLLEGE, 330, seed=110,
        activities=(
            *_USE,
            Activity("load_ab", "lap1", "www", start=70,
                     how={"requests": 1000, "many": 5, "ms": 300, "kept": True}),
            Activity("load_wrk", "lap1", "www", start=150,
                     how={"many": 4, "wait": 0.25, "close": True, "for": 75}),
            Activity("load_ab", "site2", "old", start=240,
                     how={"requests": 800, "many": 2, "ms": 120}),
        ),
    ),
    Scenario(
        "college-flooded", _COLLEGE, 300, seed=111,
        activities=(
            *_USE,
            _reflected(10, "bot1", "snmp"),
            _reflected(22, "bad", "cldap", silent=True, rate=2500, packets=2500),
            _reflected(34, "bot2", "ssdp", rate=150, packets=900),
            _reflected(50, "bad", "memcached", silent=True, reflectors="198.19.144.0/26"),
            _reflected(62, "bot3", "dns", rate=60, packets=500),
            _reflected(75, "bad", "ntp", silent=True, rate=1500),
            _reflected(85, "bot4", "chargen", reflectors="198.19.150.0/24"),
            _reflected(98, "bad", "portmap", silent=True),
            _reflected(110, "bad", "snmp", silent=True, rate=3000, packets=3000),
            Activity("reflect_accepted", "bot1", "www", start=125, how=_HIT),
            Activity("reflect_accepted", "bad", "www", start=140,
                     how={"silent": True, "rate": 2000, "packets": 2500}),
            Activity("reflect_accepted", "bad", "old", start=155,
                     how={"silent": True, "rate": 20, "packets": 300,
                          "reflectors": "198.19.160.0/25"}),
            Activity("backscatter", "old", "site1", start=150, how={"rate": 6, "packets": 250}),
            Activity("backscatter", "www", "site1", start=180, how={"rate": 150, "packets": 1500}),
            Activity("flood_forged", "bot2", "old", start=200, how={"rate": 900, "packets": 2500}),
            Activity("amplified", "bot3", "www", start=215, how={"rate": 400, "packets": 1500}),
            Activity("flood_syn_together", "bot*", "old", start=235,
                     how={"rate": 40, "packets": 400, "seconds": 15}),
            Activity("flood_together", "bot*", "www", start=260, how={"rate": 10, "seconds": 20}),
        ),
    ),
    Scenario(
        "college-owned", _COLLEGE, 300, seed=112,
        activities=(
            *_USE,
            Activity("seek_command", "desk3", "dc", every=40, start=10, until=150),
            Activity("seek_server", "desk3", "drop", start=15,
                     how={"wait": 1.5, "ports": "443,4443", "seconds": 120}),
            Activity("seek_server", "lap4", "drop", start=60,
                     how={"wait": 4, "servers": 2, "ports": "6667", "seconds": 150}),
            Activity("beacon_http", "desk5", "drop", start=20, how={"wait": 2.5}),
            Activity("beacon_tls", "lap3", "drop", start=25, how={"wait": 4, "jitter": 0.4}),
            Activity("beacon_tcp", "desk4", "drop", start=30, how={"wait": 1.5, "jitter": 0.1}),
            Activity("beacon_udp", "lap2", "drop", start=35, how={"wait": 1.3}),
            Activity("tunnel_queries", "lap1", "dc", start=40, how={"rate": 6, "seconds": 60}),
            Activity("tunnel_queries", "desk1", "dc", start=150,
                     how={"rate": 2.5, "record": "A", "seconds": 90}),
            Activity("tunnel_short_straight", "lap2", "drop", start=30,
                     how={"rate": 0.3, "seconds": 240}),
            Activity("steal_queries", "desk2", "dc", start=95, how={"rate": 12, "seconds": 30}),
            Activity("spray_kerberos", "bad", "dc", start=12, how={"times": 80, "wait": 0.25}),
            Activity("spray_kerberos", "lap4", "dc", start=220,
                     how={"times": 40, "wait": 1.0, "seconds": 60}),
            Activity("reset_channel", "bad", "dc", start=50, how={"times": 300, "wait": 0.04}),
            Activity("run_remotely", "desk5", "desk*", start=80, how={"times": 2, "wait": 2}),
            Activity("copy_directory", "desk5", "dc", start=140),
            Activity("hop_smb", "desk5", "files|dc", start=165, how={"rounds": 3}),
            Activity("overflow", "bad", "files", start=110, how={"port": 21, "times": 30}),
            Activity("overflow", "bad", "old", start=140, how={"port": 25, "times": 20}),
            Activity("overflow", "bot1", "www", start=170, how={"port": 80, "times": 60,
                                                                "wait": 0.2}),
            Activity("overflow", "bad", "files", start=200, how={"port": 445, "times": 40,
                                                                 "wait": 0.4}),
            Activity("spread", "desk4", "dc", start=235, how={"rate": 12, "seconds": 40}),
            Activity("steal_http", "desk2", "drop", start=205, how={"megabytes": 6}),
            Activity("steal_pieces", "lap1", "drop", start=240, how={"pieces": 12, "wait": 2}),
        ),
    ),
)  # fmt: skip
