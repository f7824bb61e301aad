from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.mail import Mail
from tests.checks.markup import mistakes
from tests.checks.sample import PAGES

#: By the rule that forbids it: what stands in a sound page, and what in a bad one.
BAD = {
    "close-order": ("</h1>", ""),
    "element-permitted-content": ("<h1", "<span><div>x</div></span><h1"),
    "wcag/h37": ("<h1", "<img src='x.png'><h1"),
    "no-dup-id": ("<h1", "<p id='a'>x</p><p id='a'>y</p><h1"),
    "no-raw-characters": ("<h1", "<p>a & b</p><h1"),
}


@pytest.fixture(scope="module")
def found(node_packages: Path, mails: dict[str, Mail]) -> dict[str, list[str]]:
    """The mistakes in each page, and in each bad one."""
    sound = mails["one-region"].html
    assert all(good in sound for good, _bad in BAD.values())
    bad = {rule: sound.replace(*change, 1) for rule, change in BAD.items()}
    return mistakes({**{name: mails[name].html for name in PAGES}, **bad})


@pytest.mark.parametrize("name", PAGES)
def test_it_is_html(found: dict[str, list[str]], name: str) -> None:
    assert found[name] == []


@pytest.mark.parametrize("rule", BAD)
def test_a_mistake_is_found(found: dict[str, list[str]], rule: str) -> None:
    assert rule in " ".join(found[rule])
