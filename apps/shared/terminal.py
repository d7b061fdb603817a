"""Options as people write them, for Piccolo's command line, which knows `--name=value` only."""

import asyncio
import inspect
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from getpass import getpass
from typing import Any

from apps.shared.db.engine import get_engine
from apps.shared.errors import translate
from apps.shared.logs import configure_logs
from apps.shared.settings import get_settings


@asynccontextmanager
async def interruptible(told: str) -> AsyncIterator[None]:
    """Ctrl-C and SIGTERM end it with this sentence. At its end the database is given back."""
    configure_logs(get_settings())
    exit_codes = end_as_with_ctrl_c()
    # It prints a traceback for what commands tell in one sentence.
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
    try:
        yield
    except asyncio.CancelledError:
        sys.stderr.write(f"{told}\n")
        sys.exit(exit_codes[-1])
    finally:
        await get_engine().close()


def end_as_with_ctrl_c() -> list[int]:
    """SIGTERM cancels what runs, too; the last code is the one to exit with."""
    task = asyncio.current_task()
    assert task is not None
    codes = [130]

    def terminate() -> None:
        codes.append(143)
        task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
    return codes


@contextmanager
def in_sentences(sentences: Mapping[str, str]) -> Iterator[None]:
    """Whatever is wrong is one sentence and exit code 1; see `errors.translate`."""
    try:
        yield
    except UnicodeEncodeError:
        sys.exit("What is given must be text in UTF-8.")
    except Exception as error:
        known = translate(error, sentences)
        if known is None:
            raise
        sys.exit(known.message)


def asked_secret(what: str) -> str:
    """Typed without being shown, or all of standard input but its last line break.

    Never an argument, which other users of the machine can read. Ends the program without one.
    """
    try:
        if sys.stdin.isatty():
            text = getpass(f"{what}: ")
        else:
            text = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        sys.exit(f"{what} must be text in UTF-8.")
    except (EOFError, KeyboardInterrupt):
        text = ""
    return text or sys.exit(f"{what}: nothing was given, and nothing was changed.")


def check_flag(name: str, given: bool) -> None:
    """Piccolo takes one argument too many for the next option. Ends the program then."""
    if not isinstance(given, bool):
        sys.exit(f"There is one argument too many: --{name} has no value. Nothing was changed.")


def usual_options(arguments: Sequence[str], command: Callable[..., Any]) -> list[str]:
    """`--dry-run --report FILE` becomes `--dry_run --report=FILE`, as `command` declares them.

    Whatever the command does not declare is left as it is, for Piccolo to refuse.
    """
    return list(_options(arguments, inspect.signature(command).parameters))


def _options(arguments: Sequence[str], declared: Any) -> Iterator[str]:
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
