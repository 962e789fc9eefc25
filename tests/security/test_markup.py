"""What people type is shown as text everywhere: attacks T27 to T29, and T35 for the headers, by name."""

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from tests.core.kit.test_sanitizing import CORPUS
from tests.security import sweep
from tests.security.assigning import forms
from tests.security.sweep import Ground

from shuixin.access import system_actor
from shuixin.accounts import User
from shuixin.kit import sanitizing
from shuixin.testing.fixtures import Databases, SignedIn, client_of
from shuixin_credit_collection.demo import TRADES, enterprise
from shuixin_credit_collection.demo.records import Invention
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.services.entry import Origin, enter
from shuixin_credit_collection.services.reviewing import Judgement, approve, decide
from shuixin_news import services
from shuixin_news.models import Article, Column

#: Ends every context it may stand in, then makes an element and an attribute that no page of ours has.
LONG = (
    "\"'><sx-evil sx-bad=1>{{7*7}}${7*7}</title></textarea></script>"
    "<sx-evil><img src=//evil.example/x onerror=alert(1)>"
)
SHORT = "\"'><sx-evil>{{7*7}}"
FEW = "<b sx-bad>"
#: What of them a browser must not find.
LIVING = "sx-evil, [sx-bad], [onerror], [onload]"


class _Check(HTMLParser):
    """Collects what of the payloads has become markup, and scripts that lack a nonce."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _value in attrs}
        if tag == "sx-evil" or "sx-bad" in names or any(name.startswith("on") for name in names):
            self.found.append(self.get_starttag_text() or tag)
        for name, value in attrs:
            if name in ("href", "src", "action", "formaction") and re.match(
                r"\s*(javascript|data|vbscript):|.*evil\.example", value or "", re.IGNORECASE
            ):
                self.found.append(f"{name}={value}")


def alive(answer: Any) -> list[str]:
    """Return what of the payloads lives in *answer*, whatever kind of document it is."""
    readable = answer.mimetype.startswith("text/") or answer.is_json or answer.mimetype.endswith("xml")
    text = answer.get_data(as_text=True) if readable else ""
    if answer.mimetype == "text/html":
        check = _Check()
        check.feed(text)
        evaluated = re.findall(r"sx-(?:evil|bad=1)(?:>|&gt;)49", text)
        return check.found + evaluated
    if answer.mimetype.endswith("xml"):
        tags = {each.tag for each in ET.fromstring(text).iter()}
        return [tag for tag in tags if "sx-evil" in tag or "img" in tag]
    if answer.is_json:
        json.loads(text)
    return []


def _poison(ground: Ground) -> None:
    """Put the payloads into everything that is kept and shown, by the ways on which people bring it in."""
    Column.update(label=SHORT[:40]).where(Column.slug == "work").execute()
    ground.everybody()
    visitor = client_of(ground.app)
    form = {"username": SHORT, "password": "x", "csrf_token": visitor.token()}
    visitor.post("/sign-in", data=form, headers={"User-Agent": LONG})
    _enterprise_with(ground)
    _articles(ground)
    for role in sorted(ground.roles, key=lambda role: role == "administrator"):
        person, found = ground.person(role), list(forms(ground.person(role)))
        for payload in (LONG, SHORT, FEW):
            for target, each, _declared in found:
                if target.startswith(("/account/", "/office/administration/users/act")):
                    continue
                own = dict(each.fields) | dict.fromkeys(each.typed, payload)
                person.post(target, data={**own, "csrf_token": person.token()})
    User.update(name=SHORT).execute()


def _enterprise_with(ground: Ground) -> None:
    """An enterprise all of whose free texts are payloads, in the Register and with the public."""
    import random

    chance = random.Random(7)
    draft = enterprise(chance, Invention(chance, 2), next(iter(TRADES)), 3)
    for code, rows in draft.items():
        for row in rows.values():
            for name in ("scope", "reg_addr", "office_addr", "main_business", "title", "granter", "issuer", "name"):
                if name in row and (code, name) != ("person", "title"):  # 职称 is chosen, not typed
                    row[name] = f"{row[name][:10]}{SHORT}"
    filing = enter(system_actor(SHORT), draft, Origin("authority"))
    everything = {item.id: Judgement("accepted") for item in filing.items}  # type: ignore[arg-type]
    decide(system_actor(SHORT), filing.id, version=filing.row_version, judgements=everything, opinion=LONG)
    again = Filing.get_by_id(filing.id)
    approve(system_actor(SHORT), filing.id, version=again.row_version, opinion=LONG)


def _articles(ground: Ground) -> None:
    writer, column = system_actor(SHORT), Column.get(Column.slug == "work").id
    for body in (LONG + "".join(CORPUS), "".join(f"<p>{each}</p>" for each in CORPUS)):
        content = services.Content(column, LONG[:90], f"<p>水</p>{body}", LONG, SHORT, SHORT)
        article = services.save(writer, content)
        services.publish(system_actor("x"), article.id, version=article.row_version)


@pytest.fixture(scope="module")
def poisoned(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """An application full of payloads."""
    with sweep.open_ground(databases, tmp_path_factory.mktemp("ground"), "sqlite") as ground:
        ground.fill(enterprises=4)
        _poison(ground)
        yield ground


def _pages(ground: Ground) -> Iterator[tuple[str, SignedIn, str]]:
    """Yield (role, browser, address) of everything that somebody can look at."""
    article = Article.select().order_by(Article.id.desc()).first().id
    filing = Filing.select().order_by(Filing.id.desc()).first().id
    public = ("/", "/credit/", "/credit/enterprises?q=sx-evil", f"/news/work/{article}")
    public += ("/sitemap.xml", "/feeds/news.atom")
    starts = ("/office/", "/workspace/", f"/search?q={SHORT}", f"/{SHORT}", f"/workspace/filings/{filing}")
    for role, person in ground.everybody().items():
        seen = {*public, *starts, *sweep.addresses(ground.app, "GET", filing), *sweep.addresses(ground.app, "GET", 1)}
        seen |= set(sweep.crawl(person, starts if role else public))
        for path in sorted(seen - {"/sign-out"}):
            yield role, person, path


def test_t27_t29_whatever_people_type_is_shown_as_text(poisoned: Ground) -> None:
    looked, shown = 0, 0
    for role, person, path in _pages(poisoned):
        answer = person.get(path)
        assert answer.status_code < 500, (role, path)
        assert alive(answer) == [], (role, path)
        looked, shown = looked + 1, shown + (b"sx-evil" in answer.get_data())
        answer.close()
    assert looked > 200
    assert shown > 30, "the payloads are on many pages"


def test_t27_the_look_at_pages_bites() -> None:
    for page in (LONG, SHORT, FEW, "<a href=' javascript:x'>", "<p onclick=x>", "<p>&lt;sx-evil&gt;49"):
        answer = type("Page", (), {"mimetype": "text/html", "is_json": False})()
        answer.get_data = lambda as_text, page=page: page
        assert alive(answer), page


def _answering(person: SignedIn, strangers: list[str]) -> Callable[[Any], None]:
    """Return what answers a browser's requests in the place of a server, and notes those that go elsewhere."""

    def answer(route: Any) -> None:
        asked = urlsplit(route.request.url)
        if asked.netloc != "localhost":
            strangers.append(route.request.url)
            route.abort()
            return
        got = person.get(f"{asked.path}?{asked.query}" if asked.query else asked.path)
        headers = {name: value for name, value in got.headers if name != "Set-Cookie"}
        route.fulfill(status=got.status_code, headers=headers, body=got.get_data())
        got.close()

    return answer


