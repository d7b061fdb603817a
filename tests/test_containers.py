"""What the container files promise, as far as it can be checked without starting containers."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from apps.shared.settings import Settings
from tests.processes import PostgresServer, folder_for_postgres

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
CHECK = ROOT / "docker" / "healthcheck.py"


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name}\s+(.*)$", DOCKERFILE, re.MULTILINE)


def test_the_image_is_pinned_by_minor_version() -> None:
    assert len(instructions("FROM")) == 1
    assert re.fullmatch(r"python:3\.\d+-slim", instructions("FROM")[0])


def test_everything_that_is_copied_exists() -> None:
    sources = [word for copy in instructions("COPY") for word in copy.split()[:-1]]
    assert sources
    for source in sources:
        assert (ROOT / source).exists()


def test_what_is_copied_is_not_ignored() -> None:
    lines = (ROOT / ".dockerignore").read_text().split()
    assert "*" in lines
    kept = {line[1:] for line in lines if line.startswith("!")}
    copied = {word.split("/")[0] for copy in instructions("COPY") for word in copy.split()[:-1]}
    assert copied == kept


def test_requirements_are_a_layer_of_their_own() -> None:
    installed = DOCKERFILE.index("pip install -r requirements.txt")
    assert DOCKERFILE.index("COPY requirements.txt") < installed < DOCKERFILE.index("COPY apps")


def test_it_does_not_run_as_root() -> None:
    (user,) = instructions("USER")
    assert user not in {"root", "0"}
    assert f"reelbase {user}" in DOCKERFILE or user == "reelbase"
    assert "useradd --system" in DOCKERFILE
    assert DOCKERFILE.index("USER ") < DOCKERFILE.index("CMD [")


def test_signals_reach_the_program() -> None:
    command = json.loads(instructions("CMD")[-1])
    assert command == ["piccolo", "project", "serve"] == SERVICES["app"]["command"]
    assert "--workdir" not in DOCKERFILE
    grace = SERVICES["app"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > 30  # What running requests are given to end.


def test_the_health_check_asks_whether_it_lives() -> None:
    (check,) = instructions("HEALTHCHECK")
    command = json.loads(check.partition("CMD ")[2])
    assert command == ["python", "docker/healthcheck.py", "/health/live"]
    assert (ROOT / command[1]).exists()


@pytest.fixture
def answering() -> Iterator[tuple[int, list[str]]]:
    """A port, and the hosts it was asked for; only /well answers 200."""
    hosts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hosts.append(self.headers["Host"])
            self.send_response(200 if self.path == "/well" else 503)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, hosts
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("allowed", "host"),
    [("", "localhost"), ("films.example, b.example", "films.example"), ("*.a.b", "health.a.b")],
)
def test_the_health_check_runs(answering: tuple[int, list[str]], allowed: str, host: str) -> None:
    port, hosts = answering
    settings = {"PORT": str(port), "ALLOWED_HOSTS": allowed}
    codes = [
        subprocess.run(
            [sys.executable, str(CHECK), path], env=settings, capture_output=True, check=False
        ).returncode
        for path in ("/well", "/ill")
    ]
    assert codes == [0, 1]
    assert hosts == [host, host]


def test_the_health_check_fails_when_nobody_answers() -> None:
    done = subprocess.run(
        [sys.executable, str(CHECK), "/well"], env={"PORT": "1"}, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


def test_the_services_and_their_images() -> None:
    assert SERVICES.keys() == {"postgres", "redis", "app"}
    assert SERVICES["postgres"]["image"] == "pgvector/pgvector:pg18"
    for service in SERVICES.values():
        image = service["image"]
        assert "build" in service or re.search(r":\w*\d", image), f"{image} is not pinned."


def test_each_service_is_watched_and_started_again() -> None:
    for service in SERVICES.values():
        assert {"test", "interval", "timeout", "retries"} <= service["healthcheck"].keys()
        assert service["restart"] == "unless-stopped"


def test_the_program_waits_for_what_it_needs() -> None:
    waits = {name: entry["condition"] for name, entry in SERVICES["app"]["depends_on"].items()}
    assert waits == {"postgres": "service_healthy", "redis": "service_healthy"}


def test_the_programs_check_is_the_images_script() -> None:
    command = SERVICES["app"]["healthcheck"]["test"]
    assert command == ["CMD", "python", "docker/healthcheck.py", "/health/ready"]


def test_data_outlives_the_containers() -> None:
    # The image of PostgreSQL 18 keeps its data below /var/lib/postgresql, not in its data folder.
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]
    assert "backups:/backups" in SERVICES["app"]["volumes"]
    assert SERVICES["app"]["environment"]["BACKUP_DIR"] == "/backups"
    # A new volume takes its owner from the folder in the image.
    assert "install -d -o reelbase -g reelbase /data /backups" in DOCKERFILE
    assert COMPOSE["volumes"].keys() == {"postgres", "redis", "backups"}


def test_no_password_is_written_down() -> None:
    """Each is `${NAME:?…}`, which must be given, or `${NAME:-}`, which is none."""
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|KEYS)\w*)([^}]*)\}", COMPOSE_TEXT)
    assert {name for name, _ in secrets} == {
        "POSTGRES_PASSWORD",
        "REDIS_PASSWORD",
        "ADMIN_PASSWORD",
        "SECRET_KEYS",
    }
    for _, rest in secrets:
        assert rest == ":-" or rest.startswith(":?")
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if re.search("PASSWORD|KEYS|AUTH", name):
                assert re.fullmatch(r"\$\{[^}]+\}", value)
        for name in ("DATABASE_URL", "REDIS_URL"):
            url = service["environment"].get(name, "")
            assert re.fullmatch(
                r"|\w+://[^:]*:\$\{\w+:\?[^}]+\}@.*", re.sub(r"//\$\{\w+:-\w+\}", "//user", url)
            )


def test_the_programs_settings_are_known_to_it() -> None:
    environment = SERVICES["app"]["environment"]
    assert {name.lower() for name in environment} <= Settings.model_fields.keys()
    assert environment["HOST"] == "0.0.0.0"
    inner = SERVICES["app"]["ports"][0].rpartition(":")[2]
    assert inner == environment["PORT"]


def filled(text: str) -> str:
    """As Compose fills in the variables when only those are set that must be."""
    return re.sub(
        r"\$\{\w+(?::-([^}]*)|:\?[^}]*)\}",
        lambda found: "S3cret-._~" if found[1] is None else found[1],
        text,
    )


def test_the_defaults_are_settings_that_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SERVICES["app"]["environment"].items():
        monkeypatch.setenv(name, filled(str(value)))
    chosen = Settings()
    assert chosen.database_url is not None
    assert chosen.database_url.get_secret_value() == (
        "postgresql://reelbase:S3cret-._~@postgres:5432/reelbase"
    )
    assert chosen.redis_url is not None
    assert chosen.redis_url.get_secret_value() == "redis://:S3cret-._~@redis:6379/0"


def test_only_this_machine_reaches_it_unless_told_otherwise() -> None:
    (published,) = SERVICES["app"]["ports"]
    assert filled(published).startswith("127.0.0.1:")
    assert "ports" not in SERVICES["postgres"]
    assert "ports" not in SERVICES["redis"]


def test_postgresql_takes_the_options_it_is_made_with() -> None:
    options = SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    with folder_for_postgres() as folder:
        server = PostgresServer(folder)
        other = folder / "other"
        other.mkdir()
        other.chmod(0o777)
        server._run("initdb", "-N", *options, "-D", str(other / "data"))
        assert (other / "data" / "PG_VERSION").read_text().strip() == "18"
