"""Sweeps over a whole application, made from its address map, its office views and its models.

A sweep returns what it found, one line each; nothing found is an empty list. So the same sweep says that the product
is whole, and (``test_canary.py``) that it would notice if it were not.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask import Flask
from pydantic import SecretStr

from shuixin.access import Actor
from shuixin.accounts import User
from shuixin.accounts.web import actor_of
from shuixin.app import create_app
from shuixin.contributions import DemoSize
from shuixin.database import connect, db
from shuixin.events import deliver_with
from shuixin.kit.attachments import Attachment
from shuixin.platform import circumstances_of
from shuixin.plugins import discover, enabled_plugins
from shuixin.settings import Settings, SiteSettings
from shuixin.testing.fixtures import CITY, Databases, SignedIn, account_of, city_bureau, client_of
from shuixin.units import Unit

OTHER_CITY = "420300"
PRIVATE = ("/office", "/workspace", "/account")
CHANGING = ("POST", "PUT", "PATCH", "DELETE")
#: Nothing has these.
NOBODY = 999_999
NO_KEY = "0" * 32
#: What reading may write: when a session was last seen, what a visitor is asked to prove, who tried to sign in, on
#: which day a right was last used.
READING_WRITES = frozenset(
    {"shuixin_login_session", "shuixin_challenge", "shuixin_sign_in_attempt", "shuixin_right_use"}
)
#: Ends the session of who sweeps.
ENDS = frozenset({"/sign-out"})


@dataclass
class Ground:
    """A whole application on a database of its own, and people in front of it."""

    app: Flask
    settings: Settings
    people: dict[str, SignedIn] = field(default_factory=dict)

    @property
    def roles(self) -> list[str]:
        """Codes of all roles there are, those of plugins included."""
        return sorted(self.app.extensions["shuixin"].roles)

    def person(self, role: str, suffix: str = "", **facts: Any) -> SignedIn:
        """Return the one browser in which an account of *role* has signed in; the visitor's for no role."""
        name = f"{role}{suffix}"
        if name not in self.people:
            city_bureau()
            self.people[name] = client_of(self.app, account_of(role, suffix, **facts) if role else None)
        return self.people[name]

    def everybody(self, roles: Iterable[str] | None = None) -> dict[str, SignedIn]:
        """Return a visitor and a person of each role, or of *roles* only."""
        return {role: self.person(role) for role in ("", *(self.roles if roles is None else roles))}

    def actor(self, username: str) -> Actor:
        """Return who the account called *username* is to the services."""
        return actor_of(User.get(User.username == username), self.app.extensions["shuixin"])

    def fill(self, enterprises: int = 12, seed: int = 4202) -> None:
        """Add what the plugins' demonstrations hold."""
        for _plugin, part in self.app.extensions["shuixin"].loaded.contributions("demo_data"):
            part.fill(DemoSize(enterprises=enterprises, seed=seed))


@contextmanager
def open_ground(databases: Databases, folder: Path, engine: str, *more: str, **settings: Any) -> Iterator[Ground]:
    """Build the application with all installed plugins, and *more*, on a fresh database of *engine*."""
    url = databases.fresh(engine)
    made = Settings(
        **{
            "secret_key": SecretStr("test-secret-" * 4),
            "database_url": url,
            "data_dir": folder,
            "default_plugins": list(discover()),
            "site": SiteSettings(name="黄石市水利和湖泊局", host_unit="黄石市水利和湖泊局", region=CITY),
            **settings,
        }
    )
    before = db.obj
    connect(url)
    with ExitStack() as stack:
        # A process has one database at a time: what was open before is the one again afterwards.
        stack.callback(db.initialize, before)
        stack.callback(databases.drop, engine, url)
        stack.enter_context(db.connection_context())
        app = create_app(made, enabled_plugins() | set(more), circumstances=circumstances_of(made))
        app.testing = True
        stack.enter_context(app.app_context())
        stack.enter_context(deliver_with(app.extensions["shuixin"].delivery))
        yield Ground(app, made)


