from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from newsletter.editorial.drafts import draft_of
from newsletter.editorial.versioning import version_of
from newsletter.media.files import picture_file
from newsletter.models import Issue, Picture
from tests.answers import Answer
from tests.newsletter import pictures
from tests.newsletter.admin.conftest import Staff
from tests.newsletter.admin.opened import delete, delete_chosen
from tests.newsletter.factories import make_picture
from tests.newsletter.parts import en

ADD = "/admin/newsletter/picture/add/"


def upload(client: Client, raw: bytes, alt: str = "A map", name: str = "map.png") -> Answer:
    file = SimpleUploadedFile(name, raw, "image/png")
    return client.post(ADD, {"file": file, "alt": alt})


def page_of(picture: Picture, page: str = "change") -> str:
    return reverse(f"admin:newsletter_picture_{page}", args=[picture.pk])


def test_an_editor_uploads_a_picture_and_is_told_what_to_paste(admin_client: Client) -> None:
    answer = upload(admin_client, pictures.picture())

    assert answer.status_code == 302
    picture = Picture.objects.get()
    assert picture_file(picture.content_hash, picture.kind).is_file()
    assert picture.created_by == User.objects.get()
    page = admin_client.get(page_of(picture)).content.decode()
    assert f"<code>![](picture:{picture.pk})</code>" in page
    assert f'<img src="/pictures/{picture.content_hash}.png" alt="A map"' in page


def test_the_name_of_a_file_says_nothing(admin_client: Client) -> None:
    upload(admin_client, pictures.picture(kind="JPEG"), name="../../evil.php")

    assert Picture.objects.count() == 1


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This picture can’t be shown"),
        (pictures.announced(65_000, 65_000), "more than 60 million pixels"),
        (pictures.picture()[:60], "This picture is damaged"),
    ],
    ids=["svg", "bomb", "truncated"],
)
def test_what_is_refused_is_refused_with_a_sentence(
    admin_client: Client, settings: Settings, raw: bytes, sentence: str
) -> None:
    answer = upload(admin_client, raw)

    assert sentence in answer.content.decode()
    assert not Picture.objects.exists()
    assert not settings.PICTURES_DIR.exists()


def test_a_picture_needs_words(admin_client: Client) -> None:
    assert upload(admin_client, pictures.picture(), alt=" ").status_code == 200
    assert not Picture.objects.exists()


def test_the_words_can_be_changed_and_the_file_cannot(admin_client: Client) -> None:
    picture = make_picture()
    other = SimpleUploadedFile("other.png", pictures.picture((9, 9)))

    admin_client.post(page_of(picture), {"alt": "Better words", "file": other})

    changed = Picture.objects.get()
    assert (changed.alt, changed.content_hash) == ("Better words", picture.content_hash)


def test_the_list_shows_pictures_and_what_to_paste(admin_client: Client) -> None:
    picture = make_picture("Mines & wells")

    page = admin_client.get("/admin/newsletter/picture/").content.decode()

    assert f"![](picture:{picture.pk})" in page
    assert "Mines &amp; wells" in page


def test_a_picture_can_be_deleted_until_a_version_shows_it(
    admin_client: Client, issue: Issue
) -> None:
    picture, shown = make_picture(), make_picture()
    issue.sections.update(body=en(shown.markdown))
    version_of(draft_of(issue), by=None)

    for one in (picture, shown):
        delete(admin_client, page_of(one, "delete"))

    assert list(Picture.objects.all()) == [shown]


def test_several_are_deleted_with_their_files(
    admin_client: Client,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    chosen = [make_picture(), make_picture(raw=pictures.picture((9, 9)))]

    with django_capture_on_commit_callbacks(execute=True):
        delete_chosen(admin_client, "/admin/newsletter/picture/", *chosen)

    assert list(settings.PICTURES_DIR.iterdir()) == []


def test_only_those_who_may_can_upload(staff: Staff) -> None:
    assert upload(staff.may("view_picture"), pictures.picture()).status_code == 403
