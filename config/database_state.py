"""Whether a database is one that this version can go on from: migrated by it, or before it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import ManyToManyField

#: An app and the name of one of its migrations.
Migration = tuple[str, str]


def trouble_with(connection: BaseDatabaseWrapper) -> list[str]:
    """What is wrong with the tables behind `connection`, a sentence each; none if nothing is.

    What its migrations recorded is held against the migrations of this code, and against the
    tables that are there. An empty database is a sound one.
    """
    loader = MigrationLoader(connection)
    recorded = set(loader.applied_migrations)
    ours = {app for app, _name in loader.disk_migrations}
    # A migration that others were squashed into stands for them.
    unknown = recorded - set(loader.disk_migrations) - _squashed(loader)
    newer = sorted(migration for migration in unknown if migration[0] in ours)
    if newer:
        return [_newer(newer)]
    known = [m for m in recorded if m in loader.graph.nodes]
    there = set(connection.introspection.table_names())
    wanted = _tables(loader.project_state(known)) if known else set()
    unrecorded = _tables(loader.project_state()) & there - wanted
    missing = sorted(wanted - there)
    return [
        *([_missing(missing)] if missing else []),
        *([_unrecorded(sorted(unrecorded))] if unrecorded else []),
    ]


def _squashed(loader: MigrationLoader) -> set[Migration]:
    return {old for migration in loader.disk_migrations.values() for old in migration.replaces}


def _tables(state: ProjectState) -> set[str]:
    found = (_tables_of(model) for model in state.models.values())
    return {table for tables in found for table in tables}


def _tables_of(model: ModelState) -> Iterable[str]:
    """Its table and those between it and others, where they have the names that Django gives."""
    if model.options.get("proxy") or not model.options.get("managed", True):
        return
    table = str(model.options.get("db_table") or f"{model.app_label}_{model.name_lower}")
    yield table
    for name, field in model.fields.items():
        if isinstance(field, ManyToManyField) and field.remote_field.through is None:
            yield f"{table}_{name}"


def _newer(migrations: list[Migration]) -> str:
    return (
        f"This database is newer than this version, which does not know {_named(migrations)}. "
        "Start the version that last ran on it, or restore the backup from before it."
    )


def _missing(tables: list[str]) -> str:
    return (
        f"This database is not whole: {_listed(tables)} should be there, by the migrations that "
        "it says it had. Restore it once more, into an empty database."
    )


def _unrecorded(tables: list[str]) -> str:
    return (
        f"This database is not whole: {_listed(tables)} came by a migration that it does not say "
        "it had. Restore it once more, into an empty database."
    )


def _named(migrations: list[Migration]) -> str:
    return _listed([f"{app}.{name}" for app, name in migrations])


def _listed(names: list[str]) -> str:
    return (
        f"{', '.join(names[:3])} and {len(names) - 3} more" if len(names) > 4 else ", ".join(names)
    )
