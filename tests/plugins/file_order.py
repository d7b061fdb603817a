"""`--order random` runs the files in random order, and `--order NUMBER` in that one again."""

import random

import pytest

RANDOM = "random"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--order",
        metavar="random|NUMBER",
        help="run the test files in random order, or in the order of an earlier NUMBER",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Before the workers of pytest-xdist, which get the options as they are by then."""
    if config.option.order == RANDOM:
        config.option.order = str(random.randrange(1_000_000))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if order := config.option.order:
        files = sorted({item.path for item in items})
        random.Random(order).shuffle(files)
        places = {file: place for place, file in enumerate(files)}
        items.sort(key=lambda item: places[item.path])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if order := terminalreporter.config.option.order:
        terminalreporter.write_line(f"The files ran in random order: --order {order} repeats it.")
