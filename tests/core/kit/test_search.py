"""Search: on both engines, exactly what a plain look through all texts would find."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peewee import IntegerField

from shuixin.database import BaseModel, db
from shuixin.kit.search import LONGEST_TEXT, Index, normalise, search_tokens

INDEX = Index("shuixin_test_search")
ALPHABET = "黄石水利富河ABaｂ1２ \u3000%_\"'*\\.-:&|!()，。🌊é"
TEXTS = st.lists(st.text(ALPHABET, max_size=12), max_size=3)
QUERIES = st.text(ALPHABET, min_size=1, max_size=6)


class Thing(BaseModel):
    number = IntegerField()

    class Meta:
        table_name = "shuixin_test_thing"


@pytest.fixture
def index(database):
    INDEX.create(database)
    INDEX.create(database)
    return INDEX


def found(index, query):
    return {key for (key,) in index.matching(db, query).tuples().execute(db)}


def naive(contents, query):
    words = [normalise(word) for word in query.split()]
    return {
        key
        for key, texts in contents.items()
        if all(not word or any(word in normalise(text) for text in texts) for word in words)
    }


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(TEXTS, min_size=1, max_size=8), st.lists(QUERIES, min_size=1, max_size=8))
def test_it_finds_what_a_plain_look_finds(index, all_texts, queries):
    with db.atomic() as undone:
        contents = dict(enumerate(all_texts, start=1))
        for key, texts in contents.items():
            index.put(db, key, texts)
        for query in queries:
            assert found(index, query) == naive(contents, query)
        undone.rollback()


def test_it_finds_in_names_of_companies(index):
    chance = random.Random(2026)
    contents = {
        key: ["".join(chance.choices("黄石市水利水电建设工程有限公司富河", k=chance.randint(4, 14)))]
        for key in range(300)
    }
    for key, texts in contents.items():
        index.put(db, key, texts)
    for length in range(1, 7):
        for _turn in range(20):
            text = chance.choice(contents[chance.randrange(300)])
            start = chance.randrange(len(text))
            query = text[start : start + length]
            assert found(index, query) == naive(contents, query)


@pytest.mark.parametrize(
    "text", ["100%", "a_b", '"', "*", "NEAR", "NEAR(a b)", "'", "\\", "a-b", "OR", ";--", "<->", ":*"]
)
def test_signs_are_only_text(index, text):
    index.put(db, 1, [f"甲{text}乙"])
    index.put(db, 2, ["100x ab axb near甲 其他"])
    assert 1 in found(index, text)
    assert found(index, f"甲{text}") == {1}


def test_a_phrase_never_runs_across_two_texts(index):
    index.put(db, 1, ["黄石", "水利", "", "富"])
    assert found(index, "石水") == found(index, "黄石水") == found(index, "利富") == set()
    assert found(index, "水利") == found(index, "富") == found(index, "石") == {1}


def test_blanks_case_and_width_make_no_difference(index):
    index.put(db, 1, ["ＡＢ Water　工程"])
    for query in ("ab", "bｗＡter工", "R工", " 工程　", "工 程"):
        assert found(index, query) == {1}


def test_words_may_stand_in_any_order_and_in_any_of_the_texts(index):
    index.put(db, 1, ["大冶青山水利工程", "9142"])
    index.put(db, 2, ["黄石水利工程", "9133"])
    assert found(index, "水利 青山") == found(index, "水利 9142 大") == {1}
    assert found(index, "工程\u3000水利") == {1, 2}
    assert found(index, "青山 9133") == found(index, "山青") == set()


def test_a_blank_query_matches_all(index):
    index.put(db, 1, ["甲"])
    index.put(db, 2, [])
    assert found(index, " \u3000") == {1, 2}
    assert found(index, "甲") == {1}


def test_putting_again_replaces_and_removing_forgets(index):
    index.put(db, 1, ["旧名"])
    index.put(db, 1, ["新名"])
    assert (found(index, "旧名"), found(index, "新名")) == (set(), {1})
    index.remove(db, 1)
    index.remove(db, 1)
    assert found(index, "") == set()


def test_it_serves_as_a_condition(index, database):
    database.create_tables([Thing])
    first, second = Thing.create(number=1), Thing.create(number=2)
    index.put(database, first.id, ["富河整治"])
    index.put(database, second.id, ["其他"])
    condition = Thing.id.in_(index.matching(database, "河整"))
    assert [thing.number for thing in Thing.select().where(condition, Thing.number > 0)] == [1]
    assert [thing.number for thing in Thing.select().where(~condition)] == [2]


def test_long_texts_are_found_to_their_end(index):
    index.put(db, 1, ["黄石" * 20_000 + "水利富河"])
    assert found(index, "石水利富河") == {1}
    assert found(index, "黄石" * 150) == {1}
    assert found(index, "石石") == set()
    chance = random.Random(1)
    varied = "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(LONGEST_TEXT))
    index.put(db, 2, [varied + "不在", "也不在"])
    assert found(index, varied[-5:]) == {2}
    assert found(index, "也不在") == set()


def test_dropping(index):
    index.drop(db)
    index.drop(db)
    index.create(db)
    assert found(index, "") == set()


def test_tokens_are_plain_words():
    assert search_tokens("") == ""
    first, second, last = search_tokens("水 利*").split()
    assert (first[5:], second[5:]) == (second[:5], last)
    assert (first + second + last).isalpha()


def test_names_and_engines_are_checked():
    with pytest.raises(ValueError):
        Index('x"; DROP')
    with pytest.raises(TypeError, match="no search"):
        INDEX.create(object())


def test_rows_are_narrowed_to_those_that_match_in_the_order_of_their_keys(index):
    db.create_tables([Thing])
    for number, text in enumerate(["富河整治", "黄石", "整治富河 二期", "富 河"], start=1):
        index.put(db, Thing.create(number=number).id, [text])
    for query, numbers in (("富河", [4, 3, 1]), ("富河　整治", [3, 1]), ("  ", [4, 3, 2, 1]), ("没有", [])):
        rows, key = index.narrow(db, Thing.select(), Thing.id, query)
        assert [row.number for row in rows.order_by(key.desc())] == numbers
        assert rows.count() == len(numbers)