# --- addresses ---------------------------------------------------------------------------------------------------


def samples(number: int = NOBODY, key: str = NO_KEY) -> dict[str, Any]:
    """Return a value for each variable part of an address; *number* for every row, *key* for every file."""
    return {
        "uscc": "91420204MAE2E9T41A",
        "slug": "work",
        "name": "news",
        "code": "basic_information",
        "plugin": "news",
        "filename": "no-such-file",
        "export_type": "csv",
        "extension": "png",
        "token": "no-such-token",
        "number": number,
        "key": key,
    }


def routes(app: Flask, method: str, number: int = NOBODY, key: str = NO_KEY) -> list[tuple[str, str]]:
    """Return (endpoint, an address of it) of each route that takes *method*, sign-out apart."""
    adapter, values, found = app.url_map.bind("localhost"), samples(number, key), set[tuple[str, str]]()
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()):
            named = {name: values.get(name, number) for name in rule.arguments}
            found.add((rule.endpoint, adapter.build(rule.endpoint, named, method=method)))
    return sorted(each for each in found if each[1] not in ENDS)


def addresses(app: Flask, method: str, number: int = NOBODY, key: str = NO_KEY) -> list[str]:
    """Return an address of each route that takes *method*, sign-out apart."""
    return sorted({path for _endpoint, path in routes(app, method, number, key)})


def private(paths: Iterable[str]) -> list[str]:
    """Return those of *paths* that are behind sign-in."""
    return [path for path in paths if path.startswith(PRIVATE) and "/static/" not in path]


# --- the state of the database -------------------------------------------------------------------------------------


