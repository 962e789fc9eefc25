"""The core's own public pages: front page, site search, sitemap, feeds, preferences, media."""

from datetime import datetime

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from shuixin.audit import heads
from shuixin.contributions import Feed, FeedEntry, HomePanel, SearchSource, SitemapUrls
from shuixin.errors import NotFound
from shuixin.i18n import COOKIE, LANGUAGES, language_of
from shuixin.kit.attachments import Attachment
from shuixin.pages.addresses import local_target
from shuixin.pages.files import send_attachment
from shuixin.pages.shell import ELDER_COOKIE
from shuixin.platform import current_platform
from shuixin.texts import domain

_ = domain("shuixin")
blueprint = Blueprint("site", __name__)
YEAR = 365 * 24 * 3600


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The front page: the enabled plugins' panels in their order, each kept for its own time."""
    panels: list[tuple[str, HomePanel]] = current_platform().loaded.contributions("home_panels")
    blocks = [_render(name, panel) for name, panel in sorted(panels, key=lambda each: each[1].order)]
    return render_template("shuixin/home.html", blocks=[block for block in blocks if block])


def _render(name: str, panel: HomePanel) -> Markup:
    platform = current_platform()
    key = f"panel:{platform.generation}:{name}:{panel.title.source}:{language_of()}"

    def make() -> str:
        return platform.cache.get_or_make(key, panel.cache, panel.render) if platform.cache else panel.render()

    html = platform.calls.call(name, "home_panels", make, default="")
    # Panels render their own autoescaped templates; the string comes back from the cache unmarked.
    return Markup(html)  # noqa: S704


@blueprint.get("/search")
def search() -> ResponseReturnValue:
    """Search all parts of the site; each part answers with its first hits and its total."""
    query = request.args.get("q", "").strip()[:100]
    platform = current_platform()
    sources: list[tuple[str, SearchSource]] = platform.loaded.contributions("search_sources")
    results = [
        (source.label, *platform.calls.call(name, "search_sources", source.find, query, 20, default=([], 0)))
        for name, source in (sources if query else ())
    ]
    return render_template("shuixin/search.html", query=query, results=results)


@blueprint.get("/sitemap.xml")
def sitemap() -> ResponseReturnValue:
    """All public addresses, for search engines."""
    platform = current_platform()
    parts: list[tuple[str, SitemapUrls]] = platform.loaded.contributions("sitemap")
    entries: list[tuple[str, datetime | None]] = [("/", None)]
    for name, part in parts:
        entries += platform.calls.call(name, "sitemap", lambda part=part: list(part.urls()), default=[])
    body = render_template("shuixin/sitemap.xml", entries=entries, root=request.url_root.rstrip("/"))
    return Response(body, mimetype="application/xml")


@blueprint.get("/feeds/<name>.atom")
def feed(name: str) -> ResponseReturnValue:
    """One Atom feed."""
    platform = current_platform()
    feeds: list[tuple[str, Feed]] = platform.loaded.contributions("feeds")
    plugin, found = next((each for each in feeds if each[1].name == name), ("", None))
    if found is None:
        raise NotFound(_("没有这个订阅。"))
    entries: list[FeedEntry] = platform.calls.call(plugin, "feeds", lambda: list(found.entries()), default=[])
    body = render_template("shuixin/feed.xml", feed=found, entries=entries, root=request.url_root.rstrip("/"))
    return Response(body, mimetype="application/atom+xml")


@blueprint.get(f"/{heads.FILE}")
def audit_heads() -> ResponseReturnValue:
    """The published heads of the audit chain; who keeps a copy can show later that nothing was cut off."""
    path = current_platform().settings.published / heads.FILE
    return Response(path.read_text("ascii") if path.is_file() else "", mimetype="text/plain")


@blueprint.get("/preferences/language/<code>")
def language(code: str) -> ResponseReturnValue:
    """Remember the reader's language."""
    return _remember(COOKIE, code if code in LANGUAGES else "")


@blueprint.get("/preferences/elder")
def elder() -> ResponseReturnValue:
    """Switch the elder mode (长辈版) on or off."""
    return _remember(ELDER_COOKIE, "1" if request.args.get("on") == "1" else "")


def _remember(cookie: str, value: str) -> Response:
    response = make_response(redirect(local_target(request.args.get("next", "/"))))
    secure = current_platform().settings.secure_cookies
    if value:
        response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", httponly=True, secure=secure)
    else:
        response.delete_cookie(cookie, samesite="Lax", httponly=True, secure=secure)
    return response


@blueprint.get("/media/<key>.<extension>")
def media(key: str, extension: str) -> ResponseReturnValue:
    """A picture or file that was published; anything else is answered like a missing one."""
    attachment = Attachment.get_or_none(Attachment.id == key, Attachment.public)
    if attachment is None or attachment.extension != extension:
        abort(404)
    return send_attachment(attachment, inline=attachment.media_type.startswith("image/"))


def media_url(attachment: Attachment) -> str:
    """Return the public address of *attachment*."""
    return url_for("site.media", key=attachment.id, extension=attachment.extension)
