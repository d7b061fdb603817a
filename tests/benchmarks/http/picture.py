"""docs/benchmarks.svg: requests per second as bars, the same picture for the same figures."""

from collections.abc import Iterator, Mapping
from html import escape

COLOURS = ("#c2571a", "#1f6feb", "#6e7781", "#a3abb3")
WIDTH, MARGIN = 720, 24
BARS_FROM, BARS_TO = 190, 620
ROW, BAR = 24, 16
HEAD, GROUP_HEAD, GROUP_GAP = 76, 26, 16

STYLE = """
text { font: 13px Helvetica, Arial, "Liberation Sans", sans-serif; fill: #1f2933 }
.page { fill: #fff; stroke: #d0d7de }
.title { font-size: 17px; font-weight: bold }
.endpoint { font-weight: bold }
.note { fill: #59636e; font-size: 12px }
.name { text-anchor: end }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .page { fill: #0d1117; stroke: #3d444d }
  .note { fill: #9198a1 }
}
"""


def svg(rates: Mapping[str, Mapping[str, int]]) -> str:
    """`rates` are requests per second of each endpoint, of each program."""
    rows = sum(len(programs) for programs in rates.values())
    height = HEAD + rows * ROW + len(rates) * (GROUP_HEAD + GROUP_GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title description">',
        '<title id="title">Requests per second of one worker, side by side</title>',
        f'<desc id="description">{escape(description(rates))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="page" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
        f'<text class="title" x="{MARGIN}" y="36">Requests per second of one worker</text>',
        f'<text class="note" x="{MARGIN}" y="56">On the same PostgreSQL and the same rows, in one '
        "run of make bench. Each group has a scale of its own.</text>",
    ]
    top = HEAD
    for endpoint, programs in rates.items():
        parts += group(endpoint, programs, top)
        top += GROUP_HEAD + len(programs) * ROW + GROUP_GAP
    return "\n".join([*parts, "</svg>\n"])


def description(rates: Mapping[str, Mapping[str, int]]) -> str:
    return " ".join(
        f"{endpoint.capitalize()}: "
        + ", ".join(f"{name} {rate:,}" for name, rate in programs.items())
        + "."
        for endpoint, programs in rates.items()
    )


def group(endpoint: str, programs: Mapping[str, int], top: int) -> Iterator[str]:
    longest = max(programs.values())
    title = escape(endpoint.capitalize())
    yield f'<text class="endpoint" x="{MARGIN}" y="{top + 16}">{title}</text>'
    for place, (name, rate) in enumerate(programs.items()):
        y = top + GROUP_HEAD + place * ROW
        width = max(1, round((BARS_TO - BARS_FROM) * rate / longest))
        yield (
            f'<text class="name" x="{BARS_FROM - 10}" y="{y + 13}">{escape(name)}</text>'
            f'<rect x="{BARS_FROM}" y="{y}" width="{width}" height="{BAR}" rx="2"'
            f' fill="{COLOURS[place]}"/>'
            f'<text x="{BARS_FROM + width + 8}" y="{y + 13}">{rate:,}</text>'
        )
