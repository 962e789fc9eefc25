"""Reading the wording of the State Council's notice on the holidays of a year, as it is pasted.

    read_notice(2026, basis, "元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。")

    read_notice(2026, basis, "元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。")
by weekdays and the number of days, is held against each other, so that a slip is found before it is saved.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from shuixin.errors import Misconfigured, Problem, Refused
from shuixin.kit.calendar.days import ONE, Year, read_year
from shuixin.texts import Text, domain

_ = domain("shuixin")
#: Characters that are read, and days that one holiday lasts at most.
LONGEST, MOST_DAYS = 5000, 31
_LINE_ENDS = re.compile(r"[\r\n]+|(?<=。)\s*(?=[一二三四五六七八九十]{1,2}、)")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})日?")
_BRACKETS = re.compile(r"[（(].*?[）)]")
_WEEKDAY = re.compile(r"(?:(\d{1,2})月)?(\d{1,2})日\s*[（(][^）)]*?(?:周|星期)([一二三四五六日天])[）)]")
_DAY = r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日"
_TOKEN = re.compile(rf"{_DAY}(?:\s*[至到—–~～-]+\s*(?:(\d{{4}})年)?(?:(\d{{1,2}})月)?(\d{{1,2}})日)?|(放假|上班)")
_NAME = re.compile(r"\s*(?:[（(]?[一二三四五六七八九十\d]{1,2}[）)、.．]\s*)?([^\d：:，,。；;\s]{2,20})")
_TOTAL = re.compile(r"共\s*(\d{1,2})\s*天")
_WORKED = ("上班", "调休上班", "补班")
_WEEKDAYS = "一二三四五六日"
_WEEKDAY_NAMES = (_("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五"), _("星期六"), _("星期日"))


@dataclass
class _Reading:
    """What has been read so far."""

    year: int
    holidays: dict[str, list[date]] = field(default_factory=dict)
    working_days: list[date] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, line: str, rule: Text | str, remedy: Text) -> None:
        self.problems.append(Problem("text", line[:60], rule, remedy))


class _Slip(Exception):
    """A line cannot be right; the arguments are rule and remedy."""


def read_notice(year: int, basis: str, text: str) -> Year:
    """Return the year that the pasted *text* orders; lines without a date are passed over.

    :raises Refused: with a problem for each line that cannot be right.
    """
    reading = _Reading(year)
    for line in _LINE_ENDS.split(text[:LONGEST]):
        try:
            _read_line(reading, line.strip())
        except _Slip as slip:
            reading.wrong(line, *slip.args)
    if not reading.problems:
        data = {"year": year, "basis": basis, "holidays": reading.holidays, "working_days": reading.working_days}
        try:
            if reading.holidays:
                return read_year(data)
            reading.wrong("", _("没有读到放假的日期。"), _("请粘贴通知中各节日的放假安排，每个节日一行。"))
        except Misconfigured as error:
            reading.wrong("", error.message, _("上班的日期应是周末，且不在放假日期之内。"))
    raise Refused(_("放假安排有{count}处需要改正。", count=len(reading.problems)), reading.problems)


def as_text(year: Year) -> str:
    """Return *year* in lines that :func:`read_notice` reads as the same."""
    lines = [f"{name} {_written(first, last)}" for name, first, last in _runs(year)]
    return "\n".join([*lines, *(f"上班 {day.isoformat()}" for day in sorted(year.working_days))])


def _written(first: date, last: date) -> str:
    return first.isoformat() if first == last else f"{first.isoformat()} 至 {last.isoformat()}"


def _runs(year: Year) -> Iterator[tuple[str, date, date]]:
    """Yield each holiday with its first and last day, once for each unbroken row of days."""
    days = sorted(year.holidays)
    groups = groupby(enumerate(days), lambda each: (year.holidays[each[1]], each[1].toordinal() - each[0]))
    for (name, _offset), group in groups:
        row = [day for _place, day in group]
        yield name, row[0], row[-1]


def _read_line(reading: _Reading, line: str) -> None:
    line = _ISO.sub(lambda match: f"{match[1]}年{int(match[2])}月{int(match[3])}日", line)
    plain = _BRACKETS.sub("", line)
    match = _NAME.match(plain)
    name = match[1] if match else ""
    off, worked = _sorted_out(reading.year, plain, name)
    if not off and not worked:
        return
    _check_weekdays(reading.year, line)
    _check_total(plain, off)
    if off and not name:
        raise _Slip(_("“{line}”没有写明是哪个节日。", line=line[:30]), _("请在行首写明，如“元旦：1月1日放假”。"))
    if off:
        reading.holidays.setdefault(name, []).extend(off)
    reading.working_days += worked


def _sorted_out(year: int, line: str, name: str) -> tuple[list[date], list[date]]:
    """Return the days of *line* that are off and that are worked; the word after the dates says which."""
    off: list[date] = []
    worked: list[date] = []
    pending: list[date] = []
    for token in _TOKEN.finditer(line):
        if not token[7]:
            pending += _days(year, token)
        else:
            (off if token[7] == "放假" else worked).extend(pending)
            pending = []
    (worked if name in _WORKED else off).extend(pending)
    return off, worked


def _days(year: int, token: re.Match[str]) -> list[date]:
    first_year, month, day, last_year, last_month, last_day = (int(each) if each else 0 for each in token.groups()[:6])
    try:
        first = date(first_year or year, month, day)
        last = date(last_year or first.year, last_month or month, last_day) if last_day else first
    except ValueError as error:
        raise _Slip(_("“{text}”不是有效日期。", text=token[0]), _("请按通知核对。")) from error
    if not 0 <= (last - first).days < MOST_DAYS:
        raise _Slip(_("“{text}”的止日早于起日，或相隔太久。", text=token[0]), _("请按通知核对。"))
    if {first.year, last.year} != {year}:
        remedy = _("请只留下{year}年的日期并删去“共几天”，其他年份的日期录入那一年。", year=year)
        raise _Slip(_("“{text}”不在{year}年之内。", text=token[0], year=year), remedy)
    return [first + ONE * offset for offset in range((last - first).days + 1)]


def _check_weekdays(year: int, line: str) -> None:
    month = 0
    for match in _WEEKDAY.finditer(line):
        month = int(match[1]) if match[1] else month
        try:
            weekday = date(year, month, int(match[2])).weekday()
        except ValueError:
            continue
        if _WEEKDAYS[weekday] != match[3].replace("天", "日"):
            name = _WEEKDAY_NAMES[weekday]
            rule = _("“{text}”与日历不符，{year}年的这一天是{weekday}。", text=match[0], year=year, weekday=name)
            raise _Slip(rule, _("请核对年份和日期。"))


def _check_total(line: str, off: list[date]) -> None:
    totals = [int(each) for each in _TOTAL.findall(line)]
    if totals and sum(totals) != len(set(off)):
        rule = _(
            "“{line}”写明共{total}天，读到的放假日期是{count}天。",
            line=line[:30],
            total=sum(totals),
            count=len(set(off)),
        )
        raise _Slip(rule, _("请按通知核对日期；如只保留了部分日期，请删去“共几天”。"))
