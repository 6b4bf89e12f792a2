"""The command line, the environment and the file: one table, three ways to give a setting."""

from pathlib import Path

import pytest

from httpserver.children import MOST_WORKERS
from httpserver.settings import ConfigError, settings_of
from wsgi.config import NOT_HERE, Config
from wsgi.options import as_toml, build_parser, parse_arguments


def parse(*words: str, folder: Path = Path(), **environ: str) -> Config:
    return parse_arguments(words, environ, folder.resolve()).config


def refusal(capsys: pytest.CaptureFixture[str], *words: str, **environ: str) -> str:
    with pytest.raises(SystemExit) as stop:
        parse(*words, **environ)
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("usage:")
    return said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("-w 3", {"workers": 3}),
        ("-b :9000 -b [::1]:9", {"bind": ("0.0.0.0:9000", "[::1]:9")}),
        ("-b 9000", {"bind": ("127.0.0.1:9000",)}),
        ("--log-level INFO", {"log_level": "info"}),
        ("-t 90", {"timeout": 90.0}),
        ("-t 0", {"timeout": 0.0}),
        ("--graceful-timeout 500ms", {"graceful_timeout": 0.5}),
        ("-k sync", {"threads": 0}),
        ("-k gthread", {"threads": 1}),
        ("-k gthread --threads 4", {"threads": 4}),
        ("-e A=1 -e B=x=y", {"env": ("A=1", "B=x=y")}),
        ("-m 0o027", {"umask": 0o027}),
        ("-m 0", {"umask": 0}),
        ("-u root -g 0", {"user": "root", "group": "0"}),
        ("--max-requests 50 --max-requests-jitter 5", {"max_requests_jitter": 5}),
        ("--access-logfile -", {"access_log": "-"}),
        ("--access-logformat %(h)s", {"access_log_format": "%(h)s"}),
        ("--error-logfile -", {"error_log": "-"}),
        ("--log-file=-", {"error_log": "-"}),
        ("--limit-request-line 4094", {"limit_request_line": 4094}),
        ("--limit-request-field_size 8190", {"limit_request_field_size": 8190}),
        ("--limit-body", {"limit_body": 1024}),
        ("--script-name /blog/", {"script_name": "/blog"}),
        ("--forwarded-allow-ips *", {"forwarded_allow_ips": "*"}),
        ("--when-ready a.b:c", {"when_ready": "a.b:c"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_gunicorns_spellings_are_understood(words: str, expected: dict[str, object]) -> None:
    given = words.split() + (["1 KiB"] if words == "--limit-body" else [])
    config = parse(*given, "a:b")
    assert {name: getattr(config, name) for name in expected} == expected


def test_paths_begin_where_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "site.toml").write_text(
        'application = "a:b"\npid = "site.pid"\nbind = "unix:site.sock"\n'
    )
    config = parse("-c", "conf/site.toml", "--static", "/s=assets", folder=tmp_path)
    assert config.static == (("/s/", tmp_path / "assets"),)
    assert config.pid == tmp_path / "conf" / "site.pid"
    assert config.bind == (f"unix:{tmp_path}/conf/site.sock",)


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(tmp_path) -> None:
    file = tmp_path / "site.toml"
    file.write_text('application = "from:file"\nworkers = 2\nthreads = 2\nbacklog = 2\n')
    environ = {"WSGI_CMD_ARGS": f"-c '{file}' --workers 3 --threads 3", "WEB_CONCURRENCY": "9"}
    config = parse("--workers", "4", **environ)
    assert config.application == "from:file"
    assert (config.workers, config.threads, config.backlog) == (4, 3, 2)


def test_web_concurrency_is_the_number_of_workers_where_nothing_else_says_it() -> None:
    assert parse("a:b", WEB_CONCURRENCY="3").workers == 3
    assert parse("a:b", "-w", "2", WEB_CONCURRENCY="3").workers == 2
    assert parse("a:b", WEB_CONCURRENCY="").workers == 1


def test_what_a_platform_says_counts_where_nothing_else_says_it() -> None:
    environ = {"PORT": "5000", "FORWARDED_ALLOW_IPS": "*"}
    config = parse("a:b", **environ)
    assert (config.bind, config.forwarded_allow_ips) == (("0.0.0.0:5000",), "*")
    assert parse("a:b", LISTEN_FDS="1", **environ).bind == ()
    config = parse("a:b", "--forwarded-allow-ips", "10.0.0.1", "-b", "80", **environ)
    assert (config.bind, config.forwarded_allow_ips) == (("127.0.0.1:80",), "10.0.0.1")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "which application?"),
        (f"a:b -w {MOST_WORKERS + 1}", f"at most {MOST_WORKERS}; found {MOST_WORKERS + 1}"),
        ("a:b -w 0", "at least 1"),
        ("a:b -w many", 'found "many"'),
        ("a:b --timeout soon", "a time in seconds"),
        ("a:b --static nonsense", "expected URL=DIR"),
        ("a:b --static /s/=not-there", "expected a folder"),
        ("a:b --bind nowhere", "expected HOST:PORT"),
        ("a:b -k gevent", "expected sync (the application is called in the event loop) or gthread"),
        ("a:b -c gunicorn.conf.py", "is Python, and here a configuration is data, in TOML"),
        ("a:b -c python:conf", "is Python"),
        ("a:b --keyfile README.md", "--certfile"),
        ("a:b --reload --preload", "take one of them"),
        ("a:b --reload --user root", "may not"),
        ("a:b --user nobody-of-that-name", "expected a user of this machine"),
        ("a:b --group 4294967295", "expected a group of this machine, or a number"),
        ("a:b --umask 9", "octal digits"),
        ("a:b --env lonely", "expected KEY=VALUE"),
        ("a:b --post-fork lonely", "expected MODULE:FUNCTION"),
        ("a:b --access-log-format combind", "Did you mean 'combined'?"),
        ("a:b --forwarded-allow-ips 10.1.2.3/8", "Did you mean '10.0.0.0/8'?"),
        ("a:b --script-name blog", "begins with a slash"),
        ("a:b --tread 4", "there is no --tread. Did you mean '--threads'?"),
        ("a:b --daemon", f"there is no --daemon. {NOT_HERE['--daemon']}"),
        ("a:b --reuse-port", f"there is no --reuse-port. {NOT_HERE['--reuse-port']}"),
        ("a:b --log-config-json x", f"no --log-config-json. {NOT_HERE['--log-config']}"),
        ("a:b c:d", "'c:d' is a word too many"),
        ("a:b --log-level warn", "Did you mean 'warning'?"),
        ("a:b -b 80 -b 127.0.0.1:80", "--bind names an address twice"),
        ("a:b -b :", "expected HOST:PORT"),
        ("a:b --worker-tmp-dir /dev/shm", "there is no --worker-tmp-dir. Leave it out"),
    ],
    ids=lambda value: value if " " in value else None,
)
def test_wrong_usage_is_said_in_a_sentence(words: str, message: str, capsys) -> None:
    assert message in refusal(capsys, *words.split())


