from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from newsletter.transports.outbox import EmailBackend, Outbox
from newsletter.views import outbox as outbox_pages

HTML = (
    '<!DOCTYPE html><html><head lang="en"><title>x</title></head>'
    '<body><p>Ségou &amp; Kayes</p><a href="http://testserver/leave/">Unsubscribe</a></body></html>'
)
TEXT = "Ségou & Kayes\nUnsubscribe: http://testserver/leave/\n"
NO_SUCH_NAME = "20230901T000000.000000_0123456789ab_a@example.org.eml"


@pytest.fixture(autouse=True)
def outbox(settings: Settings, tmp_path: Path) -> Outbox:
    settings.MAIL_TRANSPORT = "outbox"
    settings.OUTBOX_OPEN = True
    settings.OUTBOX_DIR = tmp_path / "outbox"
    return Outbox(settings.OUTBOX_DIR)


def put(
    outbox: Outbox, address: str = "a@example.org", subject: str = "News", html: str = HTML
) -> str:
    """Puts a message into the outbox; its name there."""
    message = EmailMultiAlternatives(
        subject=subject,
        body=TEXT,
        from_email="The Dispatch <dispatch@example.org>",
        to=[address],
        headers={"List-Unsubscribe": "<http://testserver/leave/>"},
    )
    if html:
        message.attach_alternative(html, "text/html")
    EmailBackend().send_messages([message])
    return outbox.items()[0].name


def page_of(name: str, page: str) -> str:
    return reverse(f"newsletter:outbox-{page}", kwargs={"name": name})


def pages_of(name: str) -> list[str]:
    return ["/outbox/", *(page_of(name, page) for page in ("message", "html", "raw"))]


def text_of(client: Client, path: str, **query: str | int) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return unescape(response.content.decode())


# Who may read


def test_where_the_outbox_is_open_everyone_may_read_every_page(
    client: Client, outbox: Outbox
) -> None:
    statuses = [client.get(page).status_code for page in pages_of(put(outbox))]

    assert statuses == [200, 200, 200, 200]


@pytest.mark.django_db
def test_where_the_outbox_is_closed_there_are_no_such_pages(
    client: Client, outbox: Outbox, settings: Settings
) -> None:
    settings.OUTBOX_OPEN = False

    statuses = [client.get(page).status_code for page in pages_of(put(outbox))]

    assert statuses == [404, 404, 404, 404]


@pytest.mark.django_db
def test_where_the_outbox_is_closed_an_account_without_the_right_is_not_enough(
    client: Client, outbox: Outbox, settings: Settings
) -> None:
    settings.OUTBOX_OPEN = False
    client.force_login(User.objects.create_user("editor", is_staff=True))

    statuses = [client.get(page).status_code for page in pages_of(put(outbox))]

    assert statuses == [404, 404, 404, 404]


@pytest.mark.django_db
def test_where_the_outbox_is_closed_staff_with_the_right_may_read(
    client: Client, outbox: Outbox, settings: Settings
) -> None:
    settings.OUTBOX_OPEN = False
    editor = User.objects.create_user("editor", is_staff=True)
    editor.user_permissions.add(Permission.objects.get(codename="view_outbox"))
    client.force_login(editor)

    statuses = [client.get(page).status_code for page in pages_of(put(outbox))]

    assert statuses == [200, 200, 200, 200]


@pytest.mark.django_db
def test_where_mail_goes_elsewhere_there_are_no_such_pages_even_for_a_superuser(
    client: Client, outbox: Outbox, settings: Settings
) -> None:
    settings.MAIL_TRANSPORT = "smtp"
    client.force_login(User.objects.create_superuser("editor"))

    statuses = [client.get(page).status_code for page in pages_of(put(outbox))]

    assert statuses == [404, 404, 404, 404]


def test_a_post_is_refused(client: Client, outbox: Outbox) -> None:
    statuses = [client.post(page).status_code for page in pages_of(put(outbox))]

    assert statuses == [405, 405, 405, 405]


def test_no_cache_and_no_search_engine_keeps_what_is_shown(client: Client, outbox: Outbox) -> None:
    for page in pages_of(put(outbox)):
        response = client.get(page)
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    "name", ["nothing", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "a%00b", NO_SUCH_NAME]
)
@pytest.mark.parametrize("page", ["", "html/", "raw/"])
def test_a_name_that_is_not_in_the_outbox_leads_nowhere(
    client: Client, outbox: Outbox, name: str, page: str
) -> None:
    put(outbox)

    assert client.get(f"/outbox/{name}/{page}").status_code == 404


@pytest.mark.parametrize("dots", ["..", "%2e%2e"])
def test_dots_for_a_name_lead_to_the_list_at_most(client: Client, dots: str) -> None:
    assert client.get(f"/outbox/{dots}/html/").status_code == 404
    assert client.get(f"/outbox/{dots}/").headers["Location"] == "/outbox/"


def test_a_path_that_climbs_out_of_the_outbox_leads_nowhere(client: Client) -> None:
    assert client.get("/outbox/../../etc/passwd").status_code == 404
    assert client.get("/outbox/../../etc/passwd/raw/").status_code == 404


# The list


def test_an_empty_outbox_says_what_it_is_for(client: Client) -> None:
    text = text_of(client, "/outbox/")

    assert "Nothing leaves this machine" in text
    assert "0 emails" in text


def test_the_list_shows_to_whom_and_what_newest_first(client: Client, outbox: Outbox) -> None:
    put(outbox, "awa@example.org", "Please confirm")
    put(outbox, "bakary@example.org", "Ségou <September>")

    text = text_of(client, "/outbox/")

    assert "2 emails" in text
    shown = ["bakary@example.org", "Ségou <September>", "awa@example.org", "Please confirm"]
    places = [text.index(words) for words in shown]
    assert places == sorted(places)


