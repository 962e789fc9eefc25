"""Policies: each day has its rule, and a wrong file stops the start with its name."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuixin.errors import Misconfigured, Refused
from shuixin.kit.policies import PolicyBook, PolicySet, compare, load

HEAD = 'topic = "good_record"\ntitle = "公开期限"\nbasis = "306号第十六条"\n'
OLD = f'code = "MWR2014"\n{HEAD}effective_from = 2014-09-01\neffective_to = 2019-10-31\n[params]\nmonths = 6\n'
NEW = f'code = "MWR2019"\n{HEAD}effective_from = 2019-11-01\n[params]\nmonths = 12\n'
NEW += 'bands = [{name = "AAA", from = 90}]\n'


@pytest.fixture
def folder(tmp_path):
    def make(name, **files):
        path = tmp_path / name
        path.mkdir()
        for stem, content in files.items():
            (path / f"{stem}.toml").write_text(content, "utf-8")
        return path

    return make


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2014, 9, 1), "MWR2014"),
        (date(2019, 10, 31), "MWR2014"),
        (date(2019, 11, 1), "MWR2019"),
        (date.max, "MWR2019"),
    ],
)
def test_the_set_in_force_that_day(folder, day, code):
    policy = load([folder("shipped", old=OLD, new=NEW)]).at("good_record", day)
    assert (policy.code, policy.title, policy.basis) == (code, "公开期限", "306号第十六条")


@pytest.mark.parametrize(("topic", "day"), [("good_record", date(2014, 8, 31)), ("unknown", date(2020, 1, 1))])
def test_without_a_set_in_force_nothing_is_guessed(folder, topic, day):
    with pytest.raises(Refused, match=f"“{topic}”在{day.isoformat()}没有生效的版本"):
        load([folder("shipped", old=OLD, new=NEW)]).at(topic, day)


def test_a_newer_set_comes_before_an_older_one_without_end():
    first = PolicySet("A", "t", "题", "据", date(2019, 1, 1))
    second = PolicySet("B", "t", "题", "据", date(2020, 1, 1))
    book = PolicyBook([second, first])
    assert [book.at("t", date(year, 6, 1)).code for year in (2019, 2020)] == ["A", "B"]
    assert book.sets("t") == (first, second)
    assert book.topics() == ("t",)
    assert book.sets("u") == ()


def test_a_set_out_of_force_still_explains_its_records(folder):
    book = load([folder("shipped", old=OLD)])
    assert book.get("good_record", "MWR2014").params["months"] == 6
    with pytest.raises(Refused, match="MWR1999"):
        book.get("good_record", "MWR1999")


def test_params_are_read_only_all_the_way_down(folder):
    policy = load([folder("shipped", new=NEW)]).at("good_record", date(2020, 1, 1))
    with pytest.raises(TypeError):
        policy.params["months"] = 1
    with pytest.raises(TypeError):
        policy.params["bands"][0]["from"] = 1
    assert hash(policy)


def test_a_later_directory_corrects_an_earlier_one(folder):
    book = load([folder("shipped", new=NEW), folder("local", other=NEW.replace("months = 12", "months = 24"))])
    assert [policy.params["months"] for policy in book.sets("good_record")] == [24]


def test_two_sets_may_not_begin_on_the_same_day(folder):
    with pytest.raises(Misconfigured, match="MWR2019与LOCAL自同一天起生效"):
        load([folder("shipped", new=NEW), folder("local", other=NEW.replace("MWR2019", "LOCAL"))])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("code = ", "wrong.toml不正确"),
        (NEW.replace('basis = "306号第十六条"\n', ""), "缺少文字basis"),
        (NEW.replace('"306号第十六条"', '" "'), "缺少文字basis"),
        (NEW.replace("2019-11-01", '"2019-11-01"'), "effective_from应为日期"),
        (NEW.replace("2019-11-01", "2019-11-01T00:00:00"), "effective_from应为日期"),
        (OLD.replace("2019-10-31", "2014-08-31"), "effective_to早于effective_from"),
        (OLD.replace("2019-10-31", "1"), "effective_to应为日期"),
        (NEW.replace("[params]", "[parms]"), "不认识的键parms"),
        (NEW.split("[params]", maxsplit=1)[0] + "params = 1\n", "params应为表"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(folder, content, reason):
    with pytest.raises(Misconfigured, match=r"wrong\.toml") as error:
        load([folder("local", wrong=content)])
    assert reason in str(error.value)


def test_one_directory_may_not_say_the_same_twice(folder):
    with pytest.raises(Misconfigured, match="重复"):
        load([folder("local", a=NEW, b=NEW)])


def test_a_file_that_is_no_text_is_named(folder):
    path = folder("local")
    (path / "wrong.toml").write_bytes(b"\xff")
    with pytest.raises(Misconfigured, match=r"wrong\.toml"):
        load([path])


def test_an_instant_is_no_day():
    book = PolicyBook([PolicySet("A", "t", "题", "据", date(2019, 1, 1))])
    with pytest.raises(TypeError):
        book.at("t", datetime.fromisoformat("2020-01-01T00:00"))


DAYS = st.dates(date(2010, 1, 1), date(2030, 12, 31))


@st.composite
def books(draw):
    """Sets of one topic that begin on different days, some with an end."""
    sets = []
    for number, first in enumerate(draw(st.lists(DAYS, unique=True, max_size=8))):
        last = draw(st.none() | st.dates(first, date(2031, 12, 31)))
        sets.append(PolicySet(f"S{number}", "t", "题", "据", first, last))
    return sets


@given(sets=books(), day=DAYS)
def test_of_the_sets_in_force_the_youngest_holds_and_none_is_guessed(sets, day):
    holding = [each for each in sets if each.effective_from <= day <= (each.effective_to or date.max)]
    book = PolicyBook(sets)
    if holding:
        assert book.at("t", day) == max(holding, key=lambda each: each.effective_from)
    else:
        with pytest.raises(Refused):
            book.at("t", day)
    assert all(book.get("t", each.code) == each for each in sets), "an old record's set is found after its end"


WORDS = 'applies_to = ["良好行为"]\n'
LABELS = '[labels]\nmonths = "期限（月）"\nbands = "等次"\n"bands.from" = "下限"\n'


def test_numbers_are_told_in_words(folder):
    numbers = 'once = true\nkinds = ["甲", "乙"]\n[params.cap]\nyuan = 200\nfrom = 2020-01-01\n'
    text = NEW.replace("[params]", f"{WORDS}[params]").replace("bands =", f"{numbers}\n[[params.rows]]\nbands =")
    policy = load([folder("shipped", new=text + LABELS)]).at("good_record", date(2020, 1, 1))
    assert policy.applies_to == ("良好行为",)
    told = {policy.called(place): str(number) for place, number in policy.numbers().items()}
    assert told == {
        "期限（月）": "12",
        "once": "是",
        "kinds": "甲、乙",
        "cap · yuan": "200",
        "cap · from": "2020-01-01",
        "rows · 第1项 · bands · 第1项 · name": "AAA",
        "rows · 第1项 · bands · 第1项 · from": "90",
    }
    worded = load([folder("worded", new=f'{text}{LABELS}[words]\n"甲" = "甲等"\n"12" = "一年"\n')]).at(
        "good_record", date(2020, 1, 1)
    )
    assert {str(number) for number in worded.numbers().values()} >= {"甲等、乙", "一年", "200"}
    assert worded.params["months"] == 12, "they are shown otherwise, not changed"
    labelled = load([folder("labelled", new=NEW + LABELS)]).at("good_record", date(2020, 1, 1))
    assert labelled.called(("bands", 1, "from")) == "等次 · 第1项 · 下限"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("[labels]\nmonths = 12\n", "labels"),
        ("[labels]\nbands.from = 'x'\n", "labels"),
        ("[labels.x]\n", "labels"),
        ("[words]\na = 1\n", "words"),
    ],
)
def test_words_that_are_none_are_refused(folder, more, words):
    with pytest.raises(Misconfigured, match=words):
        load([folder("shipped", old=OLD + more)])
    with pytest.raises(Misconfigured, match="applies_to"):
        load([folder("other", old="applies_to = 'x'\n" + OLD)])


def test_a_file_of_the_installation_says_what_it_replaces(folder):
    shipped, own = folder("shipped", old=OLD, new=NEW), folder("own", old=OLD.replace("= 6", "= 9"))
    book = load([shipped, own])
    old, new = book.sets("good_record")
    assert (old.source, old.replaced, old.params["months"]) == (own / "old.toml", shipped / "old.toml", 9)
    assert (new.source, new.replaced) == (shipped / "new.toml", None)


def test_two_days_are_compared_number_by_number(folder):
    book = load([folder("shipped", old=OLD, new=NEW + LABELS)])
    old, new = book.find("good_record", date(2015, 1, 1)), book.find("good_record", date(2020, 1, 1))
    lines = [(each.label, each.old, each.new, each.differs) for each in compare(old, new)]
    assert lines[0] == ("期限（月）", "6", "12", True)
    assert lines[2] == ("等次 · 第1项 · 下限", "", "90", True)
    assert [each.differs for each in compare(new, new)] == [False] * 3
    assert compare(None, None) == []
    assert [(each.label, each.new) for each in compare(old, book.find("good_record", date(2000, 1, 1)))] == [
        ("months", "")
    ]
