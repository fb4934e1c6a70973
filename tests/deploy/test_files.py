"""What stands in deploy/ is true without a container runtime: it parses, names only what exists, and its parts agree."""

import configparser
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bot.cli import parser
from bot.settings import Settings, load
from bot.webhook import LAST_ANSWERS, MOST_BYTES
from scheduler.loop import PATIENCE
from storage.address import parsed
from tests.conftest import APP, OWNER

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if str(one.get("image", "")).startswith("holdfast:")}
UNITS = {path.name: path.read_text() for path in sorted((DEPLOY / "systemd").iterdir())}
NGINX = (DEPLOY / "nginx/holdfast.conf").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = dict(re.findall(r"^(\S+)==(\S+)$", (DEPLOY / "constraints.txt").read_text(), re.MULTILINE))
GRACE = PATIENCE.total_seconds() + LAST_ANSWERS + 5
"""What a process may take to stop: the calls in hand, the last answers, and its goodbyes."""
MADE_BY_PEOPLE = {"secrets", "tls", "holdfast.env"}
"""What compose.yaml takes from deploy/ and the repository does not have."""


def dockerfile(path: str = "Dockerfile") -> list[tuple[str, str]]:
    """The instructions, in order."""
    lines = re.sub(r"\\\n", " ", (DEPLOY / path).read_text()).splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line and not line.startswith("#")]


IMAGE = dockerfile()
IMAGE_ENV = {
    k: v for word, rest in IMAGE if word == "ENV" for k, v in (part.split("=", 1) for part in shlex.split(rest))
}


def last(word: str) -> str:
    return [rest for one, rest in IMAGE if one == word][-1]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, str]:
    """What deploy/secrets.sh makes."""
    token = "123456789:" + "A" * 35
    command = ["sh", str(DEPLOY / "secrets.sh"), "bot.example.com", str(tmp_path / "secrets")]
    subprocess.run(command, input=token, text=True, check=True)
    again = subprocess.run(command, input=token, text=True, check=False, capture_output=True)
    assert (again.returncode, "nothing was made" in again.stderr) == (1, True)
    return {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}


def test_every_setting_that_is_named_exists() -> None:
    """A HOLDFAST_ variable in any file of deploy/ is a field of Settings."""
    known = {name.upper() for name in Settings.model_fields}
    named = {
        (str(path.relative_to(DEPLOY)), name)
        for path in DEPLOY.rglob("*")
        if path.is_file() and path.suffix != ".md"
        for name in re.findall(r"HOLDFAST_([A-Z_]+[A-Z])\b", path.read_text())
    }
    assert {(path, name) for path, name in named if name not in known} == set()


@pytest.mark.parametrize("name", OURS)
def test_every_command_of_the_containers_parses(name: str) -> None:
    assert parser().parse_args([str(word) for word in OURS[name]["command"]]).run


@pytest.mark.parametrize("name", UNITS)
def test_every_command_of_the_units_exists(name: str) -> None:
    for line in re.findall(r"^ExecStart=(.*)$", UNITS[name], re.MULTILINE):
        binary, *words = shlex.split(line)
        if binary == "/opt/holdfast/bin/holdfast":
            assert parser().parse_args(words).run
        else:
            assert binary == "/bin/sh"
            assert (ROOT / words[0].removeprefix("/opt/holdfast/")).is_file()


def test_images_are_pinned_and_come_from_nowhere_in_particular() -> None:
    """A version each (our own have the tag one gives them), and no registry's host."""
    images = [one["image"] for one in SERVICES.values()]
    images += [
        rest.split()[0]
        for path in ("Dockerfile", "pgbouncer/Dockerfile")
        for w, rest in dockerfile(path)
        if w == "FROM"
    ]
    for image in images:
        host, _, name = image.rpartition("/")
        assert "." not in host.split("/")[0], image
        assert ":" not in host.split("/")[0], image
        assert name.partition(":")[2] not in ("", "latest"), image
    for name in ("compose.yaml", "Dockerfile", "pgbouncer/Dockerfile"):
        assert not re.search(r"\b(docker\.io|ghcr|quay|gcr|pypi|index-url)\b", (DEPLOY / name).read_text())


