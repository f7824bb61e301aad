from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from email.utils import parsedate_to_datetime

import pytest
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from pytest_django import Settings

from subscribers import emails, links
from subscribers.models import (
    InterestSet,
    NoticeKind,
    Publication,
    Region,
    SignUpRequest,
    Subscription,
)
from subscribers.tokens import Purpose, read
from tests.factories import make_notice, make_publication, make_request, make_subscription

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.subscribers.link_urls"),
]

Write = Callable[[Subscription], EmailMultiAlternatives]


def confirm(subscription: Subscription) -> EmailMultiAlternatives:
    return emails.confirm(make_notice(subscription))


def already_active(subscription: Subscription) -> EmailMultiAlternatives:
    return emails.already_active(make_notice(subscription, NoticeKind.ALREADY_ACTIVE))


def new_link(subscription: Subscription) -> EmailMultiAlternatives:
    return emails.new_link(make_notice(subscription, NoticeKind.NEW_LINK))


def changed(subscription: Subscription) -> EmailMultiAlternatives:
    return emails.changed(make_notice(subscription, NoticeKind.CHANGED))


def links_ended(subscription: Subscription) -> EmailMultiAlternatives:
    return emails.links_ended(make_notice(subscription, NoticeKind.LINKS_ENDED))


every_mail = pytest.mark.parametrize(
    "write", [confirm, already_active, new_link, changed, links_ended]
)


@pytest.fixture(autouse=True)
def _site(settings: Settings) -> None:
    settings.SITE_URL = "https://news.example.org"


@pytest.fixture
def subscription(publication: Publication, kayes: Region, segou: Region) -> Subscription:
    return make_subscription(
        publication=publication, regions=[segou, kayes], address="reader@example.org"
    )


def on_the_wire(message: EmailMultiAlternatives) -> ParsedMessage:
    parsed = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    assert isinstance(parsed, ParsedMessage)
    return parsed


def part(message: EmailMultiAlternatives, kind: str) -> str:
    found = on_the_wire(message).get_body((kind,))
    assert found is not None
    return str(found.get_content())


def links_in(text: str) -> list[str]:
    return re.findall(r"https://\S+?(?=[\s\"])", text)


@every_mail
def test_every_mail_goes_to_one_person_from_the_publication(
    subscription: Subscription, write: Write
) -> None:
    headers = on_the_wire(write(subscription))

    assert headers["To"] == "reader@example.org"
    assert headers["From"] == "Sahel Desk <desk@news.example.org>"
    assert headers["Reply-To"] == "editor@example.org"
    assert headers["Cc"] is headers["Bcc"] is None


@every_mail
def test_every_mail_is_marked_as_automatic_and_as_no_mailing_list(
    subscription: Subscription, write: Write
) -> None:
    headers = on_the_wire(write(subscription))

    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Content-Language"] == "en"
    assert headers["Message-ID"].endswith("@news.example.org>")
    assert abs(parsedate_to_datetime(headers["Date"]) - timezone.now()) < timedelta(minutes=1)
    assert headers["Date"].endswith("+0000")
    assert not [name for name in headers if name.lower().startswith("list-")]


@every_mail
def test_every_mail_says_the_same_as_text_and_as_a_page(
    subscription: Subscription, write: Write
) -> None:
    message = write(subscription)

    text, page = part(message, "plain"), part(message, "html")
    assert links_in(text) == links_in(page) != []
    for said in ("Kayes, Segou", "do nothing", "days", "Sahel Dispatch", "12 Example Street"):
        assert said in text
        assert said in page


@every_mail
def test_every_mail_is_small_and_holds_nothing_the_visitor_typed(
    subscription: Subscription, write: Write
) -> None:
    subscription.subscriber.name = "Buy now at https://spam.example"

    raw = write(subscription).message().as_bytes()

    assert len(raw) < 5 * 1024
    assert b"spam" not in raw
    assert b"<img" not in raw
    assert raw.count(b"reader") == 1  # in To and nowhere else


@every_mail
def test_lines_of_text_fit_a_terminal_except_for_links(
    subscription: Subscription, write: Write
) -> None:
    lines = part(write(subscription), "plain").splitlines()

    assert all(len(line) <= 78 for line in lines if "https://" not in line)
    assert "\n\n\n" not in "\n".join(lines)
    assert "-- " in lines


@every_mail
def test_every_mail_is_in_the_language_of_its_reader(
    subscription: Subscription, write: Write
) -> None:
    subscription.language = "fr"

    message = write(subscription)

    assert on_the_wire(message)["Content-Language"] == "fr"
    assert "Kayes, Ségou" in part(message, "plain")
    assert '<html lang="fr"' in part(message, "html")


def test_a_reader_who_wants_plain_text_gets_nothing_else(subscription: Subscription) -> None:
    subscription.mail_format = "text"

    message = on_the_wire(confirm(subscription))

    assert message.get_content_type() == "text/plain"


def test_names_are_shown_as_they_are_written(kayes: Region) -> None:
    publication = make_publication(
        name="Dépêche <Mali> & Sénégal", from_name='Dépêche, "Sahel"', regions=[kayes]
    )

    message = confirm(make_subscription(publication=publication, regions=[kayes]))

    headers = on_the_wire(message)
    assert headers["Subject"].strip() == "Confirm your subscription to Dépêche <Mali> & Sénégal"
    assert headers["From"].addresses[0].display_name == 'Dépêche, "Sahel"'
    assert "Dépêche <Mali> & Sénégal" in part(message, "plain")
    assert "Dépêche &lt;Mali&gt; &amp; Sénégal" in part(message, "html")


