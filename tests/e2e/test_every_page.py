"""Every page that links lead to behind the sign-in, found by following them: axe, policy, no sideways scroll.

Pages that differ only in numbers or in the query are one page here, so the walk ends; a new plugin's pages are walked
as soon as a menu leads to them.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from tests.e2e.conftest import Person

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("city", ["sqlite"], indirect=True)]
ROOMS = ("/office/", "/workspace/", "/account/")
LINKS = "[...document.querySelectorAll('a[href]')].map(one => one.getAttribute('href'))"


#: What tells pages of one kind apart: keys of records and the types they are of, numbers, credit codes.
APART = re.compile(r"(?<=/)[0-9a-f]{32}(?=/|$)|(?<=/subjects/#)/[a-z_]+|\d+|[0-9A-Z]{18}")


def shape(path: str) -> str:
    """What pages of one kind have in common."""
    numbered = re.sub(r"(?<=/)\d+(?=/|$)", "#", urlsplit(path).path.rstrip("/"))
    return APART.sub("#", numbered)


def walk(person: Person, start: str) -> list[str]:
    """Open every kind of page that can be reached from *start* and check it; return their addresses."""
    waiting, known, walked = [start], {shape(start)}, list[str]()
    while waiting:
        path = waiting.pop(0)
        answer = person.page.request.get(person.address + path)
        assert answer.status < 500, path
        if answer.status != 200 or "text/html" not in answer.headers["content-type"]:
            continue
        person.open(path)
        walked.append(path)
        for link in person.page.evaluate(LINKS):
            if link.startswith(ROOMS) and shape(link) not in known:
                known.add(shape(link))
                waiting.append(link)
    return walked


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize(
    ("username", "start", "least"),
    [
        ("admin", "/office/", 18),
        ("reviewer", "/office/", 8),
        ("leader", "/office/", 9),
        ("editor", "/office/", 7),
        ("enterprise", "/workspace/", 5),
    ],
)
def test_every_page_behind_the_sign_in_is_sound(
    username: str, start: str, least: int, width: int, person: Callable[..., Person]
) -> None:
    walked = walk(person(username, width=width), start)
    assert len(walked) >= least, walked
