"""What somebody of another city, or another enterprise, learns of rows that are not theirs: nothing at all.

The whole view of a person (each private page with each row's number, searches, sorting, filters, exports, and what each
form answers) is taken twice: before the rows of others are there, and after. The two must be equal byte by byte. So
lists, totals, choices, counts in the menu and refusals are all compared, and a row of others is answered like one
that is missing, because before it was.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from peewee import IntegerField, Model
from tests.security.sweep import (
    NO_KEY,
    NOBODY,
    OTHER_CITY,
    READING_WRITES,
    Ground,
    changes,
    dump,
    other_city,
    plain,
    private,
    routes,
)

from shuixin.accounts import User
from shuixin.contributions import Scope
from shuixin.kit.attachments import Attachment
from shuixin.models import core_models
from shuixin.testing.fixtures import SignedIn, account_of, city_bureau
from shuixin_credit_collection.models import Filing, Subject

#: Rooms whose rows belong to the one site, not to a region or an enterprise; with the reason.
OF_THE_SITE = {
    "/office/news/": "articles stand on the one portal, all its editors work on all of them",
    "/workspace/tokens": "the own tokens, so many and no more; those of others are in test_api_tokens.py",
    "/account/": "the own account; T19 in test_signing_in.py sees to other people's sessions",
}
QUERIES = (
    "",
    "?search=水&q=水&term=水&query=水&name=subject",
    "?sort=0&desc=1&page=1",
    "?sort=1&page_size=1000&page=0",
    "?region=420200&stage=approved&status=approved&flt0_0=a",
)
_NAME = re.compile(r'\bname="([a-zA-Z][\w.-]*)"')
_NAMES_OF_CODE = re.compile(r'(?:form_number|form\.get(?:list)?)\("([\w.-]+)"')


def field_names(ground: Ground) -> set[str]:
    """Return every name of a field that a template or a view of the core or a plugin mentions."""
    plugins = [bundle.plugin.folder for bundle in ground.app.extensions["shuixin"].loaded.bundles.values()]
    found: set[str] = set()
    for folder in (Path(ground.app.root_path), *plugins):
        for path in (*folder.rglob("*.html"), *folder.rglob("*.py")):
            pattern = _NAME if path.suffix == ".html" else _NAMES_OF_CODE
            found.update(pattern.findall(path.read_text("utf-8")))
    return found - {"csrf_token"}


def limited_roles(ground: Ground) -> list[str]:
    """Return the roles that reach no further than their region or their enterprise."""
    roles = ground.app.extensions["shuixin"].roles
    return [code for code in ground.roles if roles[code].scope is not Scope.ALL]


def strangers(ground: Ground, roles: Iterable[str] | None = None) -> dict[str, SignedIn]:
    """Return a person of each limited role (or of *roles*) in another city; the enterprise is another one, too."""
    unit = other_city()
    return {
        role: ground.person(role, "-elsewhere", **({"unit": unit} if role != "enterprise" else {}))
        for role in roles or limited_roles(ground)
    }


def move_away(ground: Ground) -> None:
    """Let what is there belong to the other city: people there have rows of their own."""
    Filing.update(region=OTHER_CITY).execute()
    Subject.update(authority=OTHER_CITY).execute()
    mine = Subject.select().order_by(Subject.id).first()
    User.update(subject=mine.uscc).where(User.username == "enterprise-elsewhere").execute()


def coming_numbers(ground: Ground) -> list[int]:
    """Return a number that a row of each table will have once the rows of others are there."""
    found: set[int] = set()
    for model in models(ground):
        key = model._meta.primary_key
        if isinstance(key, IntegerField):
            last = model.select(key).order_by(key.desc()).limit(1).tuples()
            newest = next(iter(last), (0,))[0]
            found.add(newest + 2)
    return sorted(found)


def models(ground: Ground) -> list[type[Model]]:
    """Return the models of the core and of all plugins."""
    loaded = ground.app.extensions["shuixin"].loaded
    return [*core_models(), *(model for _name, part in loaded.contributions("models") for model in part.classes)]


class Rooms:
    """The private routes that a person is not turned away from at the door (T6 sees to the others)."""

    def __init__(self, ground: Ground, person: SignedIn) -> None:
        self.ground, self.person, self.token = ground, person, person.token()
        self._open = {method: self._tried(method) for method in ("GET", "POST")}

    def _tried(self, method: str) -> set[str]:
        form = {"csrf_token": self.token} if method == "POST" else None
        return {
            endpoint
            for endpoint, path in routes(self.ground.app, method)
            if private([path])
            and not path.startswith(tuple(OF_THE_SITE))
            and self.person.open(path, method=method, data=form).status_code != 403
        }

    def paths(self, method: str, number: int = NOBODY, key: str = NO_KEY) -> set[str]:
        """Return their addresses."""
        every = routes(self.ground.app, method, number, key)
        return {path for endpoint, path in every if endpoint in self._open[method]}


def view_of(rooms: Rooms, numbers: Iterable[int]) -> dict[str, tuple[int, str, str]]:
    """Return all that a person reads, and what every form with one of *numbers* in all its fields is answered."""
    lists = rooms.paths("GET")
    asked = {path for number in numbers for path in rooms.paths("GET", number)} - lists
    ids = [f"?id={number}&url=/" for number in numbers]
    for path in lists:
        asked |= {f"{path}{query}" for query in (*QUERIES, *(ids if path.endswith(("/details/", "/edit/")) else ()))}
    return answered(rooms, numbers) | {path: plain(rooms.person.get(path)) for path in sorted(asked)}


def answered(rooms: Rooms, numbers: Iterable[int]) -> dict[str, tuple[int, str, str]]:
    """Return what each form is answered when each of its fields holds one of *numbers*."""
    names, seen = field_names(rooms.ground), dict[str, tuple[int, str, str]]()
    rooms.person.get("/account/security").close()
    for number in numbers:
        form = dict.fromkeys(names, str(number)) | {
            "case": f"{number}:1",
            "confirmed": "1",
            "version": "1",
            "act": "close",
            "decision": "reject",
            "action": "delete",
            "button": f"unfile:{NO_KEY}",
            f"verdict-{number}": "accepted",
            "list_form_pk": str(number),
            "rowid": str(number),
            "csrf_token": rooms.token,
            **dict.fromkeys(("opinion", "reason", "note"), "理由写在这里"),
        }
        for path in sorted(rooms.paths("POST", number)):
            seen[f"POST {path} {number}"] = plain(rooms.person.post(path, data=form))
            rooms.person.get("/account/security").close()  # shows, and so forgets, what the answer would have said
    return seen


def foreign_rows(ground: Ground, roles: Iterable[str] | None = None) -> list[str]:
    """T1, T2, T3, T7: name each request whose answer changes, and each table that changes, by what is not theirs."""
    people = strangers(ground, roles)
    ground.fill(enterprises=6, seed=1)
    move_away(ground)
    rooms = {role: Rooms(ground, person) for role, person in people.items()}
    own = {person.id for person in User.select(User.id)}
    numbers = [number for number in coming_numbers(ground) if number not in own]
    for each in rooms.values():  # what people make for themselves is made before
        answered(each, [NOBODY, *numbers])
    before = {role: view_of(each, numbers) for role, each in rooms.items()}
    ground.fill(seed=2)
    city_bureau()
    for role in rooms:
        account_of(role)
    stored, found = dump(READING_WRITES), list[str]()
    for role, each in rooms.items():
        after = view_of(each, numbers)
        for path, seen in before[role].items():
            if after[path] != seen:
                found.append(f"{role} {path}: {seen[0]} became {after[path][0]}{_difference(seen[2], after[path][2])}")
    found += [f"changed: {table}" for table in changes(stored, dump(READING_WRITES))]
    return found + _foreign_files(rooms)


def _difference(before: str, after: str) -> str:
    place = next((at for at, (one, two) in enumerate(zip(before, after, strict=False)) if one != two), 0)
    return f" {before[place - 40 : place + 40]!r} {after[place - 40 : place + 40]!r}" if before != after else ""


def _foreign_files(rooms: dict[str, Rooms]) -> list[str]:
    """Ask for each file of others below each row of others; all are answered like a file that nobody has."""
    keys = [str(each.id) for each in Attachment.select().where(~Attachment.public)]
    found = []
    for role, each in rooms.items():
        for filing in Filing.select().where(Filing.region != OTHER_CITY):
            asked = [(key, path) for key in keys for path in each.paths("GET", filing.id, key) if key in path]
            for key, path in asked:
                status, target, body = plain(each.person.get(path))
                missing = plain(each.person.get(path.replace(key, NO_KEY)))
                if (status, target, body.replace(key, NO_KEY)) != missing:
                    found.append(f"{role} {path}: {status}")
    return found
