"""Days, moments and years."""

import re
import unicodedata
from datetime import UTC, date, datetime, time
from typing import Any

from peewee import DateField, Field, IntegerField

from shuixin.api import UTCDateTimeField, clock, domain
from shuixin_credit_collection.records.fields import FieldSpec
from shuixin_credit_collection.records.kinds.base import FieldKind, invalid

_ = domain("credit_collection")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_MOMENT = re.compile(r"(.{8,11}?)[ T日]*(\d{1,2})[:：时](\d{1,2})分?(?::\d{2})?")
_EARLIEST_YEAR = 1949


def day_of(text: str) -> date | None:
    """Return the day that *text* names in one of the usual ways, ``None`` if it names none."""
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", ""))
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


class Day(FieldKind):
    """A day, ISO text when stored."""

    sheet = "date"
    schema = {"type": "string", "format": "date"}

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return DateField(null=True)

    def parse(self, spec: FieldSpec, text: str) -> str:
        day = day_of(text)
        if day is None:
            rule = _("{label}“{text}”不是有效日期。", label=spec.label, text=text[:30])
            raise invalid(spec, text, rule, _("请按2026-11-23的格式填写。"))
        if spec.past_only and day > clock.legal_day(clock.now()):
            raise invalid(spec, text, _("{label}晚于今天。", label=spec.label), _("请填写今天或以前的日期。"))
        return day.isoformat()

    def for_json(self, spec: FieldSpec, value: Any) -> str:  # noqa: ARG002
        return value.isoformat() if isinstance(value, date) else str(value)

    def for_column(self, value: Any) -> date:
        return date.fromisoformat(str(value))


class Moment(FieldKind):
    """A day and a time of day as people in the office read their clocks; ISO text in UTC when stored."""

    schema = {"type": "string", "format": "date-time"}

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return UTCDateTimeField(null=True)

    def parse(self, spec: FieldSpec, text: str) -> str:
        match = _MOMENT.fullmatch(unicodedata.normalize("NFKC", text).strip())
        day = day_of(match[1]) if match else None
        if match is None or day is None or int(match[2]) > 23 or int(match[3]) > 59:
            rule = _("{label}“{text}”不是有效时间。", label=spec.label, text=text[:30])
            raise invalid(spec, text, rule, _("请按2026-11-23 09:30的格式填写。"))
        read = time(int(match[2]), int(match[3]))
        return datetime.combine(day, read, clock.LEGAL_ZONE).astimezone(UTC).isoformat()

    def typed(self, spec: FieldSpec, value: Any) -> str:  # noqa: ARG002
        return clock.to_minute(datetime.fromisoformat(str(value)))

    def for_json(self, spec: FieldSpec, value: Any) -> str:  # noqa: ARG002
        return value.isoformat() if isinstance(value, datetime) else str(value)

    def for_column(self, value: Any) -> datetime:
        return datetime.fromisoformat(str(value))


class Year(FieldKind):
    """A year of the calendar, not later than the present one."""

    sheet = "number"
    schema = {"type": "integer"}

    def column(self, spec: FieldSpec) -> Field:  # noqa: ARG002
        return IntegerField(null=True)

    def parse(self, spec: FieldSpec, text: str) -> int:
        plain = unicodedata.normalize("NFKC", text).removesuffix("年").removesuffix("度").removesuffix("年").strip()
        latest = clock.legal_day(clock.now()).year
        if not re.fullmatch(r"[0-9]{4}", plain) or not _EARLIEST_YEAR <= int(plain) <= latest:
            rule = _("{label}“{text}”不是有效年份。", label=spec.label, text=text[:30])
            raise invalid(
                spec, text, rule, _("请填写{first}至{last}之间的四位年份。", first=_EARLIEST_YEAR, last=latest)
            )
        return int(plain)
