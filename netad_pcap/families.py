"""The table of traffic families: name, meaning, the data sets' labels for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ANOMALY", "ATTACKS", "BENIGN", "FAMILIES", "UNKNOWN", "Family", "family_of_label"]

BENIGN = "benign"
ANOMALY = "anomaly"
#: In truth files only: the flows that a rule of this family matches are taken out.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Family:
    """One family of traffic.

    Attributes:
        name: as it stands in reports (`brute_force`).
        meaning: one clause for people.
        labels: what CIC-IDS2017, CSE-CIC-IDS2018 and KDD Cup 99 call it, casefolded.
    """

    name: str
    meaning: str
    labels: tuple[str, ...] = ()


_TABLE = (
    Family(BENIGN, "like the baseline", ("benign", "normal")),
    Family(
        "scan",
        "looks for hosts, ports or versions",
        (
            "portscan",
            "port scan",
            "scan",
            "probe",
            "ipsweep",
            "nmap",
            "portsweep",
            "satan",
            "mscan",
            "saint",
        ),
    ),
    Family(
        "brute_force",
        "guesses passwords",
        (
            "ssh-bruteforce",
            "ftp-bruteforce",
            "ssh-patator",
            "ftp-patator",
            "bruteforce",
            "brute force",
            "guess_passwd",
            "snmpguess",
        ),
    ),
    Family(
        "dos",
        "exhausts a service from few sources",
        (
            "dos",
            "dos hulk",
            "dos goldeneye",
            "dos slowloris",
            "dos slowhttptest",
            "dos attacks-hulk",
            "dos attacks-goldeneye",
            "dos attacks-slowloris",
            "dos attacks-slowhttptest",
            "back",
            "land",
            "neptune",
            "pod",
            "teardrop",
            "apache2",
            "processtable",
            "udpstorm",
            "mailbomb",
        ),
    ),
    Family(
        "ddos",
        "exhausts a service from many or spoofed sources",
        (
            "ddos",
            "ddos attack-hoic",
            "ddos attack-loic-udp",
            "ddos attacks-loic-http",
            "ddos-hoic",
            "ddos-loic-udp",
            "ddos-loic-http",
            "smurf",
        ),
    ),
    Family(
        "web_attack",
        "attacks a web application",
        (
            "web attack",
            "web attack - brute force",
            "web attack - xss",
            "web attack - sql injection",
            "brute force -web",
            "brute force -xss",
            "sql injection",
            "phf",
        ),
    ),
    Family("botnet", "is commanded from outside", ("bot", "botnet", "botnet ares")),
    Family("tunnel", "carries other traffic inside an innocent protocol", ("tunnel",)),
    Family(
        "exfiltration",
        "carries data out",
        ("exfiltration", "infiltration - dropbox download", "spy", "warezclient", "warezmaster"),
    ),
    Family(
        "lateral",
        "moves from host to host inside",
        (
            "lateral",
            "infilteration",
            "infiltration",
            "infiltration - nmap portscan",
            "infiltration - portscan",
            "infiltration - cool disk",
        ),
    ),
    Family(
        "exploit",
        "breaks into a service or client",
        (
            "exploit",
            "heartbleed",
            "buffer_overflow",
            "loadmodule",
            "perl",
            "rootkit",
            "xterm",
            "ps",
            "sqlattack",
            "httptunnel",
            "ftp_write",
            "imap",
            "multihop",
            "named",
            "sendmail",
            "snmpgetattack",
            "worm",
            "xlock",
            "xsnoop",
        ),
    ),
    Family(ANOMALY, "unlike the baseline, of no known family"),
)

FAMILIES: Mapping[str, Family] = {family.name: family for family in _TABLE}
#: The families that can be trained on and named: all but `benign` and `anomaly`.
ATTACKS: tuple[str, ...] = tuple(n for n in FAMILIES if n not in (BENIGN, ANOMALY))

_BY_LABEL = {label: family.name for family in _TABLE for label in (family.name, *family.labels)}


def family_of_label(label: str) -> str | None:
    """The family that a data set's label names, or None for a label that no set uses.

    "Attempted" suffixes of the improved sets are benign there (no harm was done); dashes
    of any code page in "Web Attack" labels are taken as one.
    """
    words = label.strip().casefold().removesuffix(".")
    if words.endswith("attempted"):
        return BENIGN
    if words.startswith("web attack"):
        return "web_attack"
    return _BY_LABEL.get(words)
