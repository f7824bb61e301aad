"""Every page of the desk fits on a telephone: nothing has to be moved sideways to be read."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, sync_playwright

from tests import programs
from tests.features.site import QUIET, embedded, word_after

#: Of a telephone, in CSS pixels.
WIDTH = 390
#: What a page of the desk is not.
ELSEWHERE = ("logout", "jsi18n", "autocomplete", "view_on_site")
#: Whatever stands out at the right, and is no part of something that scrolls by itself.
STANDING_OUT = """width => [...document.querySelectorAll("body *")].filter(element => {
    if (element.getBoundingClientRect().right <= width + 1) return false;
    for (let held = element.parentElement; held; held = held.parentElement)
        if (getComputedStyle(held).overflowX !== "visible") return false;
    return true;
}).map(element => element.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A browser on a telephone, signed in to the desk of a site with a sample."""
    program = programs.chromium()
    assert program, "This needs a Chromium: make test looks for one and installs it where it can."
    with (
        embedded(tmp_path_factory.mktemp("var")) as (_process, said),
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=str(program), args=list(QUIET))
        page = chromium.new_page(
            base_url=word_after(said, "The site"),
            # Its words are longer than those of English.
            locale="fr",
            viewport={"width": WIDTH, "height": 844},
        )
        page.goto("/admin/")
        page.locator("#id_username").fill("editor")
        page.locator("#id_password").fill(word_after(said, "password"))
        page.locator("[type=submit]").click()
        yield page
        chromium.close()


def test_no_page_of_the_desk_is_wider_than_a_telephone(page: Page) -> None:
    seen: set[str] = set()
    wide: dict[str, list[str]] = {}
    ahead = ["/admin/"]
    while ahead:
        path = ahead.pop(0)
        view = _view_of(path)
        if view is None or view in seen:
            continue
        seen.add(view)
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        if page.evaluate("document.documentElement.scrollWidth") > WIDTH:
            wide[path] = page.evaluate(STANDING_OUT, WIDTH)
        links = page.locator("a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        ahead += [urlsplit(urljoin(path, link)).path for link in links]

    assert wide == {}
    assert len(seen) > 40


def _view_of(path: str) -> str | None:
    """The name of the page of the desk at `path`; None if it is none."""
    if not path.startswith("/admin/"):
        return None
    try:
        name = resolve(path).view_name
    except Resolver404:
        return None
    return None if name.endswith(ELSEWHERE) else name
