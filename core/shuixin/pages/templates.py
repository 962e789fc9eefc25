"""Where a template comes from: the site's own folder, then a plugin that declares the override, then its owner.

``{% extends "owner:shuixin/footer.html" %}`` reaches the original past all overrides.
"""

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from jinja2 import BaseLoader, Environment, FileSystemLoader, TemplateNotFound

from shuixin.plugins import Loaded

OWNER = "owner:"
Source = tuple[str, str | None, Callable[[], bool] | None]


class Templates(BaseLoader):
    """The templates of one built application.

    :param fallback: finds those of the libraries (Flask-Admin, Flask-Security).
    """

    def __init__(self, core: Path, loaded: Loaded, site: Path | None, fallback: BaseLoader) -> None:
        self._site = [("site", FileSystemLoader(site))] if site else []
        self._overrides = {
            template: (name, FileSystemLoader(bundle.plugin.folder / "overrides"))
            for name, bundle in loaded.bundles.items()
            for template in bundle.plugin.overrides
        }
        self._plugins = {
            name: FileSystemLoader(bundle.plugin.folder / "templates") for name, bundle in loaded.bundles.items()
        }
        self._core = FileSystemLoader(core)
        self._fallback = fallback

    def get_source(self, environment: Environment, template: str) -> Source:
        """Return the first source in the order of precedence.

        :raises TemplateNotFound: nobody has it.
        """
        name = template.removeprefix(OWNER)
        for _layer, loader in self._layers(name, everybody=name == template):
            try:
                return loader.get_source(environment, name)
            except TemplateNotFound:
                continue
        raise TemplateNotFound(template)

    def which(self, environment: Environment, template: str) -> list[tuple[str, str]]:
        """Return (layer, file) of all who have *template*, the one that is used first."""
        found: list[tuple[str, str]] = []
        for layer, loader in self._layers(template, everybody=True):
            try:
                file = str(loader.get_source(environment, template)[1])
            except TemplateNotFound:
                continue
            if all(file != known for _layer, known in found):  # the libraries' loader knows the core's too
                found.append((layer, file))
        return found

    def _layers(self, name: str, *, everybody: bool) -> list[tuple[str, BaseLoader]]:
        own = self._plugins.get(name.partition("/")[0])
        owner: list[tuple[str, BaseLoader]] = (
            [(name.partition("/")[0], own)] if own else [("shuixin", self._core), ("library", self._fallback)]
        )
        override = self._overrides.get(name)
        return [*self._site, *([override] if override else []), *owner] if everybody else owner


def start(app: Flask, loaded: Loaded, site: Path | None) -> None:
    """Let *app* find its templates in this order."""
    made = Templates(Path(app.root_path) / "templates", loaded, site, app.create_global_jinja_loader())
    app.extensions["shuixin_templates"] = made
    app.jinja_env.loader = made
