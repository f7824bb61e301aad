from __future__ import annotations

import pytest

from tests.checks.mail import Mail
from tests.checks.markup import mistakes
from tests.checks.sample import PAGES

pytestmark = pytest.mark.usefixtures("node_packages")


@pytest.mark.parametrize("name", PAGES)
def test_it_is_html(mails: dict[str, Mail], name: str) -> None:
    assert mistakes(mails[name].html) == []


@pytest.mark.parametrize(
    ("good", "bad", "rule"),
    [
        ("</h1>", "", "close-order"),
        ("<h1", "<span><div>x</div></span><h1", "element-permitted-content"),
        ("<h1", "<img src='x.png'><h1", "wcag/h37"),
        ("<h1", "<p id='a'>x</p><p id='a'>y</p><h1", "no-dup-id"),
        ("<h1", "<p>a & b</p><h1", "no-raw-characters"),
    ],
)
def test_a_mistake_is_found(mails: dict[str, Mail], good: str, bad: str, rule: str) -> None:
    page = mails["one-region"].html
    assert good in page

    assert rule in " ".join(mistakes(page.replace(good, bad, 1)))
