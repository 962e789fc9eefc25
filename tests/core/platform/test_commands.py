"""The command line as operators use it: exit codes, one line for each mistake, one document with ``--json``."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from shuixin.jobs import JobRequest
from shuixin.kit import clock
from shuixin.kit.seals import specimen_seal
from shuixin.testing.fixtures import Databases

REPOSITORY = Path(__file__).parents[3]
SECRET = "command-test-secret-" * 3


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on stderr."""
        (line,) = self.err.strip().splitlines()
        return line


Shuixin = Callable[..., Outcome]


def _runner(folder: Path, url: str) -> Shuixin:
    def run(*arguments: str, typed: str = "", **environment: str) -> Outcome:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SHUIXIN_")}
        places = {"DATABASE_URL": url, "SHUIXIN_DATA_DIR": str(folder), "SHUIXIN_SECRET_KEY": SECRET}
        done = subprocess.run(
            [sys.executable, "-m", "shuixin", *arguments],
            env={**kept, **places, **environment},
            cwd=REPOSITORY,
            capture_output=True,
            encoding="utf-8",
            input=typed,
            timeout=120,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def shuixin(tmp_path: Path, database_url: str) -> Shuixin:
    """Run a command on a migrated, empty database."""
    return _runner(tmp_path, database_url)


@pytest.fixture
def on_sqlite(tmp_path: Path, databases: Databases) -> Shuixin:
    """Run a command on a migrated, empty SQLite database; for what does not touch the engine."""
    return _runner(tmp_path, databases.fresh("sqlite"))


def test_a_plugin_is_switched_and_listed(shuixin: Shuixin) -> None:
    listed = json.loads(shuixin("plugins", "list", "--json").out)
    assert [each["id"] for each in listed] == [
        "administration",
        "credit_collection",
        "credit_publish",
        "news",
        "registration",
    ]
    keys = {"id", "distribution", "version", "requires_core", "requires", "state", "stage", "reason"}
    assert {frozenset(each) for each in listed} == {frozenset(keys)}
    refused = shuixin("plugins", "disable", "credit_collection")
    assert (refused.code, "credit_publish依赖此插件" in refused.complaint) == (1, True)
    assert shuixin("plugins", "disable", "credit_collection", "--cascade").code == 0
    states = {each["id"]: each["state"] for each in json.loads(shuixin("plugins", "list", "--json").out)}
    assert [name for name, state in states.items() if state == "disabled"] == ["credit_collection", "credit_publish"]
    assert shuixin("credit", "template", "x.xlsx").code == 2, "a plugin that is off has no commands"
    assert shuixin("plugins", "enable", "credit_publish").out.strip() == "已启用：credit_collection、credit_publish"
    assert shuixin("audit", "verify").code == 0


def test_a_workbook_goes_in_and_out(shuixin: Shuixin, tmp_path: Path) -> None:
    template, exported = tmp_path / "模板.xlsx", tmp_path / "导出.xlsx"
    assert shuixin("credit", "template", "--kind", "construct", str(template)).code == 0
    empty = shuixin("credit", "import", str(template))
    assert (empty.code, empty.complaint) == (1, "表格中没有可导入的内容，请填写后再上传。")
    assert shuixin("demo", "--enterprises", "10").code == 0
    assert shuixin("credit", "export", str(exported)).code == 0
    plan = shuixin("credit", "import", "--dry-run", "--json", str(exported))
    document = json.loads(plan.out)
    assert (plan.code, set(document), document["summary"]["refused"]) == (0, {"summary", "rows"}, 0)
    assert set(document["summary"]) == {"create", "change", "same", "refused"}
    assert set(document["rows"][0]) == {"sheet", "row", "action", "key", "changes", "problems"}
    again = shuixin("demo", "--enterprises", "10")
    assert (again.code, "只能填入空库" in again.err) == (2, True)
    assert shuixin("demo", "--enterprises", "10", "--if-empty").code == 0


UNIT = "11420200QQ0000001E"
SET_UP = """
[unit]
code = "11420200QQ0000001E"
name = "黄石市水利和湖泊局"
short_name = "黄石水利"
region = "420200"
organ_word = "黄水"
address = "黄石市某路1号"
phone = "0714-6512345"
[documents]
seal = "seal.png"
fine_bank = "某银行黄石分行"
fine_account_name = "黄石市财政局"
fine_account = "1732 0000 0001"
hearing_person = 10000
hearing_unit = 50000
hearing_basis = "待核"
[administrator]
username = "zhouming"
name = "周明"
[[officers]]
name = "张卫国"
card_number = "42020100001"
valid_from = 2024-01-01
valid_to = 2099-12-31
[[officers]]
name = "李建军"
card_number = "42020100002"
valid_from = 2024-01-01
valid_to = 2099-12-31
[numbers]
"罚" = 36
"""


def test_an_operator_sets_up_units_and_accounts(shuixin: Shuixin) -> None:
    done = shuixin("units", "init", UNIT, "--name", "某水利局", "--region", "420200")
    assert (done.code, f"{UNIT}\t某水利局\t初始化中" in done.out, "未完成\t机关代字" in done.out) == (0, True, True)
    made = shuixin("users", "create", "he", "--name", "何", "--role", "reviewer", "--unit", UNIT)
    username, password, note = made.out.strip().split("\t")
    assert (username, len(password) >= 10, note) == ("he", True, "首次登录须修改密码")
    reset = shuixin("users", "reset", "he")
    assert reset.out.split("\t")[1] != password
    assert shuixin("users", "list").out.strip() == "he\t何\t某水利局"


def test_a_unit_is_set_up_from_a_file_all_of_it_or_nothing(shuixin: Shuixin, tmp_path: Path) -> None:
    file = tmp_path / "unit.toml"
    (tmp_path / "seal.png").write_bytes(specimen_seal())
    for text, words in (
        (SET_UP.replace("420201000", "1", 1), "填写6至20位"),
        (SET_UP.replace("phone =", "telephone ="), "[unit]中没有“telephone”"),
        (SET_UP.replace('"罚" = 36', '"罚" = 0'), "请填写1或更大的数"),
        (SET_UP.replace('"seal.png"', '"no.png"'), "没有文件no.png"),
        ("[unit", "不是有效的TOML文件"),
    ):
        file.write_text(text, "utf-8")
        refused = shuixin("units", "init", "--file", str(file))
        assert (refused.code, words in refused.complaint, refused.out) == (1, True, ""), refused.err
    assert shuixin("units", "list").out == ""
    file.write_text(SET_UP, "utf-8")
    done = shuixin("units", "init", "--file", str(file))
    first, second = done.out.strip().splitlines()
    assert (done.code, first) == (0, f"{UNIT}\t黄石市水利和湖泊局\t已启用")
    assert second.split("\t")[0] == "zhouming"
    assert shuixin("units", "list").out.strip() == f"{UNIT}\t已启用\t湖北省黄石市\t黄石市水利和湖泊局"
    shown = shuixin("units", "show", UNIT).out
    assert "听证金额标准：单位（元）\t50000" in shown
    assert "1732" not in shown
    assert "已登记" in shuixin("units", "init", "--file", str(file)).complaint


def test_a_unit_is_set_up_by_questions(on_sqlite: Shuixin) -> None:
    answers = ["水局", "黄石市水利和湖泊局", "", "11420200", UNIT, "420200", *[""] * 10, "zhouming", "周明"]
    done = on_sqlite("units", "init", typed="\n".join(answers) + "\n")
    assert (done.code, "应为18位" in done.err, "请填写4个字以上的全称" in done.err) == (0, True, True)
    assert f"{UNIT}\t黄石市水利和湖泊局\t初始化中" in done.out
    assert "zhouming\t" in done.out


MISTAKES = [
    (("plugins", "show", "nonsense"), 1, "没有名为nonsense的插件，请用 shuixin plugins list 查看。"),
    (("plugins", "enable", "nonsense"), 1, "没有名为nonsense的插件"),
    (("users", "reset", "nobody"), 1, "没有账号“nobody”。"),
    (("users", "create", "a", "--name", "a", "--role", "clerk"), 1, "没有岗位clerk，可用岗位：administrator"),
    (("users", "create", "a", "--name", "a", "--role", "editor", "--unit", "9"), 1, "请先执行 shuixin units init"),
    (
        ("units", "init", UNIT, "--name", "某水利局", "--region", "999999"),
        1,
        "没有行政区划代码“999999”。请填写六位代码",
    ),
    (("units", "init", "9", "--name", "某水利局", "--region", "420200"), 1, "应为18位，现为1位"),
    (("units", "show", "9"), 1, "没有代码为9的单位"),
    (("jobs", "run", "--name", "nonsense"), 1, "没有名为nonsense的任务"),
    (("migrations", "rollback", "--yes", "nonsense"), 1, "没有名为nonsense的变更历史"),
    (("migrations", "make", "nonsense", "x"), 1, "没有名为nonsense的变更历史"),
    (("credit", "template", "/proc/no/such/place.xlsx"), 1, "无法写入。请检查文件夹是否存在"),
    (("credit", "import", __file__), 1, "请用办公软件另存为XLSX格式"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), MISTAKES)
def test_a_mistake_gets_one_line_that_says_what_to_do(
    arguments: tuple[str, ...], code: int, words: str, on_sqlite: Shuixin
) -> None:
    done = on_sqlite(*arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.complaint
    assert "Traceback" not in done.err


@pytest.mark.parametrize("arguments", [("nonsense",), ("users", "create"), ("credit", "import", "/no/such/file.xlsx")])
def test_wrong_usage_is_exit_code_two(arguments: tuple[str, ...], on_sqlite: Shuixin) -> None:
    done = on_sqlite(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Usage:" in done.err


ENVIRONMENTS = [
    ({"SHUIXIN_SECRET_KEY": "short"}, "设置项secret_key不正确：内容过短。"),
    ({"SHUIXIN_SITE__NONSENSE": "1"}, "设置项site.nonsense不正确：没有这个设置项"),
    ({"SHUIXIN_SESSION_HOURS": "many"}, "设置项session_hours不正确：应为整数。"),
    ({"DATABASE_URL": "mysql://host/name"}, "请使用sqlite:///或postgresql://"),
    ({"DATABASE_URL": "sqlite:////proc/no/such/place.db"}, "无法创建数据目录"),
    ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, "请检查DATABASE_URL和数据库服务"),
]


@pytest.mark.parametrize(("environment", "words"), ENVIRONMENTS)
@pytest.mark.parametrize("command", [("init",), ("serve", "--port", "1")], ids=" ".join)
def test_a_wrong_environment_gets_one_line(
    environment: dict[str, str], words: str, command: tuple[str, ...], tmp_path: Path
) -> None:
    if command[0] == "serve":
        import socket

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            command = ("serve", "--port", str(probe.getsockname()[1]))
    done = _runner(tmp_path, f"sqlite:///{tmp_path / 'x.db'}")(*command, **environment)
    assert (done.code, done.out) == (1, "")
    assert words in done.complaint


def test_a_database_without_tables_says_init(tmp_path: Path) -> None:
    shuixin = _runner(tmp_path, f"sqlite:///{tmp_path / 'new.db'}")
    for arguments in (("users", "list"), ("audit", "verify"), ("plugins", "list"), ("jobs", "run", "--once")):
        done = shuixin(*arguments)
        assert (done.code, "请先执行 shuixin init" in done.complaint) == (1, True)
    assert shuixin("init").code == 0
    assert shuixin("init").out == "", "again, nothing to do"
    for arguments in (("users", "list"), ("audit", "verify"), ("health",), ("migrations", "check")):
        assert shuixin(*arguments).code == 0


def test_a_port_in_use_is_named_with_the_way_out(on_sqlite: Shuixin) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = on_sqlite("serve", "--port", str(port))
    assert (done.code, done.complaint) == (
        1,
        f"端口{port}已被占用，请关闭占用它的程序，或改用 make run PORT={port + 1}。",
    )


def test_a_broken_chain_is_found_by_the_command(on_sqlite: Shuixin, tmp_path: Path, databases: Databases) -> None:
    from shuixin.database import connect

    url = databases.fresh("sqlite")
    shuixin = _runner(tmp_path, url)
    shuixin("units", "init", UNIT, "--name", "某水利局", "--region", "420200")
    database = connect(url)
    with database.connection_context():
        database.execute_sql("UPDATE shuixin_audit_entry SET actor_name = 'x' WHERE number = 1")
    done = shuixin("audit", "verify")
    assert (done.code, "操作日志第1条不符" in done.complaint) == (1, True)


def test_rolling_back_asks_first(on_sqlite: Shuixin) -> None:
    assert on_sqlite("migrations", "rollback", "news").code == 130
    assert on_sqlite("migrations", "plan").out == ""
    assert on_sqlite("migrations", "rollback", "--yes", "news").out.strip() == "news 0001_initial"
    assert on_sqlite("migrations", "plan").out.strip() == "news 0001_initial"
    assert on_sqlite("migrations", "apply").out.strip() == "news 0001_initial"
    assert on_sqlite("migrations", "check").code == 0


@pytest.mark.usefixtures("platform_app")
def test_a_dead_letter_is_listed_retried_and_dismissed(shuixin: Shuixin) -> None:
    assert shuixin("jobs", "request", "nobody.job").code == 0
    JobRequest.update(dead_at=clock.now(), tries=2, reason="第一行\n第二行").execute()
    number = str(JobRequest.get().id)
    (line,) = [each for each in shuixin("jobs", "list").out.splitlines() if each.startswith("nobody.job")]
    assert [cell for cell in line.split("\t") if not cell.startswith("20")] == [
        *("nobody.job", "死信", "命令行", "已失败2次", f"编号{number}", "第一行 第二行")
    ]
    assert shuixin("jobs", "retry", number).out == "已重新排队：nobody.job\n"
    assert "搁置" in shuixin("jobs", "list").out
    again = shuixin("jobs", "dismiss", number)
    assert (again.code, "不是死信" in again.complaint) == (1, True)
    JobRequest.update(dead_at=clock.now()).execute()
    assert shuixin("jobs", "dismiss", number, "--note", "停用").code == 0
    gone = shuixin("jobs", "retry", number)
    assert (gone.code, f"没有编号为{number}的死信" in gone.complaint) == (1, True)


@pytest.mark.parametrize("number", ["x", "0", "-1", "9" * 20])
def test_what_is_no_number_of_a_dead_letter_is_wrong_usage(on_sqlite: Shuixin, number: str) -> None:
    assert on_sqlite("jobs", "retry", number).code == 2
