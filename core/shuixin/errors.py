"""What can go wrong, in words for the person it happens to.

Every refusal names the place, the value, the rule and the remedy (:class:`Problem`), so that a form, a workbook row,
the API and the command line can all show the same sentence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shuixin.texts import Text, domain

_ = domain("shuixin")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one value.

    :param field: machine name of the field or column, ``""`` when the whole is meant.
    :param value: what was given, shortened for display; never a secret.
    :param rule: what does not hold, as a sentence.
    :param remedy: what to do about it, as a sentence.
    """

    field: str
    value: str
    rule: Text | str
    remedy: Text | str

    def __str__(self) -> str:
        return f"{self.rule}{self.remedy}"


def as_document(code: str, message: str, problems: Sequence[Problem], incident: str = "") -> dict[str, Any]:
    """Return what systems are told of an error: ``{"error": {"code", "message", "problems"}}``, and the incident."""
    named = [{name: str(value) for name, value in vars(problem).items()} for problem in problems]
    return {
        "error": {"code": code, "message": message, "problems": named, **({"incident": incident} if incident else {})}
    }


class ShuixinError(Exception):
    """Base of all errors that are meant for people."""

    #: HTTP status of the answer when the error reaches a page.
    status = 400

    def __init__(self, message: Text | str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class Refused(ShuixinError):
    """The input breaks a rule; ``problems`` names each place (may be empty when the message says all)."""

    status = 422

    def __init__(self, message: Text | str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class Forbidden(ShuixinError):
    """The actor may not do this; the message says whom to ask."""

    status = 403


class NotFound(ShuixinError):
    """There is no such thing, or none this actor may know of (the two are answered alike)."""

    status = 404


class Conflict(ShuixinError):
    """The thing was changed, or already dealt with, since the actor looked (stale version, double click)."""

    status = 409


class Misconfigured(ShuixinError):
    """Settings or environment do not fit; raised at start, shown in one line on the command line."""

    status = 500


class PluginError(ShuixinError):
    """A plugin breaks the platform's contract.

    :param plugin: id of the plugin at fault.
    """

    status = 500

    def __init__(self, plugin: str, message: Text | str) -> None:
        super().__init__(message)
        self.plugin = plugin

    def __str__(self) -> str:
        return f"{self.plugin}: {self.message}"


class MigrationFailed(ShuixinError):
    """A step of somebody's schema history could not be applied or taken back.

    :param owner: ``shuixin`` or the plugin's id.
    :param step: name of the step, e.g. ``0003_add_weight``.
    """

    status = 500

    def __init__(self, owner: str, step: str, cause: BaseException) -> None:
        reason = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
        super().__init__(_("数据库结构变更{step}未能执行：{reason}", step=step, reason=reason))
        self.owner, self.step = owner, step
