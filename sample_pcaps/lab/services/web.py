"""Web servers: nginx with pages of all sizes, plain, over TLS and HTTP/2; a small application."""

from __future__ import annotations

import sys

from sample_pcaps.lab.services.service import Place, Service

__all__ = ["APP_PORT", "SERVICES"]

APP_PORT = 8080


def _nginx(place: Place) -> list[str]:
    site, keys = place.shared / "site", place.shared / "keys"
    conf = place.write(
        "nginx.conf",
        "user root; worker_processes 1; daemon off; error_log stderr crit;",
        f"pid {place.folder}/pid; events {{ worker_connections 2048; }}",
        "http { access_log off; default_type text/html; keepalive_timeout 20;",
        f"client_body_temp_path {place.folder}; proxy_temp_path {place.folder};",
        f"fastcgi_temp_path {place.folder}; uwsgi_temp_path {place.folder};",
        f"scgi_temp_path {place.folder}; client_max_body_size 64m;",
        "server { listen 80; listen [::]:80; listen 443 ssl http2; listen [::]:443 ssl http2;",
        f"ssl_certificate {keys}/server.pem; ssl_certificate_key {keys}/server.key;",
        f"root {site}; autoindex on;",
        "location = /health { return 200 'ok'; }",
        f"location /app/ {{ proxy_pass http://127.0.0.1:{APP_PORT}/; }} }} }}",
    )
    return ["nginx", "-e", "stderr", "-p", str(place.folder), "-c", conf]


def _app(_: Place) -> list[str]:
    return [sys.executable, "-m", "sample_pcaps.lab.programs.app", str(APP_PORT)]


def _small_site(place: Place) -> list[str]:
    """Pages and the application on port 80 without nginx: the standard library is enough."""
    return [
        sys.executable, "-m", "sample_pcaps.lab.programs.app", "80", str(place.shared / "site")
    ]  # fmt: skip


SERVICES = (
    Service("web", 80, _nginx),
    Service("app", APP_PORT, _app),
    Service("small-web", 80, _small_site),
)
