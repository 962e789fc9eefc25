"""Notices: once per account and key, inside the sender's transaction, in the reader's language."""

from datetime import UTC, datetime, timedelta

import pytest

from shuixin import texts
from shuixin.database import transaction
from shuixin.kit import notices
from shuixin.kit.notices import Notice
from shuixin.texts import domain

_ = domain("shuixin")
NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


@pytest.fixture
def board(database):
    database.create_tables([Notice])
    return database


def tell(*people, key="filing:7:3", link="/workspace/filings/7", **words):
    with transaction():
        said = {"title": "已退回", "text": "请补正", **words}
        return notices.send(people, kind="filing.return", key=key, link=link, now=NOW, **said)


def test_the_same_is_told_to_the_same_account_once(board):
    assert tell(1, 2, 2, 0) == 2
    assert tell(1, 2, 3, title="别的") == 1
    assert [(each.addressee, each.title) for each in Notice.select().order_by(Notice.id)] == [
        (1, "已退回"),
        (2, "已退回"),
        (3, "别的"),
    ]
    assert notices.unread(1) == 1
    assert notices.unread(0) == 0


def test_a_notice_belongs_to_the_sender_s_transaction(board):

    def tell_and_fail():
        with transaction():
            tell(1)
            raise KeyError

    with pytest.raises(KeyError):
        tell_and_fail()
    assert notices.unread(1) == 0
    with pytest.raises(RuntimeError, match="outside a transaction"):
        notices.send([1], kind="k", key="k", title="t", text="t", link="/", now=NOW)


@pytest.mark.parametrize("link", ["", "https://evil", "//evil", "/\\evil", "javascript:x", "/a\nb", "/a b"])
def test_links_stay_within_the_site(board, link):
    with pytest.raises(ValueError, match="within the site"):
        tell(1, link=link)


def test_each_reader_gets_the_words_in_the_own_language(board):
    tell(
        1,
        title=_("申报{number}{words}", number="GB-1", words=_("今日到期")),
        text=[_("{label}：x", label=_("名称")), "理由"],
    )
    row = Notice.get()
    assert notices.words(row.title) == "申报GB-1今日到期"
    assert notices.words(row.text) == "名称：x\n理由"
    before = texts._translate
    english = {"申报{number}{words}": "Filing {number}: {words}", "今日到期": "due today"}
    texts.bind(lambda _domain, source: english.get(source, source))
    try:
        assert notices.words(row.title) == "Filing GB-1: due today"
    finally:
        texts.bind(before)


def test_what_was_typed_is_never_taken_for_a_template(board):
    tell(1, title="{0.__class__}", text=_("理由：{reason}", reason="{label} {0}"))
    row = Notice.get()
    assert notices.words(row.title) == "{0.__class__}"
    assert notices.words(row.text) == "理由：{label} {0}"


def test_one_reads_the_own_notices_only(board):
    tell(1, 2)
    tell(1, key="other")
    mine, theirs = Notice.get(Notice.addressee == 1).id, Notice.get(Notice.addressee == 2).id
    assert notices.open_notice(1, theirs, NOW) == ""
    assert notices.mark_read(1, NOW, theirs) == 0
    assert notices.open_notice(1, mine, NOW) == "/workspace/filings/7"
    assert (notices.unread(1), notices.unread(2)) == (1, 1)
    assert notices.mark_read(1, NOW + timedelta(1)) == 1
    assert Notice.get_by_id(mine).read_at == NOW, "read stays read from the first time on"
    assert [each.key for each in notices.of_addressee(1)] == ["other", "filing:7:3"]


def test_old_notices_are_swept(board):
    tell(1)
    assert notices.sweep(NOW) == 0
    assert notices.sweep(NOW + timedelta(seconds=1)) == 1
    assert Notice.select().count() == 0
