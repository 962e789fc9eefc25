"""The audit chain: any touch of the past is found, at the first entry that does not hold."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from shuixin import audit
from shuixin.access import system_actor
from shuixin.accounts.models import SignInAttempt
from shuixin.audit import AuditEntry, AuditHead, heads
from shuixin.audit.chain import digest
from shuixin.database import db, transaction
from shuixin.jobs import run_once
from shuixin.kit import clock

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
        ({"actor_name": "别人"}, "内容被改动"),
        ({"detail": {"值": 99}}, "内容被改动"),
        ({"action": "other.act"}, "内容被改动"),
        ({"previous_hash": "0" * 64}, "与前一条不衔接"),
    ],
)
def test_a_changed_entry_is_named(change: dict[str, object], reason: str, chain: int) -> None:
    AuditEntry.update(**change).where(AuditEntry.number == chain + 2).execute()
    sound, fault = audit.verify()
    assert fault is not None
    assert (sound, fault.number) == (chain + 1, chain + 2)
    assert reason in str(fault.reason)


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
    assert (sound, "登记的末条" in str(fault.reason)) == (chain + 3, True)
    AuditEntry.delete().where(AuditEntry.number == chain + 1).execute()
    again = audit.verify()[1]
    assert again is not None
    assert (again.number, str(again.reason)) == (chain + 1, f"缺少第{chain + 1}条")


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


def test_a_chain_cut_together_with_its_head_is_found_by_a_published_one(platform_app: Flask, chain: int) -> None:
    folder = platform_app.extensions["shuixin"].settings.published
    assert run_once(platform_app, "shuixin.audit") == {"shuixin.audit": True}
    (copy,) = heads.read(folder / heads.FILE)
    assert (copy.number, copy.hash) == audit.head()
    page = platform_app.test_client().get(f"/{heads.FILE}")
    assert Context().run(lambda: page.get_data(as_text=True)).split() == [copy.at, str(copy.number), copy.hash]
    AuditEntry.delete().where(AuditEntry.number > chain).execute()
    last = AuditEntry.get(AuditEntry.number == chain)
    AuditHead.update(number=chain, hash=last.hash).execute()
    assert audit.verify() == (chain, None), "the chain alone looks whole"
    fault = heads.contradicted([copy])
    assert fault is not None
    assert (fault.number, "现已不存在" in str(fault.reason)) == (copy.number, True)
    assert run_once(platform_app, "shuixin.audit") == {"shuixin.audit": False}
    assert len(heads.read(folder / heads.FILE)) == 1, "a broken chain publishes nothing"
    for number in range(9):
        audit.append(ACTOR, "test.act", "thing", f"另一{number}")
    fault = heads.contradicted([copy])
    assert fault is not None
    assert "校验值不同" in str(fault.reason), "new entries in place of the old ones do not match either"


def test_any_earlier_state_of_a_row_is_found(platform_app: Flask, chain: int) -> None:
    rows = list(AuditEntry.select().where(AuditEntry.number >= chain).order_by(AuditEntry.number).dicts())
    for earlier in rows[:-1]:
        AuditEntry.update(**{key: value for key, value in earlier.items() if key not in ("id", "number")}).where(
            AuditEntry.number == chain + 4
        ).execute()
        _sound, fault = audit.verify()
        assert fault is not None
        assert fault.number == chain + 4


def test_a_file_of_heads_is_read_whatever_else_stands_in_it(tmp_path: Path, platform_app: Flask) -> None:
    path = tmp_path / "copy.txt"
    path.write_text("a title\n2026-01-01T00:00:00+00:00 0 00\nx y z\n2026-01-02 99 abc\n" + "9" * 40 + "\n", "utf-8")
    assert [each.number for each in heads.read(path)] == [0, 99]
    assert heads.read(tmp_path / "nowhere") == []
    fault = heads.contradicted(heads.read(path))
    assert fault is not None
    assert fault.number == 99


def test_the_sweep_removes_what_is_past_its_time(platform_app: Flask) -> None:
    old = clock.now() - timedelta(days=500)
    SignInAttempt.create(username="x", address="", agent="", at=old, outcome="wrong")
    assert run_once(platform_app, "shuixin.sweep") == {"shuixin.sweep": True}
    assert SignInAttempt.select().count() == 0
