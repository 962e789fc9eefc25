"""The audit chain: any touch of the past is found, at the first entry that does not hold."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from shuixin import audit
from shuixin.access import system_actor
from shuixin.audit import AuditEntry, AuditHead
from shuixin.audit.chain import digest
from shuixin.database import db, transaction

ACTOR = system_actor("测试")


@pytest.fixture
def chain(platform_app: Flask) -> int:
    """Five more entries; returns the number of the first of them."""
    first = audit.head()[0] + 1
    for number in range(5):
        audit.append(ACTOR, "test.act", "thing", f"第{number}件", {"值": number, "nested": {"b": [1, 2], "a": None}})
    return first


def test_an_untouched_chain_holds(chain: int) -> None:
    assert audit.verify() == (chain + 4, None)
    assert audit.head()[0] == chain + 4


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"actor_name": "别人"}, "content was changed"),
        ({"detail": {"值": 99}}, "content was changed"),
        ({"action": "other.act"}, "content was changed"),
        ({"previous_hash": "0" * 64}, "does not continue"),
    ],
)
def test_a_changed_entry_is_named(change: dict[str, object], reason: str, chain: int) -> None:
    AuditEntry.update(**change).where(AuditEntry.number == chain + 2).execute()
    sound, fault = audit.verify()
    assert fault is not None
    assert (sound, fault.number) == (chain + 1, chain + 2)
    assert reason in fault.reason


def test_an_entry_changed_together_with_its_hash_is_found_at_the_next(chain: int) -> None:
    entry = AuditEntry.get(AuditEntry.number == chain + 2)
    entry.actor_name = "别人"
    entry.hash = digest(entry)
    entry.save()
    sound, fault = audit.verify()
    assert fault is not None
    assert (sound, fault.number) == (chain + 2, chain + 3)


def test_a_removed_entry_and_a_cut_end_are_found(chain: int) -> None:
    AuditEntry.delete().where(AuditEntry.number == chain + 4).execute()
    sound, fault = audit.verify()
    assert fault is not None
    assert (sound, "head" in fault.reason) == (chain + 3, True)
    AuditEntry.delete().where(AuditEntry.number == chain + 1).execute()
    again = audit.verify()[1]
    assert again is not None
    assert (again.number, again.reason) == (chain + 1, f"entry {chain + 1} is missing")


def test_an_entry_added_behind_the_head_is_found(chain: int) -> None:
    last = AuditEntry.get(AuditEntry.number == chain + 4)
    forged = AuditEntry.create(**{**last.__data__, "id": None, "number": chain + 5, "previous_hash": last.hash})
    AuditEntry.update(hash=digest(forged)).where(AuditEntry.number == chain + 5).execute()
    sound, fault = audit.verify()
    assert fault is not None
    assert (sound, fault.number) == (chain + 4, chain + 5)


def test_verifying_while_others_write_raises_no_alarm(chain: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        writing = [pool.submit(_ten_more) for _each in range(6)]
        faults = [audit.verify()[1] for _turn in range(15)]
        for outcome in writing:
            outcome.result()
    assert faults == [None] * 15
    assert audit.verify() == (chain + 64, None)


def _undone() -> None:
    with transaction():
        audit.append(ACTOR, "test.undone", "thing", "x")
        raise RuntimeError


def test_what_is_rolled_back_leaves_no_entry(chain: int) -> None:
    with pytest.raises(RuntimeError):
        _undone()
    assert audit.verify() == (chain + 4, None)
    assert AuditHead.get().number == chain + 4


def _ten_more() -> None:
    with db.connection_context():
        for _turn in range(10):
            audit.append(ACTOR, "test.race", "thing", "x")


def test_writers_at_once_make_one_chain(chain: int) -> None:
    with ThreadPoolExecutor(4) as pool:
        for outcome in [pool.submit(_ten_more) for _each in range(4)]:
            outcome.result()
    assert audit.verify() == (chain + 44, None)
