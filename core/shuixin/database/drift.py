"""Drift: where the tables of a database differ from the models that describe them."""

from collections.abc import Iterable

from peewee import Context, Database, Field, ForeignKeyField, Model, PostgresqlDatabase
from playhouse.schema_diff import diff_models

#: What PostgreSQL's serial types are once a column has them.
_SERIAL = {"SERIAL": "integer", "BIGSERIAL": "bigint"}


def drift(database: Database, models: Iterable[type[Model]]) -> list[str]:
    """Return what *database* lacks or has over against *models*, one short line each.

    Tables, columns and indexes, and each column's type and whether it may be empty.
    """
    models = list(models)
    difference = diff_models(database, models)
    lines = str(difference).splitlines() if difference else []
    existing = set(database.get_tables())
    for model in models:
        if model._meta.table_name in existing and not getattr(model._meta, "extension_module", None):
            lines += _columns(database, model)
    return lines


def _columns(database: Database, model: type[Model]) -> list[str]:
    table = model._meta.table_name
    stored = {column.name: column for column in database.get_columns(table)}
    lines: list[str] = []
    for field in model._meta.sorted_fields:
        column = stored.get(field.column_name)
        if column is None:
            continue
        expected, found = _type_of(database, field), str(column.full_type).lower()
        if expected != found:
            lines.append(f"change type {table}.{field.column_name}: {found} -> {expected}")
        if not field.primary_key and bool(field.null) != bool(column.null):
            lines.append(f"change null {table}.{field.column_name}: {column.null} -> {field.null}")
    return lines


def _type_of(database: Database, field: Field) -> str:
    """Return the column type that *database* would give to *field*, in the words of its own catalogue."""
    target = field
    while isinstance(target, ForeignKeyField):
        target = target.rel_field
    datatype = target.ddl_datatype(database.get_sql_context())
    name = str(Context(**database.get_context_options()).sql(datatype).query()[0]).strip()
    if not isinstance(database, PostgresqlDatabase):
        return name.lower()
    plain, bracket, size = name.partition("(")
    if plain.upper() in _SERIAL:
        return str(_SERIAL[plain.upper()])
    row = database.execute_sql("SELECT to_regtype(%s)::text", (plain.strip(),)).fetchone()
    return f"{row[0]}{bracket}{size.replace(' ', '')}" if row and row[0] else name.lower()
