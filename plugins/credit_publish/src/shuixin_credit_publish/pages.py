"""Public pages of the credit platform. They read Editions and listings, nothing else."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from shuixin.api import (
    NotFound,
    Text,
    clock,
    current_platform,
    domain,
    find_region,
    identifiers,
    page_number,
    region_name,
    regions_below,
)
from shuixin_credit_collection.api import FieldSpec, Kind, code_list, display, record_types
from shuixin_credit_publish import services
from shuixin_credit_publish.projection import first_values, sections_of
from shuixin_credit_publish.queries import Query, find
from shuixin_credit_publish.records import counts_of, find_records, public_records
from shuixin_credit_publish.settings import settings

_ = domain("credit_publish")
blueprint = Blueprint("credit_publish", __name__, url_prefix="/credit")


@blueprint.app_template_filter("credit_value")
def credit_value(value: Any, field: dict[str, Any], day: date | None = None) -> str:
    """Return an Edition's value in words, those of *day*."""
    spec = FieldSpec(field["name"], Text("", ""), Kind(field["kind"]), codes=field["codes"])
    return display(spec, value, day)


@blueprint.app_template_filter("credit_text")
def credit_text(source: str, catalogue: str) -> Text:
    """Return a label stored in an Edition, in the reader's language."""
    return Text(catalogue, source)


@blueprint.app_template_filter("credit_day")
def credit_day(instant: str) -> str:
    """Return the legal day that begins at an instant stored in an Edition."""
    return clock.legal_day(datetime.fromisoformat(instant)).isoformat()


#: Marks of a record -> words beside it.
MARKS = {"objection": _("异议处理中")}
#: Sections that a dossier names even while they are empty.
ALWAYS = ("basic_information", "qualification", "good_record", "bad_record")


#: As many columns as a table can have and still be read; records that say more are shown one below the other.
MOST_COLUMNS = 8


