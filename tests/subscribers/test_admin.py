"""Readers in the admin."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from subscribers.models import (
    ConsentKind,
    EndedReason,
    Publication,
    Region,
    Subscription,
    Suppression,
)
from subscribers.regions import find
from tests.answers import Answer
from tests.factories import make_subscription
from tests.newsletter.admin.opened import delete, open_page
from tests.regions import load_regions

pytestmark = pytest.mark.django_db

SUBSCRIPTIONS = "admin:subscribers_subscription_changelist"


def end(client: Client, *subscriptions: Subscription) -> None:
    client.post(
        reverse(SUBSCRIPTIONS),
        {"action": "end_subscription", "_selected_action": [s.pk for s in subscriptions]},
    )


def client_of_staff(*permissions: str) -> Client:
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", ["subscriber", "subscription", "notice"])
def test_nobody_is_signed_up_by_hand(admin_client: Client, name: str) -> None:
    assert admin_client.get(reverse(f"admin:subscribers_{name}_add")).status_code == 403


@pytest.mark.parametrize("name", ["subscriber", "subscription"])
def test_readers_are_looked_at_and_not_edited(
    admin_client: Client, publication: Publication, name: str
) -> None:
    subscription = make_subscription(publication=publication)
    pk = subscription.pk if name == "subscription" else subscription.subscriber_id
    page = reverse(f"admin:subscribers_{name}_change", args=[pk])

    assert admin_client.get(page).status_code == 200
    assert admin_client.post(page, {"status": "pending"}).status_code == 403


def test_staff_end_a_subscription_and_it_is_kept_why(
    admin_client: Client, publication: Publication
) -> None:
    subscription = make_subscription(publication=publication)

    end(admin_client, subscription)

    subscription.refresh_from_db()
    assert subscription.ended_reason == EndedReason.REMOVED
    event = subscription.consent_events.get()
    assert (event.kind, event.source) == (ConsentKind.ENDED, "staff")


def test_who_may_only_view_cannot_end_a_subscription(publication: Publication) -> None:
    subscription = make_subscription(publication=publication)

    end(client_of_staff("view_subscription"), subscription)

    subscription.refresh_from_db()
    assert subscription.status == "active"


def test_the_proof_of_consent_is_shown_with_its_wording(
    admin_client: Client, publication: Publication
) -> None:
    subscription = make_subscription(publication=publication)
    subscription.consent_events.create(kind=ConsentKind.REQUESTED, wording="Yes, send it.")

    page = reverse("admin:subscribers_subscription_change", args=[subscription.pk])

    assert "Yes, send it." in admin_client.get(page).content.decode()


def test_the_list_tells_the_regions_without_a_query_a_row(
    admin_client: Client,
    publication: Publication,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(20):
        make_subscription(
            publication=publication, regions=["ML-1", "ML-4"], address=f"r{number}@a.example"
        )

    with django_assert_max_num_queries(13):
        page = admin_client.get(reverse(SUBSCRIPTIONS))

    assert "Kayes, Segou" in page.content.decode()


@pytest.mark.parametrize("typed", ["Ségou", "segou", "SEGOU", "ml-4"])
def test_a_region_is_found_however_it_is_written(
    admin_client: Client, segou: Region, typed: str
) -> None:
    segou.spellings.create(text="Ségou")

    found = admin_client.get(reverse("admin:subscribers_region_changelist"), {"q": typed})

    assert [region.code for region in found.context["cl"].result_list] == ["ML-4"]


def add_names(client: Client, region: Region, *names: str) -> Answer:
    page = open_page(client, reverse("admin:subscribers_region_change", args=[region.pk]))
    kept = region.spellings.aliases().count()
    page.put(spellings__TOTAL_FORMS=kept + len(names))
    for number, name in enumerate(names, kept):
        page.put(**{f"spellings__{number}__text": name})
    answer: Answer = page.send()
    return answer


def test_staff_add_a_name_by_which_a_region_is_found(admin_client: Client, segou: Region) -> None:
    add_names(admin_client, segou, "Ségou-Koura", "Sikoro")

    assert [*find("segou koura"), *find("SIKORO")] == [segou, segou]


def test_a_name_that_staff_added_stays_when_the_service_starts(
    admin_client: Client, segou: Region
) -> None:
    add_names(admin_client, segou, "Sikoro")

    load_regions()

    assert find("sikoro") == [segou]


@pytest.mark.parametrize("names", [["SEGOU"], ["Sikoro", "sikoro"]])
def test_a_name_that_a_region_has_is_not_added_twice(
    admin_client: Client, segou: Region, names: list[str]
) -> None:
    segou.spellings.create(text="Ségou")

    answer = add_names(admin_client, segou, *names)

    assert "This region has that name already." in answer.content.decode()
    assert segou.spellings.aliases().count() == 1


@pytest.mark.parametrize("name", ["’", "ﷺ" * 10])
def test_a_name_that_nobody_could_search_for_is_refused(
    admin_client: Client, segou: Region, name: str
) -> None:
    assert add_names(admin_client, segou, name).status_code == 200
    assert not segou.spellings.aliases().exists()


def test_a_wrong_name_is_taken_away(admin_client: Client, segou: Region) -> None:
    segou.spellings.create(text="Sikoro")

    page = open_page(admin_client, reverse("admin:subscribers_region_change", args=[segou.pk]))
    page.put(spellings__0__DELETE="on").send()

    assert find("sikoro") == []


def test_who_may_only_view_regions_adds_no_name(segou: Region) -> None:
    assert add_names(client_of_staff("view_region"), segou, "Sikoro").status_code == 403


def test_a_publication_may_leave_time_to_undo(
    admin_client: Client, publication: Publication
) -> None:
    page = reverse("admin:subscribers_publication_change", args=[publication.pk])
    fields = admin_client.get(page).context["adminform"].form.initial

    admin_client.post(
        page,
        {**fields, "regions": [r.pk for r in publication.regions.all()], "undo_seconds": "30"},
    )

    publication.refresh_from_db()
    assert publication.undo_seconds == 30


def save_languages(client: Client, publication: Publication, typed: str) -> str:
    """What the page answers when those languages are typed."""
    page = reverse("admin:subscribers_publication_change", args=[publication.pk])
    fields = client.get(page).context["adminform"].form.initial
    chosen = {**fields, "regions": [r.pk for r in publication.regions.all()], "languages": typed}
    return client.post(page, chosen).content.decode()


def test_the_languages_of_a_publication_are_typed_in_their_order(
    admin_client: Client, publication: Publication
) -> None:
    save_languages(admin_client, publication, "fr, EN pt_br;so")

    publication.refresh_from_db()
    assert publication.languages == ["fr", "en", "pt-BR", "so"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("en, xx", "“xx” is not a language."),
        ("en, klingon", "“klingon” is not a language."),
        ("en, fr-ZZZ", "“fr-ZZZ” is not a language."),
        ("en, und", "“und” is not a language."),
        ("en, en", "List each language once"),
    ],
)
def test_a_language_that_does_not_exist_is_refused_with_a_sentence(
    admin_client: Client, publication: Publication, typed: str, sentence: str
) -> None:
    before = publication.languages

    answer = save_languages(admin_client, publication, typed)

    publication.refresh_from_db()
    assert sentence in answer
    assert publication.languages == before


def test_a_mailbox_is_suppressed_in_lower_case(admin_client: Client) -> None:
    admin_client.post(
        reverse("admin:subscribers_suppression_add"),
        {"mailbox": "Awa@A.example", "reason": "asked", "detail": "by phone"},
    )

    assert Suppression.objects.get().mailbox == "awa@a.example"


def test_what_is_no_address_cannot_be_suppressed(admin_client: Client) -> None:
    answer = admin_client.post(
        reverse("admin:subscribers_suppression_add"), {"mailbox": "awa", "reason": "asked"}
    )

    assert answer.context["adminform"].form.errors == {
        "mailbox": ["Enter an address like name@example.com."]
    }


def test_a_suppression_is_lifted_and_never_rewritten(admin_client: Client) -> None:
    suppression = Suppression.objects.create(mailbox="awa@a.example", reason="asked")

    change = reverse("admin:subscribers_suppression_change", args=[suppression.pk])
    assert admin_client.post(change, {"reason": "bounced"}).status_code == 403

    delete(admin_client, reverse("admin:subscribers_suppression_delete", args=[suppression.pk]))
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("before", ["", "unsubscribe dispatch.news.example.org "])
def test_staff_find_whom_a_request_to_unsubscribe_is_from(
    admin_client: Client, publication: Publication, before: str
) -> None:
    asking = make_subscription(publication=publication, address="one@a.example")
    make_subscription(publication=publication, address="two@a.example")

    page = reverse("admin:subscribers_subscription_changelist")
    found = admin_client.get(page, {"q": before + asking.public_id.hex}).context["cl"].queryset

    assert list(found) == [asking]
