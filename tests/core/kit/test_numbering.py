"""Numbering: no number twice, none left out, on both engines and from several processes."""

import subprocess
import sys

import pytest

from shuixin.database import transaction
from shuixin.errors import Conflict, Refused
from shuixin.kit.numbering import Counter, VoidedNumber, allocate, void, voided

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
