"""The networks of the lab: addressing, hosts and what they serve.

Each has addresses, services and clients of its own; what they share are the programs. Attackers
have hosts of their own (`bad`, `bot*`), or are desks and things that were taken over.
"""

from __future__ import annotations

from sample_pcaps.lab.scenario import Host, Network, hosts

__all__ = ["NETWORKS", "SMOKE"]

#: For the smoke test: nothing but the standard library and iproute2.
SMOKE = Network(
    "smoke", "198.18.1.0/24", "198.19.1.0/24", "fd1a:1::/64", "fd1a:1:1::/64",
    hosts=(*hosts("pc", 2), Host("web", ("small-web",)), Host("old", ("telnet",)), Host("bad")),
)  # fmt: skip

_TABLE = (
    # A small office: desks, servers for files, names, mail, a database, the web.
    Network(
        "office", "198.18.10.0/24", "198.19.10.0/24", "fd1a:10::/64", "fd1a:10:1::/64",
        hosts=(
            *hosts("pc", 6),
            Host("gate", ("dns", "ntp")),
            Host("files", ("ssh", "smb", "ftp")),
            Host("mail", ("smtp", "imap")),
            Host("base", ("postgresql", "redis", "ssh")),
            Host("intra", ("web", "app")),
            Host("term", ("rdp", "ssh")),
            Host("watch"),
            Host("bad"),
            Host("site1", ("web", "app"), outside=True),
            Host("site2", ("web", "app", "open-dns"), outside=True),
            *hosts("bot", 4, outside=True),
            Host("drop", ("web", "app", "ftp", "ssh", "command", "carrier"), outside=True),
            Host("tunnel", ("iodine", "ptunnel"), outside=True),
        ),
    ),
    # A small site of things: sensors, cameras, a controller, a broker.
    Network(
        "things", "198.18.64.0/25", "198.19.64.0/25", "fd1a:64::/64", "fd1a:64:1::/64", first=20,
        hosts=(
            *hosts("sensor", 6),
            *hosts("cam", 2),
            Host("hub", ("mqtt", "dns", "ntp", "video", "app")),
            Host("plc", ("modbus", "telnet")),
            Host("panel", ("small-web", "telnet", "ssh")),
            Host("phone"),
            Host("bad"),
            Host("cloud", ("web", "app", "mqtt"), outside=True),
            *hosts("bot", 3, outside=True),
            Host("drop", ("web", "app", "command", "carrier"), outside=True),
        ),
    ),
    # Servers that the world uses: most clients stand outside.
    Network(
        "hosting", "198.18.20.0/26", "198.19.20.0/24", "fd1a:20::/64", "fd1a:20:1::/64", first=5,
        hosts=(
            *hosts("www", 2, "web", "app", "ssh"),
            Host("ftp", ("ftp", "ssh")),
            Host("mx", ("smtp", "imap")),
            Host("ns", ("dns", "ntp")),
            Host("db", ("postgresql", "redis")),
            Host("watch"),
            *hosts("guest", 7, outside=True),
            Host("admin", outside=True),
            Host("robot", outside=True),
            *hosts("bot", 6, outside=True),
            Host("bad", outside=True),
            Host("drop", ("web", "app", "command"), outside=True),
        ),
    ),
    # A school: many who browse and watch, few servers.
    Network(
        "school", "198.18.40.0/23", "198.19.40.0/24", "fd1a:40::/64", "fd1a:40:1::/64", first=100,
        hosts=(
            *hosts("pupil", 10),
            *hosts("tab", 4),
            Host("desk"),
            Host("names", ("dns", "ntp")),
            Host("share", ("smb", "ssh")),
            Host("learn", ("web", "app")),
            Host("print", ("telnet", "small-web")),
            Host("bad"),
            *hosts("site", 3, "web", "app", outside=True),
            Host("drop", ("web", "app", "ftp", "command", "carrier"), outside=True),
            Host("tunnel", ("iodine", "ptunnel"), outside=True),
        ),
    ),
    # A clinic: a database of patients, files, remote desks, devices that report.
    Network(
        "clinic", "198.18.90.128/25", "198.19.90.0/26", "fd1a:90::/64", "fd1a:90:1::/64", first=9,
        hosts=(
            *hosts("ward", 5),
            *hosts("device", 3),
            Host("core", ("dns", "ntp", "smtp")),
            Host("records", ("postgresql", "ssh")),
            Host("images", ("smb", "ftp", "ssh")),
            *hosts("room", 2, "rdp"),
            Host("bus", ("mqtt",)),
            Host("portal", ("web", "app")),
            Host("bad"),
            Host("lab", ("web", "app", "ssh"), outside=True),
            *hosts("bot", 3, outside=True),
            Host("drop", ("web", "app", "ssh", "command"), outside=True),
            Host("tunnel", ("iodine",), outside=True),
        ),
    ),
    # An industrial plant: controllers polled over UDP and TCP, a historian, SNMP, telephones.
    Network(
        "plant", "198.18.220.0/24", "198.19.80.0/25", "fd1a:220::/64", "fd1a:220:1::/64", first=61,
        hosts=(
            *hosts("plc", 5, "modbus", "udp-modbus", "udp-fins"),
            *hosts("air", 3, "udp-bacnet", "found"),
            *hosts("meter", 3),
            *hosts("switch", 3, "snmp", "telnet"),
            Host("hall"),
            *hosts("hmi", 2),
            Host("scada", ("dns", "ntp", "mqtt", "found")),
            Host("past", ("postgresql", "redis", "ssh", "snmp")),
            Host("logs", ("reports", "ssh", "snmp")),
            Host("mes", ("web", "app", "redis")),
            Host("files", ("smb", "ftp")),
            Host("term", ("rdp", "ssh")),
            Host("relay", ("smtp",)),
            Host("voip", ("voice",)),
            *hosts("line", 3),
            *hosts("eng", 2, "found"),
            Host("bad"),
            Host("vendor", ("web", "app", "ssh"), outside=True),
            Host("names", ("open-dns",), outside=True),
            Host("clock", ("ntp",), outside=True, also="198.19.106.0/26"),
            *hosts("bot", 4, outside=True),
            Host("drop", ("web", "app", "ftp", "ssh", "command"), outside=True),
            Host("tunnel", ("iodine", "ptunnel"), outside=True),
            *hosts("pmu", 2, "phasors"),
            Host("pmu3", ("mute",)),
            Host("press", ("late",)),
        ),
    ),
    # A home: peers, things that look for each other, telephones, smart things, many pictures.
    Network(
        "home", "198.18.100.0/24", "198.19.100.0/24", "fd1a:100::/64", "fd1a:100:1::/64", first=33,
        hosts=(
            *hosts("pc", 3),
            *hosts("phone", 3),
            Host("tv", ("found",)),
            Host("speaker", ("found",)),
            *hosts("bulb", 4),
            *hosts("plug", 2, "found"),
            Host("cam", ("telnet",)),
            Host("hub", ("mqtt", "small-web", "found")),
            Host("nas", ("smb", "ssh", "found")),
            Host("print", ("small-web", "snmp", "found")),
            *hosts("handset", 2),
            Host("gate", ("dns", "ntp", "found")),
            Host("bad"),
            *hosts("site", 2, "web", "app", outside=True),
            Host("edge", ("web", "app"), outside=True, also="198.19.104.0/26"),
            Host("clock", ("ntp",), outside=True, also="198.19.105.0/27"),
            Host("crowd", ("peers",), outside=True, also="198.19.112.0/22"),
            Host("cloud", ("web", "app", "mqtt"), outside=True),
            Host("exchange", ("voice",), outside=True),
            Host("names", ("open-dns",), outside=True),
            *hosts("bot", 4, outside=True),
            Host("drop", ("web", "app", "ftp", "ssh", "command", "carrier"), outside=True),
            Host("tunnel", ("iodine", "ptunnel"), outside=True),
        ),
    ),
    # A college: desks in a domain, old servers, targets of floods.
    Network(
        "college", "198.18.170.0/24", "198.19.50.0/25", "fd1a:170::/64", "fd1a:170:1::/64",
        first=17,
        hosts=(
            *hosts("desk", 5, "domain"),
            *hosts("lap", 4),
            Host("dc", ("domain", "dns", "ntp", "smb")),
            Host("files", ("smb", "ftp", "ssh")),
            Host("www", ("web", "app", "ssh")),
            Host("old", ("small-web", "telnet", "smtp")),
            Host("bad"),
            Host("site1", ("web", "app"), outside=True),
            Host("site2", ("web", "app", "open-dns"), outside=True),
            Host("mail", ("smtp", "imap"), outside=True),
            *hosts("bot", 4, outside=True),
            Host("drop", ("web", "app", "ftp", "ssh", "command", "carrier"), outside=True),
            Host("tunnel", ("iodine",), outside=True),
        ),
    ),
    # A branch that works on servers elsewhere, with small packets (a tunnel's MTU).
    Network(
        "branch", "198.18.130.0/24", "198.19.30.0/24", "fd1a:130::/64", "fd1a:130:1::/64", first=50,
        mtu=1400,
        hosts=(
            *hosts("till", 4),
            *hosts("clerk", 4),
            Host("box", ("dns", "ntp", "smb")),
            Host("vault", ("ssh", "ftp")),
            Host("bad"),
            Host("app", ("web", "app", "ssh"), outside=True),
            Host("erp", ("postgresql", "rdp"), outside=True),
            Host("post", ("smtp", "imap"), outside=True),
            *hosts("bot", 4, outside=True),
            Host("drop", ("web", "app", "ftp", "ssh", "command"), outside=True),
            Host("tunnel", ("iodine",), outside=True),
        ),
    ),
    # A factory: controllers that are asked without pause, panels, a historian.
    Network(
        "factory", "198.18.200.0/24", "198.19.60.0/24", "fd1a:200::/64", "fd1a:200:1::/64",
        first=30,
        hosts=(
            *hosts("plc", 5, "modbus", "telnet"),
            *hosts("gauge", 4),
            Host("scada", ("mqtt", "dns", "ntp", "rdp")),
            Host("past", ("postgresql", "redis")),
            Host("panel", ("small-web", "ssh")),
            Host("shop", ("smb", "ftp")),
            *hosts("eng", 2),
            Host("bad"),
            Host("vendor", ("web", "app", "ssh"), outside=True),
            *hosts("bot", 2, outside=True),
            Host("drop", ("web", "app", "ssh", "command"), outside=True),
            Host("tunnel", ("iodine", "ptunnel"), outside=True),
        ),
    ),
    # An agency of designers: large files, the web all day, a server of their own in the cellar.
    Network(
        "agency", "198.18.150.64/26", "198.19.70.0/24", "fd1a:150::/64", "fd1a:150:1::/64", first=3,
        hosts=(
            *hosts("mac", 7),
            Host("nas", ("smb", "ssh", "ftp")),
            Host("wiki", ("web", "app", "redis")),
            Host("door", ("dns", "ntp", "telnet")),
            Host("bad"),
            *hosts("net", 3, "web", "app", outside=True),
            Host("mail", ("smtp", "imap"), outside=True),
            Host("render", ("ssh", "iperf"), outside=True),
            *hosts("bot", 5, outside=True),
            Host("drop", ("web", "app", "ftp", "ssh", "command"), outside=True),
            Host("tunnel", ("iodine", "ptunnel"), outside=True),
        ),
    ),
)  # fmt: skip

NETWORKS = {network.name: network for network in (SMOKE, *_TABLE)}
