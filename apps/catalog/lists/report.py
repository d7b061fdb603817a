"""The report of a list import, as text and as JSON."""

import msgspec

from apps.catalog.imports.inventory import ImportFault
from apps.shared.text import escape_unprintable

SHOWN_LINES = 20


class ListReport(msgspec.Struct):
    """`entries` counts the valid lines; it is the sum of the four counts after it.

    `broken` has the first hundred of the `broken_lines`; the command's --report has them all.
    """

    file: str
    dry_run: bool
    format: str = ""
    table: str = ""
    seconds: float = 0
    entries: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    broken_lines: int = 0
    broken: list[ImportFault] = []


def format_list_report(report: ListReport) -> str:
    """For a terminal."""
    verb = "Would import" if report.dry_run else "Imported"
    lines = [
        f"{verb} {escape_unprintable(report.file)} ({report.format}) in {report.seconds:.1f} s.",
        f"  {report.table.capitalize():<12} {report.created:>8,} new {report.updated:>8,} updated "
        f"{report.unchanged:>8,} unchanged {report.repeated:>8,} repeated",
    ]
    if not report.created and not report.updated:
        lines.append("Nothing would change." if report.dry_run else "Nothing changed.")
    if report.broken_lines:
        lines.append(f"Lines that could not be imported: {report.broken_lines:,}")
        shown = report.broken[:SHOWN_LINES]
        lines += [
            f"  line {fault.path.rpartition(':')[2]}: {escape_unprintable(fault.reason)}"
            for fault in shown
        ]
        if report.broken_lines > len(shown):
            hidden = report.broken_lines - len(shown)
            lines.append(f"  … and {hidden:,} more (use --report=FILE to list them all).")
    return "\n".join(lines)
