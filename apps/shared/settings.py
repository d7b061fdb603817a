"""Startup settings: environment variables, then `.env`, then defaults."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from apps.shared.secret_keys import KEY_DESCRIPTION, parse_keys

POSTGRES_URL = re.compile(r"postgres(ql)?://.+")
REDIS_URL = re.compile(r"(redis|rediss|unix)://.+")

CommaSeparated = Annotated[list[str], NoDecode]


class SettingsError(SystemExit):
    """An invalid setting, as one sentence.

    A SystemExit because settings are read at import time: whichever program imports them (piccolo,
    uvicorn, pytest) prints the sentence and exits with code 1, without a traceback.
    """


class Settings(BaseSettings):
    """Field names are the environment variables' names in lower case.

    A description says which values are valid: error messages and `.env.example` use it.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: SecretStr | None = Field(
        None,
        description="postgresql://user:password@host:5432/name, or "
        "postgresql://user@/name?host=/folder for a unix socket",
    )
    data_dir: Path = Field(
        Path("data"), description="the embedded PostgreSQL's folder, created if missing"
    )
    backup_dir: Path | None = Field(
        None, description="the folder for backups; default: backups in DATA_DIR"
    )
    database_pool_size: int = Field(
        5, ge=1, le=1000, description="connections kept open, a whole number from 1 to 1000"
    )
    database_max_overflow: int = Field(
        10, ge=0, le=1000, description="extra connections under load, a whole number from 0 to 1000"
    )
    database_pool_timeout: float = Field(
        30, gt=0, le=3600, description="seconds to wait for a connection, above 0 and up to 3600"
    )
    database_statement_timeout: float = Field(
        30, ge=0, le=86400, description="seconds a statement may take, up to 86400; 0: no limit"
    )
    database_echo: bool = Field(
        False, description="true to log every statement (without its values), or false"
    )
    read_replica_url: SecretStr | None = Field(
        None, description="postgresql://… of a streaming replica that answers searches"
    )
    redis_url: SecretStr | None = Field(
        None, description="redis://host:6379/0, rediss://… or unix://…"
    )
    host: str = Field("127.0.0.1", min_length=1, description="the address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="a whole number from 1 to 65535")
    workers: int = Field(
        1, ge=1, le=64, description="worker processes, a whole number from 1 to 64"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="one of DEBUG, INFO, WARNING, ERROR"
    )
    log_format: Literal["text", "json"] = Field("text", description="text or json")
    allowed_hosts: CommaSeparated = Field(
        [], description="host names the server answers to, separated by commas; empty: any"
    )
    cors_origins: CommaSeparated = Field(
        [],
        description="origins whose pages may call the API, such as https://example.org, "
        "separated by commas; empty: none but its own",
    )
    secret_keys: SecretStr | None = Field(
        None,
        description="encryption keys for stored secrets, newest first, separated by commas; each "
        + KEY_DESCRIPTION,
    )
    admin_email: str = Field(
        "admin@reelbase.local",
        pattern=r"^[^@\s]+@[^@\s]+$",
        max_length=255,
        description="the first administrator's email, in the form name@host",
    )
    admin_password: SecretStr | None = Field(
        None,
        min_length=8,
        max_length=128,
        description="the first administrator's password, 8 to 128 characters; empty: generated",
    )
    login_attempts: int = Field(
        10, ge=1, le=10_000, description="sign-in attempts per account in LOGIN_WINDOW, 1 to 10000"
    )
    login_window: int = Field(
        300, ge=1, le=86400, description="seconds that sign-in attempts count for, 1 to 86400"
    )
    config_file: Path | None = Field(
        None, description="a TOML file of library settings, such as chunk_words = 200"
    )
    import_roots: CommaSeparated = Field(
        [],
        description="folders that may be imported over REST and in the admin, separated by commas",
    )

    @field_validator("allowed_hosts", "cors_origins", "import_roots", mode="before")
    @classmethod
    def split_commas(cls, value: Any) -> Any:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def uppercase_level(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("database_url", "read_replica_url", mode="after")
    @classmethod
    def check_postgres_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not POSTGRES_URL.fullmatch(value.get_secret_value()):
            raise ValueError("not a PostgreSQL address")
        return value

    @field_validator("secret_keys", mode="after")
    @classmethod
    def check_secret_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            parse_keys(value.get_secret_value())
        return value

    @field_validator("redis_url", mode="after")
    @classmethod
    def check_redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not REDIS_URL.fullmatch(value.get_secret_value()):
            raise ValueError("not a Redis address")
        return value

    @property
    def pool_limit(self) -> int:
        return self.database_pool_size + self.database_max_overflow


def explain_settings_error(error: ValidationError) -> str:
    """One sentence for each invalid setting; a secret value is never repeated."""
    sentences = []
    for fault in error.errors():
        name = str(fault["loc"][0])
        field = Settings.model_fields[name]
        given = "is invalid"
        if "SecretStr" not in str(field.annotation):
            given = f"is {fault['input']!r}"
        sentences.append(f"{name.upper()} {given}; expected: {field.description}.")
    return "\n".join(sentences)


def read_variables() -> dict[str, str]:
    """What Settings reads: the environment over `.env`, names in lower case, without blanks."""
    file = Settings.model_config.get("env_file")
    with explain_env_file_errors():
        written = dotenv_values(str(file), encoding="utf-8") if file else {}
    both: list[Mapping[str, str | None]] = [written, os.environ]
    return {name.lower(): value for each in both for name, value in each.items() if value}


def load_settings() -> Settings:
    """Raises SettingsError, which names each invalid variable and its valid values."""
    try:
        with explain_env_file_errors():
            return Settings()
    except ValidationError as error:
        raise SettingsError(explain_settings_error(error)) from None


@contextmanager
def explain_env_file_errors() -> Iterator[None]:
    """Raises SettingsError."""
    try:
        yield
    except OSError as error:
        raise SettingsError(f".env cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SettingsError(".env must be a UTF-8 text file.") from None


@lru_cache
def get_settings() -> Settings:
    """This process's settings, read once."""
    return load_settings()