def test_each_option_of_gunicorns_is_here_or_has_a_reason_why_not() -> None:
    settings = pytest.importorskip("gunicorn.config").KNOWN_SETTINGS
    options = {option for setting in settings for option in setting.cli or ()}
    others = options - set(build_parser(Path())._option_string_actions)
    assert "--daemon" in others
    assert not {option for option in others if not option.startswith(tuple(NOT_HERE))}


def test_wrong_usage_says_which_variable_it_is_in(capsys) -> None:
    assert "WEB_CONCURRENCY: expected" in refusal(capsys, "a:b", WEB_CONCURRENCY="x")
    assert "WSGI_CMD_ARGS: error: argument -w" in refusal(capsys, "a:b", WSGI_CMD_ARGS="-w x")
    assert "WSGI_CMD_ARGS cannot be read" in refusal(capsys, "a:b", WSGI_CMD_ARGS="'")


def test_a_file_has_every_mistake_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text('workers = 0\n\nloglevel = "info"\ntimeot = 3\nenv = ["A=1", "B"]\n')
    with pytest.raises(ConfigError) as caught:
        parse("a:b", "-c", str(file))
    assert str(caught.value).splitlines() == [
        f"{file}:1: workers: expected a whole number of at least 1 and at most {MOST_WORKERS};"
        " found 0",
        f"{file}:3: loglevel: unknown setting. Here that is `log_level`.",
        f"{file}:4: timeot: unknown setting. Did you mean 'timeout'?",
        f'{file}:5: env: expected KEY=VALUE; found "B"',
    ]


def test_what_is_printed_can_be_read_again(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    config = parse(
        "a:b", "-w", "3", "-e", 'A="ü" \\', "--static", "/s/=assets", "-m", "022",
        "-b", "unix:/tmp/x.sock", "-t", "1.5", "--preload", "--post-fork", "hooks:f",
        "--access-log", "-", "--access-log-format", '%(h)s "%(r)s"', folder=tmp_path,
    )  # fmt: skip
    file = tmp_path / "printed.toml"
    file.write_text(as_toml(config))
    assert parse("-c", str(file)) == config


def test_every_setting_is_explained_and_stands_in_the_help() -> None:
    text = build_parser(Path()).format_help()
    for name, setting in settings_of(Config).items():
        assert setting.about, name
        assert name == "application" or f"--{name.replace('_', '-')}" in text
