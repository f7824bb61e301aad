"""What stands in the headers of every mail is refused at the desk, or made writable."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from newsletter.models import Issue
from newsletter.transports.mime import mailbox, verbatim, words
from subscribers.models import Publication
from tests.factories import TEXTS, make_publication
from tests.newsletter.factories import make_issue

pytestmark = pytest.mark.django_db

HIDDEN = ["a\r\nBcc: b", "a\nb", "a\tb", "a\x7fb", "a\x85b", "a\u2028b", "a\u202eb", "a\u2066b"]
ADDRESSES = ["é@a.example", '"a b"@c.example', "a@[127.0.0.1]", "a", "a@b.c\r\nBcc: d@e.f"]


@pytest.fixture
def publication() -> Publication:
    return make_publication()


@pytest.mark.parametrize("field", ["from_address", "reply_to"])
def test_a_domain_of_any_script_is_kept_as_the_dns_has_it(
    publication: Publication, field: str
) -> None:
    setattr(publication, field, "redaction@Dépêche.example")

    publication.full_clean()

    assert getattr(publication, field) == "redaction@xn--dpche-bsai.example"


def test_so_it_is_when_nobody_validated(publication: Publication) -> None:
    publication.from_address = "redaction@dépêche.example"
    publication.save()

    publication.refresh_from_db()
    assert publication.from_address == "redaction@xn--dpche-bsai.example"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, value) for field in ("name", "from_name", "postal_address") for value in HIDDEN),
        *((field, value) for field in ("from_address", "reply_to") for value in ADDRESSES),
        ("list_id", "dépêche.example.org"),
        ("list_id", "a.example>\r\nBcc: b"),
    ],
)
def test_what_no_mail_can_be_written_with_is_refused_by_the_desk_and_by_the_database(
    publication: Publication, field: str, value: str
) -> None:
    given = {"en": value} if field in TEXTS else value
    setattr(publication, field, given)

    with pytest.raises(ValidationError) as refused:
        publication.full_clean()
    assert set(refused.value.message_dict) == {field}

    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.filter(pk=publication.pk).update(**{field: given})


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("field", ["title", "subject"])
@pytest.mark.parametrize("value", HIDDEN)
def test_a_subject_is_one_line_that_reads_as_it_is_written(
    publication: Publication, field: str, language: str, value: str
) -> None:
    issue = make_issue(publication)
    text = {"en": "x", language: value}
    setattr(issue, field, text)

    with pytest.raises(ValidationError) as refused:
        issue.full_clean()
    assert set(refused.value.message_dict) == {field}

    with pytest.raises(IntegrityError), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(**{field: text})


@pytest.mark.parametrize("name", ["نشرة الساحل", "Dépêche « du Mali »", "👩‍💻", "a\u200fb"])
def test_words_of_any_script_are_welcome(publication: Publication, name: str) -> None:
    publication.name, publication.from_name = {"en": name}, name

    publication.full_clean()
    publication.save()


@pytest.mark.parametrize("name", ["\u200b", "\ufeff\u2060", "\u3164", "\xad", "\u200f\u200d"])
def test_a_name_that_nobody_sees_is_none(publication: Publication, name: str) -> None:
    publication.name, publication.from_name = {"en": name}, name

    with pytest.raises(ValidationError) as refused:
        publication.full_clean()

    assert set(refused.value.message_dict) == {"name", "from_name"}


@given(name=st.text(min_size=1, max_size=80), local=st.text(max_size=9), label=st.text(max_size=9))
def test_whatever_the_desk_takes_can_be_written(name: str, local: str, label: str) -> None:
    publication = Publication(
        name={"en": name},
        from_name=name,
        from_address=f"{local}@{label}.example",
        reply_to="a@news.example",
        list_id=f"{label}.example",
    )
    try:
        publication.clean_fields(exclude=["slug", "postal_address", "list_id"])
    except ValidationError:
        return

    mailbox("From", publication.from_name, publication.from_address)
    words("Subject", str(publication.name))
    verbatim("List-Id", publication.reply_to)


def test_the_desk_says_what_to_write_instead(
    admin_client: Client, publication: Publication
) -> None:
    page = reverse("admin:subscribers_publication_change", args=[publication.pk])
    form = admin_client.get(page).context["adminform"].form
    data = {name: form[name].value() or "" for name in form.fields} | {
        "from_name": "The \u202eDispatch",
        "from_address": "rédaction@a.example",
        "regions": [],
    }

    errors = admin_client.post(page, data).context["adminform"].form.errors

    assert "without invisible control characters" in str(errors["from_name"])
    assert "Enter " in str(errors["from_address"])
