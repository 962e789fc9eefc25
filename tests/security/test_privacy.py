"""Privacy (SECURITY.md, T85 to T88): what people type in confidence turns up nowhere that is kept or shown.

T88 (a request to delete, with a legal hold) has no place in the product yet; nothing here tests it.
"""

import io
import logging
import os
import re
import socket
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from tests import cases

from shuixin import audit
from shuixin.access import system_actor
from shuixin.accounts import User
from shuixin.audit import AuditEntry
from shuixin.cli import context
from shuixin.cli.operation import audit as audit_commands
from shuixin.contributions import Job
from shuixin.errors import Conflict, NotFound, Refused
from shuixin.jobs import JobRun
from shuixin.jobs.runner import run_job
from shuixin.kit.redaction import guard_logs, redacted, redacted_all
from shuixin.plugins.dispatch import reason_of, trace_of
from shuixin.testing.fixtures import PASSWORD, Databases, SignedIn
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.services import commitments, filings, reviewing
from shuixin_credit_collection.workbook import export

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ClientAs = Callable[..., SignedIn]
#: What is planted; none of it may be found again.
PLANTED = {
    "identity": "420202198807150017",
    "mobile": "13972310099",
    "password": "Planted-Password-77",
    "wrong": "Wrong-Planted-88",
    "key": "planted-secret-key-of-this-installation-0123456789",
}
REVIEWS = "/office/credit_collection/reviews"


