"""Editions: a chain that nobody rewrites, and windows that end to the second."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from shuixin import audit
from shuixin.access import Actor, system_actor
from shuixin.database import db
from shuixin.errors import NotFound
from shuixin.kit import clock, review
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.services import commitments, filings
from shuixin_credit_collection.services.entry import Origin, enter
from shuixin_credit_collection.services.reviewing import Judgement, approve, decide
from shuixin_credit_collection.services.rows import Draft, new_key
from shuixin_credit_publish import services
from shuixin_credit_publish.models import Edition, Listing
from shuixin_credit_publish.projection import sections_of
from shuixin_credit_publish.queries import Query, find
from shuixin_credit_publish.records import counts_of

CODE = "91420281MA1JER209B"
CITY = "420200"
Publish = Callable[..., Edition]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the clock."""

    def set_to(instant: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: instant)

    return set_to


@contextmanager
def _no_events(app: Flask) -> Iterator[None]:
    """The process dies between commit and delivery, as far as the handlers can tell."""
    from shuixin.events import Delivery, deliver_with

    with deliver_with(Delivery()):
        yield


def _records(edition: Edition, section: str = "good_record") -> list[dict[str, object]]:
    records: list[dict[str, object]] = sections_of(edition.document)[section]["records"]
    return records


def test_nothing_is_public_before_the_approval(submit_only: Callable[[], None]) -> None:
    submit_only()
    assert Edition.select().count() == Listing.select().count() == 0
    with pytest.raises(NotFound, match="没有找到这家单位"):
        services.current(CODE)


@pytest.fixture
def submit_only(platform_app: Flask) -> Callable[[], None]:
    """Submit a unit without reviewing it."""
    from shuixin_credit_collection.services.entry import Origin, enter
    from shuixin_credit_collection.services.rows import new_key

    def act() -> None:
        row = {"name": "黄石待审工程有限公司", "uscc": CODE, "kinds": "施工", "reg_region": "湖北省黄石市大冶市"}
        enter(system_actor("命令行"), {"basic_information": {new_key(): row}}, Origin("workbook"))

    return act


def test_each_edition_carries_the_hash_of_the_one_before(published: Publish, approve_all: Callable[[], None]) -> None:
    first = published()
    second = published(legal_rep="罗文彬")
    assert (first.number, second.number) == (1, 2)
    assert (first.previous_hash, second.previous_hash) == (services.GENESIS, first.hash)
    assert [services.digest(each) == each.hash for each in Edition.select()] == [True, True]
    second.document["uscc"] = "another"
    assert services.digest(second) != second.hash
    assert audit.verify()[1] is None


def test_an_edition_once_written_never_changes(published: Publish) -> None:
    first = published()
    before = Edition.select().where(Edition.id == first.id).dicts().get()
    published(legal_rep="罗文彬")
    services.catch_up()
    assert Edition.select().where(Edition.id == first.id).dicts().get() == before


def test_publishing_again_without_a_difference_writes_nothing(published: Publish) -> None:
    edition = published()
    for _time in range(3):
        again = services.publish(CODE)
        assert again is not None
        assert again.id == edition.id
    assert Edition.select().count() == 1


def test_only_public_fields_stand_in_the_document(published: Publish) -> None:
    edition = published(good=("2026-03-03",), contact="何静远", email="a@example.com")
    text = repr(edition.document)
    private = (
        "420202199001011231",
        "13907230001",
        "何静远",
        "a@example.com",
        "内部事由不公开",
        "legal_rep_idno",
        "cause",
    )
    assert [value for value in private if value in text] == []
    assert "沈知行" in text
    assert "2026-03-03优质工程" in text


def test_a_good_record_ends_to_the_second_without_any_job(published: Publish, at: Callable[[datetime], None]) -> None:
    at(datetime(2026, 5, 1, tzinfo=UTC))
    edition = published(good=("2026-03-03",))
    end = clock.start_of(date(2027, 3, 3))
    assert edition.next_change_at == end
    at(end - timedelta(seconds=1))
    assert len(_records(services.current(CODE))) == 1
    assert services.current(CODE).number == 1
    at(end)
    assert _records(services.current(CODE)) == []
    assert services.current(CODE).number == 2


def test_a_list_does_not_lag_behind_its_dossiers(published: Publish, at: Callable[[datetime], None]) -> None:
    at(datetime(2026, 5, 1, tzinfo=UTC))
    published(good=("2026-03-03",))
    assert list(counts_of(find(Query(), CITY).listings).values()) == [1]
    at(clock.start_of(date(2027, 3, 3)))
    assert counts_of(find(Query(), CITY).listings) == {}


def test_a_term_that_ends_on_a_day_that_does_not_exist_ends_with_february(
    published: Publish, at: Callable[[datetime], None]
) -> None:
    at(datetime(2028, 3, 15, tzinfo=UTC))
    assert published(good=("2028-02-29",)).next_change_at == clock.start_of(date(2029, 2, 28))


def test_a_record_keeps_the_rules_of_its_own_day(published: Publish, at: Callable[[datetime], None]) -> None:
    at(datetime(2024, 11, 15, tzinfo=UTC))
    edition = published(good=("2024-10-31", "2024-11-01", "2018-01-01"))
    stamped = {str(each["values"]["granted_on"]): each["policy"] for each in _records(edition)}  # type: ignore[index]
    assert stamped == {"2024-10-31": "MWR2019", "2024-11-01": "MWR2024"}, "the one of 2018 has long ended"


