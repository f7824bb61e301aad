"""What the documents lead to is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
#: Those that name files of the code by their whole path.
GUIDES = ("CONTRIBUTING.md", "SECURITY.md")

LINK = re.compile(r"\]\((?!\w+:)([^)#]+)")
QUOTED = re.compile(r"`([a-z_.]+/[\w./-]*)`")


def documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def missing(places: Iterator[tuple[Path, str]], text: Path) -> list[str]:
    return [f"{text.name}: {place}" for base, place in places if not (base / place).exists()]


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_link_to_a_file_finds_it(document: Path) -> None:
    links = ((document.parent, place) for place in LINK.findall(document.read_text("utf-8")))

    assert missing(links, document) == []


@pytest.mark.parametrize("name", GUIDES)
def test_every_file_that_a_guide_names_is_there(name: str) -> None:
    guide = ROOT / name
    quoted = ((ROOT, place) for place in QUOTED.findall(guide.read_text("utf-8")))

    assert missing(quoted, guide) == []


def test_a_commit_is_held_to_what_make_lint_asks_and_to_nothing_else() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")

    assert re.findall(r"^ +entry: (.+)$", hooks, re.MULTILINE) == ["make lint"]