def rows_of(table: str) -> list[dict[str, Any]]:
    """Return all rows of *table*."""
    cursor = db.execute_sql(f'SELECT * FROM "{table}"')
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def dump(without: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return every row of every table, ordered; *without* names tables whose rows are not looked at."""
    return {
        table: sorted(repr(tuple(row.items())) for row in rows_of(table))
        for table in sorted(set(db.get_tables()) - set(without))
    }


def state(without: Iterable[str] = ()) -> str:
    """Return the state hash: one word for everything that is stored."""
    return hashlib.sha256(repr(dump(without)).encode()).hexdigest()


def changes(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    """Return the tables in which the two differ."""
    return sorted(table for table in {*before, *after} if before.get(table) != after.get(table))


# --- answers -----------------------------------------------------------------------------------------------------

_CHANGING = re.compile(
    r'nonce="[^"]*"|name="csrf_token"[^>]*>|<meta name="csrf[^>]*>|'
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?|challenge_token[^>]*>|/account/challenge/[^\"]+"
)


def plain(answer: Any) -> tuple[int, str, str]:
    """Return status, target and body of *answer* without what differs between any two answers."""
    body = answer.get_data()
    answer.close()
    if body.startswith(b"PK"):
        body = _unpacked(body)
    text = body.decode("utf-8", "replace") if answer.mimetype.startswith("text/") or answer.is_json else repr(body)
    return answer.status_code, answer.headers.get("Location", ""), _CHANGING.sub("", text)


def _unpacked(body: bytes) -> bytes:
    """Return the content of an archive without the times in it."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist() if name != "docProps/core.xml")


@dataclass
class Form:
    """A form on a page: where it goes, its fields with what stands in them, and which of them a person types into."""

    action: str
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    #: Names of fields with a file, and of everything else that has a name.
    files: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    #: Boxes that are not ticked and buttons that are not pressed, with what they would send; what lists offer.
    choices: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    """Finds the forms of a page; fields outside any form are left out."""

    TYPED = frozenset({"text", "search", "tel", "email", "url", "number", "date", "password", ""})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._area: tuple[str, list[str]] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        form, name = self._form, given.get("name", "")
        if form is None:
            return
        if tag == "option":
            form.choices.append((self._select, given.get("value", "")))
            if self._select and ("selected" in given or self._select not in dict(form.fields)):
                form.fields = [each for each in form.fields if each[0] != self._select]
                form.fields.append((self._select, given.get("value", "")))
            return
        if not name:
            return
        form.names.add(name)
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = (name, [])
        elif tag in ("input", "button"):
            self._input(form, name, given, tag)

    def _input(self, form: Form, name: str, given: dict[str, str], tag: str) -> None:
        kind = given.get("type", "submit" if tag == "button" else "").lower()
        if kind == "file":
            form.files.append(name)
        elif kind in ("checkbox", "radio") and "checked" not in given:
            form.choices.append((name, given.get("value", "")))
        elif kind != "submit" or name not in dict(form.fields):
            form.fields.append((name, given.get("value", "")))
            if kind in self.TYPED:
                form.typed.append(name)

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area and self._form:
            self._form.fields.append((self._area[0], "".join(self._area[1])))
            self._form.typed.append(self._area[0])
            self._area = None
        elif tag == "select":
            self._select = ""
        elif tag == "form":
            self._form = None


def forms_of(page: str) -> list[Form]:
    """Return the forms of *page*."""
    return _Forms(page).forms


def shape(address: str) -> str:
    """Return *address* with rows, codes, keys and everything in the query left open."""
    path, _mark, query = address.partition("?")
    names = sorted(re.findall(r"(?:^|&(?:amp;)?)([^=&;]+)=", query))
    return re.sub(r"\b(?:\d+|[0-9A-Z]{18}|[0-9a-f]{32})\b", "#", path) + "?" + "&".join(names)


def crawl(person: SignedIn, start: Iterable[str], within: tuple[str, ...] = ("/",), alike: int = 2) -> dict[str, str]:
    """Return the HTML pages that *person* reaches from *start* by links *within*, of each shape so many *alike*."""
    waiting, seen, shapes = list(start), dict[str, str](), dict[str, int]()
    while waiting:
        path = waiting.pop(0)
        if path in seen or path.split("?")[0] in ENDS or not path.startswith(within):
            continue
        shapes[shape(path)] = shapes.get(shape(path), 0) + 1
        if shapes[shape(path)] > alike or path.startswith(("/preferences", "/static")):
            continue
        answer = person.get(path)
        seen[path] = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        answer.close()
        waiting += [unescape(link) for link in re.findall(r'href="(/[^"#]*)', seen[path])]
    return {path: page for path, page in seen.items() if page}


# --- the sweeps --------------------------------------------------------------------------------------------------


def forged(ground: Ground) -> list[str]:
    """T21: send every changing request without, with a wrong, and with another person's token.

    What is for systems (``/api/``) asks for no forgery token, since no cookie counts there: whatever a browser brings,
    the answer is that nobody has signed the request.
    """
    everybody, found = ground.everybody(), list[str]()
    tokens = {role: person.token() for role, person in everybody.items()}
    before = dump()
    for role, person in everybody.items():
        other = tokens["enterprise" if role != "enterprise" else "reviewer"]
        for method in CHANGING:
            for path in (*addresses(ground.app, method, number=1), *(ENDS if method == "POST" else ())):
                # Each kind of wrong token as each kind of reader; the two that matter most as everybody.
                wrong = ("wrong", tokens[role] + "x") if role in ("", "enterprise") else ()
                for token in ("", other, *wrong):
                    # In every place where a token may stand, and in some where it may not.
                    header = {"X-CSRFToken": token, "Referer": f"http://localhost{path}"} if token else {}
                    form = {"version": "1", "plugin": "news", "on": "0", "case": "1:1", "csrf_token": token}
                    answer = person.open(f"{path}?csrf_token={other}", method=method, data=form, headers=header)
                    if answer.status_code != (401 if path.startswith("/api/") else 400):
                        found.append(f"{role or 'visitor'} {method} {path} {token[:6]!r}: {answer.status_code}")
    return found + [f"changed: {table}" for table in changes(before, dump())]


_WRITES = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)', re.IGNORECASE)


