"""Code lists: what a file ships, what people change, what is looked up on a day; no used code ever disappears."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from shuixin.database import connect, transaction
from shuixin.errors import Conflict, Misconfigured, NotFound, Refused
from shuixin.kit import dictionaries, following
from shuixin.kit.dictionaries import Dictionary, DictionaryEntry, Entry, Wording, read_lists, reworded
from shuixin.kit.following import Revision

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
TODAY = date(2026, 11, 25)
FIRST, SECOND = date(2020, 1, 1), date(2024, 1, 1)
GRADE = Entry("a", (Wording("甲", ("甲级",)), Wording("一等", ("甲",), SECOND)), first=FIRST)
BY = {"by": "何静远", "now": NOW}


def entry(code: str, label: str, *writings: str, **facts: object) -> Entry:
    return Entry(code, (Wording(label, writings),), **facts)  # type: ignore[arg-type]


@pytest.fixture
def toml(tmp_path) -> Callable[[str], dict[str, tuple[Entry, ...]]]:
    def read(text: str) -> dict[str, tuple[Entry, ...]]:
        path = tmp_path / "codes.toml"
        path.write_text(text, "utf-8")
        return read_lists(path)

    return read


def test_a_file_ships_entries_short_and_long(toml):
    read = toml(
        '[grade]\na = ["甲级", "甲"]\nb = {label = "乙级", writings = ["乙"], basis = "标准", from = 2020-01-01, '
        'to = 2024-12-31, parent = "a"}\n'
    )
    first, second = read["grade"]
    assert first == Entry("a", (Wording("甲级", ("甲",)),), order=10)
    assert second == Entry("b", (Wording("乙级", ("乙",)),), 20, "a", "标准", date(2020, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "[grade]\na = []",
        '[grade]\na = "甲"',
        '[grade]\na = [""]',
        "[grade]\na = [1]",
        '[grade]\na = {label = "甲", form = 2020-01-01}',
        '[grade]\na = {label = "甲", from = "2020-01-01"}',
        '[grade]\na = {label = "甲", from = 2020-01-01T08:00:00}',
        '[grade]\na = {writings = ["甲"]}',
        '[grade]\na = ["甲"]\nb = ["乙", "甲"]',
        '[grade]\na = ["甲"]\nb = ["a"]',
        "[grade\n",
    ],
)
def test_a_wrong_file_is_named(toml, text):
    with pytest.raises(Misconfigured, match=r"codes\.toml"):
        toml(text)


def test_a_name_may_pass_to_another_code_once_the_first_has_ended(toml):
    [first, second] = toml('[g]\na = {label = "甲", to = 2019-12-31}\nb = {label = "甲", from = 2020-01-01}\n')["g"]
    grades = Dictionary("x.g", [first, second])
    assert [grades.find("甲", date(year, 1, 1)) for year in (2019, 2020)] == ["a", "b"]
    assert (grades.writing("a", TODAY), grades.writing("b", TODAY)) == ("a", "甲"), "what is read back as the same"


def test_an_entry_is_called_as_on_the_day():
    grades = Dictionary("x.grade", [GRADE])
    assert [grades.label("a", day) for day in (date(2010, 1, 1), SECOND - timedelta(1), SECOND)] == ["甲", "甲", "一等"]
    assert (grades.find("甲级", SECOND - timedelta(1)), grades.find("甲级", SECOND)) == ("a", None)
    assert (grades.find("一等", SECOND - timedelta(1)), grades.find("甲", SECOND)) == (None, "a")
    assert grades.labels(FIRST - timedelta(1)) == {}
    assert grades.label("legacy", TODAY) == "legacy"
    text = grades.text("a", SECOND)
    assert (text.domain, text.source) == ("x", "一等")


@pytest.mark.parametrize("text", ["甲", " 甲 ", "甲（暂定）", "甲(x)", "a", "ａ"])
def test_untidy_writings_are_found(text):
    assert Dictionary("x.g", [entry("a", "甲")]).find(text, TODAY) == "a"


def test_what_has_ended_is_not_offered_and_is_still_read():
    ended = Dictionary("x.g", [entry("a", "甲", last=TODAY - timedelta(1)), entry("b", "乙", order=1)])
    assert ended.labels(TODAY) == {"b": "乙"}
    assert (ended.find("甲", TODAY), ended.find_any("甲", TODAY), ended.find_any("丙", TODAY)) == (None, "a", None)


# --- looked up against a naive model ----------------------------------------------------------------------------

DAYS = st.dates(date(2019, 12, 28), date(2020, 1, 8))
NAMES = st.sampled_from(["甲", "乙", "丙", "丁", "戊"])


@st.composite
def _entries(draw: st.DrawFn) -> list[Entry]:
    made: list[Entry] = []
    for number in range(draw(st.integers(0, 5))):
        begins = sorted(draw(st.sets(DAYS, max_size=2)))
        wordings = [Wording(draw(NAMES), tuple(draw(st.sets(NAMES, max_size=2))), since) for since in (None, *begins)]
        first, last = draw(st.none() | DAYS), draw(st.none() | DAYS)
        each = Entry(f"c{number}", tuple(wordings), draw(st.integers(0, 3)), first=first, last=last)
        if Dictionary("x.g", made).clash(each) is None:
            made.append(each)
    return made


def _naive_name(each: Entry, day: date) -> Wording:
    chosen = each.wordings[0]
    for wording in each.wordings:
        if wording.since is not None and wording.since <= day:
            chosen = wording
    return chosen


def _naive_codes(entries: list[Entry], text: str, day: date) -> list[str]:
    return [
        each.code
        for each in entries
        if (each.first is None or day >= each.first)
        and (each.last is None or day <= each.last)
        and text in (each.code, _naive_name(each, day).label, *_naive_name(each, day).writings)
    ]


@settings(max_examples=300, deadline=None)
@given(_entries(), NAMES, DAYS)
def test_look_ups_on_a_day_are_those_of_a_naive_model(entries: list[Entry], text: str, day: date) -> None:
    found = _naive_codes(entries, text, day)
    assert len(found) <= 1, "entries that do not clash never share a name on a day"
    known = Dictionary("x.g", entries)
    assert known.find(text, day) == (found[0] if found else None)
    in_order = [each for each in sorted(entries, key=lambda each: each.order) if _naive_codes([each], each.code, day)]
    assert list(known.labels(day).items()) == [(each.code, _naive_name(each, day).label) for each in in_order]
    for each in entries:
        assert known.label(each.code, day) == _naive_name(each, day).label
        assert known.find_any(known.writing(each.code, day), day) == each.code


# --- what people change -----------------------------------------------------------------------------------------

SHIPPED = (entry("a", "甲", "甲级", order=10), entry("b", "乙", order=20))


@pytest.fixture
def tables(database) -> None:
    database.create_tables([DictionaryEntry, Revision])


def now_is(name: str = "x.g") -> Dictionary:
    return dictionaries.current(name, SHIPPED)


def act(function: Callable[..., object], *arguments: object, **values: object) -> object:
    with transaction():
        return function("x.g", SHIPPED, *arguments, **values)


@pytest.mark.usefixtures("tables")
def test_entries_are_added_renamed_ended_and_restored():
    act(dictionaries.add, entry("c", "丙", "丙级", order=5), **BY)
    assert list(now_is().labels(TODAY)) == ["c", "a", "b"]
    renamed = reworded(SHIPPED[0], "一等", ("甲级",), TODAY)
    assert act(dictionaries.change, renamed, version=0, **BY) == SHIPPED[0]
    assert (now_is().label("a", TODAY - timedelta(1)), now_is().label("a", TODAY)) == ("甲", "一等")
    assert now_is().find("甲", TODAY) == "a", "the former name is still understood"
    act(dictionaries.change, replace(renamed, last=TODAY), version=1, **BY)
    assert "a" not in now_is().labels(TODAY + timedelta(1))
    act(dictionaries.change, renamed, version=2, **BY)
    assert "a" in now_is().labels(TODAY + timedelta(1))
    row = DictionaryEntry.get(DictionaryEntry.code == "a")
    assert (row.row_version, row.changed_by, row.entry()) == (3, "何静远", renamed)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (entry("", "丁"), "code"),
        (entry("a b", "丁"), "code"),
        (entry("x" * 41, "丁"), "code"),
        (entry("a", "丁"), "code"),
        (entry("d", ""), "label"),
        (entry("d", "丁" * 61), "label"),
        (entry("d", "丁", *map(str, range(21))), "label"),
        (entry("d", "乙"), "label"),
        (entry("d", "丁", "甲级"), "writings"),
        (entry("d", "丁", first=TODAY, last=TODAY - timedelta(1)), "last"),
        (entry("d", "丁", parent="nobody"), "parent"),
        (entry("d", "丁", parent="d"), "parent"),
    ],
)
@pytest.mark.usefixtures("tables")
def test_what_is_no_entry_is_refused_with_its_field(wrong: Entry, field: str):
    with pytest.raises(Refused) as refused:
        act(dictionaries.add, wrong, **BY)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert DictionaryEntry.select().count() == Revision.select().count() == 0


@pytest.mark.usefixtures("tables")
def test_changes_are_refused_too():
    with pytest.raises(NotFound):
        act(dictionaries.change, entry("z", "戊"), version=0, **BY)
    act(dictionaries.change, replace(SHIPPED[1], parent="a"), version=0, **BY)
    with pytest.raises(Refused, match="1处"):
        act(dictionaries.change, replace(SHIPPED[0], parent="b"), version=0, **BY)
    twice = reworded(reworded(SHIPPED[0], "一等", (), TODAY), "特等", (), TODAY)
    with pytest.raises(Refused) as refused:
        act(dictionaries.change, twice, version=0, **BY)
    assert refused.value.problems[0].field == "since"
    act(dictionaries.change, replace(SHIPPED[0], last=TODAY), version=0, **BY)
    act(dictionaries.add, entry("n", "甲", first=TODAY + timedelta(1)), **BY)
    with pytest.raises(Refused, match="1处"):
        act(dictionaries.change, SHIPPED[0], version=1, **BY)


@pytest.mark.usefixtures("tables")
def test_of_two_editors_one_is_told():
    act(dictionaries.change, reworded(SHIPPED[0], "甲等", (), None), version=0, **BY)
    for version in (0, 2):
        with pytest.raises(Conflict):
            act(dictionaries.change, reworded(SHIPPED[0], "甲类", (), None), version=version, **BY)
    with pytest.raises(Conflict):
        act(dictionaries.change, reworded(SHIPPED[1], "乙类", (), None), version=1, **BY)
    assert now_is().labels(TODAY) == {"a": "甲等", "b": "乙"}


@pytest.mark.usefixtures("tables")
def test_only_an_unused_entry_of_ones_own_that_nobody_can_choose_is_deleted():
    act(dictionaries.add, entry("c", "丙", first=TODAY), **BY)
    remove = {"version": 1, "used": 0, "today": TODAY}
    for code, facts, words in (
        ("a", remove, "随软件提供"),
        ("c", {**remove, "used": 1}, "已在1处使用"),
        ("c", remove, "先停用"),
    ):
        with pytest.raises(Refused, match=words):
            act(dictionaries.remove, code, **facts)
    with pytest.raises(Conflict):
        act(dictionaries.remove, "c", **{**remove, "version": 2, "today": TODAY - timedelta(1)})
    act(dictionaries.remove, "c", **{**remove, "today": TODAY - timedelta(1)})
    assert now_is().get("c") is None


@pytest.mark.usefixtures("tables")
def test_a_process_follows_without_a_query_for_each_look_up(monkeypatch, database):
    lists, asked = dictionaries.follow({"x.g": SHIPPED}), []
    monkeypatch.setattr(following, "revision", lambda _name, real=following.revision: asked.append(1) or real(_name))
    assert [lists.get()["x.g"].label("a", TODAY) for _turn in range(50)] == ["甲"] * 50
    assert len(asked) == 1
    act(dictionaries.change, reworded(SHIPPED[0], "一等", (), None), version=0, **BY)
    lists.look()
    with transaction():
        assert lists.get()["x.g"].label("a", TODAY) == "甲", (
            "a transaction may be rolled back: nothing is learned in it"
        )
    assert lists.get()["x.g"].label("a", TODAY) == "一等"
    act(dictionaries.change, reworded(SHIPPED[0], "二等", (), None), version=1, **BY)
    monkeypatch.setattr(following, "INTERVAL", 0.0)
    assert lists.get()["x.g"].label("a", TODAY) == "二等", "when the next look is due, without being told"


class _Acts(RuleBasedStateMachine):
    """Whatever people do on the page, and whatever they use: each used code is there, and means what it meant."""

    codes = st.sampled_from(["a", "b", "c", "d"])
    day = TODAY

    @initialize()
    def empty(self) -> None:
        DictionaryEntry.delete().execute()
        self.used: dict[tuple[str, date], str] = {}

    def _row(self, code: str) -> int:
        row = DictionaryEntry.get_or_none(DictionaryEntry.code == code)
        return row.row_version if row else 0

    def _try(self, function: Callable[..., object], *arguments: object, **values: object) -> None:
        with contextlib.suppress(Refused, Conflict, NotFound):
            act(function, *arguments, **values)

    def _change(self, code: str, change: Callable[[Entry], Entry]) -> None:
        present = now_is().get(code)
        if present is not None:
            self._try(dictionaries.change, change(present), version=self._row(code), **BY)

    @rule(code=codes, label=NAMES, first=st.none() | st.just(TODAY))
    def add(self, code: str, label: str, first: date | None) -> None:
        self._try(dictionaries.add, entry(code, label, first=first), **BY)

    @rule(code=codes, label=NAMES, ahead=st.integers(0, 3))
    def rename(self, code: str, label: str, ahead: int) -> None:
        self._change(code, lambda present: reworded(present, label, (), self.day + timedelta(ahead)))

    @rule(code=codes, ahead=st.integers(-3, 3))
    def end(self, code: str, ahead: int) -> None:
        self._change(code, lambda present: replace(present, last=self.day + timedelta(ahead)))

    @rule(code=codes)
    def restore(self, code: str) -> None:
        self._change(code, lambda present: replace(present, last=None))

    @rule(code=codes)
    def remove(self, code: str) -> None:
        used = sum(1 for each, _day in self.used if each == code)
        self._try(dictionaries.remove, code, version=self._row(code), used=used, today=self.day)

    @rule(code=codes)
    def use(self, code: str) -> None:
        if code in now_is().labels(self.day):
            self.used[code, self.day] = now_is().label(code, self.day)

    @rule()
    def sleep(self) -> None:
        self.day += timedelta(1)

    @invariant()
    def nothing_used_is_lost(self) -> None:
        known = now_is()
        for code, _day in getattr(self, "used", {}):
            assert known.get(code) is not None
        for (code, day), label in getattr(self, "used", {}).items():
            if day < self.day:
                assert known.label(code, day) == label, "what was used is called as on that day"


def test_no_sequence_of_acts_loses_a_used_code(tmp_path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'acts.db'}")
    with database.connection_context():
        database.create_tables([DictionaryEntry, Revision])
        run_state_machine_as_test(
            _Acts,
            settings=settings(
                max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
