"""Which hours count (pure): units in each week and setting, averages, caps over rolling days.

An hour passes these one after the other, and each may take minutes from it:

| what | takes |
|---|---|
| start of the track, look-back before the application | hours outside |
| a group that is too large | that supervision |
| no unit in the week in the setting | every hour of that week there |
| one unit where more are needed | direct hours above what one unit covers, the latest first |
| supervision above what counts in a week | the latest supervision of the week |
| fewer units than the average asks, to date | the latest direct hours of the setting |
| more hours than count in any so many days | that day's hours, other than direct ones first |
| old hours that may count within a limit | the oldest above it |

A day's cap is what the days before it in the window have left. Taking hours from the earliest days
on gives the most that can count in all windows together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

from dayhand_supervision.case import Case, Line, decimal, hours, minutes_of, years_before
from dayhand_supervision.models import Entry, Ratio, SettingWeek, Units, WindowOver
from dayhand_supervision.rule_set import (
    SUPERVISION,
    RollingCap,
    RuleSet,
    Stage,
    StageRule,
)

__all__ = ["Counted", "count", "needed_of", "units_needed"]


def units_needed(rule: StageRule, direct_minutes: int) -> int:
    """The units that a week with so many direct minutes needs in a setting."""
    needed = rule.weekly
    if rule.per_direct_hours:
        needed = max(needed, ceil(Fraction(direct_minutes, minutes_of(rule.per_direct_hours))))
    if rule.extra_above is not None and direct_minutes > minutes_of(rule.extra_above):
        needed += rule.extra
    return needed


def needed_of(rules: RuleSet, stage: Stage, direct: Decimal) -> Units | None:
    """The same as an answer with its source; None where the rule set has no such rule."""
    rule = rules.supervision.stages.get(stage) if rules.supervision else None
    if rules.supervision is None or rule is None:
        return None
    return Units(
        rule_set=rules.id,
        stage=stage,
        direct_hours=direct,
        needed=units_needed(rule, minutes_of(direct)),
        averaged=rule.per_direct_hours is not None,
        confidence=rules.supervision.confidence or rules.confidence,
        as_of=rules.as_of,
    )


@dataclass(frozen=True)
class Counted:
    """The lines, the weeks by setting, and windows with more hours than count."""

    lines: list[Line]
    weeks: list[SettingWeek]
    windows: list[WindowOver]
    ratios: list[Ratio]


def count(entries: Iterable[Entry], case: Case) -> Counted:
    """Count the hours kept up to the day."""
    ordered = sorted(entries, key=lambda one: (one.on, one.id))
    lines = [
        Line(entry, case.track.stage_on(entry.on), entry.minutes)
        for entry in ordered
        if entry.on <= case.on
    ]
    _outside(lines, case)
    for line in lines:
        line.is_outside = not line.minutes
    windows = [w for cap in case.rules.rolling_caps for w in _over(lines, cap)]
    groups = _by_week(lines, case)
    units = {key: _units(key, group, case) for key, group in groups.items()}
    for key, group in groups.items():
        _weekly(units[key], group, case)
    _supervision_limit(lines, case)
    _averages(lines, case, units)
    for cap in case.rules.rolling_caps:
        _cap(lines, cap, case)
    _spared(lines, case)
    weeks = [unit.status(sum(line.minutes for line in groups[key])) for key, unit in units.items()]
    ordered_weeks = sorted(weeks, key=lambda one: (one.start, one.setting))
    return Counted(lines, ordered_weeks, windows, _ratios(units.values(), case))


def _trim(lines: Sequence[Line], to: int, reason: str) -> None:
    """Cut the latest of the lines until so many minutes are left."""
    over = sum(line.minutes for line in lines) - to
    for line in reversed(lines):
        if over <= 0:
            return
        over -= line.cut(over, reason)


def _outside(lines: Sequence[Line], case: Case) -> None:
    for line in lines:
        if case.track.started and line.entry.on < case.track.started:
            line.cut(line.minutes, f"before the track began on {case.track.started}")
    lookback = case.rules.lookback
    if lookback is None:
        return
    first = years_before(case.application, lookback.years)
    reason = f"more than {lookback.years} years before the application"
    for line in lines:
        if line.entry.on < first and line.stage != lookback.except_stage:
            line.cut(line.minutes, reason)


def _spared(lines: Sequence[Line], case: Case) -> None:
    """Of old hours of the stage that may be older, only so many: the oldest are taken off."""
    lookback = case.rules.lookback
    if lookback is None or lookback.except_stage is None:
        return
    first = years_before(case.application, lookback.years)
    old = [line for line in lines if line.entry.on < first and line.stage == lookback.except_stage]
    most = f"{lookback.except_max:f} hours"
    reason = f"above {most} older than {lookback.years} years before the application"
    _trim(list(reversed(old)), minutes_of(lookback.except_max), reason)


_Key = tuple[date, str]


def _by_week(lines: Sequence[Line], case: Case) -> dict[_Key, list[Line]]:
    groups: dict[_Key, list[Line]] = {}
    for line in lines:
        if line.minutes:
            key = (case.week(line.entry.on), line.entry.setting)
            groups.setdefault(key, []).append(line)
    return groups


@dataclass(frozen=True)
class _Unit:
    """The supervision of a week in a setting, as exact parts of units."""

    key: _Key
    stage: Stage
    direct: int
    other: int
    supervision: int
    units: Fraction
    needed: int
    ratio: bool
    above: Decimal | None
    is_over: bool

    @property
    def problem(self) -> str:
        if not self.needed or not self.is_over:
            return ""
        if self.units < 1:
            return "no unit of supervision in this setting: nothing counts"
        if self.units < self.needed and not self.ratio:
            return f"{self.needed} units are needed above {self.above or 0:f} direct hours"
        return ""

    def status(self, counted: int) -> SettingWeek:
        start, setting = self.key
        return SettingWeek(
            start=start,
            end=start + timedelta(days=6),
            setting=setting,
            stage=self.stage,
            direct=hours(self.direct),
            other=hours(self.other),
            supervision=hours(self.supervision),
            counted=hours(counted),
            units=decimal(self.units),
            needed=self.needed,
            met=self.units >= self.needed,
            is_over=self.is_over,
            problem=self.problem,
        )


def _units(key: _Key, group: Sequence[Line], case: Case) -> _Unit:
    rule = case.rules.supervision
    end = key[0] + timedelta(days=6)
    stage = case.track.stage_on(end)
    total, supervision = Fraction(0), 0
    for line in group:
        if line.entry.category in SUPERVISION:
            supervision += line.minutes
            if rule and not _too_large(line, rule.group_max):
                total += Fraction(line.minutes, rule.unit_minutes[line.entry.category])
    direct = sum(line.minutes for line in group if line.entry.category in case.rules.direct)
    other = sum(line.minutes for line in group) - direct - supervision
    needs = rule.stages.get(stage) if rule else None
    needed = units_needed(needs, direct) if needs else 0
    ratio = bool(needs and needs.per_direct_hours)
    above = needs.extra_above if needs else None
    return _Unit(
        key, stage, direct, other, supervision, total, needed, ratio, above, end <= case.on
    )


def _too_large(line: Line, group_max: int | None) -> bool:
    size = line.entry.group_size
    is_group = line.entry.category == "supervision_group"
    return bool(is_group and group_max and size and size > group_max)


def _weekly(unit: _Unit, group: Sequence[Line], case: Case) -> None:
    rule = case.rules.supervision
    if rule is None or unit.stage not in rule.stages:
        return
    for line in group:
        if _too_large(line, rule.group_max):
            line.cut(line.minutes, f"a group of more than {rule.group_max}")
    stage = rule.stages[unit.stage]
    if unit.units < stage.weekly:
        for line in group:
            line.cut(line.minutes, "no unit of supervision in that week and setting")
    elif unit.units < unit.needed and stage.extra_above is not None:
        direct = [line for line in group if line.entry.category in case.rules.direct]
        covered = minutes_of(stage.extra_above)
        _trim(direct, covered, f"above {stage.extra_above:f} direct hours with one unit only")


def _supervision_limit(lines: Sequence[Line], case: Case) -> None:
    rule = case.rules.supervision
    if rule is None or rule.max_per_week is None:
        return
    weeks: dict[date, list[Line]] = {}
    for line in lines:
        if line.entry.category in SUPERVISION:
            weeks.setdefault(case.week(line.entry.on), []).append(line)
    for group in weeks.values():
        reason = f"above {rule.max_per_week:f} hours of supervision in a week"
        _trim(group, minutes_of(rule.max_per_week), reason)


def _averages(lines: Sequence[Line], case: Case, units: dict[_Key, _Unit]) -> None:
    """Stages whose units are an average: direct hours to date that the units to date carry."""
    rule = case.rules.supervision
    for stage, needs in rule.stages.items() if rule else ():
        if needs.per_direct_hours is None:
            continue
        for setting in {key[1] for key in units}:
            given = sum(
                (u.units for u in units.values() if u.stage == stage and u.key[1] == setting),
                Fraction(0),
            )
            direct = [
                line
                for line in lines
                if line.stage == stage
                and line.entry.setting == setting
                and line.entry.category in case.rules.direct
            ]
            carried = int(given * minutes_of(needs.per_direct_hours))
            per = f"{needs.per_direct_hours:f}"
            _trim(direct, carried, f"more than {per} direct hours for a unit, on average to date")


def _ratios(units: Iterable[_Unit], case: Case) -> list[Ratio]:
    """Direct hours for each unit in each setting and stage, to date."""
    sums: dict[tuple[str, Stage], tuple[int, Fraction]] = {}
    for unit in units:
        direct, given = sums.get((unit.key[1], unit.stage), (0, Fraction(0)))
        sums[unit.key[1], unit.stage] = direct + unit.direct, given + unit.units
    rule = case.rules.supervision
    found = []
    for (setting, stage), (direct, given) in sorted(sums.items()):
        needs = rule.stages.get(stage) if rule else None
        most = needs.per_direct_hours if needs else None
        carried = given * minutes_of(most) if most else None
        found.append(
            Ratio(
                setting=setting,
                stage=stage,
                direct=hours(direct),
                units=decimal(given),
                per_unit=hours(direct / given) if given else None,
                most=most,
                met=carried is None or direct <= carried,
            )
        )
    return found


def _per_day(lines: Sequence[Line], of: Callable[[Line], int]) -> dict[date, int]:
    days: dict[date, int] = {}
    for line in lines:
        days[line.entry.on] = days.get(line.entry.on, 0) + of(line)
    return {day: minutes for day, minutes in sorted(days.items()) if minutes}


def _over(lines: Sequence[Line], cap: RollingCap) -> list[WindowOver]:
    """Every run of so many days, ending on a day with hours, that holds more than count."""
    days = _per_day([line for line in lines if line.minutes], lambda line: line.entry.minutes)
    limit, found = minutes_of(cap.max), []
    for end in days:
        start = end - timedelta(days=cap.days - 1)
        worked = sum(minutes for day, minutes in days.items() if start <= day <= end)
        if worked > limit:
            over = hours(worked - limit)
            found.append(
                WindowOver(start=start, end=end, hours=hours(worked), max=cap.max, over=over)
            )
    return found


def _cap(lines: Sequence[Line], cap: RollingCap, case: Case) -> None:
    limit = minutes_of(cap.max)
    reason = f"above {cap.max:f} hours in {cap.days} consecutive days"
    kept: dict[date, int] = {}
    for day, minutes in _per_day(lines, lambda line: line.minutes).items():
        first = day - timedelta(days=cap.days - 1)
        before = sum(kept[other] for other in kept if other >= first)
        allowed = max(0, min(minutes, limit - before))
        if allowed < minutes:
            today = [line for line in lines if line.entry.on == day]
            today.sort(key=lambda line: line.entry.category not in case.rules.direct)
            _trim(today, allowed, reason)
        kept[day] = allowed
