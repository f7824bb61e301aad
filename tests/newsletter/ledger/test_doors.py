"""Nobody but the ledger writes states."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

import newsletter

ROOT = Path(newsletter.__file__).parent
#: Calls that write rows, if they are given a state.
WRITES = {"update", "bulk_update", "create", "get_or_create", "update_or_create", "bulk_create"}
MODELS = {"Mailing", "Batch", "Delivery"}
SQL = re.compile(
    r"\b(?:INSERT INTO|DELETE FROM)\s+newsletter_(?:mailing|batch|delivery)\b|\bSET\s+state\b",
    re.IGNORECASE,
)


def written_in(source: str) -> Iterator[int]:
    """The lines of `source` that write a state of a mailing, a batch or a delivery."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _writes(node):
            yield node.lineno
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(one, ast.Attribute) and one.attr == "state" for one in targets):
                yield node.lineno
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and SQL.search(node.value)
        ):
            yield node.lineno


def _writes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    name = name or (call.func.id if isinstance(call.func, ast.Name) else "")
    given = {keyword.arg for keyword in call.keywords if not _of_a_check(keyword.value)}
    if name in MODELS or name in WRITES - {"bulk_update"}:
        return "state" in given
    if name == "bulk_update":
        return any(isinstance(n, ast.Constant) and n.value == "state" for n in ast.walk(call))
    return name == "setattr" and '"state"' in ast.unparse(call).replace("'", '"')


def _of_a_check(value: ast.expr) -> bool:
    """Whether it is, or chooses among, the states of checks of drafts: these are no mail."""
    return "PreflightState." in ast.unparse(value)


def outside() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*.py")):
        if path.relative_to(ROOT).parts[0] not in ("ledger", "migrations"):
            yield path


def test_only_the_ledger_writes_states() -> None:
    written = [
        f"{path.relative_to(settings.BASE_DIR)}:{line}"
        for path in outside()
        for line in written_in(path.read_text("utf-8"))
    ]

    assert written == []


@pytest.mark.parametrize(
    "source",
    [
        "Delivery.objects.filter(pk=1).update(state='planned')",
        "mailing.state = MailingState.PAUSED",
        "Batch.objects.create(mailing=m, state=BatchState.HANDED)",
        "Batch(state='handed')",
        "Delivery.objects.bulk_update(some, ['detail', 'state'])",
        "setattr(batch, 'state', 'pending')",
        "cursor.execute('UPDATE newsletter_delivery SET state = 1')",
        "SQL = 'INSERT INTO newsletter_batch (state) SELECT 1'",
    ],
)
def test_whoever_writes_a_state_is_found(source: str) -> None:
    assert list(written_in(source)) == [1]
