"""What is typed stays text: attacks T24 to T26, T29, T30, T37, T38 and T40 by name."""

import contextlib
import json
import logging
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.security import sweep
from tests.security.scoping import field_names
from tests.security.sweep import Ground

from shuixin.accounts import User
from shuixin.accounts.models import SignInAttempt
from shuixin.accounts.passwords import check_rules
from shuixin.errors import ShuixinError
from shuixin.kit import identifiers, sanitizing, search
from shuixin.kit.attachments import clean_name
from shuixin.kit.tabular import ColumnPlan, SheetPlan, read_workbook, write_workbook
from shuixin.pages.addresses import local_target, number_of
from shuixin.testing.fixtures import SignedIn, client_of

USERS = "/office/administration/users/"
ONE = pytest.mark.parametrize("ground", ["sqlite"], indirect=True)
SQL = (
    "'",
    "\"'`",
    "1' OR '1'='1",
    "1) OR 1=1--",
    "'; DROP TABLE shuixin_user;--",
    "' UNION SELECT username, password FROM shuixin_user--",
    "1 AND (SELECT pg_sleep(1))::text='x'",
    "\\'; --",
    "%27%20OR%201=1",
    "x'||(SELECT password FROM shuixin_user LIMIT 1)||'",
    "{{7*7}}${7*7}<%=7*7%>#{7*7}",
    "%s%(x)s?:x",
)
NAMES = ("q", "search", "sort", "desc", "page", "page_size", "kind", "region", "tab", "as_of", "plugin", "on", "job")
NAMES += ("outcome", "dismiss", "id", "flt0_0", "flt1_name_equals", "query", "name", "upgrade", "check", "challenge")


def _readers(ground: Ground) -> dict[str, SignedIn]:
    return {role: ground.person(role) for role in ("", "administrator", "reviewer", "enterprise")}


