"""`make publications`: two publications made at the desk, as editors make them, sent and read.

It starts a fresh site, and does in a real browser what `docs/howto/another-publication.md`
tells people to do: with mouse and keyboard alone. It says what that took, and takes pictures.
"""

from __future__ import annotations

import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from docs.pictures.editor import Editor, Tally, Texts
from docs.pictures.shots import take
from tests import programs
from tests.features.site import QUIET, embedded, word_after

FOLDER = Path(__file__).parent
#: Milliseconds, on a machine that has other things to do.
PATIENCE = 120_000


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as var,
        embedded(Path(var)) as (_process, said),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=str(programs.chromium()), args=list(QUIET)
        )
        run(browser, word_after(said, "The site"), word_after(said, "password"))
        browser.close()


def run(browser: Browser, site: str, password: str) -> None:
    desk = browser.new_page(base_url=site, viewport={"width": 1200, "height": 900})
    desk.set_default_timeout(PATIENCE)
    editor = Editor(desk)
    editor.log_in(password)
    for name in ("ukraine", "horn"):
        texts = Texts(tomllib.loads((FOLDER / f"{name}.toml").read_text()))
        slug = make_and_send(editor, name, texts, browser, site)
        for reader in texts.readers:
            if "picture" in reader:
                take_email(browser, site, reader)
    take_sign_up(browser, site, slug)


def make_and_send(editor: Editor, name: str, texts: Texts, browser: Browser, site: str) -> str:
    """The short name of the publication that was made."""
    with timed(name, "the publication", editor.tally):
        slug = editor.make_publication(texts)
    if texts.is_pictured:
        take(editor.page, f"{name}-desk")
    for reader in texts.readers:
        sign_up(browser, site, slug, reader)
    with timed(name, "its first issue", editor.tally):
        issue = editor.write_issue(texts)
    with timed(name, "preview, checks, sending", editor.tally):
        editor.preview(texts.previewed)
        if texts.is_pictured:
            take(editor.page, f"{name}-preview")
        editor.check_and_send(issue)
    return slug


@contextmanager
def timed(name: str, what: str, tally: Tally) -> Iterator[None]:
    """Say what was done in the block, and how long it took the script and would take a person."""
    before, began = tally.copy(), time.monotonic()
    yield
    done, seconds = tally - before, time.monotonic() - began
    print(f"{name}: {what}: {done}; {seconds:.0f} s here", flush=True)


def sign_up(browser: Browser, site: str, slug: str, reader: Mapping[str, Any]) -> None:
    """A reader fills in the form, opens the email with the link, and confirms."""
    with browser.new_context(base_url=site, locale=reader["language"]) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(f"/p/{slug}/")
        page.locator("input[name=address]").fill(reader["address"])
        for region in reader["regions"]:
            box = page.get_by_label(region, exact=True)
            if (folded := page.locator("details:not([open])").filter(has=box)).count():
                folded.first.locator("summary").first.click()
            box.check()
        page.locator(f"input[name=language][value={reader['language']}]").check()
        # A form that comes back at once is taken for a program's.
        page.wait_for_timeout(2_500)
        page.locator("button.main").click()
        page.wait_for_url("**/check-your-mail/")
        page.goto(newest_email(page, reader["address"], expected=1))
        page.frame_locator("iframe.mail").locator("a[href*='/confirm/']").first.click()
        page.locator("button.main").click()
        expect(page.locator("button.main")).to_have_count(0)


def newest_email(page: Page, address: str, *, expected: int) -> str:
    """Where the outbox shows the newest email to `address`, once there are so many."""
    emails = page.locator("table.mails a")
    for _ in range(PATIENCE // 1_000):
        page.goto(f"/outbox/?address={address}")
        if emails.count() >= expected:
            return str(emails.first.get_attribute("href"))
        page.wait_for_timeout(1_000)
    raise LookupError(f"There are not {expected} emails to {address}.")


def take_email(browser: Browser, site: str, reader: Mapping[str, Any]) -> None:
    page = browser.new_page(base_url=site, viewport={"width": 680, "height": 1240})
    address = newest_email(page, reader["address"], expected=2)
    page.goto(f"{address}html/")
    take(page, reader["picture"])
    page.close()


def take_sign_up(browser: Browser, site: str, slug: str) -> None:
    """In Arabic, on a phone, with one country unfolded."""
    with browser.new_context(
        base_url=site, locale="ar", viewport={"width": 390, "height": 1240}
    ) as context:
        page = context.new_page()
        page.goto(f"/p/{slug}/")
        page.locator("details.parts summary").last.click()
        page.locator("details.parts[open] input").first.check()
        take(page, "horn-sign-up-ar")


if __name__ == "__main__":
    main()
