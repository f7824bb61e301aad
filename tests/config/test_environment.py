"""Every variable that the code reads is described, and no other is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

GUIDE = Path(settings.BASE_DIR, "docs/howto/configure.md")
READERS = {"str", "bool", "int", "float", "list", "dj_db_url", "secret", "kept_for"}
READERS |= {"get", "setdefault", "of", "number", "seconds", "is_on", "one_of", "host"}
#: Which settings module is used is Django's own matter, and what `ANYMAIL_…` is, Anymail's.
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "ANYMAIL_"}


def names_read(path: Path) -> Iterator[str]:
    """The variables that a module asks for by name, as the first argument of a reader."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        first = node.args[0]
        if node.func.attr in READERS and isinstance(first, ast.Constant):
            yield from re.findall(r"^[A-Z][A-Z_]+$", str(first.value))


@pytest.fixture
def read() -> set[str]:
    modules = Path(settings.BASE_DIR, "config").glob("*.py")
    return {name for path in modules for name in names_read(path)} - NOT_OURS


@pytest.fixture
def described() -> set[str]:
    """The variables that open a row of a table in the guide, `ANYMAIL_…` apart."""
    return set(re.findall(r"^\| `([A-Z_]+)` \|", GUIDE.read_text(), re.MULTILINE))


def test_the_guide_describes_what_the_code_reads(read: set[str], described: set[str]) -> None:
    assert described == read


def test_only_config_reads_the_environment() -> None:
    apps = [
        path
        for name in ("newsletter", "subscribers")
        for path in Path(settings.BASE_DIR, name).rglob("*.py")
    ]

    assert [path for path in apps if re.search(r"\benviron\b|\bgetenv\b", path.read_text())] == []
