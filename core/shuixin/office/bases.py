"""Hardened bases. Views show and send to services; they write nothing themselves.

Flask-Admin's own doors (create, edit, inline edit, delete, bulk actions, export) are shut here because each of them
bypasses row scope, transactions or services in its default form; a plugin that needs one writes a page of its own.
Lists are read, searched, filtered and exported by one query, so that what a person may not see is in none of them.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar, final

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from flask_admin import expose as _expose
from flask_admin.contrib.peewee import ModelView
from flask_admin.form import BaseForm
from peewee import JOIN, Field, ForeignKeyField, ModelSelect

from shuixin.access import Actor, uses, within_reach
from shuixin.accounts.web import current_actor
from shuixin.database import BaseModel, db
from shuixin.database.paging import page_of
from shuixin.errors import NotFound, ShuixinError
from shuixin.kit import clock
from shuixin.kit.filtering import Days, Filter, chosen, conditions
from shuixin.kit.search import Index
from shuixin.office.exports import request_export
from shuixin.office.selection import Selection, words_of
from shuixin.pages.addresses import LARGEST_KEY, page_number
from shuixin.texts import Text, domain

__all__ = ["OfficeList", "OfficePage", "Selection", "expose"]

_ = domain("shuixin")
PAGE_SIZE = 20


View = TypeVar("View", bound=Callable[..., Any])
Result = TypeVar("Result")


def expose(url: str = "/", methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
    """Mark a method of an office page as the view at *url* below the page's address."""
    mark: Callable[[View], View] = _expose(url, methods)
    return mark


def _address(plugin: str, name: str) -> str:
    """Return where a view stands: the core's own directly below ``/office/``, a plugin's below its id."""
    return f"/office/{name}/" if plugin == "shuixin" else f"/office/{plugin}/{name}/"


class Guarded(BaseView):  # type: ignore[misc]
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
        uses.note(self.permission)
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


class OfficePage(Guarded):
    """A page of the back office with views of its own, marked by ``expose``."""

    def __init__(self, plugin: str, name: str, label: Text) -> None:
        super().__init__(name=label, endpoint=f"{plugin}_{name}", url=_address(plugin, name))