def test_what_the_public_saw_on_a_day_can_be_looked_up(published: Publish, at: Callable[[datetime], None]) -> None:
    at(datetime(2026, 5, 1, 4, tzinfo=UTC))
    published()
    at(datetime(2026, 6, 1, 4, tzinfo=UTC))
    published(legal_rep="罗文彬")
    at(datetime(2028, 1, 1, tzinfo=UTC))  # nobody read anything and no job ran since then
    with pytest.raises(NotFound, match="还没有公示信息"):
        services.as_of(CODE, datetime(2026, 5, 1, 3, 59, tzinfo=UTC))
    assert "沈知行" in repr(services.as_of(CODE, datetime(2026, 5, 31, tzinfo=UTC)).document)
    assert "罗文彬" in repr(services.as_of(CODE, datetime(2026, 6, 1, 4, tzinfo=UTC)).document)


def test_a_past_day_does_not_show_what_had_ended_by_then(published: Publish, at: Callable[[datetime], None]) -> None:
    at(datetime(2026, 5, 1, 4, tzinfo=UTC))
    published(good=("2026-03-03",))
    at(datetime(2028, 1, 1, tzinfo=UTC))
    end = clock.start_of(date(2027, 3, 3))
    assert len(_records(services.as_of(CODE, end - timedelta(seconds=1)))) == 1
    assert _records(services.as_of(CODE, end)) == []
    assert len(_records(Edition.get())) == 1, "the Edition itself is as it was"


def test_an_approval_whose_process_died_is_published_by_the_job(
    platform_app: Flask, submit_only: Callable[[], None], approve_all: Callable[[], None]
) -> None:
    submit_only()
    with _no_events(platform_app):
        approve_all()
    assert Edition.select().count() == 0
    assert "1" in services.catch_up()
    assert services.current(CODE).number == 1
    assert "0" in services.catch_up()


def test_a_change_that_waits_for_approval_shows_nothing_yet(published: Publish, actor_as: Callable[..., Actor]) -> None:
    published()
    actor = actor_as("enterprise", subject=CODE)
    filing = filings.start(actor)
    key, row = next(iter(filing.draft["basic_information"].items()))
    rows = {key: {**row, "main_business": "未批准的主营业务"}}
    filing = filings.save_draft(actor, filing.id, version=filing.row_version, code="basic_information", rows=rows)
    filings.submit(actor, filing.id, version=filing.row_version, commitment=commitments.wording().id)
    services.publish(CODE)
    assert Edition.select().count() == 1
    assert "未批准的主营业务" not in repr(services.current(CODE).document)
    assert Subject.get().register_version == 1


def test_publishers_at_once_make_one_edition(
    platform_app: Flask, submit_only: Callable[[], None], approve_all: Callable[[], None]
) -> None:
    submit_only()
    with _no_events(platform_app):
        approve_all()

    def work(_turn: int) -> int:
        with platform_app.app_context(), db.connection_context():
            edition = services.publish(CODE)
            assert edition is not None
            return int(edition.number)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(8))) == [1] * 8
    assert (Edition.select().count(), Listing.select().count()) == (1, 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_references_are_public_by_name_only(platform_app: Flask) -> None:
    key, person = "a" * 32, "420202199001011231"
    draft: Draft = {
        "basic_information": {new_key(): {"name": "黄石试航水利工程有限公司", "uscc": CODE, "kinds": "施工"}},
        "person": {key: {"name": "沈知行", "id_no": person}},
        "person_cert": {new_key(): {"person": person, "cert_kind": "建造师", "reg_no": "鄂142202012345"}},
    }
    draft["basic_information"][next(iter(draft["basic_information"]))]["reg_region"] = "湖北省黄石市大冶市"
    filing = enter(system_actor("名单"), draft, Origin("workbook"))
    accepted = {item.id: Judgement(review.Verdict.ACCEPTED) for item in filing.items}
    decide(system_actor("甲"), filing.id, version=filing.row_version, judgements=accepted)
    approve(system_actor("乙"), filing.id, version=Filing.get_by_id(filing.id).row_version)
    edition = services.publish(CODE)
    assert edition is not None
    (certificate,) = sections_of(edition.document)["person_cert"]["records"]
    assert certificate["values"]["person"] == {"key": "", "text": "沈知行"}
    assert person not in str(edition.document)


def test_a_bad_record_is_public_from_its_decision_until_the_second_at_which_the_rules_end_it(
    published: Publish, at: Callable[[datetime], None], client: SignedIn
) -> None:
    edition = published(bad=({}, {"decision_no": "黄水约〔2026〕1号", "act_type": "约谈", "act": "进度滞后"}))
    (record,) = _records(edition, "bad_record")
    assert (record["policy"], record["until"]) == ("NDRC2026", "2027-05-10T16:00:00+00:00")
    assert edition.next_change_at == datetime(2027, 5, 10, 16, tzinfo=UTC)
    assert sorted(record["values"]) == ["act", "basis", "decided_on", "decision", "decision_no", "organ"]  # type: ignore[call-overload]
    address = f"/credit/enterprises/{CODE}?tab=bad_record"
    page = client.get(address).get_data(as_text=True)
    shown = ("黄水罚〔2026〕3号", "2027-05-11零时", "信用修复管理办法（国家发展改革委令第36号")
    assert [words for words in shown if words not in page] == []
    assert "黄水约" not in page
    at(datetime(2027, 5, 10, 15, 59, 59, tzinfo=UTC))
    assert "黄水罚" in client.get(address).get_data(as_text=True)
    at(datetime(2027, 5, 10, 16, 0, 0, tzinfo=UTC))
    assert "黄水罚" not in client.get(address).get_data(as_text=True)


def test_r33_an_objection_is_shown_beside_the_record_and_hides_nothing(published: Publish, client: SignedIn) -> None:
    published(bad=({"objection": "异议处理中"},))
    page = client.get(f"/credit/enterprises/{CODE}?tab=bad_record").get_data(as_text=True)
    assert "黄水罚〔2026〕3号" in page
    assert "异议处理中" in page
