from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.checks.accessibility import LOOKS, Look, barriers
from tests.checks.mail import Mail
from tests.checks.sample import NOTICES, PAGES, PAGES_OF_THE_SITE

#: A page that has nothing wrong with it.
SOUND = """<!doctype html><html lang="en" dir="ltr"><head><title>News</title>{sheet}</head>
<body style="background:#fff;color:#111"><h1>News</h1>{body}</body></html>"""


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_everybody_can_read_it(
    mails: dict[str, Mail], browser_page: Page, name: str, look: Look
) -> None:
    assert barriers(browser_page, mails[name].html, look) == []


@pytest.mark.parametrize(
    "name", [name for name in NOTICES if name.endswith(("-en-html", "-ar-html"))]
)
@pytest.mark.parametrize("look", [LOOKS[1], LOOKS[-1]], ids=str)
def test_everybody_can_read_every_notice(
    mails: dict[str, Mail], browser_page: Page, name: str, look: Look
) -> None:
    assert barriers(browser_page, mails[name].html, look) == []


@pytest.mark.parametrize("name", PAGES_OF_THE_SITE)
@pytest.mark.parametrize("look", [look for look in LOOKS if look.styled], ids=str)
def test_everybody_can_read_the_pages_of_the_site(
    site: Path, browser_page: Page, name: str, look: Look
) -> None:
    html = (site / f"{name}.html").read_text("utf-8")

    assert "<style>" in html
    assert barriers(browser_page, html, look) == []


def test_a_sound_page_has_no_barriers(browser_page: Page) -> None:
    page = SOUND.format(sheet="", body="<p>Calm.</p>")

    assert [found for look in LOOKS for found in barriers(browser_page, page, look)] == []


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<p style='color:#bbb'>Pale words on white.</p>", "color-contrast"),
        ("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>", "image-alt"),
        ("<a href='https://news.example/'></a>", "link-name"),
        ("<p lang='nonsense'>Words</p>", "valid-lang"),
    ],
)
def test_a_barrier_is_found(browser_page: Page, body: str, rule: str) -> None:
    (found,) = barriers(browser_page, SOUND.format(sheet="", body=body), LOOKS[0])

    assert found.startswith(rule)


def test_words_that_only_the_dark_scheme_hides_are_found(browser_page: Page) -> None:
    sheet = "<style>@media (prefers-color-scheme: dark) {body {background:#333 !important}}</style>"
    page = SOUND.format(sheet=sheet, body="<p>Black on grey.</p>")

    found = {str(look): barriers(browser_page, page, look) for look in LOOKS}

    assert found.pop("dark")
    assert not any(found.values())


def test_words_that_only_a_style_sheet_shows_are_found(browser_page: Page) -> None:
    sheet = "<style>.pale {color:#111 !important}</style>"
    page = SOUND.format(sheet=sheet, body="<p class='pale' style='color:#ccc'>Now you see me.</p>")

    found = {str(look) for look in LOOKS if barriers(browser_page, page, look)}

    assert found == {"stripped", "narrow-and-stripped"}


def test_a_page_wider_than_a_telephone_is_found(browser_page: Page) -> None:
    page = SOUND.format(sheet="", body="<table width='600'><tr><td>Wide</td></tr></table>")

    found = {str(look) for look in LOOKS if barriers(browser_page, page, look)}

    assert found == {"narrow", "narrow-and-stripped"}
