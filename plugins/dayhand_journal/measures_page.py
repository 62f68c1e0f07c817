"""Which measures are due, and a small chart of each series of scores."""

from __future__ import annotations

from collections.abc import Sequence

from dayhand import StepContext
from dayhand_journal.list_page import Chart, Row, Section, write
from dayhand_journal.page_models import MeasuresPage
from dayhand_journal.plan_models import MeasureDue
from dayhand_journal.wording import Wording, count

__all__ = ["write_page"]

_TRENDS = {"better": "better", "worse": "worse", "same": "about the same", "unknown": ""}


def write_page(context: StepContext, measures: Sequence[MeasureDue]) -> MeasuresPage:
    """Write `out/measures/due-<day>.md` and `.pdf`."""
    wording = Wording.of(context)
    due = [one for one in measures if one.is_due]
    worse = [one for one in measures if one.trend == "worse"]
    series = [one for one in measures if len(one.scores) > 1]
    intro = f"{count(len(due), 'measure')} due; {len(worse)} notably worse than last time."
    header = ("Due", "Client", "Measure", "Last score", "Since the one before")
    sections = [
        Section(
            "Due",
            header,
            ("18%", "20%", "16%", "20%", "1fr"),
            [_row(one, wording) for one in due],
        ),
        Section("Scores", charts=[_chart(one, wording) for one in series]),
    ]
    path, pdf = write(
        context,
        f"measures/due-{context.today.isoformat()}",
        f"Measures, {wording.short_date(context.today)}",
        intro,
        sections if series else sections[:1],
    )
    return MeasuresPage(path=path, pdf=pdf, due=len(due), worse=len(worse), charts=len(series))


def _row(one: MeasureDue, wording: Wording) -> Row:
    last = one.scores[-1] if one.scores else None
    said = f"{one.change:+d}, {_TRENDS[one.trend]}" if one.change is not None else ""
    return Row(
        (
            wording.short_date(one.due_on),
            f"{one.initials or '—'} · {one.client_id}",
            one.measure,
            f"{last.score} on {wording.short_date(last.on)}" if last else "none yet",
            said,
        ),
        urgent=one.days_left < 0 or one.trend == "worse",
    )


def _chart(one: MeasureDue, wording: Wording) -> Chart:
    title = f"{one.initials or '—'} · {one.client_id}, {one.measure}"
    points = [(score.on, score.score) for score in one.scores]
    most = one.maximum or max(score.score for score in one.scores) or 1
    return Chart(
        title,
        points,
        most,
        wording.short_date(points[0][0]),
        wording.short_date(points[-1][0]),
        _TRENDS[one.trend],
    )
