"""Regions and closed doors in the back office: a county sees its own subjects, and lists change nothing."""

from collections.abc import Callable

import pytest

from shuixin.access import Actor
from shuixin.kit.identifiers import complete_uscc
from shuixin.testing.fixtures import SignedIn
from shuixin.units import Unit
from shuixin_credit_collection.models import Filing, Subject

Make = Callable[..., Filing]
Clients = Callable[..., SignedIn]
SUBJECTS, REVIEWS = "/office/credit_collection/subjects", "/office/credit_collection/reviews"
IN_DAYE = complete_uscc("91420281MA5XG7P31")


@pytest.fixture
def two(submitted: Make, actor_as: Callable[..., Actor]) -> tuple[Filing, Filing]:
    """A filing of 下陆 and one of 大冶."""
    first = submitted(actor_as("enterprise"))
    second = submitted(
        actor_as("enterprise", "2"), uscc=IN_DAYE, name="大冶范围水利有限公司", reg_region="湖北省黄石市大冶市"
    )
    return first, second


@pytest.fixture
def county(client_as: Clients, platform_app: object) -> SignedIn:
    """A reviewer of 大冶."""
    unit = Unit.create(code="114202810000000000", name="大冶市水利和湖泊局", region="420281")
    return client_as("reviewer", "daye", unit=unit)


def test_a_county_sees_its_own_subjects_and_filings_only(
    two: tuple[Filing, Filing], county: SignedIn, client_as: Clients
) -> None:
    city = client_as("reviewer")
    for path in (f"{SUBJECTS}/", f"{REVIEWS}/"):
        everything, own = (person.get(path).get_data(as_text=True) for person in (city, county))
        assert [name in everything for name in ("黄石试航", "大冶范围")] == [True, True]
        assert [name in own for name in ("黄石试航", "大冶范围")] == [False, True]
    assert county.get(f"{SUBJECTS}/?search=黄石试航").get_data(as_text=True).count("黄石试航水利") == 0


def test_what_lies_outside_is_answered_like_what_is_not_there(two: tuple[Filing, Filing], county: SignedIn) -> None:
    foreign, own = two
    theirs, ours = Subject.get(Subject.uscc != IN_DAYE), Subject.get(Subject.uscc == IN_DAYE)
    assert county.get(f"{SUBJECTS}/details/?id={ours.id}").status_code == 200
    assert county.get(f"{SUBJECTS}/details/?id={theirs.id}").status_code == 404
    assert county.get(f"{REVIEWS}/{own.id}").status_code == 200
    assert county.get(f"{REVIEWS}/{foreign.id}").status_code == 404
    decision = {"version": str(foreign.row_version), **{f"verdict-{item.id}": "accepted" for item in foreign.items}}
    assert county.post_form(f"{REVIEWS}/{foreign.id}/decide", decision).status_code == 404
    bulk = {"case": f"{foreign.id}:{foreign.row_version}", "confirmed": "1"}
    assert county.post_form(f"{REVIEWS}/bulk", bulk).status_code == 404
    assert Filing.get_by_id(foreign.id).stage == "submitted"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_doors_of_the_list_toolkit_are_shut(two: tuple[Filing, Filing], client_as: Clients) -> None:
    person, before = client_as("reviewer"), list(Subject.select().order_by(Subject.id).dicts())
    key = before[0]["id"]
    posts = {
        "new/": {"name": "x"},
        f"edit/?id={key}": {"name": "x"},
        "delete/": {"id": str(key)},
        "action/": {"action": "delete", "rowid": str(key)},
        "ajax/update/": {"list_form_pk": str(key), "name": "x"},
    }
    answers = {path: person.post_form(f"{SUBJECTS}/{path}", data).status_code for path, data in posts.items()}
    gets = {path: person.get(f"{SUBJECTS}/{path}").status_code for path in ("new/", f"edit/?id={key}", "export/csv/")}
    # What Flask-Admin itself shuts, it answers with a way back to the list.
    assert set(answers.values()) | set(gets.values()) <= {302, 404, 405}, (answers, gets)
    assert list(Subject.select().order_by(Subject.id).dicts()) == before