def test_every_service_belongs_to_the_demo_or_to_production() -> None:
    assert {tuple(one["profiles"]) for one in SERVICES.values()} == {("demo",), ("production",)}
    wanted = {
        "postgres",
        "redis",
        "pgbouncer",
        "bot-1",
        "bot-2",
        "worker-1",
        "worker-2",
        "migrate",
        "nginx",
        "prometheus",
        "grafana",
    }
    assert {name for name, one in SERVICES.items() if one["profiles"] == ["production"]} == wanted


def test_no_password_has_a_default() -> None:
    """Secrets are files; a variable that is one names a file; nothing in compose.yaml or a unit carries a password."""
    for one in SERVICES.values():
        for name, value in (one.get("environment") or {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|_KEY", name):
                assert str(value).startswith("/run/secrets/"), name
        assert "DATABASE_URL" not in str(one.get("environment"))
    for text in (*UNITS.values(), (DEPLOY / "holdfast.env.example").read_text()):
        assert not re.search(
            r"^(Environment=.*)?HOLDFAST_(BOT_TOKEN|\w*DATABASE_URL|WEBHOOK_SECRET)=\S", text, re.MULTILINE
        )
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {f"deploy/{path}" for path in MADE_BY_PEOPLE} <= {path.rstrip("/") for path in ignored}


def test_the_secrets_that_are_made_are_those_that_are_used(secrets: dict[str, str]) -> None:
    declared = {Path(one["file"]).name for one in COMPOSE["secrets"].values()}
    used = {secret for one in SERVICES.values() for secret in one.get("secrets", ())}
    credentials = set(
        re.findall(r"^LoadCredential=(\w+):/etc/holdfast/secrets/\1$", "\n".join(UNITS.values()), re.MULTILINE)
    )
    assert set(secrets) == declared == set(COMPOSE["secrets"]) == used
    assert credentials == {name for name in secrets if name.startswith("holdfast_")}
    for text in UNITS.values():
        assert text.count("LoadCredential=") == len(
            re.findall(r"^LoadCredential=(\w+):/etc/holdfast/secrets/\1$", text, re.M)
        )


def test_the_secrets_that_are_made_fit_each_other(
    secrets: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One start with them: settings, PgBouncer's list and its port, nginx's path, the logins' names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "secrets"))
    settings = load()
    app, pooled = parsed(settings.database_url)
    owner, direct = parsed(settings.owner_address)
    bouncer = configparser.ConfigParser(interpolation=None)
    bouncer.read(DEPLOY / "pgbouncer/pgbouncer.ini")
    part = bouncer["pgbouncer"]
    assert (pooled, app.host, app.port, app.database) == (True, "pgbouncer", part.getint("listen_port"), "holdfast")
    assert (direct, owner.host, owner.database) == (False, "postgres", "holdfast")
    assert bouncer["databases"]["holdfast"] == f"host={owner.host} port={owner.port} dbname={owner.database}"
    assert secrets["pgbouncer_userlist"] == f'"{app.username}" "{app.password}"\n'
    assert (app.username, owner.username, owner.password) == (APP, OWNER, secrets["owner_password"])
    assert f"CREATE ROLE {owner.username} LOGIN CREATEROLE" in (DEPLOY / "postgres/init.sh").read_text()
    assert f"CREATE DATABASE {owner.database} OWNER {owner.username}" in (DEPLOY / "postgres/init.sh").read_text()
    assert len({value for name, value in secrets.items() if "password" in name}) == 3
    assert settings.webhook_url
    (location,) = re.findall(r'location ~ "(.+)" \{', NGINX)
    assert re.search(location, settings.webhook_url.removeprefix("https://bot.example.com"))
    assert part["auth_file"] == "/run/secrets/pgbouncer_userlist"


def test_pgbouncer_is_in_transaction_mode_and_asks_for_fewer_sessions_than_there_are() -> None:
    bouncer = configparser.ConfigParser(interpolation=None)
    bouncer.read(DEPLOY / "pgbouncer/pgbouncer.ini")
    part = bouncer["pgbouncer"]
    assert (part["pool_mode"], part["auth_type"]) == ("transaction", "scram-sha-256")
    (most,) = re.findall(r"max_connections=(\d+)", " ".join(SERVICES["postgres"]["command"]))
    assert part.getint("default_pool_size") <= part.getint("max_db_connections") < int(most) - 10


def test_ports_and_paths_agree() -> None:
    webhook, figures = IMAGE_ENV["HOLDFAST_WEBHOOK_PORT"], IMAGE_ENV["HOLDFAST_METRICS_PORT"]
    assert last("EXPOSE").split() == [webhook, figures]
    assert f"http://127.0.0.1:{figures}/healthz" in last("HEALTHCHECK")
    upstream = (DEPLOY / "nginx/upstream-compose.conf").read_text()
    bots = [name for name, one in OURS.items() if one["command"][-1] == "bot"]
    assert re.findall(r"server (\S+) resolve", upstream) == [f"{name}:{webhook}" for name in bots]
    here = re.findall(r"server 127\.0\.0\.1:(\d+)", (DEPLOY / "nginx/upstream.conf").read_text())
    assert f"enable --now {' '.join(f'holdfast-bot@{port}' for port in here)}" in UNITS["holdfast-bot@.service"]
    published = {port for one in SERVICES.values() for port in one.get("ports", ())}
    assert {port for port in published if not port.startswith("127.0.0.1:")} == {"443:443"}
    for path in re.findall(r"include (/etc/nginx/holdfast/\S+);", NGINX):
        assert any(path in mount for mount in SERVICES["nginx"]["volumes"])


def test_prometheus_asks_every_process_where_it_answers() -> None:
    """In containers and on one machine; both read the same rules, as one dashboard's source."""
    ours, here = (
        yaml.safe_load((DEPLOY / "prometheus" / name).read_text()) for name in ("compose.yml", "prometheus.yml")
    )
    lives = [name for name, one in OURS.items() if one["command"][0] == "run"]

    def targets(config: dict[str, Any]) -> list[str]:
        return [
            target for job in config["scrape_configs"] for one in job["static_configs"] for target in one["targets"]
        ]

    assert targets(ours) == [f"{name}:{IMAGE_ENV['HOLDFAST_METRICS_PORT']}" for name in lives]
    workers = re.findall(r"holdfast-worker@(\d+)", UNITS["holdfast-worker@.service"])
    bots = [f"1{port}" for port in re.findall(r"holdfast-bot@(\d+)", UNITS["holdfast-bot@.service"])]
    assert "HOLDFAST_METRICS_PORT=1%i" in UNITS["holdfast-bot@.service"]
    assert "HOLDFAST_METRICS_PORT=%i" in UNITS["holdfast-worker@.service"]
    assert targets(here) == [f"127.0.0.1:{port}" for port in (*workers, *bots)]
    assert {name: one for name, one in here.items() if name not in ("scrape_configs", "alerting")} == {
        name: one for name, one in ours.items() if name != "scrape_configs"
    }
    sources = ("compose-datasource.yml", "provisioning/datasources/prometheus.yml")
    compose, machine = (yaml.safe_load((DEPLOY / "grafana" / name).read_text()) for name in sources)
    assert compose["datasources"][0].pop("url") == "http://prometheus:9090"
    machine["datasources"][0].pop("url")
    assert compose == machine


def test_what_is_mounted_exists() -> None:
    for one in SERVICES.values():
        for mount in one.get("volumes", ()):
            source = str(mount).split(":")[0]
            if source.startswith("./"):
                path = source.removeprefix("./")
                assert path in MADE_BY_PEOPLE or (DEPLOY / path).exists(), source
            else:
                assert source in COMPOSE["volumes"]


def test_nginx_takes_as_much_as_the_bot_and_waits_as_long() -> None:
    (most,) = re.findall(r"client_max_body_size (\d+)m;", NGINX)
    assert int(most) << 20 == MOST_BYTES
    (seconds,) = re.findall(r"proxy_read_timeout (\d+)s;", NGINX)
    assert int(seconds) >= LAST_ANSWERS


def test_nobody_is_killed_before_they_may_have_finished() -> None:
    """The grace of compose and of systemd is longer than the calls in hand and the last answers take together."""
    lives = [one for one in OURS.values() if one["command"][0] == "run"]
    assert len(lives) == 4
    assert all(float(one["stop_grace_period"].removesuffix("s")) >= GRACE for one in lives)
    assert all(one["init"] and one["read_only"] and one["cap_drop"] == ["ALL"] for one in OURS.values())
    assert last("STOPSIGNAL") == "SIGTERM"
    for name in ("holdfast-bot@.service", "holdfast-worker@.service"):
        (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNITS[name], re.MULTILINE)
        assert int(seconds) >= GRACE
        assert "KillSignal=SIGTERM" in UNITS[name]


def test_the_image_is_made_in_stages_of_pinned_versions_and_runs_as_nobody() -> None:
    words = [word for word, _ in IMAGE]
    assert words.count("FROM") == 2
    assert "ADD" not in words
    (python,) = re.findall(r"^PYTHON=(\S+)$", "\n".join(rest for w, rest in IMAGE if w == "ARG"), re.MULTILINE)
    assert Version(python) in SpecifierSet(PROJECT["requires-python"])
    final = IMAGE[len(words) - words[::-1].index("FROM") - 1 :]
    assert [rest for word, rest in final if word == "USER"] == ["10001:10001"]
    assert {word for word, _ in final} >= {"HEALTHCHECK", "STOPSIGNAL", "USER", "ENTRYPOINT", "CMD"}
    assert shlex.split(last("ENTRYPOINT").strip("[]")) == ["holdfast"]
    assert parser().parse_args(shlex.split(last("CMD").strip("[]"))).run
    installs = [rest for word, rest in IMAGE if word == "RUN" and "pip install" in rest]
    assert installs
    assert all("--constraint deploy/constraints.txt" in rest for rest in installs)


def test_every_requirement_is_pinned_to_a_version_that_serves() -> None:
    pins = {normal(name): Version(version) for name, version in PINS.items()}
    for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"], "setuptools>=77"]:
        wanted = Requirement(line)
        assert pins[normal(wanted.name)] in wanted.specifier, line


def test_the_image_gets_everything_that_is_copied_and_all_that_a_package_needs() -> None:
    """What is copied is not ignored, and a file that is no Python is package data."""
    let_in = re.findall(r"^!(\S+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    copied = {source for w, rest in IMAGE if w == "COPY" and "--from" not in rest for source in rest.split()[:-1]}
    assert copied == set(let_in)
    assert all((ROOT / source).exists() for source in copied)
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    for package in ("bot", "domain", "scheduler", "storage"):
        globbed = {path for pattern in data.get(package, ()) for path in (ROOT / package).glob(pattern)}
        others = {
            path
            for path in (ROOT / package).rglob("*")
            if path.is_file() and path.suffix not in (".py", ".pyc") and "__pycache__" not in path.parts
        }
        assert others - globbed == set()


HARDENED = {
    *(
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "ProtectProc=invisible",
    ),
    *("ProtectClock=yes", "ProtectHostname=yes", "ProtectKernelLogs=yes", "ProtectKernelModules=yes"),
    *("ProtectKernelTunables=yes", "ProtectControlGroups=yes", "PrivateTmp=yes", "PrivateDevices=yes"),
    *("RestrictNamespaces=yes", "RestrictRealtime=yes", "RestrictSUIDSGID=yes", "LockPersonality=yes"),
    *("MemoryDenyWriteExecute=yes", "SystemCallArchitectures=native", "SystemCallFilter=@system-service", "UMask=0077"),
}
SERVICE_UNITS = [name for name in UNITS if name.endswith(".service")]


@pytest.mark.parametrize("name", SERVICE_UNITS)
def test_units_are_hardened(name: str) -> None:
    assert HARDENED - set(UNITS[name].splitlines()) == set()
    (user,) = re.findall(r"^User=(\w+)$", UNITS[name], re.MULTILINE)
    assert user in ("holdfast", "postgres")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """With commands that exist here: `systemd-analyze verify` says nothing, `security` finds little exposed."""
    for name, text in UNITS.items():
        (tmp_path / name).write_text(text.replace("/opt/holdfast/bin/holdfast", "/bin/true"))
    said = subprocess.run(
        ["systemd-analyze", "verify", *(f"./{n}" for n in UNITS)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout + said.stderr) == (0, "")
    for name in SERVICE_UNITS:
        said = subprocess.run(
            ["systemd-analyze", "security", "--offline=yes", f"./{name}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        (level,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", said.stdout)
        assert float(level) < 2


@pytest.mark.parametrize("path", sorted(DEPLOY.rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_plain_shell_and_stop_at_the_first_failure(path: Path) -> None:
    subprocess.run(["sh", "-n", str(path)], check=True)
    assert "\nset -eu\n" in path.read_text()
