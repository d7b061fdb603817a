"""Commands called within the tests' own process, through the command line that programs have.

A start of the program takes a second, nearly all of it for imports. Words and exit codes need none;
signals, terminals, memory and a start of each command do: see `tests.processes`.
"""

import asyncio
import io
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from contextvars import Context
from functools import cache
from typing import Any
from unittest import mock

from targ import CLI

import piccolo_conf
from apps.configuration.services import get_configuration
from apps.shared.command_line import App
from apps.shared.db.engine import create_engine
from apps.shared.settings import get_settings
from tests.processes import environment
from tests.shared.conftest import shared_url

ENGINE_STATE = ("address", "config", "extra_nodes", "pool", "pool_options", "_opening")


async def run_command(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """`call_command`, on the database of the tests unless the settings name another."""
    if not {"DATABASE_URL", "DATA_DIR"} & set(options):
        options["DATABASE_URL"] = await shared_url()
    return call_command(*arguments, **options)


def call_command(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """`piccolo ARGUMENTS`; of the options `stdin` and `cwd` are the program's, the rest settings.

    Nothing else of the test goes on meanwhile, as when it waits for a program. An embedded server
    that this process holds as well would be stopped at the end.
    """
    stdin, cwd = options.pop("stdin", ""), options.pop("cwd", None)
    argv = ["piccolo", *map(str, arguments)]
    typed = stdin.encode() if isinstance(stdin, str) else stdin
    given, out, err = (io.TextIOWrapper(io.BytesIO(data), "utf-8") for data in (typed, b"", b""))
    with ExitStack() as stack:
        stack.enter_context(chdir(cwd or tempfile.gettempdir()))
        for name, value in {"argv": argv, "stdin": given, "path": [*sys.path]}.items():
            stack.enter_context(mock.patch.object(sys, name, value))
        stack.enter_context(mock.patch.dict(os.environ, environment(**options), clear=True))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        for meanwhile in (no_running_loop, own_signals, own_logging, own_settings):
            stack.enter_context(meanwhile())
        # A new context: neither the test's transaction nor its actor are the command's.
        code = Context().run(exit_code, run_command_line)
    told, complained = (stream.detach().getvalue().decode() for stream in (out, err))
    return subprocess.CompletedProcess(argv, code, told, complained)


def run_command_line() -> None:
    app = piccolo_conf.APP_REGISTRY.app_configs.get(sys.argv[1])
    if app:
        app.get_commands()  # It also reads the options as people write them.
    with own_engine():
        command_line().run()


@cache
def command_line() -> CLI:
    """As Piccolo makes it, which also asks in 26 connections whether all migrations were run."""
    line = CLI()
    for name, app in piccolo_conf.APP_REGISTRY.app_configs.items():
        assert isinstance(app, App)
        for command in app.load_commands():
            line.register(command.callable, name, command.command_name, command.aliases)
    return line


def exit_code(program: Callable[[], None]) -> int:
    """And what the interpreter prints of a SystemExit that nobody caught."""
    try:
        program()
    except SystemExit as ending:
        if ending.code is None or isinstance(ending.code, int):
            return ending.code or 0
        print(ending.code, file=sys.stderr)
        return 1
    return 0


@contextmanager
def own_settings() -> Iterator[None]:
    """Read from the environment as it is now, and again as it is then."""
    for read in (get_settings, get_configuration):
        read.cache_clear()
    try:
        yield
    finally:
        for read in (get_settings, get_configuration):
            read.cache_clear()


@contextmanager
def own_engine() -> Iterator[None]:
    """The one engine that all tables know, for the time being as the settings have it."""
    engine, made = piccolo_conf.DB, create_engine(get_settings())
    kept = {name: getattr(engine, name) for name in ENGINE_STATE}
    for name in ENGINE_STATE:
        setattr(engine, name, getattr(made, name))
    try:
        yield
    finally:
        asyncio.run(engine.close())  # As a program's end does.
        for name, value in kept.items():
            setattr(engine, name, value)


@contextmanager
def own_signals() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


@contextmanager
def own_logging() -> Iterator[None]:
    """A command sets up the log of its process."""
    loggers = [logging.getLogger(name) for name in (None, *logging.root.manager.loggerDict)]
    kept = [(one, one.level, one.propagate, one.disabled, one.handlers[:]) for one in loggers]
    try:
        yield
    finally:
        for handler in logging.root.handlers:
            handler.flush()
        for one, level, propagate, disabled, handlers in kept:
            one.setLevel(level)
            one.propagate, one.disabled, one.handlers = propagate, disabled, handlers


@contextmanager
def no_running_loop() -> Iterator[None]:
    """The command starts one of its own, in this thread: another one would get no signals."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(running)