def test_the_first_mail_can_confirm_or_stop_and_no_more(subscription: Subscription) -> None:
    message = confirm(subscription)

    link, stop = links_in(part(message, "plain"))
    assert stop == links.stop_url("reader@example.org")
    token = link.removeprefix("https://news.example.org/confirm/").removesuffix("/")
    assert read(Purpose.CONFIRM, token) == SignUpRequest.objects.get().public_id
    assert "7 days" in part(message, "plain")


@pytest.mark.parametrize("write", [already_active, new_link, links_ended])
def test_a_reader_gets_links_to_their_preferences_and_to_the_way_out(
    subscription: Subscription, write: Write
) -> None:
    text = part(write(subscription), "plain")

    pages = [link.split("/")[3] for link in links_in(text)]
    assert [page for page in pages if page != "stop"] == ["preferences", "unsubscribe"]
    assert "90 days" in text


def test_the_first_mail_says_what_was_asked_and_not_what_stands(
    subscription: Subscription, kayes: Region
) -> None:
    notice = make_notice(subscription)
    assert notice.request is not None
    notice.request.interest_set = InterestSet.objects.of([kayes])
    notice.request.language, notice.request.mail_format = "fr", "text"

    message = emails.confirm(notice)

    assert "Kayes" in message.body
    assert "Ségou" not in message.body
    assert "Confirmez" in message.subject
    assert message.alternatives == []


def test_a_reader_who_asks_for_other_regions_is_sent_a_link_to_switch(
    subscription: Subscription, kayes: Region
) -> None:
    other = make_request(subscription, interest_set=InterestSet.objects.of([kayes]))
    notice = make_notice(subscription, NoticeKind.ALREADY_ACTIVE)
    notice.request = other

    text = part(emails.already_active(notice), "plain")

    assert "To get these regions instead: Kayes\n" in text
    assert links.confirm_url(other.public_id).split("/confirm/")[1][:22] in text


def test_what_a_mail_says_of_how_long_its_links_work_is_true_of_each_of_them(
    subscription: Subscription, kayes: Region
) -> None:
    notice = make_notice(subscription, NoticeKind.ALREADY_ACTIVE)
    notice.request = make_request(subscription, interest_set=InterestSet.objects.of([kayes]))

    message = emails.already_active(notice)

    for kind in ("plain", "html"):
        said = " ".join(part(message, kind).split())
        switch, _, rest = said.partition("/preferences/")
        assert "The link works for 7 days." in switch
        assert "The link to change your regions works for 90 days" in rest
        assert "the link to unsubscribe for ever." in rest


@every_mail
def test_the_title_of_a_plain_text_stands_apart(subscription: Subscription, write: Write) -> None:
    title, below, *_ = part(write(subscription), "plain").splitlines()

    assert title == on_the_wire(write(subscription))["Subject"].strip()
    assert below == ""


def test_links_tell_no_address_and_no_count(subscription: Subscription) -> None:
    urls = [
        links.confirm_url(subscription.public_id),
        links.preferences_url(subscription.public_id, 0),
        links.unsubscribe_url(subscription.public_id),
        links.undo_url(subscription.public_id),
        links.stop_url("reader@example.org"),
    ]

    assert all(re.fullmatch(r"https://news\.example\.org/[a-z]+/[\w.-]{52}/", u) for u in urls)
    assert not any("reader" in url for url in urls)


def test_the_form_of_a_publication_has_an_address(publication: Publication) -> None:
    assert links.signup_url(publication) == f"https://news.example.org/{publication.slug}/"


@pytest.mark.parametrize("write", [confirm, already_active])
def test_whoever_is_written_to_because_somebody_typed_their_address_can_stop_it(
    subscription: Subscription, write: Write
) -> None:
    text = part(write(subscription), "plain")

    assert f"Never email this address again:\n\n{links.stop_url('reader@example.org')}" in text


@every_mail
def test_every_mail_tells_how_data_is_handled(subscription: Subscription, write: Write) -> None:
    subscription.publication.privacy_url = {"en": "https://example.org/privacy"}

    message = write(subscription)

    for kind in ("plain", "html"):
        assert "https://example.org/privacy" in part(message, kind)


def test_notices_show_the_accent_and_what_the_publication_says_at_the_end(
    subscription: Subscription,
) -> None:
    Publication.objects.update(
        accent="#7a4a12",
        contact=[["en", "Write to us."]],
        footer=[["en", "From public sources.\n\nFigures change."]],
        logo_hash="a" * 64,
        logo_kind="png",
        logo_width=56,
        logo_height=56,
    )
    subscription.publication.refresh_from_db()

    mail = confirm(subscription)

    page = str(mail.alternatives[0][0])
    assert "background:#7a4a12" in page
    # A picture among so few words looks like spam.
    assert "<img" not in page
    for part in (page, str(mail.body)):
        assert part.index("From public sources.") < part.index("Figures change.")
        assert "Write to us." in part
