"""Schedules: five cron fields (minute, hour, day, month, weekday) in Asia/Shanghai, as huey reads them."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from huey import crontab

from shuixin.kit.clock import LEGAL_ZONE
from shuixin.texts import Text, domain

_ = domain("shuixin")
#: Days that are searched for the next run: over four years, so that 29 February is among them.
HORIZON = 4 * 366
MINUTE = timedelta(minutes=1)
WEEKDAYS = (_("周日"), _("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
#: Shapes that have words of their own, and the words.
SHAPES: tuple[tuple[re.Pattern[str], Text], ...] = (
    (re.compile(r"\* \* \* \* \*"), _("每分钟")),
    (re.compile(r"\*/(?P<step>[2-6]|1[025]|[23]0) \* \* \* \*"), _("每{step}分钟")),
    (re.compile(r"(?P<minute>\d+) \* \* \* \*"), _("每小时的第{minute}分钟")),
    (re.compile(r"(?P<minute>\d+) \*/(?P<step>[23468]|12) \* \* \*"), _("每{step}小时一次，在第{minute}分钟")),
    (re.compile(r"(?P<minute>\d+) (?P<hour>\d+) \* \* \*"), _("每天{time}")),
    (re.compile(r"(?P<minute>\d+) (?P<hour>\d+) \* \* (?P<from_>[0-7])"), _("每{first}{time}")),
    (re.compile(r"(?P<minute>\d+) (?P<hour>\d+) \* \* (?P<from_>[0-7])-(?P<to>[0-7])"), _("{first}至{last}每天{time}")),
    (re.compile(r"(?P<minute>\d+) (?P<hour>\d+) (?P<day>\d+) \* \*"), _("每月{day}日{time}")),
)


def rule(schedule: str) -> Callable[[datetime], bool]:
    """Return what tells whether an aware instant lies in a minute of *schedule*.

    :raises ValueError: these are not five cron fields, or one of them means nothing.
    """
    fields = schedule.split()
    if len(fields) != 5:
        raise ValueError(f"{schedule!r} has not five fields")
    matches: Callable[[datetime], bool] = crontab(*fields, strict=True)
    return lambda instant: matches(instant.astimezone(LEGAL_ZONE))


def next_run(schedule: str, now: datetime) -> datetime | None:
    """Return the first minute of *schedule* after *now*, ``None`` if there is none or *schedule* cannot be read."""
    try:
        matches, day_matches = rule(schedule), rule(" ".join(["*", "*", *schedule.split()[2:]]))
    except ValueError:
        return None
    minute = now.astimezone(LEGAL_ZONE).replace(second=0, microsecond=0) + MINUTE
    for _day in range(HORIZON):
        midnight = minute.replace(hour=0, minute=0) + timedelta(days=1)
        # Whole days are passed over first: a year has half a million minutes.
        while day_matches(minute) and minute < midnight:
            if matches(minute):
                return minute
            minute += MINUTE
        minute = midnight
    return None


def in_words(schedule: str) -> Text:
    """Return *schedule* as people say it; rarer shapes are shown as they are written."""
    if not schedule:
        return _("按需执行")
    try:
        rule(schedule)
    except ValueError:
        return _("计划“{schedule}”写法不正确，不会按时执行", schedule=schedule)
    for shape, words in SHAPES:
        found = shape.fullmatch(" ".join(schedule.split()))
        if found:
            return Text(words.domain, words.source, _values(found.groupdict()))
    return _("按表达式{schedule}", schedule=schedule)


def _values(parts: dict[str, str]) -> dict[str, object]:
    values: dict[str, object] = {name: text.lstrip("0") or "0" for name, text in parts.items()}
    values["time"] = f"{parts.get('hour', '0'):0>2}:{parts['minute']:0>2}" if "minute" in parts else ""
    for place, key in (("first", "from_"), ("last", "to")):
        if key in parts:
            values[place] = WEEKDAYS[int(parts[key])]
    return values
