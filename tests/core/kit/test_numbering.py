"""Numbering: no number twice, none left out, on both engines and from several processes."""

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuixin.database import transaction
from shuixin.errors import Conflict, Refused
from shuixin.kit.numbering import Counter, VoidedNumber, allocate, last_given, raise_to, void, voided

WORKER = """
import sys
from shuixin.database import connect, transaction
from shuixin.kit.numbering import allocate
database = connect(sys.argv[1])
for turn in range(int(sys.argv[2])):
    try:
        with database.connection_context(), transaction():
            number = allocate("decision", 2026)
            if turn % 5 == 4:
                raise KeyError
        print(number)
    except KeyError:
        pass
"""


@pytest.fixture
def counters(database):
    database.create_tables([Counter, VoidedNumber])
    return database


def test_each_series_counts_from_one(counters):
    with transaction():
        assert [allocate("a", 2026), allocate("a", 2026), allocate("b", 2026), allocate("a", 2027)] == [1, 2, 1, 1]


def test_a_number_rolled_back_is_given_again(counters):
    with counters.atomic() as undone:
        assert allocate("a", 2026) == 1
        undone.rollback()
    with transaction():
        assert allocate("a", 2026) == 1


def test_it_needs_a_transaction(counters):
    with pytest.raises(RuntimeError, match="transaction"):
        allocate("a", 2026)


def test_t59_eight_processes_take_a_hundred_numbers_each_without_gap_or_duplicate(counters, database_url):
    command = [sys.executable, "-c", WORKER, database_url, "125"]  # every fifth is rolled back
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    numbers = [int(line) for worker in workers for line in worker.communicate(timeout=300)[0].split()]
    assert [worker.returncode for worker in workers] == [0] * 8
    assert sorted(numbers) == list(range(1, 8 * 100 + 1))


def test_t60_a_number_that_nothing_bears_is_voided_with_its_reason(counters):
    with transaction():
        assert [allocate("a", 2026) for _turn in range(3)] == [1, 2, 3]
    void("a", 2026, 2, reason=" 当事人姓名有误 ", by="何静远")
    (row,) = voided("a", 2026)
    assert (row.value, row.reason, row.by) == (2, "当事人姓名有误", "何静远")
    assert voided("a", 2025) == []
    with transaction():
        assert allocate("a", 2026) == 4, "what was given is never given again"
    with pytest.raises(Conflict, match="已经作废"):
        void("a", 2026, 2, reason="再次", by="x")
    for number in (0, 5, -1):
        with pytest.raises(Refused, match="尚未使用过"):
            void("a", 2026, number, reason="x", by="x")
    with pytest.raises(Refused, match="作废原因"):
        void("a", 2026, 3, reason="  ", by="x")
    assert [each.value for each in voided("a", 2026)] == [2]


SERIES = st.sampled_from([("decision", 2026), ("decision", 2027), ("notice", 2026)])
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("give"), SERIES),
        st.tuples(st.just("roll back"), SERIES),
        st.tuples(st.just("void"), SERIES, st.integers(-1, 9)),
    ),
    max_size=30,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(acts=ACTS)
def test_whatever_happens_each_series_is_gapless_and_every_void_is_of_a_number_given(counters, acts):
    for model in (Counter, VoidedNumber):
        model.delete().execute()
    given_numbers, void_numbers = {}, {}
    for what, (key, year), *value in acts:
        mine = given_numbers.setdefault((key, year), [])
        dead = void_numbers.setdefault((key, year), set())
        if what == "give":
            with transaction():
                mine.append(allocate(key, year))
        elif what == "roll back":
            with counters.atomic() as undone:
                assert allocate(key, year) == len(mine) + 1
                undone.rollback()
        elif value[0] in dead:
            with pytest.raises(Conflict):
                void(key, year, value[0], reason="误发", by="测试")
        elif value[0] in mine:
            void(key, year, value[0], reason="误发", by="测试")
            dead.add(value[0])
        else:
            with pytest.raises(Refused):
                void(key, year, value[0], reason="误发", by="测试")
    for (key, year), numbers in given_numbers.items():
        assert numbers == list(range(1, len(numbers) + 1))
        assert [each.value for each in voided(key, year)] == sorted(void_numbers[key, year])


def test_a_series_begins_where_it_is_told_and_never_goes_back(counters):
    raise_to("a", 2026, 35)
    assert last_given("a", 2026) == 35
    with transaction():
        assert allocate("a", 2026) == 36
    raise_to("a", 2026, 36)
    for lower in (35, 0):
        with pytest.raises(Conflict, match="已用到第36号"):
            raise_to("a", 2026, lower)
    assert (last_given("a", 2026), last_given("a", 2027)) == (36, 0)