@contextmanager
def writing() -> Iterator[list[str]]:
    """Collect the statements that write while the block runs, to tables that reading leaves alone."""
    found: list[str] = []
    real, database = db.obj.execute_sql, db.obj

    def watched(sql: str, *values: Any, **more: Any) -> Any:
        written = _WRITES.match(sql)
        if written and written[1] not in READING_WRITES:
            found.append(sql)
        return real(sql, *values, **more)

    database.execute_sql = watched
    try:
        yield found
    finally:
        del database.execute_sql


def writing_reads(ground: Ground, roles: Iterable[str] | None = None, number: int = 1) -> list[str]:
    """T22: read every address, name those that write, and see that nothing is stored otherwise at the end."""
    found, key = list[str](), next((str(each.id) for each in Attachment.select().limit(1)), NO_KEY)
    everybody = ground.everybody(roles)
    before = dump(READING_WRITES)
    for role, person in everybody.items():
        for path in addresses(ground.app, "GET", number, key):
            for query in ("", "?page=2&on=0&plugin=news&dismiss=1&upgrade=news"):
                with writing() as written:
                    person.open(path + query, method="HEAD" if query and not role else "GET").close()
                if written:
                    found.append(f"{role or 'visitor'} GET {path}{query}: {written[0][:80]}")
    return found + [f"changed: {table}" for table in changes(before, dump(READING_WRITES))]


def reached(ground: Ground, role: str, below: str) -> list[str]:
    """T6: call every address *below* by each method, with the right token; nothing may be found there."""
    person, found = ground.person(role), list[str]()
    token, before = person.token(), dump(READING_WRITES)
    for method in ("GET", "HEAD", *CHANGING):
        for path in addresses(ground.app, method, number=1) + addresses(ground.app, "GET", number=1):
            if not path.startswith(below) or "/static/" in path:
                continue
            answer = person.open(path, method=method, data={"csrf_token": token} if method in CHANGING else None)
            if answer.status_code not in (403, 404, 405):
                found.append(f"{role} {method} {path}: {answer.status_code}")
            answer.close()
    return found + [f"changed: {table}" for table in changes(before, dump(READING_WRITES))]


HEADERS = {
    "X-Content-Type-Options": r"nosniff",
    "X-Frame-Options": r"DENY",
    "Referrer-Policy": r"same-origin|no-referrer",
    "Cross-Origin-Opener-Policy": r"same-origin",
    "Cross-Origin-Resource-Policy": r"same-origin",
    "Permissions-Policy": r"camera=\(\).*",
    "Content-Security-Policy": r"default-src 'self'; script-src 'self'.*frame-ancestors 'none'",
    "Cache-Control": r".+",
}


def bare(path: str, answer: Any) -> list[str]:
    """T35: name what is missing among the headers of *answer*, sent twice, or loosened."""
    found = []
    for name, pattern in HEADERS.items():
        given = answer.headers.getlist(name)
        if len(given) != 1 or not re.fullmatch(pattern, given[0]):
            found.append(f"{path} ({answer.status_code}): {name} {given}")
    policy = answer.headers.get("Content-Security-Policy", "")
    if re.search(r"unsafe-(inline|eval)|\*|http:|https:|data:", policy):
        found.append(f"{path}: {policy}")
    if path.startswith(PRIVATE) and "/static/" not in path and "no-store" not in answer.headers["Cache-Control"]:
        found.append(f"{path}: {answer.headers['Cache-Control']}")
    gossip = ("Server", "X-Powered-By")
    return found + [f"{path}: {name}" for name in gossip if re.search(r"\d", answer.headers.get(name, ""))]


def other_city() -> Unit:
    """Return the bureau of another city, made where there is none."""
    unit: Unit = Unit.get_or_none(Unit.region == OTHER_CITY) or Unit.create(
        code="114203000000000000", name="十堰市水利和湖泊局", region=OTHER_CITY, organ_word="十水"
    )
    return unit
