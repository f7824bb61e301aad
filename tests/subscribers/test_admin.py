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
from tests.factories import make_subscription

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


@pytest.mark.parametrize("name", ["subscriber", "subscription", "region", "notice"])
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
    assert (event.kind, event.wording) == (ConsentKind.ENDED, "Ended by staff.")


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

    with django_assert_max_num_queries(9):
        page = admin_client.get(reverse(SUBSCRIPTIONS))

    assert "Kayes, Segou" in page.content.decode()


@pytest.mark.parametrize("typed", ["Ségou", "segou", "SEGOU", "ml-4"])
def test_a_region_is_found_however_it_is_written(
    admin_client: Client, segou: Region, typed: str
) -> None:
    segou.aliases.create(text="Ségou", folded="segou")

    found = admin_client.get(reverse("admin:subscribers_region_changelist"), {"q": typed})

    assert [region.code for region in found.context["cl"].result_list] == ["ML-4"]


def test_a_region_keeps_its_code_and_may_be_renamed(admin_client: Client, segou: Region) -> None:
    page = reverse("admin:subscribers_region_change", args=[segou.pk])

    admin_client.post(page, {"name_en": "Segu", "name_fr": "Ségou", "code": "XX", "kind": "world"})

    segou.refresh_from_db()
    assert (segou.code, segou.name_en, segou.kind) == ("ML-4", "Segu", "admin1")


def test_the_languages_of_a_publication_are_ticked(
    admin_client: Client, publication: Publication
) -> None:
    page = reverse("admin:subscribers_publication_change", args=[publication.pk])
    fields = admin_client.get(page).context["adminform"].form.initial
    chosen = {**fields, "regions": [r.pk for r in publication.regions.all()], "languages": ["fr"]}

    admin_client.post(page, chosen)

    publication.refresh_from_db()
    assert publication.languages == ["fr"]


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

    delete = reverse("admin:subscribers_suppression_delete", args=[suppression.pk])
    admin_client.post(delete, {"post": "yes"})
    assert not Suppression.objects.exists()
