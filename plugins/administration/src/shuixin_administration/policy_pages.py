"""Policy sets (规则集) in the back office: what is in force by which document, and what changed between two days."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask import request

from shuixin.api import NotFound, OfficePage, Text, clock, current_platform, domain, expose, policies

_ = domain("administration")


@dataclass(frozen=True)
class Topic:
    """One topic with its sets, newest first, and the one in force on the day."""

    name: str
    sets: tuple[policies.PolicySet, ...]
    current: policies.PolicySet | None

    @property
    def title(self) -> str:
        """What the topic is called: as its newest set says."""
        return self.sets[0].title


@dataclass(frozen=True)
class Compared:
    """One topic on two days."""

    topic: Topic
    first: policies.PolicySet | None
    second: policies.PolicySet | None
    numbers: list[policies.Difference]

    @property
    def same(self) -> bool:
        """Whether the same set was in force on both days."""
        return self.first == self.second


class PoliciesPage(OfficePage):
    """Read-only: sets are files, which are put right on the server."""

    @expose("/")
    def index(self) -> str:
        """Show all topics and sets; today's are marked."""
        today = clock.legal_day(clock.now())
        page: str = self.render("administration/policies.html", topics=_topics(today), today=today)
        return page

    @expose("/set")
    def set(self) -> str:
        """Show one set with all its numbers in words."""
        today, book = clock.legal_day(clock.now()), current_platform().policies
        topic, code = request.args.get("topic", ""), request.args.get("code", "")
        found = next((each for each in book.sets(topic) if each.code == code), None)
        if found is None:
            raise NotFound(_("没有这个规则集，或提供它的插件已停用。"))
        page: str = self.render(
            "administration/policy.html",
            policy=found,
            current=book.find(topic, today),
            today=today,
            source=source_of(found.source),
            replaced=source_of(found.replaced) if found.replaced else "",
            file=found.source.name if found.source else "",
            folders=[str(each) for each in current_platform().settings.policy_dirs],
        )
        return page

    @expose("/compare")
    def compare(self) -> str:
        """Show what was in force on two days side by side."""
        today, book = clock.legal_day(clock.now()), current_platform().policies
        first, second = _day("first", today), _day("second", today)
        rows = []
        for topic in _topics(today):
            sets = book.find(topic.name, first or today), book.find(topic.name, second or today)
            rows.append(Compared(topic, *sets, policies.compare(*sets)))
        page: str = self.render(
            "administration/policy_comparison.html",
            first=first or today,
            second=second or today,
            rows=rows,
            wrong=first is None or second is None,
        )
        return page


def _topics(day: date) -> list[Topic]:
    book = current_platform().policies
    return [Topic(name, tuple(reversed(book.sets(name))), book.find(name, day)) for name in book.topics()]


def _day(name: str, today: date) -> date | None:
    """Return the day asked for, today if none is; ``None`` if it is no day."""
    try:
        text = request.args.get(name, "")
        return date.fromisoformat(text) if text else today
    except ValueError:
        return None


def source_of(path: Path | None) -> Text | str:
    """Return where a file stands, in words: within a plugin, or in a folder of this installation."""
    for name, bundle in current_platform().loaded.bundles.items():
        if path is not None and path.is_relative_to(bundle.plugin.folder):
            inside = path.relative_to(bundle.plugin.folder).as_posix()
            return _(
                "随插件“{label}”提供（{name}/{inside}）", label=bundle.plugin.label or name, name=name, inside=inside
            )
    return str(path or "")
