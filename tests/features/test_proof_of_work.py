"""While many sign up, the visitor's browser works a moment for the form, in the background."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.features.site import word_after


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
    browser: Browser, site_with_brake: str
) -> None:
    with browser.new_context(base_url=word_after(site_with_brake, "The site")) as context:
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
