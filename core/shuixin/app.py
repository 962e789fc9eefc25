"""Building an application: a numbered story.

The application is a value. It is made from settings and the set of enabled plugins, and a new one is made when the
set changes; nothing is added to or taken from a running one.
"""

import hmac
import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from flask import Flask, g
from werkzeug.middleware.proxy_fix import ProxyFix

from shuixin import i18n
from shuixin.accounts import own_pages as account_pages
from shuixin.accounts import web as accounts_web
from shuixin.database import db
from shuixin.errors import PluginError
from shuixin.events import begin_delivery, end_delivery
from shuixin.health import blueprint as health_pages
from shuixin.kit import redaction
from shuixin.kit.caching import PublicCache
from shuixin.kit.policies import PolicyBook
from shuixin.kit.policies import load as load_policies
from shuixin.menus import check_menu
from shuixin.office import build_office
from shuixin.pages import addresses, failures, forgery, guard, headers, shell, site, templates
from shuixin.platform import Platform, make_calls, make_platform
from shuixin.plugins import Circumstances, Loaded, Stage, discover, load_plugins
from shuixin.plugins.loader import fail
from shuixin.settings import Settings
from shuixin.texts import domain

_ = domain("shuixin")
log = logging.getLogger(__name__)
CORE = Path(__file__).parent


class _Application(Flask):
    """Flask less the question, asked of each function at each request, whether it is a coroutine; none of ours is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return *func* as it is."""
        return func


def create_app(
    settings: Settings, enabled: Collection[str], generation: int = 0, circumstances: Circumstances | None = None
) -> Flask:
    """Build a whole application from the *enabled* plugins.

    A plugin whose contributions cannot be put into the application is left out with its reason, and the building
    starts again without it; so one bad plugin never takes the others down.

    :param circumstances: of a real installation; without them, only the settings files count.
    """
    redaction.guard_logs(settings.secrets)
    wanted = set(enabled)
    failed: dict[str, PluginError] = {}
    circumstances = circumstances or Circumstances({name: (table,) for name, table in settings.plugins.items()})
    while True:
        loaded = load_plugins(discover(), wanted - set(failed), circumstances, make_calls(settings))
        for name, error in failed.items():
            loaded.records[name].stage = Stage.MIGRATED
            fail(loaded.records[name], error)
        try:
            return _assemble(settings, loaded, generation)
        except PluginError as error:
            if error.plugin not in loaded.bundles:
                raise
            log.exception("plugin left out of the application: %s", error.plugin)
            failed[error.plugin] = error


def _assemble(settings: Settings, loaded: Loaded, generation: int) -> Flask:
    # 1. The bare application. Its own templates win over Flask-Admin's and Flask-Security's.
    app = _Application("shuixin", root_path=str(CORE), static_folder="static", template_folder="templates")
    _configure(app, settings)
    # 2. The platform value; all later steps read it, none changes what came before.
    platform = make_platform(settings, loaded, _policies(settings, loaded), generation)
    app.extensions["shuixin"] = platform
    app.extensions.update(shuixin_public={"site", "health"}, shuixin_forms=set(), shuixin_api=set())
    # 3. Around every request: database connection, event delivery. Before anything that reads the database.
    _surround(app, platform)
    # 4. Languages, before any extension that translates its own words.
    i18n.start(app, _translation_folders(loaded))
    # 5. Addresses, headers, errors, forgery protection, sign-in: they guard all pages registered after them.
    addresses.start(app)
    headers.start(app, settings)
    failures.start(app)
    forgery.start(app)
    accounts_web.start(app, settings)
    # 6. The shell that pages stand in, and the public cache.
    shell.start(app)
    templates.start(app, loaded, settings.template_dir)
    platform.cache = PublicCache.for_app(app, settings.data_dir / "cache", settings.redis_url)
    # 7. The core's own pages, then the plugins' in the order of their dependencies.
    for blueprint in (site.blueprint, health_pages, account_pages.blueprint):
        app.register_blueprint(blueprint)
    _register_pages(app, loaded)
    # 8. The back office, then the check that every menu entry leads where its reader may go.
    platform.menu_items += build_office(app, loaded.contributions("office_views"))
    platform.menu_items = check_menu(app, platform.menu_items, loaded)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    secret = settings.secret_key.get_secret_value()
    app.config.update(
        SECRET_KEY=hmac.new(secret.encode(), b"session", "sha256").hexdigest(),
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        MAX_FORM_PARTS=4000,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        TRUSTED_HOSTS=settings.trusted_hosts or None,
        SESSION_COOKIE_NAME="__Host-sx" if settings.secure_cookies else "sx",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session; a form left open over lunch must not lose its text
        WTF_CSRF_SSL_STRICT=False,  # the proxy ends TLS; the token itself is bound to the session
    )
    app.jinja_env.autoescape = True
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]


def _policies(settings: Settings, loaded: Loaded) -> PolicyBook:
    folders = [CORE / "policies", *(bundle.plugin.folder / "policies" for bundle in loaded.bundles.values())]
    return load_policies([folder for folder in [*folders, *settings.policy_dirs] if folder.is_dir()])


def _translation_folders(loaded: Loaded) -> dict[str, Path]:
    folders = {name: bundle.plugin.folder / "translations" for name, bundle in loaded.bundles.items()}
    return {"shuixin": CORE / "translations", **folders}


def _surround(app: Flask, platform: Platform) -> None:
    @app.before_request
    def _open() -> None:
        g.platform = platform
        # The connection opens itself at the first query; a page that asks nothing needs none.
        g.delivery = begin_delivery(platform.delivery)

    @app.teardown_request
    def _close(_error: BaseException | None) -> None:
        if "delivery" in g:
            end_delivery(g.pop("delivery"))
        if not app.testing and not db.is_closed():
            db.close()


def _register_pages(app: Flask, loaded: Loaded) -> None:
    for hook, register in (
        ("public_pages", guard.register_public),
        ("public_forms", guard.register_forms),
        ("workspace_pages", guard.register_workspace),
        ("api_pages", guard.register_api),
    ):
        for plugin, pages in loaded.contributions(hook):
            try:
                register(app, plugin, pages)
            except (ValueError, AssertionError) as error:
                raise PluginError(plugin, _("页面无法注册：{reason}", reason=str(error))) from error
