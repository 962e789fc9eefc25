"""Writing, publishing and withdrawing articles. Content is cleaned when it is saved, never when it is shown."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from peewee import ModelSelect

from shuixin.api import (
    Actor,
    Conflict,
    NotFound,
    Problem,
    Refused,
    attachments,
    audit,
    clock,
    current_platform,
    db,
    domain,
    require,
    review,
    sanitizing,
    search,
    transaction,
)
from shuixin_news.models import Article, Column
from shuixin_news.permissions import PUBLISH, WRITE

_ = domain("news")
DRAFT, PUBLISHED, WITHDRAWN = "draft", "published", "withdrawn"
OWNER_KIND = "news.article"
index = search.Index("news_article_search")


@dataclass(frozen=True)
class Content:
    """What an editor fills in."""

    column: int
    title: str
    body_html: str
    summary: str = ""
    source: str = ""
    picture_alt: str = ""


def published() -> "ModelSelect[Article]":
    """Return what the public may read, newest first; all public code starts here."""
    return Article.select().where(Article.status == PUBLISHED).order_by(Article.published_at.desc(), Article.id.desc())


def find(article_id: int) -> Article:
    """Return one article for the office.

    :raises NotFound: there is none.
    """
    article = Article.get_or_none(Article.id == article_id)
    if article is None:
        raise NotFound(_("没有找到这篇文章。"))
    return article


def check(content: Content, *, with_picture: bool) -> list[Problem]:
    """Return what is wrong with *content*."""
    problems = []
    if not 4 <= len(content.title) <= 100:
        problems.append(Problem("title", content.title[:60], _("标题须为4至100个字。"), _("请修改标题。")))
    if Column.get_or_none(Column.id == content.column) is None:
        problems.append(Problem("column", "", _("没有选择栏目。"), _("请选择栏目。")))
    if not sanitizing.plain_text(content.body_html, 10).strip() and "<img" not in content.body_html:
        problems.append(Problem("body_html", "", _("正文没有填写。"), _("请填写正文。")))
    if with_picture and len(content.picture_alt.strip()) < 4:
        problems.append(
            Problem(
                "picture_alt",
                content.picture_alt,
                _("题图没有文字说明。"),
                _("请用一句话说明图片内容，供读屏软件朗读。"),
            )
        )
    return problems


def save(
    actor: Actor,
    content: Content,
    *,
    article_id: int | None = None,
    version: int = 0,
    picture: tuple[IO[bytes], str] | None = None,
) -> Article:
    """Write a new article, or a new state of one; a published one becomes a draft again and must be published anew.

    :param picture: stream and name of a new lead picture.
    :raises Refused: with every problem of every field.
    :raises Conflict: somebody saved meanwhile.
    """
    require(actor, WRITE)
    article = find(article_id) if article_id else None
    problems = check(content, with_picture=bool(picture or (article and article.picture)))
    if problems:
        raise Refused(_("有{count}处需要改正。", count=len(problems)), problems)
    with transaction():
        if article is None:
            article = Article.create(
                column=content.column,
                title=content.title,
                status=DRAFT,
                written_by=actor.id,
                writer_name=actor.name,
                created_at=clock.now(),
            )
            version = article.row_version
        article.save_if(version, status=DRAFT, written_by=actor.id, writer_name=actor.name, **_clean(content))
        if picture is not None:
            _set_picture(actor, article, *picture)
        _hide(article)
        _show_pictures(article, public=True)
        audit(actor, "article.save", "article", str(article.id), {"title": content.title})
    return article


def _clean(content: Content) -> dict[str, object]:
    body = sanitizing.clean_html(content.body_html)
    return {
        "column": content.column,
        "title": content.title,
        "body_html": body,
        "summary": content.summary[:300] or sanitizing.plain_text(body, 120),
        "source": content.source[:60],
        "picture_alt": content.picture_alt[:200],
    }


def _set_picture(actor: Actor, article: Article, stream: IO[bytes], name: str) -> None:
    stored = upload(actor, stream, name, owner=str(article.id))
    article.picture, article.picture_extension = stored.id, stored.extension
    article.save(only=[Article.picture, Article.picture_extension])


def upload(actor: Actor, stream: IO[bytes], name: str, *, owner: str = "body") -> attachments.Attachment:
    """Store a picture for an article; pictures are public by their random address once they are in the store.

    :raises Refused: not a picture, too large, or not what its name says.
    """
    require(actor, WRITE)
    return current_platform().store.save(
        stream,
        name,
        owner_kind=OWNER_KIND,
        owner_key=owner,
        created_by=actor.id,
        public=True,
        kinds=attachments.IMAGES,
    )


def publish(actor: Actor, article_id: int, *, version: int, at: datetime | None = None) -> Article:
    """Publish an article that somebody else wrote (发布前审查; DOMAIN R71).

    :raises Forbidden: the writer may not publish the own text.
    """
    require(actor, PUBLISH)
    with transaction():
        article = find(article_id)
        review.check_four_eyes(actor.id, article.written_by)
        if article.status == PUBLISHED:
            raise Conflict(_("这篇文章已经发布。"))
        article.save_if(
            version,
            status=PUBLISHED,
            published_at=article.published_at or at or clock.now(),
            published_by=actor.id,
            reason="",
        )
        _show_pictures(article, public=True)
        index.put(db.obj, article.id, [article.title, sanitizing.plain_text(article.body_html, 20_000)])
        audit(actor, "article.publish", "article", str(article.id), {"title": article.title})
    return article


def withdraw(actor: Actor, article_id: int, *, version: int, reason: str) -> Article:
    """Take a published article off the site, with a reason."""
    require(actor, PUBLISH)
    text = review.check_reason(reason)
    with transaction():
        article = find(article_id)
        if article.status != PUBLISHED:
            raise Conflict(_("这篇文章没有发布。"))
        article.save_if(version, status=WITHDRAWN, reason=text)
        _hide(article)
        _show_pictures(article, public=False)
        audit(actor, "article.withdraw", "article", str(article.id), {"reason": text})
    return article


def _show_pictures(article: Article, *, public: bool) -> None:
    """Let everybody fetch the pictures of *article*, or nobody, those in other published articles apart."""
    keys = _pictures(article)
    if not public:
        keys -= {key for other in published().where(Article.id != article.id) for key in _pictures(other)}
    stored = attachments.Attachment
    stored.update(public=public).where(stored.id.in_(keys), stored.owner_kind == OWNER_KIND).execute()


def _pictures(article: Article) -> set[str]:
    return {article.picture, *re.findall(r"/media/([0-9a-f]{32})\.", article.body_html)} - {""}


def _hide(article: Article) -> None:
    if article.status != PUBLISHED:
        index.remove(db.obj, article.id)


def search_published(text: str, limit: int) -> tuple[list[Article], int]:
    """Return the newest published articles that contain *text*, and how many there are."""
    found = published().where(Article.id.in_(index.matching(db.obj, text)))
    return list(found.limit(limit)), found.count()
