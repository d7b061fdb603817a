"""Programs that the tests start get default signals, however the tests themselves were started.

A shell that runs a command in the background, and nohup, leave SIGINT ignored, and whatever that
command starts inherits it: Ctrl-C would then end none of the programs.
"""

import signal
from typing import Any

DEFAULTS: dict[signal.Signals, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGQUIT: signal.SIG_DFL,
    signal.SIGTERM: signal.SIG_DFL,
}


def pytest_configure() -> None:
    """Here and in each worker of pytest-xdist."""
    for number, default in DEFAULTS.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, default)
