"""The contract of plugins as one assertion: everything bears the id, is guarded, is translated, matches its tables."""

from collections.abc import Iterator
from contextvars import Context
from dataclasses import fields, is_dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from shuixin.access import Actor
from shuixin.accounts.rights import actor_of
from shuixin.contributions import Area, Queue
from shuixin.database import db
from shuixin.database.drift import drift
from shuixin.hookspecs import RESULTS
from shuixin.i18n.catalogues import LANGUAGES, read_catalogue
from shuixin.menus import build_menu
from shuixin.platform import Platform
from shuixin.plugins.loader import Bundle
from shuixin.testing.fixtures import account_of, client_of
from shuixin.texts import Text


def assert_plugin_contract(app: Flask, plugin_id: str) -> None:
    """Sweep everything *plugin_id* contributes to *app*; names outside its id are refused by the loader already.

    :raises AssertionError: naming the plugin, what does not hold, and what to do.
    """
    platform: Platform = app.extensions["shuixin"]
    record = platform.loaded.records.get(plugin_id)
    assert record is not None, f"{plugin_id}: not installed; pip install it first"
    bundle = platform.loaded.bundles.get(plugin_id)
    assert bundle is not None, f"{plugin_id}: {record.state.value} at stage {record.stage.value}: {record.reason}"
    _rights(platform, bundle)
    _menu(platform, bundle)
    _words(bundle)
    _tables(bundle)
    _visitors(app, bundle)
    _each_role(app, bundle)


def _say(bundle: Bundle, wrong: Any, remedy: str) -> str:
    return f"{bundle.plugin.id}: {wrong}; {remedy}"


def _rules(app: Flask, bundle: Bundle) -> Iterator[Rule]:
    office = {each.view.endpoint for each in bundle.get("office_views")}
    own = {bundle.plugin.id, f"{bundle.plugin.id}_workspace", f"{bundle.plugin.id}_forms", *office}
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint.rpartition(".")[0] in own)


def _rights(platform: Platform, bundle: Bundle) -> None:
    declared = {each.code for each in bundle.get("permissions")}
    held = {code for role in platform.roles.values() for code in role.permissions}
    idle = sorted(declared - held)
    assert not idle, _say(bundle, f"no role holds {idle}", "name them in roles()")
    unlabelled = [each.code for each in bundle.get("permissions") if not str(each.label)]
    assert not unlabelled, _say(bundle, f"permissions without a label {unlabelled}", "label them")
    unknown = sorted({each.permission for each in bundle.get("office_views")} - set(platform.permissions))
    assert not unknown, _say(bundle, f"office views ask for {unknown}, which nobody declares", "declare them")


def _menu(platform: Platform, bundle: Bundle) -> None:
    shown = {item.endpoint for plugin, item in platform.menu_items if plugin == bundle.plugin.id}
    lost = sorted({each.endpoint for each in bundle.get("menu_items")} - shown)
    assert not lost, _say(bundle, f"menu entries {lost} lead nowhere", "name an endpoint that exists")
    open_ = [each.endpoint for each in bundle.get("menu_items") if each.area is not Area.PUBLIC and not each.permission]
    assert not open_, _say(bundle, f"menu entries {open_} ask for no permission", "give them their page's")


def _texts(value: Any) -> Iterator[Text]:
    if isinstance(value, Text):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from _texts(getattr(value, each.name))


def _words(bundle: Bundle) -> None:
    own = bundle.plugin.id
    words = [text for hook in RESULTS for item in bundle.get(hook) for text in _texts(item)]
    words += [text for text in (bundle.plugin.label, bundle.plugin.description) if isinstance(text, Text)]
    foreign = sorted({text.domain for text in words} - {own})
    assert not foreign, _say(bundle, f"texts of the domains {foreign}", f'mark texts with domain("{own}")')
    for language in list(LANGUAGES)[1:]:
        catalogue = read_catalogue(bundle.plugin.folder / "translations" / f"{language}.po")
        missing = sorted({text.source for text in words} - set(catalogue))
        assert not missing, _say(bundle, f"not in {language}: {missing}", "shuixin translations update, then fill")