def _filled(section: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of a section that any of its records fills."""
    filled = {name for record in section["records"] for name in record["values"]}
    return [field for field in section["fields"] if field["name"] in filled]


def _fits(fields: list[dict[str, Any]]) -> bool:
    """Whether *fields* can be the columns of a table."""
    return len(fields) <= MOST_COLUMNS and not any(field["kind"] == "long" for field in fields)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The credit platform's general page (平台总页面): search first, then figures and what is new."""
    answer = find(Query(sort="newest"), _city())
    kinds = code_list("subject_kind").texts()
    return render_template(
        "credit_publish/home.html",
        kinds=[(code, label, answer.kind_counts.get(code, 0)) for code, label in kinds.items()],
        city=_city_name(),
        places=[place for place in regions_below(_city()) if place.selectable],
        total=answer.total,
        newest=answer.listings[:8],
        good=list(public_records("good_record", clock.now()).limit(6)),
        bad=list(public_records("bad_record", clock.now()).limit(6)),
    )


def _city_name() -> str:
    region = find_region(_city())
    return region.name if region else ""


def _city() -> str:
    return current_platform().settings.site.region


@blueprint.get("/enterprises")
def enterprises() -> ResponseReturnValue:
    """Search and filter: ``?q=&kind=&region=&page=``; an address can be kept and shared."""
    query = Query(
        text=request.args.get("q", "").strip()[:100],
        kinds=tuple(kind for kind in request.args.getlist("kind") if kind in code_list("subject_kind").labels()),
        regions=tuple(code[:6] for code in request.args.getlist("region") if code != "outside")[:60],
        outside="outside" in request.args.getlist("region"),
        page=page_number(),
        per_page=settings().per_page,
        sort="newest" if request.args.get("sort") == "newest" else "name",
    )
    answer = find(query, _city())
    return render_template(
        "credit_publish/enterprises.html",
        query=query,
        answer=answer,
        counts=counts_of(answer.listings),
        kinds=code_list("subject_kind").texts(),
        kind_text=code_list("subject_kind").text,
        places=regions_below(_city()),
        chips=_chips(query),
        page_url=_page_url,
        updated=clock.now(),
    )


def _page_url(page: int) -> str:
    arguments: dict[str, Any] = {
        name: request.args.getlist(name) for name in ("q", "kind", "region", "sort") if request.args.get(name)
    }
    return url_for("credit_publish.enterprises", **arguments, page=page)


def _chips(query: Query) -> list[tuple[str, str]]:
    """Return (words, address without it) of each filter in force."""
    labels = code_list("subject_kind").texts()
    chips: list[tuple[Text | str, str, str]] = (
        [(_("关键词“{text}”", text=query.text), "q", query.text)] if query.text else []
    )
    chips += [(labels[kind], "kind", kind) for kind in query.kinds]
    chips += [(region_name(code), "region", code) for code in query.regions]
    chips += [(_("市外"), "region", "outside")] if query.outside else []
    return [(str(words), _without(name, value)) for words, name, value in chips]


def _without(name: str, value: str) -> str:
    arguments: dict[str, Any] = {
        each: [one for one in request.args.getlist(each) if (each, one.strip()) != (name, value)]
        for each in ("q", "kind", "region", "sort")
    }
    return url_for(
        "credit_publish.enterprises", **dict[str, Any]({each: values for each, values in arguments.items() if values})
    )


@blueprint.get("/good-records")
def good_records() -> ResponseReturnValue:
    """Good records (良好行为) that are public now: ``?q=&page=``."""
    return _record_list("good_record", ("title", "level", "granter", "granted_on"))


@blueprint.get("/bad-records")
def bad_records() -> ResponseReturnValue:
    """Bad records (不良行为) that are public now: ``?q=&page=``."""
    return _record_list("bad_record", ("act", "decision", "decision_no", "organ", "decided_on"))


def _record_list(section: str, columns: tuple[str, ...]) -> ResponseReturnValue:
    type_ = next(each for each in record_types() if each.code == section)
    text = request.args.get("q", "").strip()[:100]
    return render_template(
        "credit_publish/records.html",
        type=type_,
        columns=[type_.field(name) for name in columns],
        answer=find_records(section, text, page_number(), settings().per_page),
        text=text,
        marks=MARKS,
        page_url=lambda page: url_for(request.endpoint or "", q=text or None, page=page),
        updated=clock.now(),
    )


@blueprint.get("/enterprises/<uscc>")
def dossier(uscc: str) -> ResponseReturnValue:
    """One enterprise: ``?tab=`` names the section, ``?as_of=2026-03-03`` shows what was public when that day ended."""
    code = identifiers.clean_code(uscc)
    if code != uscc:
        raise NotFound(_("没有找到这家单位的公示信息，请核对名称或代码。"))
    day = _day(request.args.get("as_of", ""))
    edition = services.as_of(code, _end_of(day)) if day else services.current(code)
    sections = sections_of(edition.document)
    tab = request.args.get("tab", "")
    chosen = sections.get(tab) or next(iter(sections.values()))
    return render_template(
        "credit_publish/dossier.html",
        edition=edition,
        sections=[each for each in sections.values() if each["records"] or each["code"] in ALWAYS or each is chosen],
        columns=(filled := _filled(chosen)),
        is_table=_fits(filled) and not chosen["single"],
        chosen=chosen,
        marks=MARKS,
        bases=list(dict.fromkeys(basis for each in chosen["records"] if (basis := each["basis"]))),
        basic=first_values(edition.document, "basic_information"),
        as_of=day,
        today=clock.legal_day(clock.now()),
        summary=services.summary_of(edition.document),
        kinds=code_list("subject_kind"),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise NotFound(_("查询时点不是有效日期，请按2026-03-03的格式填写。")) from None
    if day and day > clock.legal_day(clock.now()):
        raise NotFound(_("查询时点还没有到，请填写今天或以前的日期。"))
    return day


def _end_of(day: date) -> datetime:
    """Return the last moment of *day*, or the present one while the day has not ended."""
    return min(clock.start_of(day + timedelta(days=1)) - timedelta.resolution, clock.now())