class OfficeList(Guarded, ModelView):  # type: ignore[misc]
    """A read-only, scoped, searchable list of one model.

    Column names may reach into a related row of :attr:`joined` (``"unit.name"``). Labels are ``column_labels`` or the
    field's ``verbose_name``. Sortable by default are the columns that an index serves.
    """

    can_create = can_edit = can_delete = can_export = False
    can_view_details = True
    can_set_page_size = False
    page_size = PAGE_SIZE
    form_base_class = BaseForm
    action_disallowed_list = ("delete",)
    list_template = "admin/model/list.html"
    details_template = "admin/model/details.html"
    #: Model field that holds the region code; ``None`` for lists that only ``Scope.ALL`` roles see.
    region_field: Any = None
    #: Model field that holds the market subject, where enterprises see their own rows.
    subject_field: Any = None
    #: Where the rows' texts are indexed by the services that write them; ``None`` for a list without search.
    search_index: Index | None = None
    #: Filters shown above the list, each on an indexed field.
    filters: tuple[Filter, ...] = ()
    #: Names of foreign keys whose rows are fetched along with the list's own, in the same query.
    joined: tuple[str, ...] = ()
    #: Columns of an export; ``()`` for those of the list. Formatters are the list's: what is masked there stays so.
    export_columns: tuple[str, ...] = ()
    column_type_formatters = {
        datetime: lambda _view, value, _name: clock.to_minute(value),
        bool: lambda _view, value, _name: str(_("是") if value else _("否")),
        type(None): lambda _view, _value, _name: "",
    }
    column_type_formatters_detail = column_type_formatters_export = column_type_formatters
    #: Words above the list.
    intro: Text | str = ""

    def __init__(self, model: type[BaseModel], plugin: str, name: str, label: Text) -> None:
        self._related = {each: getattr(model, each).rel_model.alias() for each in self.joined}
        super().__init__(model, name=label, endpoint=f"{plugin}_{name}", url=_address(plugin, name))
        slow = [each.name for each in self.filters if not self._is_indexed(each.name)]
        if slow:
            raise ValueError(f"{type(self).__name__}: no index serves the filters {slow}")

    def scaffold_form(self) -> type[BaseForm]:
        """Return an empty form: lists do not edit."""
        empty: type[BaseForm] = BaseForm
        return empty

    def scaffold_sortable_columns(self) -> dict[str, str]:
        """Return the columns of the list that an index serves."""
        return {name: name for name, _label in self._list_columns if self._is_indexed(name)}

    def get_column_name(self, field: str) -> Any:  # their name
        """Return the label of a column: as declared, else as the model's field says."""
        label = (self.column_labels or {}).get(field)
        words = getattr(self.column(field), "verbose_name", None) if label is None and self._has(field) else label
        return words or super().get_column_name(field)

    def search_placeholder(self) -> str:
        """Return the words in the empty search box."""
        return str(_("输入关键字查询"))

    # --- the one query ------------------------------------------------------------------------------------------

    def _has(self, name: str) -> bool:
        own, _dot, other = name.partition(".")
        model = self._related[own] if other else self.model
        return (other or own) in model._meta.fields

    def _is_indexed(self, name: str) -> bool:
        """Whether the column is the list's own and leads an index."""
        column = self.model._meta.fields.get(name)
        first = [fields[0] for fields, _unique in self.model._meta.indexes]
        return column is not None and (column.primary_key or column.unique or column.index or name in first)

    def column(self, name: str) -> Field:
        """Return the field called *name*, ``"unit.name"`` for one of a joined row."""
        own, _dot, other = name.partition(".")
        column: Field = getattr(self._related[own], other) if other else getattr(self.model, own)
        return column

    def all_rows(self) -> ModelSelect:
        """Return all rows with what is joined to them; overridden where a list shows a part of its table only."""
        query: ModelSelect = self.model.select(self.model, *self._related.values())
        for name, related in self._related.items():
            key: ForeignKeyField = getattr(self.model, name)
            on = key == getattr(related, key.rel_field.name)
            query = query.join_from(self.model, related, JOIN.LEFT_OUTER, on=on, attr=name)
        return query

    def scope(self, query: ModelSelect, actor: Actor) -> ModelSelect:
        """Narrow *query* to the rows on which *actor* holds the view's permission."""
        return within_reach(query, actor, self.permission, region=self.region_field, subject=self.subject_field)

    @final
    def get_query(self) -> ModelSelect:
        """Return the rows this person may see; list, details and count all start here."""
        return self.scope(self.all_rows(), self.actor)

    @final
    def select(self, selection: Selection, actor: Actor) -> ModelSelect:
        """Return the rows of *selection* that *actor* may see, in its order."""
        query = self.scope(self.all_rows(), actor)
        key: Any = self.model._meta.primary_key
        wanted, number = conditions(self.filters, selection.filters, self.column), key
        if selection.search and self.search_index:
            query, number = self.search_index.narrow(db.obj, query, key, selection.search)
        order = [(number if name == key.name else self.column(name), down) for name, down in self._order(selection)]
        ordered = query.order_by(*(column.desc() if down else column.asc() for column, down in order))
        return ordered.where(*wanted) if wanted else ordered

    def _order(self, selection: Selection) -> list[tuple[str, bool]]:
        """Return the sort asked for, or the list's own; the key comes last, so that no two pages overlap.

        By name of column, and whether it goes down.
        """
        key = self.model._meta.primary_key
        order = [(name, bool(down)) for name, down in self._get_default_order() or ((key.name, True),)]
        ranged = [each.name for each in self.filters if isinstance(each, Days) and each.narrows(selection.filters)]
        if selection.sort in self._sortable_columns:
            order = [(self._sortable_columns[selection.sort], selection.descending)]
        elif ranged:
            # By the instants themselves: by number, an engine would walk through all rows after the days asked for.
            order = [(ranged[0], order[0][1])]
        if order[-1][0] != key.name:
            order.append((key.name, order[-1][1]))
        return order

    def prepare(self, rows: list[Any]) -> None:
        """Fetch what the columns of *rows* show beside the rows themselves: once for a page, not once a row."""

    # --- pages --------------------------------------------------------------------------------------------------

    def asked_for(self, given: Mapping[str, str]) -> Selection:
        """Return what *given* (an address or a form) asks for; what the list does not offer is left out."""
        sort = given.get("sort", "")
        return Selection(
            search=words_of(given.get("search", "")) if self.search_index else "",
            filters=chosen(self.filters, given).values,
            sort=sort if sort in self._sortable_columns else "",
            descending=given.get("desc") == "1",
        )

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """Show a page of the list."""
        selection, problems = self.asked_for(request.args), chosen(self.filters, request.args).problems
        query = self.select(selection, self.actor)
        page = page_of(query if not problems else query.where(False), page_number(), self.page_size)
        self.prepare(page.rows)
        shown = self.render(
            self.list_template,
            page=page,
            selection=selection,
            problems=problems,
            address=lambda number=1, **changes: self._address(selection, number, changes),
            columns=self._list_columns,
            sortable=self._sortable_columns,
            get_value=self.get_list_value,
        )
        return shown, 422 if problems else 200

    def _address(self, selection: Selection, number: int, changes: Mapping[str, str]) -> str:
        arguments = {**selection.arguments(), **({"page": str(number)} if number > 1 else {}), **changes}
        return str(self.get_url(".index_view", **{name: text for name, text in arguments.items() if text}))

    def get_one(self, id: Any) -> BaseModel:  # noqa: A002 - their signature
        """Return one row of the scoped query; a row outside is answered like a missing one."""
        key = self.model._meta.primary_key
        try:
            # Theirs makes a list of a number that an address gives twice.
            wanted = key.python_value(id) if isinstance(id, str | int) else None
        except (TypeError, ValueError):
            wanted = None
        if isinstance(wanted, int) and abs(wanted) > LARGEST_KEY:
            wanted = None
        row = self.get_query().where(key == wanted).get_or_none() if wanted is not None else None
        if row is None:
            raise NotFound(_("没有找到这条记录，或它不在您的管辖范围内。"))
        self.prepare([row])
        found: BaseModel = row  # type: ignore[assignment]  # the view was given a BaseModel
        return found

    # --- exports ------------------------------------------------------------------------------------------------

    @expose("/export", methods=("POST",))
    def export_view(self) -> ResponseReturnValue:
        """Ask for a file with what the list shows; a job writes it."""
        selection, format_ = self.asked_for(request.form), request.form.get("format", "")
        return self.carry_out(
            lambda: request_export(self.actor, self, selection, format_),
            lambda _made: _("已登记导出，完成后可在“我的导出”下载。"),
            url_for("office.exports"),
        )

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
