"""When records are public, how grave they are and what they take off: DOMAIN §5.3 and R23-R30, R34-R37."""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuixin.kit import clock, policies
from shuixin.kit.clock import start_of
from shuixin_credit_publish.publication.bad_records import POINTS, TOPIC, rule_bad_records
from shuixin_credit_publish.publication.rulings import NEVER, Ruling, Window
from shuixin_credit_publish.publication.terms import rule_by_term

SHIPPED = Path(__file__).parents[1] / "src/shuixin_credit_publish/policies"
BOOK = policies.load([SHIPPED])
ACTS = (*BOOK.get(POINTS, "MWR2019").params["points"], "revoke", "annul", "ban")


def bad(act_type: str, decided: str, **more: Any) -> dict[str, Any]:
    return {"act_type": act_type, "decided_on": decided, **more}


def ruled(act_type: str, decided: str, **more: Any) -> Ruling:
    """The ruling on a record that stands alone."""
    return rule_bad_records(TOPIC, {"k": bad(act_type, decided, **more)}, BOOK)["k"]


def days(first: str, end: str) -> Window:
    return Window(start_of(date.fromisoformat(first)), start_of(date.fromisoformat(end)))


def test_the_examples_of_the_domain() -> None:
    talk = ruled("talk", "2026-05-06")
    assert (talk.points, talk.window) == (Decimal(1), NEVER)
    fine = ruled("fine", "2026-05-11")
    assert (fine.points, fine.severity, fine.repair_from) == (Decimal(3), "common", date(2026, 8, 11))
    assert fine.window == days("2026-05-11", "2027-05-11")
    lower = ruled("downgrade", "2026-06-30")
    assert (lower.points, lower.severity, lower.repair_from) == (Decimal(8), "serious", date(2027, 6, 30))
    assert lower.window == days("2026-06-30", "2029-06-30")
    slight = ruled("fine", "2026-07-01", sev_ndrc="slight")
    assert (slight.points, slight.window) == (Decimal(3), NEVER)
    assert ruled("fine", "2026-07-01", sev_ndrc="slight", is_public="yes").window == days("2026-07-01", "2026-10-01")
    annulled = ruled("fine", "2026-05-11", annulment="annulled")
    assert (annulled.points, annulled.window) == (Decimal(0), NEVER)


def test_r23_of_several_treatments_of_one_act_the_heaviest_counts_once() -> None:
    same = {"case_id": "黄水案〔2026〕3号"}
    records = {
        "a": bad("criticise", "2026-05-11", **same),
        "b": bad("fine", "2026-05-12", **same),
        "c": bad("rectify", "2026-05-10", **same),
        "other": bad("criticise", "2026-05-11", case_id="黄水案〔2026〕4号"),
    }
    found = rule_bad_records(TOPIC, records, BOOK)
    assert {key: each.points for key, each in found.items()} == {
        "a": Decimal(0),
        "b": Decimal(3),
        "c": Decimal(0),
        "other": Decimal("2.5"),
    }
    assert found["a"].severity == "common", "per heaviest"
    assert found["a"].window == days("2026-05-11", "2027-05-11")
    assert found["c"].window == NEVER, "its kind is not published, whatever else the act brought"
    assert found["other"].window == NEVER, "a notice of criticism alone is slight"
    described = {"happened_on": "2026-04-01", "act": "未按图施工"}
    twice = {"a": bad("warning", "2026-05-01", **described), "b": bad("fine", "2026-05-01", **described)}
    assert sum(each.points for each in rule_bad_records(TOPIC, twice, BOOK).values()) == Decimal(3)


def test_a_treatment_that_is_annulled_weighs_on_no_other_of_its_act() -> None:
    same = {"case_id": "黄水案〔2026〕3号"}
    fine = bad("fine", "2026-05-12", annulment="annulled", **same)
    found = rule_bad_records(TOPIC, {"a": bad("criticise", "2026-05-11", **same), "b": fine}, BOOK)
    assert (found["a"].severity, found["a"].points, found["a"].window) == ("slight", Decimal("2.5"), NEVER)
    assert (found["b"].points, found["b"].window) == (Decimal(0), NEVER)


