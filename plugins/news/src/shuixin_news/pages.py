"""Public pages of the news: columns, lists, articles."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from shuixin.api import (
    NotFound,
    domain,
    html_language,
    page_number,
    sanitizing,
)
from shuixin_news.models import Article, Column
from shuixin_news.services import published
from shuixin_news.settings import settings

_ = domain("news")
blueprint = Blueprint("news", __name__, url_prefix="/news")


@blueprint.app_template_global("news_picture")
def news_picture(article: Article) -> str:
    """Return the address of an article's lead picture."""
    return url_for("site.media", key=article.picture, extension=article.picture_extension)


@blueprint.app_template_filter("column_label")
def column_label(column: Column) -> str:
    """Return a column's name in the reader's language."""
    return column.label_en if html_language() == "en" and column.label_en else column.label


@blueprint.app_template_filter("article_body")
def article_body(article: Article) -> Markup:
    """Return an article's text for the page; it was cleaned when it was saved."""
    return sanitizing.trusted(article.body_html)


def columns() -> list[Column]:
    """Return the columns in their order."""
    return list(Column.select().order_by(Column.position, Column.id))


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """All columns with their newest articles; empty columns are not shown."""
    blocks = [(column, list(published().where(Article.column == column).limit(6))) for column in columns()]
    return render_template("news/home.html", blocks=[block for block in blocks if block[1]])


@blueprint.get("/<slug>/")
def column(slug: str) -> ResponseReturnValue:
    """One column, as many a page as the settings say."""
    found = _column(slug)
    articles = published().where(Article.column == found)
    total = articles.count()
    per_page = settings().page_size
    pages = max(1, -(-total // per_page))
    page = min(page_number(), pages)
    return render_template(
        "news/column.html",
        column=found,
        columns=columns(),
        articles=list(articles.paginate(page, per_page)),
        page=page,
        pages=pages,
        total=total,
        page_url=lambda number: url_for(".column", slug=slug, page=number),
    )


def _column(slug: str) -> Column:
    found = Column.get_or_none(Column.slug == slug)
    if found is None:
        raise NotFound(_("没有这个栏目。"))
    return found


@blueprint.get("/<slug>/<int:article_id>")
def article(slug: str, article_id: int) -> ResponseReturnValue:
    """One article; drafts and withdrawn ones are answered like missing ones."""
    found = published().where(Article.id == article_id, Article.column == _column(slug)).get_or_none()
    if found is None:
        raise NotFound(_("没有找到这篇文章，它可能已被撤回。"))
    same = published().where(Article.column == found.column)
    return render_template(
        "news/article.html",
        article=found,
        newer=same.where(Article.published_at > found.published_at).order_by(Article.published_at).first(),
        older=same.where(Article.published_at < found.published_at).first(),
    )
