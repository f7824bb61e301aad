"""`make pictures`: takes the README's pictures again, from a fresh site in a real browser."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from docs.pictures.shots import take
from tests import programs
from tests.features.site import QUIET, embedded, word_after

#: Milliseconds, on a machine that has other things to do.
PATIENCE = 120_000

#: With more trends, an email has its map below what a picture shows.
FEW = 4

#: Names of the pictures of the mail, widths in pixels, and colour schemes.
LOOKS: tuple[tuple[str, int, Literal["light", "dark"]], ...] = (
    ("email", 680, "light"),
    ("email-phone", 375, "light"),
    ("email-dark", 375, "dark"),
)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as var,
        embedded(Path(var)) as (_process, said),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=str(programs.chromium()), args=list(QUIET)
        )
        site = word_after(said, "The site")
        take_desk(browser, site, word_after(said, "password"))
        take_email(browser, site)
        browser.close()


def take_desk(browser: Browser, site: str, password: str) -> None:
    page = browser.new_page(base_url=site, viewport={"width": 1200, "height": 860})
    page.goto("/admin/newsletter/mailing/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.locator("#result_list tbody a").first.click()
    expect(page.locator("#mailing-progress")).to_have_attribute(
        "data-state", "finished", timeout=PATIENCE
    )
    take(page, "desk")


def take_email(browser: Browser, site: str) -> None:
    """On a desk, on a phone, and on a phone in the dark."""
    for name, width, scheme in LOOKS:
        page = browser.new_page(
            base_url=site, viewport={"width": width, "height": 1240}, color_scheme=scheme
        )
        open_html_of_newest(page)
        take(page, name)
        page.close()


def open_html_of_newest(page: Page) -> None:
    """A mail with layout, on a page of its own: of few regions, that went up and down."""
    for address in newest_mails(page):
        answer = page.goto(f"{address}html/")
        if (
            answer
            and answer.ok
            and page.locator("html[lang=en]").count()
            and page.locator(".up").count()
            and page.locator(".down").count()
            and page.locator(".up, .down").count() <= FEW
            and not page.get_by_text("not assessed").count()
        ):
            return
    raise LookupError("No mail of the last 200 is of regions that went up and down.")


def newest_mails(page: Page) -> Iterator[str]:
    """Addresses of mails in the outbox."""
    for number in range(1, 5):
        page.goto(f"/outbox/?page={number}")
        links = page.locator("table.mails a").all()
        yield from [link.get_attribute("href") or "" for link in links]


if __name__ == "__main__":
    main()
