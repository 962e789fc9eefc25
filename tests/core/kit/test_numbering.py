"""Numbering: no number twice, none left out, on both engines and from several processes."""

import subprocess
import sys

import pytest

from shuixin.database import transaction
from shuixin.kit.numbering import Counter, allocate

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
    database.create_tables([Counter])
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


def test_processes_share_a_series_without_gap_or_duplicate(counters, database_url):
    command = [sys.executable, "-c", WORKER, database_url, "30"]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    numbers = [int(line) for worker in workers for line in worker.communicate(timeout=60)[0].split()]
    assert sorted(numbers) == list(range(1, 4 * 24 + 1))
