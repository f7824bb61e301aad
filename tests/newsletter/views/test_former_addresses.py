"""Addresses in mail that was sent, after somebody changed a short name."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from newsletter.models import Batch, FormerIssueSlug, Issue
from newsletter.sending.outgoing import outgoing_batch
from subscribers.models import AuditEntry, FormerPublicationSlug, Publication, SignUpRequest
from tests.factories import make_publication, make_subscription
from tests.newsletter.admin.opened import open_page
from tests.newsletter.factories import make_issue, published
from tests.newsletter.views.conftest import send
from tests.subscribers.stamps import stamp_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def publication(publication: Publication) -> Publication:
    publication.archive_open = True
    publication.slug = "dispatch"
    publication.save()
    FormerPublicationSlug.objects.all().delete()
    return publication


@pytest.fixture
def issue(publication: Publication) -> Issue:
    """One that readers have in their mailboxes."""
    issue = make_issue(publication, ("Letter", []), title="September", slug="september")
    published(issue)
    return issue


def rename(thing: Issue | Publication, slug: str) -> None:
    thing.slug = slug
    thing.full_clean()
    thing.save()


def test_the_address_of_an_issue_that_was_sent_leads_to_its_new_one(
    client: Client, issue: Issue
) -> None:
    rename(issue, "september-2023")

    answer = client.get("/archive/dispatch/september/?region=ML-1")

    assert answer.status_code == 301
    assert answer["Location"] == "/archive/dispatch/september-2023/?region=ML-1"
    assert client.get(answer["Location"]).status_code == 200


def test_every_address_in_mail_leads_on_when_the_publication_is_renamed(
    client: Client, publication: Publication, issue: Issue
) -> None:
    rename(publication, "bulletin")

    for old, new in (
        ("/archive/dispatch/", "/archive/bulletin/"),
        ("/archive/dispatch/september/", "/archive/bulletin/september/"),
        ("/p/dispatch/", "/p/bulletin/"),
    ):
        assert client.get(old)["Location"] == new
        assert client.get(new).status_code == 200


def test_names_that_changed_over_and_over_all_lead_to_the_present_one(
    client: Client, publication: Publication, issue: Issue
) -> None:
    rename(publication, "bulletin")
    rename(issue, "sept")
    rename(publication, "letter")
    rename(issue, "ninth")

    for slug in ("dispatch", "bulletin", "letter"):
        for name in ("september", "sept"):
            answer = client.get(f"/archive/{slug}/{name}/", follow=True)
            assert answer.redirect_chain[-1][0] == "/archive/letter/ninth/"
            assert answer.status_code == 200


def test_a_name_that_comes_back_is_the_present_one_again(client: Client, issue: Issue) -> None:
    rename(issue, "september-2023")
    rename(issue, "september")

    assert client.get("/archive/dispatch/september/").status_code == 200
    assert client.get("/archive/dispatch/september-2023/")["Location"].endswith("/september/")


def test_an_issue_that_moved_to_another_publication_is_found_there(
    client: Client, issue: Issue
) -> None:
    issue.publication = make_publication(archive_open=True)
    issue.save()

    answer = client.get("/archive/dispatch/september/")

    assert answer["Location"] == f"/archive/{issue.publication.slug}/september/"


def test_a_former_name_says_nothing_of_an_archive_that_is_closed(
    client: Client, publication: Publication, issue: Issue
) -> None:
    rename(publication, "bulletin")
    Publication.objects.update(archive_open=False)

    assert client.get("/archive/dispatch/").status_code == 404
    assert client.get("/archive/dispatch/september/").status_code == 404


def test_the_former_name_of_a_page_cannot_be_taken_by_another(
    publication: Publication, issue: Issue
) -> None:
    rename(issue, "september-2023")
    rename(publication, "bulletin")

    with pytest.raises(ValidationError, match="had this short name before"):
        rename(make_issue(publication, ("Letter", [])), "september")
    with pytest.raises(ValidationError, match="had this short name before"):
        rename(make_publication(), "dispatch")


def test_the_database_lets_a_former_name_lead_to_one_page(
    publication: Publication, issue: Issue
) -> None:
    rename(publication, "bulletin")
    other = make_publication()

    with pytest.raises(IntegrityError), transaction.atomic():
        FormerPublicationSlug.objects.create(publication=other, slug="dispatch")


def test_the_name_of_a_draft_that_was_never_sent_is_free_again(publication: Publication) -> None:
    draft = make_issue(publication, ("Letter", []), slug="draft")

    rename(draft, "october")

    assert not FormerIssueSlug.objects.exists()
    rename(make_issue(publication, ("Letter", [])), "draft")


def test_a_form_that_was_open_while_the_publication_was_renamed_is_still_taken(
    client: Client, publication: Publication
) -> None:
    typed = {"address": "awa@a.example", "regions": ["ML-1"], "stamp": stamp_for(publication)}
    rename(publication, "bulletin")

    answer = client.post("/p/dispatch/", {**typed, "language": "en", "mail_format": "html"})

    assert answer.status_code == 303
    assert SignUpRequest.objects.get().publication == publication


def test_the_desk_shows_the_names_that_lead_to_a_page(
    admin_client: Client, publication: Publication, issue: Issue
) -> None:
    rename(issue, "september-2023")
    rename(publication, "bulletin")

    for model, pk, name in (
        ("newsletter_issue", issue.pk, "september"),
        ("subscribers_publication", publication.pk, "dispatch"),
    ):
        page = admin_client.get(reverse(f"admin:{model}_change", args=[pk])).content.decode()
        assert f'<div class="readonly">{name}</div>' in page


def test_the_pages_that_a_mail_names_in_its_header_are_found_after_a_change(
    client: Client, publication: Publication
) -> None:
    make_subscription(publication=publication, regions=["ML-1"])
    send(make_issue(publication, ("Letter", [])))
    pages = outgoing_batch(Batch.objects.get()).list_pages

    rename(publication, "bulletin")

    for header, new in (("List-Archive", "/archive/bulletin/"), ("List-Help", "/p/bulletin/")):
        answer = client.get(pages[header].removeprefix(settings.SITE_URL))
        assert (answer.status_code, answer["Location"]) == (301, new)
        assert client.get(new).status_code == 200


def test_no_browser_remembers_where_a_former_name_led(client: Client, issue: Issue) -> None:
    rename(issue, "ninth")

    assert client.get("/archive/dispatch/september/")["Cache-Control"] == "no-cache"


def test_an_issue_that_moved_into_a_closed_archive_is_not_found(
    client: Client, issue: Issue
) -> None:
    issue.publication = make_publication(archive_open=False)
    issue.save()

    assert client.get("/archive/dispatch/september/").status_code == 404


def test_a_former_name_says_nothing_of_an_issue_that_nobody_got(
    client: Client, publication: Publication
) -> None:
    issue = make_issue(publication, ("Letter", []), slug="draft")
    send(issue)

    rename(issue, "what-comes-next")

    assert client.get("/archive/dispatch/draft/").status_code == 404


def test_code_that_asks_no_form_cannot_take_a_former_name_either(
    publication: Publication, issue: Issue
) -> None:
    rename(issue, "ninth")
    rename(publication, "bulletin")

    with pytest.raises(ValidationError, match="Choose another one"):
        make_publication(slug="dispatch")
    with pytest.raises(ValidationError, match="Choose another one"):
        make_issue(publication, slug="september")


def test_an_editor_who_takes_a_former_name_is_told_at_the_field(
    admin_client: Client, issue: Issue
) -> None:
    rename(issue, "ninth")
    page = open_page(admin_client, desk(make_issue(issue.publication)))

    answer = page.put(slug="september").send()

    (said,) = answer.context["adminform"].form.errors["slug"]
    assert said.startswith("Another page had this short name before, and old links lead there.")


def test_an_editor_who_renames_a_sent_issue_is_on_record_and_its_link_leads_on(
    admin_client: Client, client: Client, issue: Issue
) -> None:
    open_page(admin_client, desk(issue)).put(slug="ninth").send()

    assert AuditEntry.objects.get(action="changed").changes == {"slug": ["september", "ninth"]}
    assert client.get("/archive/dispatch/september/")["Location"] == "/archive/dispatch/ninth/"


def desk(issue: Issue) -> str:
    return reverse("admin:newsletter_issue_change", args=[issue.pk])
