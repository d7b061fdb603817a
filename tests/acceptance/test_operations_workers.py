"""Several workers: their figures are told together, and their log as JSON."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.acceptance.browser import EMAIL, PASSWORD
from tests.acceptance.invented import token
from tests.acceptance.test_operations import figure
from tests.processes import Web, data_folder, free_port, serve, wait_for

LIVE = 'reelbase_request_duration_seconds_count{method="GET",route="/health/live",status="200"}'
LIMIT = "reelbase_pool_connections_limit"


@pytest.fixture
def web() -> Iterator[Web]:
    chosen = {"WORKERS": 2, "LOG_FORMAT": "json", "DATABASE_POOL_SIZE": 1}
    with (
        data_folder() as folder,
        serve(folder, free_port(), ADMIN_EMAIL=EMAIL, ADMIN_PASSWORD=PASSWORD, **chosen) as web,
    ):
        wait_for(lambda: web.stderr.count("startup complete") == 2, "every worker", 60)
        yield web


def workers(web: Web) -> list[psutil.Process]:
    children = psutil.Process(web.process.pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


async def test_the_figures_are_of_all_workers_and_go_with_the_program(web: Web) -> None:
    first, _ = workers(web)
    folder = Path(first.environ()["PROMETHEUS_MULTIPROC_DIR"])
    headers = {"Authorization": f"Bearer {await token(web.url, EMAIL, PASSWORD)}"}

    def scrape() -> str:
        answer = web.get("/metrics", headers=headers)
        assert answer is not None
        return answer.text

    def limit() -> float:
        return figure(scrape(), LIMIT)

    for _ in range(40):  # Each over a connection of its own, which either worker accepts.
        assert web.get("/health/live", headers={"X-Request-ID": "alive"}).status_code == 200  # type: ignore[union-attr]
    wait_for(lambda: limit() == 2 * 11, "the pools of both", 5)
    assert {figure(scrape(), LIVE) for _ in range(10)} == {40}
    assert len(list(folder.glob("gauge_livesum_*.db"))) == 2

    first.send_signal(signal.SIGKILL)
    wait_for(lambda: web.stderr.count("startup complete") == 3, "another worker")
    wait_for(lambda: limit() == 2 * 11, "its pool, and no more the old one's", 5)
    assert not list(folder.glob(f"gauge_live*_{first.pid}.db"))
    assert figure(scrape(), LIVE) == 40

    lines = [json.loads(line) for line in web.stderr.splitlines()]
    alive = [line for line in lines if line["request_id"] == "alive"]
    assert len(alive) == 40
    told = {"level": "INFO", "name": "reelbase.access", "method": "GET", "status": 200}
    for line in alive:
        assert {**line, **told, "path": "/health/live"} == line
        assert line["message"] == f"GET /health/live 200 {line['milliseconds']} ms"
    assert {line["request_id"] for line in lines if line["name"] == "uvicorn.error"} == {"-"}

    web.terminate()
    web.wait()
    assert not folder.exists()
