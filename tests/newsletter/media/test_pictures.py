from __future__ import annotations

import pytest
from django.db import IntegrityError, connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from newsletter.editions.compose import Composer
from newsletter.editions.stored import from_json
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.versioning import version_of
from newsletter.errors import MendTheIssue
from newsletter.media.files import delete_picture, picture_file
from newsletter.models import Issue, Picture
from subscribers.models import Publication
from subscribers.regions import RegionTree
from tests.newsletter import pictures
from tests.newsletter.factories import make_issue, make_picture
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(publication: Publication) -> Issue:
    return make_issue(publication, ("Letter", []))


def show(issue: Issue, text: str, translated: str = "") -> None:
    issue.sections.update(body=en(text, fr=translated))


def mail_of(plain: dict[str, object]) -> str:
    composer = Composer(from_json(plain), RegionTree.load())
    return composer.edition_for([], language="en", mail_format="html").html


def test_a_picture_is_kept_by_what_is_in_it() -> None:
    one, same = make_picture("One"), make_picture("Same")
    other = make_picture(raw=pictures.picture((30, 30)))

    assert one.content_hash == same.content_hash != other.content_hash
    assert picture_file(one.content_hash, one.kind).is_file()


def test_the_database_refuses_a_picture_without_words() -> None:
    with pytest.raises(IntegrityError):
        make_picture(alt="")


def test_a_mail_shows_the_picture_of_its_text(issue: Issue, settings: Settings) -> None:
    settings.SITE_URL = "https://news.example.org"
    picture = make_picture("A map of mines")
    show(issue, f"Look: {picture.markdown}")

    html = mail_of(version_of(draft_of(issue), by=None).content)

    address = f"https://news.example.org/pictures/{picture.content_hash}.{picture.kind}"
    assert f'<img src="{address}" alt="A map of mines" width="40"' in html


def test_a_version_keeps_the_words_of_its_time(issue: Issue) -> None:
    picture = make_picture("Before")
    show(issue, picture.markdown)
    version = version_of(draft_of(issue), by=None)

    Picture.objects.update(alt="After")

    version.refresh_from_db()
    assert 'alt="Before"' in mail_of(version.content)
    assert 'alt="After"' in mail_of(version_of(draft_of(issue), by=None).content)


def test_a_picture_that_a_version_shows_cannot_be_deleted(issue: Issue) -> None:
    picture, translated = make_picture(), make_picture()
    show(issue, picture.markdown, translated.markdown)
    version_of(draft_of(issue), by=None)

    for shown in (picture, translated):
        with pytest.raises(ProtectedError):
            delete_picture(shown)
        assert picture_file(shown.content_hash, shown.kind).is_file()


def test_a_picture_that_no_version_shows_is_deleted_with_its_file(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    picture = make_picture()
    file = picture_file(picture.content_hash, picture.kind)

    with django_capture_on_commit_callbacks(execute=True):
        delete_picture(picture)

    assert not Picture.objects.exists()
    assert not file.exists()


def test_a_file_stays_while_another_picture_has_the_same(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    picture, same = make_picture(), make_picture()

    with django_capture_on_commit_callbacks(execute=True):
        delete_picture(picture)

    assert picture_file(same.content_hash, same.kind).is_file()


def test_an_issue_that_shows_a_picture_which_is_not_there_is_not_sent(issue: Issue) -> None:
    show(issue, "![](picture:404)")

    with pytest.raises(MendTheIssue, match="shows picture 404, which is not there"):
        version_of(draft_of(issue), by=None)


def test_an_issue_is_read_in_as_many_queries_however_many_pictures_it_shows(issue: Issue) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            draft_of(issue)
        return len(captured)

    show(issue, make_picture().markdown)
    with_one = queries()
    for number in range(3):
        body = " ".join(make_picture(f"{number} {n}").markdown for n in range(3))
        issue.sections.create(title=en(f"T{number}"), body=en(body))

    assert queries() == with_one
