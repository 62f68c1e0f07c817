"""How far a track has come and when it will be complete (pure): requirements, limits, pace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

from dayhand import Confidence
from dayhand_supervision.case import Case, Line, hours, minutes_of, years_before
from dayhand_supervision.counting import Counted, count
from dayhand_supervision.models import (
    Entry,
    LimitStatus,
    Lost,
    Progress,
    Projection,
    Requirement,
)
from dayhand_supervision.rule_set import Limit, Minimum, WeeksMinimum

__all__ = ["progress"]

_RECENT = 12
"""So many weeks are looked at for the pace, and shown."""
_ZERO = Decimal(0)


def progress(entries: Iterable[Entry], case: Case, *, name: str, person: str) -> Progress:
    """The progress of a track by the rules of its board."""
    counted = count(entries, case)
    return _Sum(case, counted).progress(name, person)


@dataclass(frozen=True)
class _Goal:
    """A requirement, and how much of it each line, or each week, is worth."""

    requirement: Requirement
    pace: Fraction
    """How much of it the last weeks gave, a week."""


class _Sum:
    def __init__(self, case: Case, counted: Counted) -> None:
        self.case = case
        self.rules = case.rules
        self.counted = counted
        self.lines = counted.lines
        self.limits = self._apply_limits()
        first = [line.entry.on for line in self.lines if not line.is_outside]
        self.since = min(first) if first else None
        this_week = case.week(case.on)
        self.until = this_week  # the week that is going on would slow the pace
        begin = self.case.week(self.since) if self.since else this_week
        self.looked_at = max(0, min(_RECENT, (this_week - begin).days // 7))
        self.from_week = this_week - timedelta(weeks=self.looked_at)

    # Sums -----------------------------------------------------------------------------------------

    def _apply_limits(self) -> list[LimitStatus]:
        """Hours of which only so many count: the latest above the limit are taken off."""
        found = []
        for limit in self.rules.limits:
            lines = [line for line in self.lines if self._is_of(line, limit)]
            worked = sum(line.minutes for line in lines)
            most = minutes_of(limit.hours)
            over = worked - most
            for line in reversed(lines):
                if over > 0:
                    over -= line.cut(over, f"above {limit.hours:f} hours {limit.title}")
            kept = min(worked, most)
            found.append(
                LimitStatus(
                    id=limit.id,
                    title=limit.title,
                    max=limit.hours,
                    worked=hours(worked),
                    counted=hours(kept),
                    left=hours(most - kept),
                    confidence=self._confidence(f"limits.{limit.id}", limit.confidence),
                )
            )
        return found

    def _is_of(self, line: Line, rule: Minimum | Limit) -> bool:
        if rule.stage and line.stage != rule.stage:
            return False
        if isinstance(rule, Minimum):
            licence = self.case.licences.get(line.entry.supervisor, "")
            if rule.supervised_by and licence not in rule.supervised_by:
                return False
            kind = self.case.workplaces.get(line.entry.setting, "")
            if rule.workplaces and kind not in rule.workplaces:
                return False
        return line.entry.category in self.rules.categories(rule.groups)

    def _minutes(self, wanted: Callable[[Line], bool]) -> int:
        return sum(line.minutes for line in self.lines if wanted(line))

    def _recent(self, line: Line) -> bool:
        return self.from_week <= line.entry.on < self.until

    def _confidence(self, field: str, own: Confidence | None) -> Confidence:
        marks: dict[str, Confidence] = {
            mark.field: mark.confidence for mark in self.rules.unverified
        }
        return own or marks.get(field, self.rules.confidence)

    # Goals ----------------------------------------------------------------------------------------

    def goals(self) -> list[_Goal]:
        """All that is asked, with the pace of each."""
        found = []
        if self.rules.total_hours is not None:
            found.append(
                self._hours(
                    "total", "hours in all", self.rules.total_hours, lambda _: True,
                    self._confidence("total_hours", None),
                )
            )  # fmt: skip
        if self.rules.min_weeks is not None:
            weeks = {self.case.week(line.entry.on) for line in self.lines if line.minutes}
            confidence = self._confidence("min_weeks", None)
            found.append(
                self._weeks("weeks", "weeks with hours", self.rules.min_weeks, weeks, confidence)
            )
        for one in self.rules.minimums:
            confidence = self._confidence(f"minimums.{one.id}", one.confidence)

            def wanted(line: Line, one: Minimum = one) -> bool:
                return self._is_of(line, one)

            found.append(self._hours(one.id, one.title, one.hours, wanted, confidence, one.note))
        rule = self.rules.supervision
        for number, asked in enumerate(rule.weeks_with_individual if rule else ()):
            weeks = self._supervised_weeks(asked)
            confidence = self._confidence("supervision.weeks_with_individual", asked.confidence)
            name = f"individual_weeks_{number + 1}"
            found.append(self._weeks(name, asked.title, asked.weeks, weeks, confidence, asked.note))
        return found + [self._paper(name) for name in self.rules.artefacts]

    def _hours(
        self, name: str, title: str, required: Decimal, wanted: Callable[[Line], bool],
        confidence: Confidence, note: str = "",
    ) -> _Goal:  # fmt: skip
        done = self._minutes(wanted)
        lately = self._minutes(lambda line: wanted(line) and self._recent(line))
        missing = max(_ZERO, required - hours(done))
        return _Goal(
            Requirement(
                id=name, title=title, unit="hours", required=required, counted=hours(done),
                missing=missing, met=not missing, confidence=confidence, note=note,
            ),
            Fraction(lately, 60 * self.looked_at) if self.looked_at else Fraction(0),
        )  # fmt: skip

    def _weeks(
        self, name: str, title: str, required: int, weeks: set[date],
        confidence: Confidence, note: str = "",
    ) -> _Goal:  # fmt: skip
        lately = [week for week in weeks if self.from_week <= week < self.until]
        missing = Decimal(max(0, required - len(weeks)))
        return _Goal(
            Requirement(
                id=name, title=title, unit="weeks", required=Decimal(required),
                counted=Decimal(len(weeks)), missing=missing, met=not missing,
                confidence=confidence, note=note,
            ),
            Fraction(len(lately), self.looked_at) if self.looked_at else Fraction(0),
        )  # fmt: skip

    def _supervised_weeks(self, asked: WeeksMinimum) -> set[date]:
        """Weeks with an hour or more of individual or triadic supervision that counts."""
        minutes: dict[date, int] = {}
        for line in self.lines:
            if line.entry.category not in ("supervision_individual", "supervision_triadic"):
                continue
            licence = self.case.licences.get(line.entry.supervisor, "")
            if asked.supervised_by and licence not in asked.supervised_by:
                continue
            week = self.case.week(line.entry.on)
            minutes[week] = minutes.get(week, 0) + line.minutes
        rule = self.rules.supervision
        unit = rule.unit_minutes.get("supervision_individual", 60) if rule else 60
        return {week for week, there in minutes.items() if there >= unit}

    def _paper(self, name: str) -> _Goal:
        made = self.case.track.artefacts.get(name)
        met = made is not None and made <= self.case.on
        return _Goal(
            Requirement(
                id=name, title=name.replace("_", " "), unit="paper", required=Decimal(1),
                counted=Decimal(met), missing=Decimal(not met), met=met,
                confidence=self._confidence(f"artefacts.{name}", None),
                note=f"of {made.isoformat()}" if met and made else "",
            ),
            Fraction(0),
        )  # fmt: skip

    # The pace -------------------------------------------------------------------------------------

    def _projected(self, goals: Sequence[_Goal]) -> tuple[list[Requirement], Projection]:
        done: list[Requirement] = []
        last: tuple[date, str] | None = None
        stuck = ""
        for goal in goals:
            asked = goal.requirement
            if asked.met or asked.unit == "paper":
                done.append(asked)
                continue
            if goal.pace:
                weeks = ceil(Fraction(asked.missing) / goal.pace)
                day = self.until + timedelta(weeks=min(weeks, 5200))
                done.append(asked.model_copy(update={"done_by": day}))
                last = max(last, (day, asked.title)) if last else (day, asked.title)
            else:
                done.append(asked)
                stuck = stuck or asked.title
        total = Fraction(self._minutes(self._recent), 60 * max(1, self.looked_at))
        by = None if stuck or last is None else last[0]
        return done, Projection(
            weeks_looked_at=self.looked_at,
            hours_a_week=hours(total * 60),
            done_by=by,
            slowest=stuck or (last[1] if last else ""),
            earliest=self._earliest(goals),
            lapsing=self._lapsing(by),
            reason=self._reason(stuck),
            rest_by=last[0] if stuck and last else None,
        )

    def _reason(self, stuck: str) -> str:
        if not stuck:
            return ""
        if not self.looked_at:
            return "there is no whole week yet to tell the pace by"
        return f"in the last {self.looked_at} weeks nothing counted for: {stuck}"

    def _earliest(self, goals: Sequence[_Goal]) -> date | None:
        """At the most hours that count a week, and no week without hours."""
        most = min((cap.max * 7 / cap.days for cap in self.rules.rolling_caps), default=None)
        weeks = 0
        for goal in goals:
            missing = goal.requirement.missing
            if goal.requirement.unit == "weeks":
                weeks = max(weeks, int(missing))
            elif goal.requirement.unit == "hours" and most:
                weeks = max(weeks, ceil(Fraction(missing) / Fraction(most)))
        return self.until + timedelta(weeks=weeks) if weeks else None

    def _lapsing(self, by: date | None) -> Decimal:
        lookback = self.rules.lookback
        if lookback is None or by is None:
            return _ZERO
        first = years_before(by, lookback.years)
        spared = lookback.except_stage
        return hours(self._minutes(lambda line: line.entry.on < first and line.stage != spared))

    # The whole ------------------------------------------------------------------------------------

    def progress(self, name: str, person: str) -> Progress:
        """The report."""
        requirements, projection = self._projected(self.goals())
        missing = [one for one in requirements if not one.met]
        shown = [week for week in self.counted.weeks if week.start >= self.from_week]
        troubled = [week for week in shown if week.problem]
        status = "complete" if not missing else "problems" if troubled else "open"
        return Progress.model_validate(
            {
                "track": name,
                "person": person,
                "rule_set": self.rules.id,
                "rule_title": self.rules.title,
                "licence": self.rules.licence,
                "stage": self.case.track.stage_on(self.case.on),
                "computed_on": self.case.on,
                "since": self.since,
                "total": hours(self._minutes(lambda _: True)),
                "worked": hours(sum(line.entry.minutes for line in self.lines)),
                "weeks": len({self.case.week(one.entry.on) for one in self.lines if one.minutes}),
                "status": status,
                "summary": _summary(missing),
                "requirements": requirements,
                "limits": self.limits,
                "recent": list(reversed(shown)),
                "ratios": self.counted.ratios,
                "windows": self.counted.windows,
                "lost": self._lost(),
                "projection": projection,
                "as_of": self.rules.as_of,
                "source": "; ".join(self.rules.sources),
                "sources": self.rules.sources,
                "confidence": self.rules.confidence,
                "unverified": self.rules.unverified,
                "notes": self.rules.notes,
            }
        )

    def _lost(self) -> list[Lost]:
        sums: dict[tuple[date, str, str], int] = {}
        for line in self.lines:
            for minutes, reason in line.lost:
                key = (self.case.week(line.entry.on), line.entry.setting, reason)
                sums[key] = sums.get(key, 0) + minutes
        return [
            Lost(week=week, setting=setting, hours=hours(minutes), reason=reason)
            for (week, setting, reason), minutes in sorted(sums.items(), reverse=True)
        ]


def _summary(missing: Sequence[Requirement]) -> str:
    if not missing:
        return "everything the rules ask is met"
    return f"missing: {'; '.join(_missing(one) for one in missing)}"


def _missing(one: Requirement) -> str:
    if one.unit == "paper":
        return f"the {one.title}"
    unit = " h" if one.unit == "hours" and one.id != "total" else ""
    return f"{one.missing.normalize():f}{unit} {one.title}"
