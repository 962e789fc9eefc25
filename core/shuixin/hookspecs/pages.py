"""The extension points for pages: everybody's, the workspace's, those for other systems; and the markers of all."""

import pluggy

from shuixin.contributions import ApiPages, PublicForms, PublicPages, WorkspacePages

PROJECT = "shuixin"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class PageHooks:
    """Hook specifications of pages; :class:`shuixin.hookspecs.CoreHooks` includes them."""

    @hookspec
    def public_pages(self) -> PublicPages:
        """Pages for everybody, below ``/<plugin id>/``.

        :when: at each build; the routes are checked and registered after the core's own.
        :returns: one :class:`PublicPages`; its blueprint bears the plugin's id and accepts reading only.
        :fails: the plugin is left out and its addresses answer 404. A view that raises gives its own 500 page.

        ```python
        from flask import Blueprint

        pages = Blueprint("example", __name__, url_prefix="/example")


        @pages.get("/")
        def home() -> str:
            return "18.42"


        @hookimpl
        def public_pages(self) -> PublicPages:
            return PublicPages(pages)
        ```
        """
        raise NotImplementedError

    @hookspec
    def public_forms(self) -> PublicForms:
        """Forms for everybody, below ``/<plugin id>/``.

        :when: at each build, after the public pages.
        :returns: one :class:`PublicForms`; its blueprint is named ``<plugin id>_forms``.
        :fails: the plugin is left out and its addresses answer 404. A form sent without its token is refused with 400.

        ```python
        from flask import Blueprint, request

        forms = Blueprint("example_forms", __name__, url_prefix="/example/forms")


        @forms.route("/", methods=["GET", "POST"])
        def ask() -> str:
            return str(_("已收到")) if request.method == "POST" else str(_("请填写"))


        @hookimpl
        def public_forms(self) -> PublicForms:
            return PublicForms(forms)
        ```
        """
        raise NotImplementedError

    @hookspec
    def workspace_pages(self) -> WorkspacePages:
        """Pages for signed-in enterprises, below ``/workspace/``.

        :when: at each build, after all public pages.
        :returns: one :class:`WorkspacePages`; its blueprint is named ``<plugin id>_workspace``, and every view says its
            permission with ``permission_required``.
        :fails: the plugin is left out. A view without a permission keeps it out as well.

        ```python
        from flask import Blueprint

        desk = Blueprint("example_workspace", __name__, url_prefix="/workspace/example")


        @desk.get("/")
        @permission_required("example.file")
        def home() -> str:
            return str(_("{name}，您好", name=current_actor().name))


        @hookimpl
        def permissions(self) -> Sequence[Permission]:
            return (Permission("example.file", _("填报示例")),)

        @hookimpl
        def workspace_pages(self) -> WorkspacePages:
            return WorkspacePages(desk)
        ```
        """
        raise NotImplementedError

    @hookspec
    def api_pages(self) -> ApiPages:
        """Addresses for other systems, below ``/api/``; a token in the header ``Authorization`` is what counts there.

        :when: at each build, after the workspace pages; ``authenticate`` before each view that is not open.
        :returns: one :class:`ApiPages`; its blueprint is named ``<plugin id>_api``, and every view says its permission
            with ``permission_required`` or is named in ``open`` and only read.
        :fails: the plugin is left out. A token that is none is answered 401; an ``authenticate`` that raises lets
            nobody in. Errors are JSON: ``{"error": {"code", "message", "problems"}}``.

        ```python
        from flask import Blueprint

        levels = Blueprint("example_api", __name__, url_prefix="/api/v1/example")


        @levels.get("/level")
        def level() -> str:
            return "18.42"


        @hookimpl
        def api_pages(self) -> ApiPages:
            return ApiPages(levels, lambda token: None, open=("level",))
        ```
        """
        raise NotImplementedError