@pytest.mark.browser
def test_t27_t28_chromium_runs_nothing_and_asks_nobody(poisoned: Ground, browser: Any) -> None:
    """Each page in a real browser, the application answering from this process: no dialog, no request elsewhere."""
    dialogs, strangers, looked = list[str](), list[str](), list[str]()
    for role in ("", "administrator", "reviewer", "leader", "editor"):
        person, context = poisoned.person(role), browser.new_context()

        context.route("**/*", _answering(person, strangers))
        page = context.new_page()
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        article = Article.select().order_by(Article.id.desc()).first().id
        paths = [f"/news/work/{article}", f"/news/work/{article - 1}", "/credit/enterprises", f"/search?q={SHORT}"]
        if role:
            paths = list(sweep.crawl(person, ("/office/",), ("/office/",), alike=1))[:12]
        for path in (path for path in paths if person.get(path).status_code == 200):
            looked.append(path)
            page.goto(f"http://localhost{path}")
            assert page.evaluate(f"document.querySelectorAll('{LIVING}').length") == 0, path
        context.close()
    assert len(looked) > 15, looked
    assert (dialogs, strangers) == ([], [])


@pytest.mark.browser
def test_t28_chromium_finds_the_cleaned_corpus_dead(browser: Any) -> None:
    """Without any content policy, so that it is the cleaning that holds."""
    dialogs, strangers = list[str](), list[str]()
    page = browser.new_page()
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))

    def answer(route: Any) -> None:
        asked = urlsplit(route.request.url)
        if asked.netloc != "localhost":
            strangers.append(route.request.url)
        whole = "".join(f"<div>{sanitizing.clean_html(each)}</div>" for each in (*CORPUS, LONG))
        body = whole if asked.path == "/" else ""
        route.fulfill(status=200 if body else 404, body=body, headers={"Content-Type": "text/html; charset=utf-8"})

    page.route("**/*", answer)
    page.goto("http://localhost/")
    page.wait_for_timeout(300)
    assert (dialogs, strangers) == ([], [])
    assert page.evaluate("document.querySelectorAll('script, svg, math, iframe, style, form, sx-evil').length") == 0
    page.close()
