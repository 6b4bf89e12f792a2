"""The servers that are measured: how each is started.

Each has one worker and what its documentation recommends for one core; the WSGI servers all
run the same application, programs/hello.py.
"""

from pathlib import Path

from tests.benchmarks.machine import CLIENT_CORE
from tests.benchmarks.servers import Setting

PROGRAMS = Path(__file__).parent / "programs"

COMMANDS = {
    "ours": "{python} -m wsgi hello:app --bind {address}",
    "waitress": "{python} -m waitress --listen {address} hello:app",
    "granian": (
        "{python} -m granian --interface wsgi --host 127.0.0.1 --port {port} --workers 1"
        " --runtime-mode st --blocking-threads 1 --http 1 --no-ws --log-level error hello:app"
    ),
    "gunicorn": (
        "{python} -m gunicorn --worker-class gthread --threads 4 --keep-alive 15"
        " --log-level error --bind {address} hello:app"
    ),
    "cheroot": "{python} -m cheroot --bind {address} hello:app",
    "bare loop": "{python} bare_loop.py {port}",
    "our files": "{python} -m httpserver {folder} --quiet --listen {address}",
    "whitenoise": (
        "{python} -m gunicorn --worker-class gthread --threads 4 --keep-alive 15"
        " --log-level error --bind {address} files:app"
    ),
    "our proxy": (
        "{python} -m httpserver --proxy http://127.0.0.1:{upstream} --quiet --listen {address}"
    ),
    "nginx": "nginx -e stderr -p {folder} -c {conf}",
    "upstream": "nginx -e stderr -p {folder} -c {conf}",  # behind the proxy
}

NGINX = """\
daemon off;
master_process off;
worker_processes 1;
pid {conf}.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_body_temp_path {conf}.client;
    proxy_temp_path {conf}.proxy;
    fastcgi_temp_path {conf}.fastcgi;
    uwsgi_temp_path {conf}.uwsgi;
    scgi_temp_path {conf}.scgi;
    server {{
        listen {address};
        root {folder};
        default_type text/plain;
        location = / {{ return 200 "Hello, World!"; }}
    }}
}}
"""

SETTING = Setting(PROGRAMS, COMMANDS, NGINX, {"upstream": CLIENT_CORE})
