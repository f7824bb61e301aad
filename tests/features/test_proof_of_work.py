"""While many sign up, the visitor's browser works a moment for the form, in the background."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import programs
from tests.features.site import QUIET, embedded, word_after


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site on which the brake is always on."""
    folder = tmp_path_factory.mktemp("var")
    with embedded(folder, SIGNUPS_BEFORE_PROOF="0", SIGNUP_PROOF_BITS="12") as (_process, said):
        yield word_after(said, "The site")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = programs.chromium()
    assert path, "This needs a Chromium: make test looks for one and installs it where it can."
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(path), args=list(QUIET))
        yield chromium
        chromium.close()


def sign_up(page: Page, address: str) -> None:
    page.goto("/")
    page.get_by_label("Email address").fill(address)
    page.get_by_label("Kayes", exact=True).check()
    # A form that comes back at once is taken for a program's.
    page.wait_for_timeout(2_500)
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()


def mails_to(page: Page, address: str) -> int:
    page.goto(f"/outbox/?address={address}")
    return page.locator("table.mails a").count()


def test_a_browser_does_the_work_and_the_confirmation_comes_at_once(
    browser: Browser, site: str
) -> None:
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text))

        sign_up(page, "quick@readers.example.org")

        for _ in range(50):
            if mails_to(page, "quick@readers.example.org"):
                break
            page.wait_for_timeout(100)
        assert mails_to(page, "quick@readers.example.org") == 1
        assert faults == []
