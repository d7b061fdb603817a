"""What every command shares: options as people type them, secrets, errors and signals.

Piccolo's command line itself accepts only `--name=value`.
"""

import asyncio
import inspect
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from getpass import getpass
from typing import Any

from apps.shared.db.engine import get_engine
from apps.shared.db.errors import translate_error
from apps.shared.logs import configure_logs
from apps.shared.settings import get_settings


@asynccontextmanager
async def exit_on_interrupt(message: str) -> AsyncIterator[None]:
    """Prints `message` and exits on Ctrl-C or SIGTERM. Closes the database connections."""
    configure_logs(get_settings())
    exit_codes = cancel_on_sigterm()
    # It logs a traceback for errors that commands report in one sentence.
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
    try:
        yield
    except asyncio.CancelledError:
        sys.stderr.write(f"{message}\n")
        sys.exit(exit_codes[-1])
    finally:
        await get_engine().close()


def cancel_on_sigterm() -> list[int]:
    """Treats SIGTERM like Ctrl-C. The last code in the list is the one to exit with."""
    task = asyncio.current_task()
    assert task is not None
    codes = [130]

    def terminate() -> None:
        codes.append(143)
        task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
    return codes


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Exits with code 1 and one sentence; what `translate_error` does not know is raised."""
    try:
        yield
    except UnicodeEncodeError:
        sys.exit("Arguments must be UTF-8 text.")
    except Exception as error:
        known = translate_error(error)
        if known is None:
            raise
        sys.exit(known.message)


def read_secret(name: str) -> str:
    """Prompts without echo, or reads standard input up to its last line break.

    Never an argument: other users of the machine can read those. Exits if nothing is given.
    """
    try:
        if sys.stdin.isatty():
            text = getpass(f"{name}: ")
        else:
            text = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        sys.exit(f"{name} must be UTF-8 text.")
    except (EOFError, KeyboardInterrupt):
        text = ""
    return text or sys.exit(f"{name}: no value given. Nothing was changed.")


def check_flag(name: str, given: bool) -> None:
    """Exits if Piccolo assigned a surplus positional argument to this option."""
    if not isinstance(given, bool):
        sys.exit(f"Too many arguments: --{name} takes no value. Nothing was changed.")


def normalize_options(arguments: Sequence[str], command: Callable[..., Any]) -> list[str]:
    """Turns `--dry-run --report FILE` into `--dry_run --report=FILE`, as `command` declares them.

    Undeclared options are left for Piccolo to reject.
    """
    return list(_normalize(arguments, inspect.signature(command).parameters))


def _normalize(arguments: Sequence[str], declared: Any) -> Iterator[str]:
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        name, equals, value = argument.removeprefix("--").partition("=")
        name = name.replace("-", "_")
        if not argument.startswith("--") or name not in declared:
            yield argument
        elif equals:
            yield f"--{name}={value}"
        elif isinstance(declared[name].default, bool) or not rest or rest[0].startswith("--"):
            yield f"--{name}"
        else:
            yield f"--{name}={rest.pop(0)}"
