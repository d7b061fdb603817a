import json
import re

from tests.processes import run_python

TIME = re.compile(r"2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")
WRITE = """
import logging
from apps.shared.logs import REQUEST_ID, configure_logs
from apps.shared.settings import get_settings
configure_logs(get_settings())
log = logging.getLogger("reelbase.test")
log.debug("too quiet")
log.info('a "quoted" line\\nand another: %s', "é")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("It failed.")
REQUEST_ID.set("abc")
logging.getLogger("uvicorn.error").warning("from uvicorn", extra={"fields": {"status": 200}})
"""


def test_json_logs_have_one_object_a_line() -> None:
    done = run_python(WRITE, LOG_FORMAT="json")
    assert (done.returncode, done.stdout) == (0, "")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["message"] for line in lines] == [
        'a "quoted" line\nand another: é',
        "It failed.",
        "from uvicorn",
    ]
    assert [line["level"] for line in lines] == ["INFO", "ERROR", "WARNING"]
    assert [line["name"] for line in lines] == ["reelbase.test"] * 2 + ["uvicorn.error"]
    assert "ZeroDivisionError" in lines[1]["exc_info"]
    assert [line["request_id"] for line in lines] == ["-", "-", "abc"]
    assert [line.get("status") for line in lines] == [None, None, 200]
    assert all(TIME.fullmatch(line["time"]) for line in lines)


def test_text_logs_are_for_people() -> None:
    done = run_python(WRITE, LOG_LEVEL="DEBUG")
    time, first = done.stderr.splitlines()[0].split(" DEBUG   ")
    assert TIME.fullmatch(time)
    assert first == "reelbase.test [-]: too quiet"
    assert "WARNING uvicorn.error [abc]: from uvicorn" in done.stderr
    assert "Traceback" in done.stderr


BATCHES = """
import asyncio, logging, os
from apps.shared import logs
from apps.shared.settings import get_settings
logs.BATCH_SECONDS = {seconds}
logs.configure_logs(get_settings())
log = logging.getLogger("reelbase.test")
log.info("before any loop")
os.write(2, b"1\\n")
async def main():
    log.info("first in a loop")
    log.info("second in a loop")
    await asyncio.to_thread(log.info, "outside of it")
    os.write(2, b"2\\n")
    log.info("third in a loop")
    os.write(2, b"3\\n")
    {then}
asyncio.run(main())
os.write(2, b"5\\n")
async def again():
    log.info("in another loop")
    await asyncio.sleep({seconds} * 3)
asyncio.run(again())
os.write(2, b"6\\n")
"""


def batches(seconds: float, then: str) -> list[str]:
    """The messages, and between them the marks of when they were written."""
    done = run_python(BATCHES.format(seconds=seconds, then=then))
    assert (done.returncode, done.stdout) == (0, "")
    return [line.rpartition("]: ")[2] for line in done.stderr.splitlines()]


START = ["before any loop", "1", "first in a loop", "second in a loop", "outside of it", "2", "3"]


def test_what_a_loop_logs_is_written_soon() -> None:
    written = batches(0.02, "await asyncio.sleep(1); os.write(2, b'4\\n')")
    assert written == [*START, "third in a loop", "4", "5", "in another loop", "6"]


def test_a_warning_is_written_at_once_with_all_before_it() -> None:
    written = batches(0.5, "log.warning('now'); os.write(2, b'4\\n')")
    assert written == [*START, "third in a loop", "now", "4", "5", "in another loop", "6"]


def test_nothing_is_lost_when_a_loop_ends_early() -> None:
    """It goes along with what the next one logs."""
    written = batches(0.5, "pass")
    assert written == [*START, "5", "third in a loop", "in another loop", "6"]


def test_the_last_lines_are_written_at_the_end() -> None:
    code = BATCHES.format(seconds=60, then="os.write(2, b'4\\n'); return").split("async def again")
    done = run_python(code[0])
    assert done.stderr.splitlines()[-1].endswith("third in a loop")


def test_a_closed_standard_error_ends_nothing() -> None:
    done = run_python(
        BATCHES.format(seconds=0.01, then="os.close(2); log.warning('x'); os._exit(7)")
    )
    assert done.returncode == 7
