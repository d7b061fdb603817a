from xml.etree import ElementTree

import pytest

from tests.benchmarks.http.load import require_wrk
from tests.benchmarks.http.picture import BARS_FROM, BARS_TO, svg

RATES = {
    "one row": {"slow & small": 1_250, "fast": 5_000},
    "a page": {"slow & small": 1, "fast": 100_000},
}
NAMESPACE = {"svg": "http://www.w3.org/2000/svg"}


def test_each_group_has_its_figures_and_bars_on_its_own_scale() -> None:
    page = ElementTree.fromstring(svg(RATES))
    bars = page.findall("svg:rect", NAMESPACE)[1:]
    longest = BARS_TO - BARS_FROM
    assert [int(bar.get("width", "")) for bar in bars] == [longest // 4 + 1, longest, 1, longest]
    told = [text.text for text in page.findall("svg:text", NAMESPACE)][2:]
    assert told == [
        *("One row", "slow & small", "1,250", "fast", "5,000"),
        *("A page", "slow & small", "1", "fast", "100,000"),
    ]


def test_it_says_the_figures_in_words_as_well() -> None:
    description = ElementTree.fromstring(svg(RATES)).findtext("svg:desc", "", NAMESPACE)
    assert description == (
        "One row: slow & small 1,250, fast 5,000. A page: slow & small 1, fast 100,000."
    )


def test_the_same_figures_make_the_same_picture() -> None:
    assert svg(RATES) == svg({name: dict(programs) for name, programs in RATES.items()})


def test_without_wrk_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match=r"^The benchmarks .* need wrk: apt-get install wrk$"):
        require_wrk()