class Kept(logging.Handler):
    """Keeps every line as a log file would."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[Kept]:
    """All logs of all levels."""
    kept, root = Kept(), logging.getLogger()
    level = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    yield kept
    root.removeHandler(kept)
    root.setLevel(level)


def found(text: str) -> set[str]:
    return {name for name, value in PLANTED.items() if value in text}


def _break(_secret: str = "") -> None:
    raise ValueError(f"bad row: {PLANTED['identity']}, {PLANTED['mobile']}, password={PLANTED['password']}")


def _all_forms(app: Flask, client: SignedIn, client_as: ClientAs) -> list[str]:
    """Type the planted values into every kind of form; return the pages that came back."""
    by = cases.actor("enterprise")
    filing = cases.draft(by)
    people = {role: client_as(role) for role in ("enterprise", "reviewer", "administrator", "editor")}
    key = next(iter(filing.draft["basic_information"]))
    prefix = f"basic_information-{key}-"
    own = {f"{prefix}{name}": text for name, text in cases.BASIC.items()}
    own |= {f"{prefix}legal_rep_idno": PLANTED["identity"], f"{prefix}mobile": PLANTED["mobile"]}
    base = f"/workspace/filings/{filing.id}"
    sent = [
        people["enterprise"].post_form(f"{base}/items/basic_information", {**own, "version": str(filing.row_version)}),
        client.post_form("/sign-in", {"username": "reviewer", "password": PLANTED["wrong"]}),
        people["reviewer"].post_form(
            "/account/password",
            {"password": PASSWORD, "new_password": PLANTED["password"], "new_password_confirm": PLANTED["password"]},
        ),
        people["administrator"].post_form(
            "/office/administration/users/new", {"username": "planted", "name": "甲", "password": PLANTED["password"]}
        ),
        people["administrator"].post_form("/office/administration/jobs/dismiss", {"note": PLANTED["identity"]}),
        people["enterprise"].post_form(
            f"{base}/import", {"workbook": (io.BytesIO(PLANTED["identity"].encode()), "a.xlsx")}
        ),
    ]
    filing = filings.submit(by, filing.id, version=Filing.get().row_version, commitment=commitments.wording().id)
    opinion = f"号码{PLANTED['identity']}、{PLANTED['mobile']}不符，password={PLANTED['password']}"
    sent += [
        people["reviewer"].get(f"{REVIEWS}/{filing.id}"),
        people["enterprise"].get(base),
        people["reviewer"].post_form(
            f"{REVIEWS}/{filing.id}/decide",
            {"decision": "reject", "opinion": opinion, "version": str(filing.row_version)},
        ),
    ]
    return [answer.get_data(as_text=True) for answer in sent]


@one_engine
def test_t85_what_was_typed_in_confidence_is_in_no_log_page_or_audit_entry(
    platform_app: Flask, log: Kept, client: SignedIn, client_as: ClientAs
) -> None:
    guard_logs([PLANTED["key"]])
    pages = _all_forms(platform_app, client, client_as)
    assert Filing.get().stage == "rejected"
    assert sum(map(len, log.lines)) > 1000, "the log was on, down to the statements of the database"
    assert any("INSERT INTO" in line for line in log.lines)
    assert found("\n".join(log.lines)) == set()
    assert found("\n".join(pages)) == set()
    entries = "\n".join(repr(entry) for entry in AuditEntry.select().dicts())
    assert "filing.reject" in entries
    assert found(entries) == set()
    assert PASSWORD not in "\n".join(log.lines)
    hashed = User.get(User.username == "reviewer").password
    assert hashed not in "\n".join(log.lines)
    assert audit.verify()[1] is None


@one_engine
def test_t85_nor_in_messages_of_jobs_tracebacks_or_what_third_parties_log(platform_app: Flask, log: Kept) -> None:
    guard_logs([PLANTED["key"]])
    assert run_job(platform_app, Job("x.bad", _break)) is False
    assert found(JobRun.get().message) == set()
    assert "bad row" in JobRun.get().message, "what went wrong is still said"
    with pytest.raises(ValueError, match="bad row") as error:
        _break()
    assert found(trace_of(error.value) + reason_of(error.value)) == set()
    assert "_break" in trace_of(error.value)
    third = logging.getLogger("some.library")
    third.debug("connecting to postgresql://shuixin:%s@db/x", PLANTED["password"])
    third.info("headers: %s", {"Authorization": f"Bearer {PLANTED['password']}", "Cookie": f"sx={PLANTED['wrong']}"})
    third.warning("GET /reset?token=%s&x=1 key %s", PLANTED["wrong"], PLANTED["key"])
    assert found("\n".join(log.lines)) == set()
    assert "&x=1 key ***" in log.lines[-1]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("password=hunter2, user=li", "password=***, user=li"),
        ('{"new_password": "a b c", "n": 1}', '{"new_password": ***, "n": 1}'),
        ("密码：abc123。", "密码：***"),
        ("postgresql://u:p@h/d", "postgresql://***@h/d"),
        ("sheet 91420204MAE2E9T412 row 7", "sheet 91420204MAE2E9T412 row 7"),
        ("GB-2026-0001 of 2026-11-25 14:00", "GB-2026-0001 of 2026-11-25 14:00"),
        ("420202198807150017", "420***********0017"),
        ("电话13972310099。", "电话139****0099。"),
        ("$argon2id$v=19$m=1,t=1$abc$def!", "***!"),
    ],
)
def test_t85_secrets_go_and_the_sense_stays(text: str, kept: str) -> None:
    assert redacted(text) == kept
    assert redacted_all({"a": [text, 1, None]}) == {"a": [kept, 1, None]}


@one_engine
def test_t85_commands_say_and_export_nothing_of_it(
    platform_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases.approved(cases.actor("enterprise"), legal_rep_idno=PLANTED["identity"], mobile=PLANTED["mobile"])
    out = tmp_path / "out.xlsx"
    assert export(system_actor("导出"), out) == 1
    monkeypatch.setattr(context, "settings", lambda: platform_app.extensions["shuixin"].settings)
    said = CliRunner().invoke(audit_commands, ["export"])
    assert said.exit_code == 0, said.output
    assert "filing.approve" in said.output
    assert found(said.output) == set()
    with zipfile.ZipFile(out) as archive:
        assert found("".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())) == set()


# --- T86: what an error tells --------------------------------------------------------------------------------------


@one_engine
def test_t86_whatever_breaks_tells_a_number_and_nothing_else(platform_app: Flask, log: Kept, client: SignedIn) -> None:
    assert not platform_app.debug
    platform_app.config["PROPAGATE_EXCEPTIONS"] = False
    raised: tuple[Exception, ...] = (
        ValueError(PLANTED["identity"]),
        RuntimeError("/etc/secret/path"),
        KeyError("table user"),
        MemoryError("x"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"),
    )
    numbers = set()
    for each in raised:

        def fail(error: Exception = each) -> None:
            raise error

        platform_app.view_functions["site.home"] = fail
        answer = client.get("/")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 500
        (number,) = re.findall(r"\b[0-9A-F]{8}\b", page[page.index("事件编号") :][:200])
        numbers.add(number)
        assert any(number in line and type(each).__name__ in line for line in log.lines), "the log has both"
        for word in ("Traceback", "File &#34;", "site-packages", type(each).__name__, "/etc/secret", "Werkzeug"):
            assert word not in page
        assert found(page) == set()
    assert len(numbers) == len(raised)
    assert found("\n".join(log.lines)) == set()
    platform_app.view_functions["site.home"] = lambda: (_ for _ in ()).throw(Conflict("已由他人办理"))
    assert client.get("/").status_code == 409


def test_t86_the_server_names_neither_itself_nor_a_version(databases: Databases, tmp_path: Path) -> None:
    url = databases.fresh("sqlite")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "SHUIXIN_DATA_DIR": str(tmp_path),
        "SHUIXIN_SECRET_KEY": "banner-test-secret-" * 3,
        "PORT": str(port),
    }
    command = [sys.executable, "-m", "shuixin", "serve", "--no-jobs"]
    root = Path(__file__).parents[2]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, cwd=root)
    try:
        assert server.stdout is not None
        while b"http://" not in (line := server.stdout.readline()):
            assert line or server.poll() is None
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
            headers = dict(answer.headers)
        assert not {"Server", "X-Powered-By", "Via"} & set(headers), headers
    finally:
        server.terminate()
        server.communicate(timeout=30)
    databases.drop("sqlite", url)


# --- T87: numbers in full -------------------------------------------------------------------------------------------


def _numbers(page: str) -> set[str]:
    return {value for value in (cases.ID_NUMBER, cases.MOBILE) if value in page}


@one_engine
def test_t87_numbers_are_masked_until_somebody_gives_a_reason_and_then_for_one_case_once(
    platform_app: Flask, client_as: ClientAs
) -> None:
    filing = cases.submitted(cases.actor("enterprise"))
    reviewer, address = client_as("reviewer"), f"{REVIEWS}/{filing.id}"
    page = reviewer.get(address).get_data(as_text=True)
    assert _numbers(page) == set()
    assert "420***********1231" in page
    assert _numbers(client_as("enterprise").get(f"/workspace/filings/{filing.id}").get_data(as_text=True)) == set()
    for reason in ("", "看看", "   x   "):
        answer = reviewer.post_form(f"{address}/numbers", {"unmask": reason})
        assert answer.status_code == 422
        assert _numbers(answer.get_data(as_text=True)) == set()
    assert not AuditEntry.select().where(AuditEntry.action == "filing.unmask").exists()
    answer = reviewer.post_form(f"{address}/numbers", {"unmask": "与身份证复印件核对", "opinion": "写到一半"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert _numbers(answer.get_data(as_text=True)) == {cases.ID_NUMBER, cases.MOBILE}
    assert "写到一半" in answer.get_data(as_text=True), "what was typed beside it is kept"
    (entry,) = AuditEntry.select().where(AuditEntry.action == "filing.unmask")
    assert (entry.actor_name, entry.object_key, entry.detail) == (
        "reviewer",
        filing.number,
        {"reason": "与身份证复印件核对"},
    )
    assert _numbers(reviewer.get(address).get_data(as_text=True)) == set(), "the next look is masked again"


@one_engine
def test_t87_nobody_else_unmasks_and_nobody_in_bulk(platform_app: Flask, client_as: ClientAs) -> None:
    filing = cases.submitted(cases.actor("enterprise"))
    reason = {"unmask": "与身份证复印件核对"}
    for role in ("administrator", "editor", "enterprise", "leader"):
        answer = client_as(role).post_form(f"{REVIEWS}/{filing.id}/numbers", reason)
        assert answer.status_code in (302, 403, 404), role
        assert _numbers(answer.get_data(as_text=True)) == set()
    with pytest.raises(NotFound):
        reviewing.unmask(cases.actor("editor"), reviewing.REVIEW, filing.id, reason=reason["unmask"])
    desks = [rule for rule in platform_app.url_map.iter_rules() if "credit_collection" in rule.rule]
    rules = [rule for rule in desks if rule.rule.endswith("/numbers")]
    assert rules
    assert all("filing_id" in rule.arguments for rule in rules), "one case at a time, each with its reason"
    page = client_as("reviewer").post_form(f"{REVIEWS}/bulk", {"case": f"{filing.id}:{filing.row_version}"})
    assert _numbers(page.get_data(as_text=True)) == set()
    with pytest.raises(Refused):
        reviewing.unmask(cases.actor("reviewer"), reviewing.REVIEW, filing.id, reason=" ")
