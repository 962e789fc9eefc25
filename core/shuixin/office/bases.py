"""Hardened bases. Views show and send to services; they write nothing themselves.

Flask-Admin's own doors (create, edit, inline edit, delete, bulk actions, export) are shut here because each of them
bypasses row scope, transactions or services in its default form; a plugin that needs one writes a page of its own.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from flask_admin import expose as _expose
from flask_admin.contrib.peewee import ModelView
from flask_admin.form import BaseForm
from peewee import ModelSelect

from shuixin.access import Actor
from shuixin.access.decision import region_prefix
from shuixin.accounts.web import current_actor
from shuixin.contributions import Scope
from shuixin.database import BaseModel
from shuixin.errors import NotFound, ShuixinError
from shuixin.kit import clock
from shuixin.pages.addresses import LARGEST_KEY
from shuixin.texts import Text, domain

__all__ = ["OfficeList", "OfficePage", "expose"]

_ = domain("shuixin")
PAGE_SIZE = 20
LAST_PAGE = 100_000


View = TypeVar("View", bound=Callable[..., Any])
Result = TypeVar("Result")


def expose(url: str = "/", methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
    """Mark a method of an office page as the view at *url* below the page's address."""
    mark: Callable[[View], View] = _expose(url, methods)
    return mark


def _address(plugin: str, name: str) -> str:
    """Return where a view stands: the core's own directly below ``/office/``, a plugin's below its id."""
    return f"/office/{name}/" if plugin == "shuixin" else f"/office/{plugin}/{name}/"


class _Guarded(BaseView):  # type: ignore[misc]
    """Access by one declared permission; set when the view is registered."""

    permission = ""

    def is_accessible(self) -> bool:
        """Whether the person in front holds the view's permission."""
        return bool(self.permission) and current_actor().holds(self.permission)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> ResponseReturnValue:  # noqa: ARG002 - their signature
        """Send visitors to sign-in and refuse others."""
        if not current_actor().is_authenticated:
            return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
        return abort(403)

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        """Call the view once; the parent calls it again after any TypeError, which hides the real fault."""
        return fn(self, *args, **kwargs)

    def carry_out(
        self, act: Callable[[], Result], said: Callable[[Result], Text], target: str = ""
    ) -> ResponseReturnValue:
        """Do what a button asks for, say on the next page what became of it, and go there.

        :param said: makes the sentence of what *act* returned; a refusal is said in its own words.
        :param target: where to go; the view's first page if it is not given.
        """
        try:
            flash(str(said(act())), "ok")
        except ShuixinError as error:
            flash(str(error), "error")
        return redirect(target or self.get_url(f".{self._default_view}"))

    @property
    def actor(self) -> Actor:
        """Who acts in this request."""
        return current_actor()


class OfficePage(_Guarded):
    """A page of the back office with views of its own, marked by ``expose``."""

    def __init__(self, plugin: str, name: str, label: Text) -> None:
        super().__init__(name=label, endpoint=f"{plugin}_{name}", url=_address(plugin, name))


class OfficeList(_Guarded, ModelView):  # type: ignore[misc]
    """A read-only, scoped, searchable list of one model."""

    can_create = can_edit = can_delete = can_export = False
    can_view_details = True
    can_set_page_size = False
    page_size = PAGE_SIZE
    named_filter_urls = True
    form_base_class = BaseForm
    action_disallowed_list = ("delete",)
    list_template = "admin/model/list.html"
    details_template = "admin/model/details.html"
    #: Model field that holds the region code; ``None`` for lists that only ``Scope.ALL`` roles see.
    region_field: Any = None
    column_type_formatters = {
        datetime: lambda _view, value, _name: clock.to_minute(value),
        bool: lambda _view, value, _name: str(_("是") if value else _("否")),
        type(None): lambda _view, _value, _name: "",
    }
    column_type_formatters_detail = column_type_formatters
    #: Words above the list.
    intro: Text | str = ""

    def __init__(self, model: type[BaseModel], plugin: str, name: str, label: Text) -> None:
        super().__init__(model, name=label, endpoint=f"{plugin}_{name}", url=_address(plugin, name))

    def scaffold_form(self) -> type[BaseForm]:
        """Return an empty form: lists do not edit."""
        empty: type[BaseForm] = BaseForm
        return empty

    def search_placeholder(self) -> str:
        """Return the words in the empty search box."""
        return str(_("输入关键字查询"))

    def get_query(self) -> ModelSelect:
        """Return the rows this person may see; list, details and count all start here."""
        return self.scope(self.model.select(), self.actor)

    def scope(self, query: ModelSelect, actor: Actor) -> ModelSelect:
        """Narrow *query* to the regions in which *actor* holds the view's permission."""
        grants = [grant for grant in actor.grants if grant.permission == self.permission]
        if any(grant.scope is Scope.ALL for grant in grants):
            return query
        if self.region_field is None:
            return query.where(False)
        regions = [region_prefix(grant.region) for grant in grants if grant.region]
        condition = False
        for prefix in regions:
            condition = (
                self.region_field.startswith(prefix) | condition
                if condition is not False
                else (self.region_field.startswith(prefix))
            )
        return query.where(condition)

    def get_one(self, id: Any) -> BaseModel:  # noqa: A002 - their signature
        """Return one row of the scoped query; a row outside is answered like a missing one."""
        key = self.model._meta.primary_key
        try:
            wanted = key.python_value(id)
        except (TypeError, ValueError):
            wanted = None
        if isinstance(wanted, int) and abs(wanted) > LARGEST_KEY:
            wanted = None
        row = self.get_query().where(key == wanted).get_or_none() if wanted is not None else None
        if row is None:
            raise NotFound(_("没有找到这条记录，或它不在您的管辖范围内。"))
        found: BaseModel = row  # type: ignore[assignment]  # the view was given a BaseModel
        return found

    def _get_list_extra_args(self) -> Any:
        """Clamp what comes from the address bar, which the parent passes on to SQL as it is."""
        args = super()._get_list_extra_args()
        args.page = min(max(args.page or 0, 0), LAST_PAGE)
        args.search = (args.search or "")[:100] or None
        return args

    @expose("/ajax/update/", methods=("POST",))
    def ajax_update(self) -> ResponseReturnValue:
        """Refuse: inline editing would write past the services."""
        return abort(404)

    @expose("/action/", methods=("POST",))
    def action_view(self) -> ResponseReturnValue:
        """Refuse: bulk work is done on pages of its own."""
        return abort(404)

    def create_model(self, form: Any) -> Any:  # noqa: ARG002 - their signature
        """Refuse; services write."""
        return abort(404)

    def update_model(self, form: Any, model: Any) -> Any:  # noqa: ARG002 - their signature
        """Refuse; services write."""
        return abort(404)

    def delete_model(self, model: Any) -> Any:  # noqa: ARG002 - their signature
        """Refuse; services write, and the parent would delete referring rows too."""
        return abort(404)
