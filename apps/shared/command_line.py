"""Piccolo's command line, of which a process loads only what it was called for."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from piccolo.conf.apps import AppConfig, Command, Finder

from apps.shared.plugs import Plug
from apps.shared.terminal import normalize_options


def _do_nothing() -> None:
    pass


before_commands: Plug[Callable[[], None]] = Plug(_do_nothing)
"""Called before the commands of an app are loaded."""


@dataclass
class App(AppConfig):
    """An app whose commands are imported when `piccolo <its name> …` is called.

    A server, a worker and a command of another app do without them: with their progress bars and
    readers they are a third of a start. Each of the `command_modules` has a list `COMMANDS`.
    """

    command_modules: tuple[str, ...] = ()

    def get_commands(self) -> list[Command]:
        """Piccolo asks each app for them, and reads `sys.argv` afterwards."""
        if not self._is_called():
            return []
        commands = self.load_commands()
        for command in commands:
            if sys.argv[1:3] == [self.app_name, command.command_name or command.callable.__name__]:
                sys.argv[3:] = normalize_options(sys.argv[3:], command.callable)
        return commands

    def load_commands(self) -> list[Command]:
        before_commands()()
        return [each for name in self.command_modules for each in import_module(name).COMMANDS]

    def _is_called(self) -> bool:
        """`piccolo` alone, `--help` and a word that is no app list the commands of every app."""
        called = sys.argv[1] if len(sys.argv) > 1 else ""
        return called == self.app_name or called not in _app_names()


def _app_names() -> set[str]:
    return {*Finder().get_app_registry().app_configs, "migrations"}
