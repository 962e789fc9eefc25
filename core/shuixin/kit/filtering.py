"""Filters of lists: what a reader may narrow a list by, read from the address and turned into conditions.

::

    filters = (Choice("outcome", _("结果"), {"ok": _("成功")}), Days("at", _("时间")))
    found = chosen(filters, request.args)                     # Chosen(values, problems)
    query = query.where(*conditions(filters, found.values, lambda name: getattr(Model, name)))

Only what is declared has an effect: an unknown name or choice in the address is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from peewee import Expression, Field

from shuixin.errors import Problem
from shuixin.kit import clock
from shuixin.texts import Text, domain

_ = domain("shuixin")


@dataclass(frozen=True)
class Choice:
    """One of some values.

    :param name: the field, also the parameter in the address.
    :param options: stored value (a text) and what people read.
    """

    name: str
    label: Text | str
    options: Mapping[Any, Text | str]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names in the address."""
        return (self.name,)

    def problems(self, values: Mapping[str, str]) -> Iterator[Problem]:  # noqa: ARG002 - as Days
        """Yield nothing: values that are no options do not get here."""
        yield from ()

    def takes(self, text: str) -> bool:
        """Whether *text* is worth keeping at all."""
        return text in self.options

    def conditions(self, column: Field, values: Mapping[str, str]) -> Iterator[Expression]:
        """Yield what the chosen *values* ask of *column*."""
        if self.name in values:
            yield column == values[self.name]


@dataclass(frozen=True)
class Days:
    """A range of days in Asia/Shanghai, both included, for an instant."""

    name: str
    label: Text | str

    @property
    def parameters(self) -> tuple[str, str]:
        """Names in the address: the first and the last day."""
        return f"{self.name}_from", f"{self.name}_to"

    def narrows(self, values: Mapping[str, str]) -> bool:
        """Whether a day is among *values*."""
        return any(name in values for name in self.parameters)

    def takes(self, text: str) -> bool:
        """Whether *text* is worth keeping: what is no day is kept too, so that it can be mended."""
        return bool(text)

    def problems(self, values: Mapping[str, str]) -> Iterator[Problem]:
        """Yield what is wrong with the days typed."""
        days = [self._day(values, name) for name in self.parameters]
        for name, day in zip(self.parameters, days, strict=True):
            if day is None and name in values:
                yield Problem(
                    name, values[name], _("“{text}”不是日期。", text=values[name]), _("请按2026-03-31的样子填写。")
                )
        first, last = days
        if first and last and first > last:
            yield Problem(
                self.parameters[1],
                last.isoformat(),
                _("{label}的结束日期早于开始日期。", label=self.label),
                _("请调整其中一个日期。"),
            )

    def conditions(self, column: Field, values: Mapping[str, str]) -> Iterator[Expression]:
        """Yield what the chosen *values* ask of *column*."""
        first, last = (self._day(values, name) for name in self.parameters)
        if first:
            yield column >= clock.start_of(first)
        if last:
            yield column < clock.start_of(last + timedelta(days=1))

    @staticmethod
    def _day(values: Mapping[str, str], name: str) -> date | None:
        try:
            day = date.fromisoformat(values.get(name, ""))
        except ValueError:
            return None
        # Within what both engines can store and the zone can shift.
        return day if 1900 <= day.year <= 2999 else None


Filter = Choice | Days
#: Characters of one value that are kept.
_LONGEST = 100


@dataclass(frozen=True)
class Chosen:
    """What was asked for: values by parameter, and what is wrong with them."""

    values: dict[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def chosen(filters: Iterable[Filter], given: Mapping[str, str]) -> Chosen:
    """Return what *given* (the address) says about *filters*."""
    filters = tuple(filters)
    values = {
        name: given[name].strip()[:_LONGEST]
        for each in filters
        for name in each.parameters
        if name in given and each.takes(given[name].strip())
    }
    return Chosen(values, tuple(problem for each in filters for problem in each.problems(values)))


def conditions(
    filters: Iterable[Filter], values: Mapping[str, str], column: Callable[[str], Field]
) -> list[Expression]:
    """Return the conditions of *values*; *column* gives the field of a filter's name."""
    return [condition for each in filters for condition in each.conditions(column(each.name), values)]
