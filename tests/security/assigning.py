"""Mass assignment: what no form declares, no request sets."""

from collections.abc import Iterable, Iterator

from peewee import BooleanField, Field, ForeignKeyField, IntegerField
from tests.security.scoping import field_names, models
from tests.security.sweep import ENDS, PRIVATE, Form, Ground, addresses, crawl, dump, forms_of, private, shape

from shuixin.database import UTCDateTimeField
from shuixin.testing.fixtures import SignedIn

#: Values that nobody types and no service makes; short enough for any column.
TEXT, NUMBER, DAY = "M7731", "77310077", "1977-03-10"
#: Why something was done, for the log; some forms show it at need only.
WHY = {"reason", "note", "opinion"}
START = ("/office/", "/workspace/", "/workspace/filings", "/account/security")


def _value(column: Field) -> str:
    if isinstance(column, UTCDateTimeField):
        return f"{DAY}T07:07:07+00:00"
    if isinstance(column, BooleanField):
        return "1"
    return NUMBER if isinstance(column, IntegerField | ForeignKeyField) else TEXT


def columns(ground: Ground) -> dict[str, str]:
    """Return every name of a column of every model, with a value of its kind."""
    found: dict[str, str] = {}
    for model in models(ground):
        for column in model._meta.sorted_fields:
            found |= dict.fromkeys((column.name, column.column_name), _value(column))
    return {name: value for name, value in found.items() if name not in WHY}


def forms(person: SignedIn, *more: str) -> Iterator[tuple[str, Form, set[str]]]:
    """Return (address, form, every field that any form to that address declares) of what *person* can send."""
    every: dict[tuple[str, frozenset[str]], tuple[str, Form]] = {}
    declared: dict[str, set[str]] = {}
    for path, page in crawl(person, (*START, *more), PRIVATE).items():
        for form in forms_of(page):
            target = form.action or path
            if form.method == "post" and target.split("?")[0] not in ENDS:
                every.setdefault((shape(target), frozenset(form.names)), (target, form))
                declared.setdefault(target, set()).update(form.names)
    for target, form in every.values():
        yield target, form, declared[target]


def assigned(ground: Ground, roles: Iterable[str] | None = None) -> list[str]:
    """T36: send every form with every column of every model beside its own fields; look for them in the database."""
    extra, sent, found = columns(ground), set[str](), list[str]()
    # Where no page with the form was found, only what no form at all has a field for.
    never = {name: value for name, value in extra.items() if name not in field_names(ground)}
    ground.everybody(roles)  # all sign in before so much garbage locks the address they come from
    # Who can close accounts and switch plugins comes last.
    for role in sorted(roles or ground.roles, key=lambda role: role == "administrator"):
        person, token = ground.person(role), ground.person(role).token()
        for _round in range(2):  # the second one finds what the first one made
            for target, form, declared in list(forms(person)):
                own = {name: value for name, value in form.fields if name != "csrf_token"}
                more = {name: value for name, value in extra.items() if name not in declared}
                answer = person.post(target, data={**more, **own, "csrf_token": token})
                found += [f"{role} {target}: {answer.status_code}"] if answer.status_code >= 500 else []
                sent.add(target)
        for method in ("POST", "PUT", "PATCH"):
            for path in private(addresses(ground.app, method, 1)) + private(addresses(ground.app, method)):
                answer = person.open(path, method=method, data={**never, **_buttons(), "csrf_token": token})
                found += [f"{role} {method} {path}: {answer.status_code}"] if answer.status_code >= 500 else []
    assert len(sent) > 10, f"hardly a form was found, the sweep is broken: {sent}"
    return found + _traces()


def _buttons() -> dict[str, str]:
    return {"button": "save", "decision": "pass", "action": "delete"}


def _traces() -> list[str]:
    rows = [(table, row) for table, lines in dump({"shuixin_sign_in_attempt"}).items() for row in lines]
    return [f"{table}: {row}" for table, row in rows if TEXT in row or NUMBER in row or DAY in row]
