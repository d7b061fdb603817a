import json
import re

from tests.processes import run_python

TIME = re.compile(r"2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")
WRITE = """
import logging
from apps.shared.logs import REQUEST_ID, configure_logs
from apps.shared.settings import settings
configure_logs(settings())
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
