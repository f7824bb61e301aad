"""The page of a publication: what of it is more than a form of Django's."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import Settings

from newsletter.admin.section_order import SectionOrderField
from subscribers.channels import Channel
from subscribers.logos import logo_file
from subscribers.models import Publication
from tests.answers import Answer
from tests.newsletter import pictures
from tests.newsletter.admin.conftest import Staff
from tests.newsletter.admin.opened import KeptPages, OpenPage, open_page
from tests.newsletter.admin.test_merging import page_of
from tests.newsletter.factories import make_issue

KINDS = ["letter", "developments", "regions", "takeaways", "outlook"]


@pytest.fixture
def page(admin_client: Client, publication: Publication, pages: KeptPages) -> OpenPage:
    """That of the publication as it is before a test changes it."""
    return pages.open(admin_client, page_of(publication))


def upload(page: OpenPage, raw: bytes) -> Answer:
    file = SimpleUploadedFile("logo.png", raw)
    return page.client.post(page.address, {**page.values, "logo": file})


def test_a_logo_is_drawn_again_and_served_for_good(
    admin_client: Client, publication: Publication, page: OpenPage
) -> None:
    upload(page, pictures.picture((960, 300)))

    publication.refresh_from_db()
    assert (publication.logo_width, publication.logo_height) == (179, 56)
    answer = admin_client.get(publication.logo_src)
    assert answer["Content-Type"] in ("image/png", "image/jpeg")
    assert "immutable" in answer["Cache-Control"]

    open_page(admin_client, page_of(publication)).put(logo_removed="on").send()

    removed = Publication.objects.get()
    assert not removed.logo_hash
    # What was mailed keeps working.
    assert logo_file(publication.logo_hash, publication.logo_kind).is_file()


def test_a_logo_that_is_not_seen_on_white_is_refused(page: OpenPage) -> None:
    white = pictures.encoded(Image.new("RGBA", (80, 40), (255, 255, 255, 120)))

    answer = upload(page, white)

    assert "too light to be seen on white" in answer.content.decode()
    assert not Publication.objects.get().logo_hash


def look(page: OpenPage, publication: Publication, part: str, **typed: object) -> str:
    """What the preview shows with what is typed."""
    page = page.in_browser(page.client).put(**typed)
    address = reverse("admin:subscribers_publication_look", args=[publication.pk])
    answer = page.client.post(address, page.values | {"_look": part, "_language": "fr"})
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    return answer.content.decode()


@pytest.mark.parametrize("with_an_issue", [True, False])
def test_the_preview_shows_what_is_typed_and_saves_nothing(
    publication: Publication, page: OpenPage, with_an_issue: bool
) -> None:
    if with_an_issue:
        make_issue(publication, ("On Kayes", ["ML-1"]))
    before = Publication.objects.values().get()
    typed = {"accent": "#7a4a12", "masthead": "Every month", "contact": "Write to us."}

    email = look(page, publication, "email", **typed)
    form = look(page, publication, "signup", **typed)

    for shown in (email, form):
        assert "Every month" in shown
        assert "Write to us." in shown
    assert "#7a4a12" in email
    assert ("On Kayes" in email) is with_an_issue
    assert "/accents/7a4a12-" in form
    assert "Adresse e-mail" in form
    assert Publication.objects.values().get() == before


def test_the_preview_says_what_cannot_be_saved_and_shows_the_rest(
    publication: Publication, page: OpenPage
) -> None:
    email = look(page, publication, "email", accent="#8ec5e8", contact="Write to us.")

    assert "The nearest colour that works is" in email
    assert "border-top:4px solid #0b4f6c" in email
    assert "Write to us." in email


def test_a_logo_is_previewed_before_it_is_stored(
    publication: Publication, page: OpenPage, settings: Settings
) -> None:
    address = reverse("admin:subscribers_publication_look", args=[publication.pk])
    logo = SimpleUploadedFile("logo.png", pictures.picture())

    answer = page.client.post(address, {**page.values, "logo": logo, "_look": "email"})

    assert 'src="data:image/png;base64,' in answer.content.decode()
    assert not settings.LOGOS_DIR.exists()


def test_only_those_who_may_change_it_preview_it(staff: Staff, publication: Publication) -> None:
    address = reverse("admin:subscribers_publication_look", args=[publication.pk])

    assert staff.may("view_publication").get(address).status_code == 403


@pytest.mark.parametrize(
    ("chosen", "expected"), [(KINDS, []), (KINDS[::-1], KINDS[::-1]), ([None] * 5, [])], ids=str
)
def test_an_order_is_stored_where_it_is_not_the_usual_one(
    chosen: list[str], expected: list[str]
) -> None:
    field = SectionOrderField()

    assert field.clean(chosen) == expected
    assert field.has_changed([], chosen) is bool(expected)


def test_each_kind_of_part_has_one_place() -> None:
    with pytest.raises(Exception, match="Put each kind of part in one place"):
        SectionOrderField().clean(["letter", *KINDS[:4]])


def test_the_channel_is_asked_where_there_is_more_than_one(
    admin_client: Client, publication: Publication, settings: Settings
) -> None:
    assert "channel" not in open_page(admin_client, page_of(publication)).values
    settings.MAIL_CHANNELS = {"alerts": Channel("alerts", "smtp")}

    page = open_page(admin_client, page_of(publication))
    assert page.values["channel"] == ["main"]
    page.put(channel="alerts").send()

    publication.refresh_from_db()
    assert publication.channel == "alerts"


def test_a_channel_that_is_gone_stays_chosen_until_another_is(
    admin_client: Client, publication: Publication
) -> None:
    Publication.objects.update(channel="alerts")

    open_page(admin_client, page_of(publication)).put(from_name="Another").send()

    publication.refresh_from_db()
    assert (publication.from_name, publication.channel) == ("Another", "alerts")
    assert "alerts (not set up)" in admin_client.get(page_of(publication)).content.decode()


@pytest.mark.parametrize("name", ["", "Alerts", "a b", "a\n", "-a", "a_b"])
def test_no_publication_has_a_channel_that_no_variable_could_name(
    publication: Publication, name: str
) -> None:
    with pytest.raises(IntegrityError):
        Publication.objects.update(channel=name)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("", "dry-season.news.example.org"), ("own.example.org", "own.example.org")],
)
def test_a_new_publication_is_told_apart_by_its_short_name_and_its_senders_domain(
    admin_client: Client, publication: Publication, typed: str, stored: str
) -> None:
    copied = open_page(admin_client, page_of(publication)).values
    new = OpenPage(admin_client, reverse("admin:subscribers_publication_add"), copied)

    new.put(slug="dry_season", from_address="dry@news.example.org", list_id=typed).send()

    assert Publication.objects.get(slug="dry_season").list_id == stored


def test_a_list_id_is_never_made_again(admin_client: Client, publication: Publication) -> None:
    page = open_page(admin_client, page_of(publication))

    answer = page.put(slug="renamed", list_id="").send()

    assert "list_id" in answer.context["adminform"].form.errors


def test_an_issue_is_begun_on_the_page_of_its_publication(
    admin_client: Client, publication: Publication
) -> None:
    page = admin_client.get(page_of(publication)).content.decode()
    address = f"{reverse('admin:newsletter_issue_add')}?publication={publication.pk}"

    assert f'<a href="{address}">Write an issue</a>' in page
    chosen = admin_client.get(address).context["adminform"].form["publication"]
    assert chosen.value() == str(publication.pk)


def test_the_example_of_a_publication_without_issues_has_trends(
    publication: Publication, page: OpenPage
) -> None:
    email = look(page, publication, "email", measured="Rainfall", measured_fr="La pluie")

    assert "La pluie est en hausse\u00a0: Kayes\u00a0; en baisse\u00a0: Ségou." in email
