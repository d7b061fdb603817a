"""What the import of a list did, for a person and for a program."""

import msgspec

from apps.catalog.imports.inventory import ImportFault
from apps.shared.text import escape_unprintable

SHOWN_LINES = 20


class ListReport(msgspec.Struct):
    """`entries` are all lines that were understood: the four numbers below are their sum.

    `broken` has the first hundred of `broken_lines`; the command's --report has all of them.
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


def as_text(report: ListReport) -> str:
    """A few lines for a terminal."""
    verb = "Would import" if report.dry_run else "Imported"
    lines = [
        f"{verb} {escape_unprintable(report.file)} ({report.format}) in {report.seconds:.1f} s.",
        f"  {report.table.capitalize():<12} {report.created:>8,} new {report.updated:>8,} updated "
        f"{report.unchanged:>8,} unchanged {report.repeated:>8,} repeated in the list",
    ]
    if not report.created and not report.updated:
        lines.append("Nothing would change." if report.dry_run else "Nothing changed.")
    if report.broken_lines:
        lines.append(f"{report.broken_lines:,} lines were not taken:")
        shown = report.broken[:SHOWN_LINES]
        lines += [
            f"  line {fault.path.rpartition(':')[2]}: {escape_unprintable(fault.reason)}"
            for fault in shown
        ]
        if report.broken_lines > len(shown):
            hidden = report.broken_lines - len(shown)
            lines.append(f"  … and {hidden:,} more (--report=FILE writes all of them).")
    return "\n".join(lines)
