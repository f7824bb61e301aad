"""The page of a publication: what of it is more than a form of Django's."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from newsletter.admin.section_order import SectionOrderField
from subscribers.logos import logo_file
from subscribers.models import Publication
from tests.answers import Answer
from tests.newsletter import pictures
from tests.newsletter.admin.opened import open_page
from tests.newsletter.admin.test_merging import page_of

KINDS = ["letter", "developments", "regions", "takeaways", "outlook"]


def upload(client: Client, publication: Publication, raw: bytes) -> Answer:
    address = page_of(publication)
    typed = open_page(client, address).values
    return client.post(address, {**typed, "logo": SimpleUploadedFile("logo.png", raw)})


def test_a_logo_is_drawn_again_and_served_for_good(
    admin_client: Client, publication: Publication
) -> None:
    upload(admin_client, publication, pictures.picture((960, 300)))

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


def test_a_logo_that_is_not_seen_on_white_is_refused(
    admin_client: Client, publication: Publication
) -> None:
    white = pictures.encoded(Image.new("RGBA", (80, 40), (255, 255, 255, 120)))

    answer = upload(admin_client, publication, white)

    assert "too light to be seen on white" in answer.content.decode()
    assert not Publication.objects.get().logo_hash


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
