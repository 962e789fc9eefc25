"""Where articles are written, published and withdrawn."""

from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from shuixin.api import (
    Conflict,
    OfficePage,
    OfficeView,
    Problem,
    Queue,
    QueueCase,
    Refused,
    domain,
    expose,
    form_number,
    media_url,
    page_number,
)
from shuixin_news import services
from shuixin_news.models import Article
from shuixin_news.pages import columns
from shuixin_news.permissions import PUBLISH, WRITE
from shuixin_news.services import Content

_ = domain("news")
PORTAL = _("门户内容")
PER_PAGE = 20
OVERTAKEN = _("您打开之后，他人保存过这篇文章。您填写的内容还在下面，尚未保存。")
OVERWRITE = _("请先在新窗口打开文章核对；再次保存将以您的内容为准。")


class ArticlesPage(OfficePage):
    """The writer's desk."""

    @expose("/")
    def index(self) -> str:
        """List all articles, newest first."""
        articles = Article.select().order_by(Article.id.desc())
        total = articles.count()
        pages = max(1, -(-total // PER_PAGE))
        page = min(page_number(), pages)
        text: str = self.render(
            "news/office_list.html",
            articles=list(articles.paginate(page, PER_PAGE)),
            total=total,
            page=page,
            pages=pages,
            publishing=False,
        )
        return text

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> ResponseReturnValue:
        """Write a new article."""
        return self._form(None)

    @expose("/<int:article_id>", methods=("GET", "POST"))
    def edit(self, article_id: int) -> ResponseReturnValue:
        """Go on with an article."""
        return self._form(services.find(article_id))

    def _form(self, article: Article | None) -> ResponseReturnValue:
        problems: tuple[Problem, ...] = ()
        status = 200
        if request.method == "POST":
            try:
                saved = self._save(article)
            except Refused as refused:
                problems, status = refused.problems or (Problem("", "", refused.message, ""),), 422
            except Conflict:
                # The form comes back with what was typed and the version of now: saving again is then a choice.
                article = services.find(article.id) if article else None
                problems, status = (Problem("", "", OVERTAKEN, OVERWRITE),), 409
            else:
                flash(str(_("已保存为草稿，须由他人审核后发布。")), "ok")
                return redirect(self.get_url(".edit", article_id=saved.id))
        page: str = self.render(
            "news/office_form.html",
            article=article,
            columns=columns(),
            problems=problems,
            typed=request.form if problems else None,
        )
        return page, status

    def _save(self, article: Article | None) -> Article:
        form = request.form
        file = request.files.get("picture")
        content = Content(
            column=form_number("column"),
            title=form.get("title", "").strip(),
            body_html=form.get("body_html", ""),
            summary=form.get("summary", "").strip(),
            source=form.get("source", "").strip(),
            picture_alt=form.get("picture_alt", "").strip(),
        )
        picture: Any = (file.stream, file.filename) if file and file.filename else None
        return services.save(
            self.actor,
            content,
            article_id=article.id if article else None,
            version=form_number("version"),
            picture=picture,
        )

    @expose("/upload", methods=("POST",))
    def upload(self) -> ResponseReturnValue:
        """Take a picture from the rich-text editor."""
        file = request.files.get("file")
        if file is None or not file.filename:
            return jsonify({"detail": str(_("没有收到图片。"))}), 400
        try:
            stored = services.upload(self.actor, file.stream, file.filename)
        except Refused as refused:
            return jsonify({"detail": "".join(str(each) for each in refused.problems) or str(refused)}), 422
        return jsonify({"location": media_url(stored)})


class PublishPage(OfficePage):
    """The publisher's desk: what waits, and what is on the site."""

    @expose("/")
    def index(self) -> str:
        """List drafts first, then what is published."""
        drafts = list(Article.select().where(Article.status == services.DRAFT).order_by(Article.id))
        page: str = self.render(
            "news/office_list.html",
            articles=drafts + list(services.published().limit(50)),
            total=len(drafts),
            page=1,
            pages=1,
            publishing=True,
        )
        return page

    @expose("/<int:article_id>")
    def show(self, article_id: int) -> str:
        """Show an article as the public would read it, with the buttons to decide."""
        page: str = self.render("news/office_preview.html", article=services.find(article_id), problems=())
        return page

    @expose("/<int:article_id>/publish", methods=("POST",))
    def publish(self, article_id: int) -> ResponseReturnValue:
        """Publish it."""
        services.publish(self.actor, article_id, version=form_number("version"))
        flash(str(_("已发布。")), "ok")
        return redirect(self.get_url(".index"))

    @expose("/<int:article_id>/withdraw", methods=("POST",))
    def withdraw(self, article_id: int) -> ResponseReturnValue:
        """Withdraw it, with a reason."""
        try:
            services.withdraw(
                self.actor,
                article_id,
                version=form_number("version"),
                reason=request.form.get("reason", ""),
            )
        except Refused as refused:
            problem = Problem("reason", "", refused.message, "")
            return self.render("news/office_preview.html", article=services.find(article_id), problems=[problem]), 422
        flash(str(_("已撤回，网站上不再显示。")), "ok")
        return redirect(self.get_url(".index"))


def _drafts(_actor: Any) -> int:
    return int(Article.select().where(Article.status == services.DRAFT).count())


def _queue(actor: Any, limit: int) -> Queue:
    """What waits to be published; nothing promises by when, so no due day."""
    shown = (Article.id, Article.title, Article.writer_name, Article.created_at)
    rows = Article.select(*shown).where(Article.status == services.DRAFT).order_by(Article.id).limit(limit)
    cases = (
        QueueCase(
            number=str(_("文章{number}", number=row.id)),
            title=row.title,
            filed_by=row.writer_name,
            since=row.created_at,
            url=url_for("news_publishing.show", article_id=row.id),
        )
        for row in rows
    )
    return Queue(_drafts(actor), cases=tuple(cases))


def views() -> list[OfficeView]:
    """Return new instances of the views."""
    return [
        OfficeView(ArticlesPage("news", "articles", _("文章撰写")), PORTAL, WRITE, 400, "news"),
        OfficeView(PublishPage("news", "publishing", _("文章发布")), PORTAL, PUBLISH, 410, "news", _drafts, _queue),
    ]