@pytest.mark.parametrize("act_type", ["revoke", "annul"])
def test_r24_a_revoked_licence_takes_nothing_off_and_ends_the_grade(act_type: str) -> None:
    found = ruled(act_type, "2026-05-11")
    assert (found.points, found.cancels_grade, found.severity) == (Decimal(0), True, "serious")
    assert found.window == days("2026-05-11", "2029-05-11")


@pytest.mark.parametrize("act_type", ["rectify", "talk", "stop_rectify"])
@pytest.mark.parametrize("decided", ["2018-05-11", "2020-05-11", "2025-05-11", "2026-05-11"])
def test_r25_orders_to_rectify_talks_and_stops_are_not_published_unless_the_authority_says_so(
    act_type: str, decided: str
) -> None:
    assert ruled(act_type, decided).window == NEVER
    said = ruled(act_type, decided, is_public="yes").window
    assert (said == NEVER) is (decided == "2026-05-11"), "no breach of trust at all by the rules of 2026"
    assert ruled(act_type, "2026-05-11", is_public="yes", sev_ndrc="common").window == days("2026-05-11", "2027-05-11")


def test_r26_r27_each_degree_has_its_shortest_and_its_longest_term() -> None:
    lengths = {}
    for degree in ("slight", "common", "serious"):
        found = ruled("fine", "2026-05-11", sev_ndrc=degree, is_public="yes")
        lengths[degree] = (found.repair_from, found.window)
    assert lengths == {
        "slight": (date(2026, 5, 11), days("2026-05-11", "2026-08-11")),
        "common": (date(2026, 8, 11), days("2026-05-11", "2027-05-11")),
        "serious": (date(2027, 5, 11), days("2026-05-11", "2029-05-11")),
    }


@given(st.sampled_from(ACTS), st.dates(date(2005, 1, 1), date(2035, 12, 31)), st.integers(0, 5))
def test_r28_r29_it_begins_with_the_decision_and_ends_by_itself(act_type: str, decided: date, extended: int) -> None:
    found = ruled(act_type, decided.isoformat(), extended=extended)
    if found.window == NEVER:
        return
    assert found.window.start == start_of(decided)
    assert found.window.end is not None
    assert found.window.end <= start_of(clock.add_months(decided, 36)), "never longer than the rules of 2026 allow"
    assert found.window.is_open(found.window.end - timedelta.resolution)
    assert not found.window.is_open(found.window.end)


def test_r30_what_is_repaired_is_not_public_any_more_and_takes_nothing_off() -> None:
    found = ruled("fine", "2026-05-11", repair="agreed", repaired_on="2026-09-01")
    assert (found.window, found.points) == (days("2026-05-11", "2026-09-01"), Decimal(0))
    assert ruled("fine", "2026-05-11", repair="agreed").window == NEVER
    assert ruled("fine", "2026-05-11", repair="applied").window == days("2026-05-11", "2027-05-11")


def test_r33_r34_neither_an_objection_nor_a_suit_hides_it_only_an_order_does() -> None:
    usual = days("2026-05-11", "2027-05-11")
    objected = ruled("fine", "2026-05-11", objection="raised")
    assert (objected.window, objected.marks) == (usual, ("objection",))
    assert ruled("fine", "2026-05-11", objection="dismissed").marks == ()
    assert ruled("fine", "2026-05-11", litigation="suit").window == usual
    assert ruled("fine", "2026-05-11", litigation="suit", stay_order={"id": "f", "name": "裁定书.pdf"}).window == NEVER
    assert ruled("fine", "2026-05-11", litigation="closed", stay_order={"id": "f"}).window == usual