def _tables(bundle: Bundle) -> None:
    models = [model for each in bundle.get("models") for model in each.classes]
    found = drift(db.obj, models)
    assert not found, _say(bundle, f"models and migrations differ: {found}", "write the next migration")


def _visitors(app: Flask, bundle: Bundle) -> None:
    """Visitors get public pages by reading, forms for everybody too, and send nothing without a form's token."""
    client = app.test_client()
    readable: set[str] = app.extensions["shuixin_public"] | app.extensions["shuixin_forms"]
    for rule in _rules(app, bundle):
        if rule.arguments or rule.endpoint.endswith(".static"):
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            status = Context().run(client.open, rule.rule, method=method).status_code
            if method == "GET" and rule.endpoint.rpartition(".")[0] in readable:
                fits = status in (200, 302, 404)
            else:
                fits = status in (302, 400, 401, 403, 404)
            assert fits, _say(bundle, f"{method} {rule.rule} answers a visitor {status}", "guard it by a permission")


def _each_role(app: Flask, bundle: Bundle) -> None:
    """Whoever holds a page's permission gets it, nobody else does, and the menu shows exactly what one gets."""
    platform: Platform = app.extensions["shuixin"]
    for role in sorted(platform.roles):
        user = account_of(role, "-contract")
        client, actor = client_of(app, user), actor_of(user, platform)
        _queues(app, bundle, actor)
        for rule in _rules(app, bundle):
            asked = _permission(app, rule)
            if asked and not rule.arguments and "GET" in (rule.methods or ()):
                status = client.get(rule.rule).status_code
                fits = status < 500 and (status == 403) != actor.holds(asked)
                assert fits, _say(bundle, f"{rule.rule} answers {role} {status}", f"it is for holders of {asked}")
        for url in sorted(_entries(app, bundle, Actor(id=0, name="", is_system=True))):
            shown, status = url in _entries(app, bundle, actor), client.get(url).status_code
            assert shown == (status == 200), _say(
                bundle,
                f"the menu {'shows' if shown else 'hides'} {url} to {role}, who gets {status}",
                "let the entry ask for the permission of its page, and the page answer whoever holds it",
            )


def _queues(app: Flask, bundle: Bundle, actor: Actor) -> None:
    """A queue says as much as its count, gives no more cases than asked for, and each leads to a page of this site."""
    for each in bundle.get("office_views"):
        if each.queue is None or not actor.holds(each.permission):
            continue
        with app.test_request_context("/office/"):
            queue, waiting = each.queue(actor, 2), each.count(actor)
        fits = isinstance(queue, Queue) and queue.waiting == waiting and len(queue.cases) <= 2
        fits = fits and all(case.url.startswith("/") for case in queue.cases) and queue.overdue <= queue.waiting
        assert fits, _say(bundle, f"the queue of {each.view.endpoint} answers {queue}", f"count says {waiting}")


def _permission(app: Flask, rule: Rule) -> str:
    """Return what a page of the back office or the workspace asks for; ``""`` for public ones and files."""
    office: dict[str, str] = app.extensions["shuixin_office"]
    declared = getattr(app.view_functions[rule.endpoint], "shuixin_permission", "")
    return office.get(rule.endpoint.rpartition(".")[0], declared) if not rule.endpoint.endswith(".static") else ""


def _entries(app: Flask, bundle: Bundle, actor: Actor) -> set[str]:
    """Return the addresses of the plugin's menu entries that *actor* sees."""
    platform: Platform = app.extensions["shuixin"]
    own = [each for each in platform.menu_items if each[0] == bundle.plugin.id]
    sections = {item.section for _plugin, item in own}
    with app.test_request_context("/"):
        tops = [
            entry
            for area in Area
            for section in sections
            for entry in build_menu(own, area, section, actor, platform.calls)
        ]
    return {entry.url for top in tops for entry in (top, *top.children) if entry.url}