def test_the_list_leads_to_each_message_whatever_the_address(
    client: Client, outbox: Outbox
) -> None:
    name = put(outbox, "aissata+%_o'b@example.org")

    assert page_of(name, "message") in text_of(client, "/outbox/")
    assert [client.get(page).status_code for page in pages_of(name)] == [200] * 4


def test_an_address_can_be_searched_for(client: Client, outbox: Outbox) -> None:
    put(outbox, "awa@example.org")
    put(outbox, "bakary@example.org")

    text = text_of(client, "/outbox/", address=" AWA ")

    assert "One email to addresses with “AWA” in them" in " ".join(text.split())
    assert "awa@example.org" in text
    assert "bakary@example.org" not in text


def test_what_was_searched_for_is_shown_as_text(client: Client) -> None:
    response = client.get("/outbox/", {"address": '"><script>alert(1)</script>'})

    assert b"<script>" not in response.content


def test_a_page_has_fifty_messages_and_leads_to_the_next_of_the_same_search(
    client: Client, outbox: Outbox
) -> None:
    for number in range(51):
        outbox.write(f"{number}@example.org", b"Subject: News\r\n\r\n")

    first = text_of(client, "/outbox/", address="example")
    second = text_of(client, "/outbox/", address="example", page=2)

    assert first.count("<time ") == 50
    assert "?address=example&page=2" in first
    assert second.count("<time ") == 1
    assert "0@example.org" in second


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "\x00"])
def test_a_page_that_does_not_exist_gives_one_that_does(
    client: Client, outbox: Outbox, page: str
) -> None:
    put(outbox)

    assert "One email" in text_of(client, "/outbox/", page=page)


def test_only_the_files_of_the_page_shown_are_opened(
    client: Client, outbox: Outbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_pages, "PER_PAGE", 2)
    names = [outbox.write("a@example.org", b"Subject: News\r\n\r\n") for _ in range(4)]
    unreadable = settings.OUTBOX_DIR / min(names)
    unreadable.unlink()
    unreadable.mkdir()

    assert text_of(client, "/outbox/").count("<time ") == 2


def test_a_message_that_vanishes_while_the_list_is_made_is_left_out(
    client: Client, outbox: Outbox, settings: Settings
) -> None:
    put(outbox)
    name = outbox.write("gone@example.org", b"Subject: Gone\r\n\r\n")
    (settings.OUTBOX_DIR / name).unlink()
    (settings.OUTBOX_DIR / name).symlink_to("nowhere")

    assert text_of(client, "/outbox/").count("<time ") == 1


def test_a_message_without_a_subject_can_be_opened(client: Client, outbox: Outbox) -> None:
    outbox.write("a@example.org", b"To: a@example.org\r\n\r\n")

    assert "(no subject)" in text_of(client, "/outbox/")


# One message


def test_a_message_shows_its_headers_and_its_text(client: Client, outbox: Outbox) -> None:
    text = text_of(client, page_of(put(outbox, subject="Mali & Sahel"), "message"))

    assert "<h1>Mali & Sahel</h1>" in text
    assert "The Dispatch <" in text
    assert "List-Unsubscribe" in text
    assert "Ségou & Kayes" in text


def test_the_links_of_the_text_can_be_followed(client: Client, outbox: Outbox) -> None:
    response = client.get(page_of(put(outbox), "message"))

    assert b'Unsubscribe: <a href="http://testserver/leave/"' in response.content


def test_the_text_of_a_message_is_never_markup(client: Client, outbox: Outbox) -> None:
    raw = b"Subject: <script>1</script>\r\nTo: a@example.org\r\n\r\n<script>2</script>\r\n"
    name = outbox.write("a@example.org", raw)

    assert b"<script>" not in client.get(page_of(name, "message")).content


def test_the_html_is_shown_in_a_frame_that_runs_nothing(client: Client, outbox: Outbox) -> None:
    _list, message, html, _raw = pages_of(put(outbox))

    text = text_of(client, message)

    assert f'src="{html}"' in text
    assert f'sandbox="{outbox_pages.SANDBOX}"' in text
    assert "allow-scripts" not in text
    assert "allow-same-origin" not in text


def test_a_message_in_plain_text_has_no_frame_and_no_html_page(
    client: Client, outbox: Outbox
) -> None:
    _list, message, html, _raw = pages_of(put(outbox, html=""))

    assert "<iframe" not in text_of(client, message)
    assert client.get(html).status_code == 404


def test_the_html_comes_under_its_own_policy_and_no_other(client: Client, outbox: Outbox) -> None:
    response = client.get(page_of(put(outbox), "html"))

    assert response["Content-Security-Policy"] == (
        "sandbox allow-popups allow-popups-to-escape-sandbox "
        "allow-top-navigation-by-user-activation; "
        "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
    )
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("html", "sent"),
    [
        ("<html><HEAD a=b><p>x", '<html><HEAD a=b><base target="_top"><p>x'),
        ("<header>x</header>", '<base target="_top"><header>x</header>'),
        ("<p>x</p>", '<base target="_top"><p>x</p>'),
    ],
)
def test_links_in_the_html_lead_out_of_the_frame(
    client: Client, outbox: Outbox, html: str, sent: str
) -> None:
    assert text_of(client, page_of(put(outbox, html=html), "html")).strip() == sent


def test_the_raw_message_is_sent_byte_for_byte_as_text(client: Client, outbox: Outbox) -> None:
    name = put(outbox)

    response = client.get(page_of(name, "raw"))

    assert response.content == outbox.read(name)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