def test_r36_a_good_record_is_public_for_a_year() -> None:
    found = rule_by_term("good_record", {"k": {"granted_on": "2026-03-03"}}, BOOK)["k"]
    assert (found.window.end, found.policy) == (start_of(date(2027, 3, 3)), "MWR2024")
    assert "201号" in found.basis


@pytest.mark.parametrize(
    ("decided", "policy", "degree", "end"),
    [
        ("2008-01-01", "MWR2009", "larger", "2010-01-01"),
        ("2019-10-31", "MWR2009", "larger", "2021-10-31"),
        ("2019-11-01", "MWR2019", "larger", "2021-11-01"),
        ("2024-10-31", "MWR2019", "larger", "2026-10-31"),
        ("2024-11-01", "MWR2024", "larger", "2026-11-01"),
        ("2026-03-31", "MWR2024", "larger", "2028-03-31"),
        ("2026-04-01", "NDRC2026", "common", "2027-04-01"),
    ],
)
def test_r37_old_rules_go_on_explaining_old_records(decided: str, policy: str, degree: str, end: str) -> None:
    found = ruled("fine", decided)
    assert (found.policy, found.severity, found.window) == (policy, degree, days(decided, end))
    assert found.basis


def test_an_extension_lengthens_it_within_what_the_rules_allow() -> None:
    assert ruled("fine", "2023-05-11", extended=1).window == days("2023-05-11", "2026-05-11")
    assert ruled("fine", "2023-05-11", extended=9).window == days("2023-05-11", "2026-05-11")
    assert ruled("warning", "2023-05-11", extended=1).window == days("2023-05-11", "2025-05-11")
    assert ruled("fine", "2026-05-11", extended=3).window == days("2026-05-11", "2027-05-11"), "none since 2026"


def test_a_fine_after_a_larger_accident_takes_more_off() -> None:
    assert ruled("fine", "2026-05-11", accident_grade="larger").points == Decimal(5)
    assert ruled("fine", "2026-05-11", accident_grade="common").points == Decimal(3)


@pytest.mark.parametrize(
    ("decided", "degree", "end"),
    [
        ("2026-11-30", "slight", "2027-02-28"),
        ("2027-11-30", "slight", "2028-02-29"),
        ("2028-02-29", "common", "2029-02-28"),
        ("2026-08-31", "slight", "2026-11-30"),
        ("2026-12-31", "common", "2027-12-31"),
        ("2028-02-29", "serious", "2031-02-28"),
    ],
)
def test_t55_terms_from_the_ends_of_months_and_leap_days(decided: str, degree: str, end: str) -> None:
    assert ruled("fine", decided, sev_ndrc=degree, is_public="yes").window == days(decided, end)


@pytest.fixture
def zone() -> Iterator[Callable[[str], None]]:
    """Put the process into another time zone, until the end of the test."""
    with pytest.MonkeyPatch.context() as patch:

        def move(name: str) -> None:
            patch.setenv("TZ", name)
            time.tzset()

        yield move
    time.tzset()


@pytest.mark.parametrize("name", ["UTC", "America/New_York", "Asia/Tokyo", "Asia/Shanghai"])
def test_t53_wherever_the_server_stands_it_ends_at_midnight_in_shanghai(name: str, zone: Callable[[str], None]) -> None:
    zone(name)
    end = ruled("fine", "2026-05-11").window.end
    assert end is not None
    assert end.isoformat() == "2027-05-10T16:00:00+00:00"


def test_every_kind_of_treatment_has_its_points_or_ends_the_grade() -> None:
    from shuixin_credit_collection.records.codes import SHIPPED as CODES

    params = BOOK.get(POINTS, "MWR2019").params
    known = {*params["points"], *params["grade_cancelled"], "ban"}
    assert {entry.code for entry in CODES["act_type"]} == known
    for policy in BOOK.sets(TOPIC):
        assert set(policy.params["degrees"]) <= known
        assert set(policy.params["degrees"].values()) <= set(policy.params["terms"])
