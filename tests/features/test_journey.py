"""The whole journey in a real browser: a reader signs up, an editor sends, the reader leaves."""

from __future__ import annotations

import email
import re
import urllib.request
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.features.site import word_after
from tests.messages import part_of

READER = "fanta.keita@mine.example.org"
SECTIONS = ("Kayes", "Koulikoro", "Segou", "Sikasso", "Timbuktu", "Taoudenni")


@pytest.fixture
def page(site_with_brake: str, browser: Browser) -> Iterator[Page]:
    with browser.new_context(base_url=word_after(site_with_brake, "The site")) as context:
        context.set_default_timeout(15_000)
        yield context.new_page()


def test_from_sign_up_to_unsubscribing(page: Page, site_with_brake: str) -> None:
    sign_up(page, "Kayes", "Timbuktu")
    confirm(page)
    log_in(page, word_after(site_with_brake, "password"))

    # The editor sends; the reader gets one email with their regions' parts and none of the others.
    schedule_at_once(page)
    expect(page.get_by_text("The counts add up.")).to_be_visible()
    mail = newest_mail(page, expected=2)
    text = part_of(mail, "plain").get_content()
    headings = {
        line
        for line in text.splitlines()
        if line in SECTIONS or line.upper() in {name.upper() for name in SECTIONS}
    }
    assert {name for name in SECTIONS if name.upper() in {h.upper() for h in headings}} == {
        "Kayes",
        "Timbuktu",
    }
    assert mail["To"] == READER

    # They pass the link to the browser on; a stranger finds the mail and no power over it.
    read_in_browser(page)
    page.go_back()

    # They drop one region by a link, and leave the rest as it is.
    drop(page, mail, "Kayes")

    # They leave by the button of their mail program; the next mailing skips them and says why.
    unsubscribe_with_one_click(mail)
    schedule_at_once(page, even_to_nobody=True)
    assert "is no longer subscribed" in their_delivery(page)
    newest_mail(page, expected=2)


def sign_up(page: Page, *regions: str) -> None:
    page.goto("/")
    page.get_by_label("Email address").fill(READER)
    for region in regions:
        page.get_by_label(region, exact=True).check()
    # A form that comes back at once is taken for a program's.
    page.wait_for_timeout(2_500)
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()


def confirm(page: Page) -> None:
    """Follow the link in the mail, as the outbox shows it, and press the button."""
    open_newest(page, expected=1)
    mail = page.frame_locator("iframe.mail")
    mail.get_by_role("link", name=re.compile("confirm", re.IGNORECASE)).first.click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="You are subscribed")).to_be_visible()


def log_in(page: Page, password: str) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def schedule_at_once(page: Page, *, even_to_nobody: bool = False) -> None:
    """Schedule the sample issue and watch its desk, which moves without reloading."""
    page.goto("/admin/newsletter/issue/")
    page.locator("#result_list .field-title a").first.click()
    page.get_by_role("link", name="Schedule").click()
    page.get_by_label("Send at once").check()
    if even_to_nobody:
        page.get_by_label("Schedule it all the same").check()
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator("#mailing-progress")).to_have_attribute(
        "data-state", "finished", timeout=30_000
    )


def open_newest(page: Page, *, expected: int) -> None:
    """Open the newest of the reader's emails, of which there should be `expected`."""
    links = page.locator("table.mails a")

    def found() -> int:
        page.goto(f"/outbox/?address={READER}")
        return links.count()

    for _ in range(100):
        if found() >= expected:
            break
        page.wait_for_timeout(100)
    assert found() == expected
    links.first.click()


def newest_mail(page: Page, *, expected: int) -> EmailMessage:
    open_newest(page, expected=expected)
    address = page.get_by_role("link", name="raw message").get_attribute("href")
    raw = page.request.get(str(address)).body()
    return email.message_from_bytes(raw, policy=policy.default)


def read_in_browser(page: Page) -> None:
    """Follow the link in the mail, as the outbox shows it, and then the one to sign up."""
    page.frame_locator("iframe.mail").get_by_role("link", name="View in browser").click()
    expect(page.get_by_text("This is a copy of an email")).to_be_visible()
    expect(page.get_by_role("heading", name="Kayes", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Unsubscribe")).to_have_count(0)
    page.get_by_role("link", name="Subscribe here").click()
    expect(page.get_by_label("Email address")).to_be_empty()
    page.go_back()


def drop(page: Page, mail: EmailMessage, region: str) -> None:
    """Follow the link under the part on `region`, which opens the preferences, and save."""
    text = part_of(mail, "plain").get_content()
    address = re.search(rf"Stop getting {region}:\s+(http\S+/preferences/\S+)", text)
    assert address
    page.goto(address[1])
    expect(page.get_by_text("You are about to drop Kayes and keep the rest.")).to_be_visible()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Kayes", exact=True)).not_to_be_checked()
    expect(page.get_by_label("Timbuktu", exact=True)).to_be_checked()


def unsubscribe_with_one_click(mail: EmailMessage) -> None:
    """As RFC 8058 says: a POST without cookies, and no redirect for an answer."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].partition(">")[0].lstrip("<")
    request = urllib.request.Request(address, data=b"List-Unsubscribe=One-Click")  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert answer.status == 200
        assert answer.url == request.full_url


def their_delivery(page: Page) -> str:
    page.locator("#content").get_by_role("link", name="Deliveries").click()
    return page.locator("#result_list tr", has_text=READER).inner_text()