@pytest.fixture(autouse=True)
def nobody_is_locked_out(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test leaves nobody locked out; one that has no ground has no tables either."""
    yield
    if "ground" in request.fixturenames:
        SignInAttempt.delete().execute()


def test_t24_sql_in_every_parameter_is_text(ground: Ground) -> None:
    people = _readers(ground)
    before = sweep.dump(sweep.READING_WRITES)
    for role, person in people.items():
        for path in sweep.addresses(ground.app, "GET", 1):
            if person.get(path).status_code in (302, 403, 404):
                continue
            for text in SQL[:8]:
                answer = person.get(path, query_string={**dict.fromkeys(NAMES, text), text: text})
                assert answer.status_code < 500, (role, path, text)
                page = answer.get_data().decode("utf-8", "replace")
                assert not re.search(r"syntax error|sqlite3?\.|psycopg|peewee|Traceback|\$argon2", page), (path, text)
    assert sweep.dump(sweep.READING_WRITES) == before


def test_t24_sql_in_every_form_is_text(ground: Ground) -> None:
    people, names = _readers(ground), field_names(ground)
    before = {table: len(rows) for table, rows in sweep.dump().items()}
    for role, person in people.items():
        token = person.token()
        for path in sweep.addresses(ground.app, "POST", 1):
            if path == "/sign-in":
                continue
            for text in SQL[:4]:
                answer = person.post(path, data={**dict.fromkeys(names, text), text: text, "csrf_token": token})
                assert answer.status_code < 500, (role, path, text)
    after = {table: len(rows) for table, rows in sweep.dump().items()}
    assert {table for table in before if after[table] < before[table]} == set(), "nothing was deleted"


def test_t24_sql_as_name_and_password_signs_nobody_in(ground: Ground) -> None:
    for text in SQL:
        client = client_of(ground.app)
        answer = client.post_form("/sign-in", {"username": text, "password": text})
        assert answer.status_code == 200, text
        assert client.get("/account/security").status_code == 302, text
    assert SignInAttempt.select().where(SignInAttempt.username == SQL[4]).exists(), "kept as it was typed"


def _rows(page: str) -> list[str]:
    return re.findall(r"/details/\?id=(\d+)", page)


def test_t25_no_order_by_columns_that_are_not_shown(ground: Ground) -> None:
    admin = ground.everybody()["administrator"]
    usual = _rows(admin.get(USERS).get_data(as_text=True))
    assert len(usual) > 1
    listed = {"username", "name", "unit", "subject", "active", "created_at"}
    hidden = [column.name for column in User._meta.sorted_fields if column.name not in listed]
    for sort in ("99", "-1", "-2", "password", "User.password", "1;2", "1.5", "²", "NaN", "true", *hidden):
        for desc in ("", "1"):
            page = admin.get(USERS, query_string={"sort": sort, "desc": desc}).get_data(as_text=True)
            assert _rows(page) == usual, sort
    for path in ("/credit/enterprises", "/news/", "/search"):
        first = sweep.plain(ground.person("").get(f"{path}?q=水"))[2]
        for sort in ("uscc", "region", "id", "document", "-name"):
            shown = sweep.plain(ground.person("").get(f"{path}?q=水&sort={sort}"))[2]
            assert re.findall(r"/credit/enterprises/\w{18}", shown) == re.findall(r"/credit/enterprises/\w{18}", first)


OPERATORS = (
    "%", "_", "\\", "水%工", "水_工", "*", "水*", '"', '"水', "水 OR 利", "水 NOT 利", "NEAR(水 利)", "^水", "水 AND",
    "tokens:水", "{水} : 利", "(水", "-水", "+水", "水:*", "水 & 利", "水 | 利", "!水", "<->", "'", "''",
)  # fmt: skip


@pytest.mark.parametrize("text", OPERATORS)
def test_t26_operators_of_a_search_are_text(text: str, ground: Ground) -> None:
    """No name has one of these in it, so none is found; ``水 OR 利`` asks for three words."""
    for path in ("/credit/enterprises", "/search"):
        answer = ground.person("").get(path, query_string={"q": text})
        assert answer.status_code == 200, path
        found = re.findall(r'href="/credit/enterprises/\w{18}"', answer.get_data(as_text=True))
        assert not found or not search.normalise(text).strip(), path


@pytest.mark.parametrize("text", ["%", "水_工", "水%工", "\\"])
def test_t26_operators_of_a_search_are_text_in_the_office(text: str, ground: Ground) -> None:
    lists = {"administrator": "/office/administration/audit/", "reviewer": "/office/credit_collection/subjects/"}
    for role, path in lists.items():
        page = ground.person(role).get(path, query_string={"search": text}).get_data(as_text=True)
        assert _rows(page) == [], path


FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil")',
    "＝1+1",
)


def test_t30_formulas_in_cells_stay_text_and_come_back(tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    columns = tuple(ColumnPlan(f"列{kind}", kind) for kind in ("text", "long", "number", "date"))
    write_workbook(target, [SheetPlan("表", columns, [[text] * len(columns) for text in FORMULAS])])
    with zipfile.ZipFile(target) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert not re.search(r"<f[ >]|<hyperlink", sheet, re.IGNORECASE)
        assert not [name for name in archive.namelist() if re.search("externalLink|vba", name, re.IGNORECASE)]
    rows = read_workbook(target)[0].rows
    back = [[cell.value for cell in row.cells] for row in rows if row.cells[0].value in FORMULAS]
    assert back == [[text] * len(columns) for text in FORMULAS]
    assert not any(cell.formula for row in rows for cell in row.cells)


def test_t30_nobody_else_writes_tables() -> None:
    root = Path(__file__).parents[2]
    writers = re.compile(r"^\s*(?:import|from) (?:csv|xlsxwriter|openpyxl|xlwt)\b", re.MULTILINE)
    sources = [path for folder in ("core", "plugins") for path in (root / folder).rglob("*.py")]
    found = {path.relative_to(root).as_posix() for path in sources if writers.search(path.read_text("utf-8"))}
    allowed = {"core/shuixin/kit/exporting.py", "core/shuixin/kit/tabular/writing.py"}
    assert {path for path in found if "/tests/" not in path} <= allowed, found


def _deep(depth: int) -> str:
    return "[" * depth + "]" * depth


ODD: dict[str, dict[str, Any]] = {
    "duplicates": {"query_string": "q=a&q=b&page=1&page=2&sort=0&sort=1&id=1&id=2&kind=x&kind=y"},
    "arrays": {"query_string": "q[]=a&q[0]=b&page[]=1&id[$ne]=1&filter[name][like]=x"},
    "infinite": {"query_string": "page=NaN&id=Infinity&sort=-inf&q=NaN&on=nan&as_of=NaN"},
    "huge": {"query_string": f"page={2**70}&id={2**70}&sort={2**70}&page_size={2**70}&dismiss={2**70}&flt0_0={2**70}"},
    "negative": {"query_string": "page=-1&id=-1&sort=-1&page_size=-1&dismiss=-1"},
    "surrogates": {"query_string": "q=%ED%A0%80&page=%ED%A0%80&id=%ED%BF%BF&region=%ED%A0%80&tab=%FF%FE&plugin=%C0%80"},
    "digits": {"query_string": "page=%C2%B2&id=%D9%A3&sort=%E2%85%A7&as_of=%D9%A3%D9%A3"},
    "zero": {"query_string": "q=%00&page=%00&id=1%00"},
    "many": {"query_string": "&".join(f"a{number}=1" for number in range(1_500))},
    "long": {"query_string": "q=" + "水" * 2_000},
    "broken": {"query_string": "%&%zz&=&&==&q=%e"},
    "languages": {"headers": {"Accept-Language": "zh;q=NaN, *;q=1e999, en;q=" + "9" * 400, "Accept": "*/*;q=x"}},
    "conditions": {"headers": {"If-None-Match": '"' + "x" * 4_000, "If-Modified-Since": "NaN", "Range": "bytes=9-1,-"}},
    "cookies": {"headers": {"Cookie": "sx=.eJx; sx_language=../../x; sx_elder=\xff; =; ;;; a=" + "b" * 3_000}},
    "agents": {"headers": {"User-Agent": "\x1b[31m%s{0}" * 500, "Referer": "//[", "Origin": "null"}},
}


@ONE
@pytest.mark.parametrize("odd", sorted(ODD))
def test_t37_odd_parameters_are_answered(odd: str, ground: Ground) -> None:
    for role in ("", "administrator", "reviewer"):
        # Cookies of one's own make an empty browser: what it reads is what a visitor reads.
        person = client_of(ground.app) if odd == "cookies" else ground.person(role)
        for path in sweep.addresses(ground.app, "GET", 1):
            answer = person.get(path, **ODD[odd])
            assert answer.status_code < 500, (role, path)
            answer.close()


BODIES: dict[str, tuple[Any, str]] = {
    "deep": (_deep(10_000), "application/json"),
    "nan": ('{"username": NaN, "password": Infinity, "version": 1e999}', "application/json"),
    "surrogate": (r'{"username": "\ud800", "password": "\udfff", "title": "\u0000"}', "application/json"),
    "no json": ('{"username"', "application/json"),
    "xml": ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', "text/xml"),
    "no end": (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n', "multipart/form-data; boundary=x"),
    "no boundary": (b"--x--", "multipart/form-data"),
    "odd charset": (b"username=%ff&title=%ed%a0%80&version=%c2%b2", "application/x-www-form-urlencoded; charset=utf-7"),
    "many fields": ("&".join(f"a{number}=1" for number in range(5_000)), "application/x-www-form-urlencoded"),
    "large numbers": (f"version={2**70}&column=-{2**70}&case={2**70}:{2**70}&user={2**70}", ""),
    "twice": ("version=1&version=2&title=a&title=b&act=roles&act=close&button=add&button=remove:x", ""),
}


@ONE
@pytest.mark.parametrize("body", sorted(BODIES))
def test_t37_odd_bodies_are_answered_and_store_nothing_odd(body: str, ground: Ground) -> None:
    data, kind = BODIES[body]
    for role in ("administrator", "enterprise"):
        person = ground.person(role)
        headers = {"X-CSRFToken": person.token()}
        for method in ("POST", "PUT"):
            for path in sweep.addresses(ground.app, method, 1):
                if path == "/office/administration/users/act":
                    continue  # closes accounts that the next body needs; test_people.py has its odd fields
                form = kind or "application/x-www-form-urlencoded"
                answer = person.open(path, method=method, data=data, content_type=form, headers=headers)
                assert answer.status_code < 500, (role, path)
    assert not re.search("[\ud800-\udfff]", json.dumps(sweep.dump(), ensure_ascii=False))


LONG = 10**5
STUFF = (
    "a", " ", "水", "<", "<!--", "<a ", "<p class='", "&#", "1", "9" * 17, "-", "、",
    "X", "=", "\u200b", "((", "/", "\n",
)  # fmt: skip


def _steps(work: Callable[[str], object], text: str) -> float:
    """Return the fastest of three runs, in seconds of this thread."""
    runs = []
    for _turn in range(3):
        begun = time.thread_time()
        with contextlib.suppress(ShuixinError, ValueError):
            work(text)
        runs.append(time.thread_time() - begun)
    return min(runs)


CHECKS: dict[str, Callable[[str], object]] = {
    "uscc_problem": identifiers.uscc_problem,
    "id_number_problem": identifiers.id_number_problem,
    "mobile_problem": identifiers.mobile_problem,
    "clean_code": identifiers.clean_code,
    "clean_name": clean_name,
    "_readable": sanitizing._readable,  # what comes before the parser, whose work is linear by its standard
    "search_tokens": search.search_tokens,
    "number_of": number_of,
    "local_target": local_target,
    "check_rules": lambda text: check_rules(text, "reviewer"),
}


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_t38_ten_times_the_text_takes_about_ten_times_as_long(check: str) -> None:
    """Growth, not time: quadratic work would take a hundred times as long, and exponential work would not end."""
    work = CHECKS[check]
    for stuff in STUFF:
        short, long = stuff * (LONG // 10 // len(stuff)), stuff * (LONG // len(stuff))
        assert _steps(work, long) < 40 * _steps(work, short) + 0.05, stuff


@ONE
def test_t38_long_texts_in_forms_are_answered(ground: Ground) -> None:
    names = sorted(field_names(ground) - {"username", "password"})[:8]
    for role in ("reviewer", "enterprise"):
        person = ground.person(role)
        token = person.token()
        for path in sweep.private(sweep.addresses(ground.app, "POST", 1)):
            for stuff in ("<!--", "9"):
                form = dict.fromkeys(names, stuff * (LONG // len(stuff) // 4))
                assert person.post(path, data={**form, "csrf_token": token}).status_code < 500, path


NASTY = "x\r\nERROR forged entry\n\x1b[31mred\x1b[0m\x9b\u2028"


@ONE
def test_t40_what_is_asked_makes_no_lines_of_its_own_in_the_log(
    ground: Ground, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ground.app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(ground.app.view_functions, "news.column", lambda slug: 1 / 0)
    with caplog.at_level(logging.INFO):
        answer = ground.person("").get(f"/news/{quote(NASTY)}/", headers={"User-Agent": "\x1b[31m"})
    assert answer.status_code == 500
    (line,) = [record.getMessage() for record in caplog.records if "incident" in record.getMessage()]
    assert line.isprintable(), repr(line)
    assert "forged entry" in line, "and yet it says what was asked"


@ONE
def test_t40_the_logs_in_the_office_show_it_as_text(ground: Ground) -> None:
    client = client_of(ground.app)
    form = {"username": "x\r\ny\x1b[31m<b>", "password": "wrong", "csrf_token": client.token()}
    client.post("/sign-in", data=form, headers={"User-Agent": "<script>\x1b[31m"})
    page = ground.person("administrator").get("/office/administration/sign_ins/").get_data(as_text=True)
    assert "&lt;b&gt;" in page
    assert "<script>" not in re.sub(r"<script[^>]+></script>", "", page)
