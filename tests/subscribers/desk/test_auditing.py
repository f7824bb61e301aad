"""What staff do and look at is kept, also when they leave."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from subscribers.models import AuditAction, AuditEntry, Publication, Suppression
from subscribers.services.auditing import HIDDEN
from subscribers.wordings import told
from tests.factories import make_subscription
from tests.newsletter.admin.opened import delete

pytestmark = pytest.mark.django_db


def entries(action: AuditAction, kind: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action, about_kind=kind))


def change_publication(client: Client, publication: Publication, **fields: object) -> None:
    page = reverse("admin:subscribers_publication_change", args=[publication.pk])
    form = client.get(page).context["adminform"].form
    regions = [region.pk for region in publication.regions.all()]
    languages = ", ".join(publication.languages)
    typed = {**form.initial, "regions": regions, "languages": languages}
    client.post(page, {**typed, **fields})


def test_what_a_publication_was_and_is_is_kept(
    admin_client: Client, publication: Publication
) -> None:
    change_publication(admin_client, publication, from_address="new@news.example.org")

    (entry,) = entries(AuditAction.CHANGED, "subscribers.publication")
    assert entry.changes == {"from_address": ["desk@news.example.org", "new@news.example.org"]}
    assert (entry.actor_name, entry.about_label) == ("admin", str(publication.name))


def test_rights_given_to_a_user_and_to_a_group_are_kept(admin_client: Client) -> None:
    user = User.objects.create_user("awa")
    right = Permission.objects.get(codename="view_auditentry")
    group = Group.objects.create(name="Auditors")
    form = admin_client.get(reverse("admin:auth_user_change", args=[user.pk])).context["adminform"]

    admin_client.post(
        reverse("admin:auth_group_change", args=[group.pk]),
        {"name": "Auditors", "permissions": [right.pk]},
    )
    admin_client.post(
        reverse("admin:auth_user_change", args=[user.pk]),
        {
            **{name: value for name, value in form.form.initial.items() if value is not None},
            "date_joined_0": "2023-10-01",
            "date_joined_1": "07:00",
            "is_staff": "on",
            "groups": [group.pk],
        },
    )

    (of_group,) = entries(AuditAction.CHANGED, "auth.group")
    assert of_group.changes == {"permissions": [[], [str(right)]]}
    (of_user,) = entries(AuditAction.CHANGED, "auth.user")
    assert of_user.changes["groups"] == [[], ["Auditors"]]
    assert of_user.changes["is_staff"] == [False, True]


def test_a_password_is_kept_by_nobody(admin_client: Client) -> None:
    user = User.objects.create_user("awa", password="first-Secret-1")

    admin_client.post(
        reverse("admin:auth_user_password_change", args=[user.pk]),
        {
            "password1": "second-Secret-2",
            "password2": "second-Secret-2",
            "usable_password": "true",
            "set-password": "",
        },
    )

    (entry,) = entries(AuditAction.CHANGED, "auth.user")
    assert entry.changes == {"password": [HIDDEN, HIDDEN]}


def test_a_suppression_lifted_is_kept_without_its_address(admin_client: Client) -> None:
    suppression = Suppression.objects.create(mailbox="awa@a.example", reason="asked")

    delete(admin_client, reverse("admin:subscribers_suppression_delete", args=[suppression.pk]))

    (entry,) = entries(AuditAction.DELETED, "subscribers.suppression")
    assert entry.changes["reason"] == ["asked", None]
    assert "awa@a.example" not in str(vars(entry))


@pytest.mark.parametrize("name", ["subscriber", "subscription"])
def test_looking_at_a_reader_is_kept_by_number(
    admin_client: Client, publication: Publication, name: str
) -> None:
    subscription = make_subscription(publication=publication, address="awa@a.example")
    pk = subscription.pk if name == "subscription" else subscription.subscriber_id

    admin_client.get(reverse(f"admin:subscribers_{name}_changelist"))
    admin_client.get(reverse(f"admin:subscribers_{name}_change", args=[pk]))

    looked = entries(AuditAction.VIEWED, f"subscribers.{name}")
    assert [entry.about_id for entry in looked] == [str(pk), ""]
    assert "awa@a.example" not in "".join(str(vars(entry)) for entry in looked)


def test_ending_a_subscription_is_kept(admin_client: Client, publication: Publication) -> None:
    subscription = make_subscription(publication=publication)

    admin_client.post(
        reverse("admin:subscribers_subscription_changelist"),
        {"action": "end_subscription", "_selected_action": [subscription.pk]},
    )

    (entry,) = entries(AuditAction.CHANGED, "subscribers.subscription")
    assert (entry.about_id, told(entry.note)) == (str(subscription.pk), "Ended by staff.")


def test_a_part_of_a_form_is_kept_with_what_it_held(admin_client: Client, db: None) -> None:
    admin_client.post(
        reverse("admin:newsletter_domaingroup_add"),
        {
            "name": "Google",
            "rate": "2",
            "domains-TOTAL_FORMS": 1,
            "domains-INITIAL_FORMS": 0,
            "domains-0-domain": "gmail.com",
        },
    )

    (entry,) = entries(AuditAction.CREATED, "newsletter.domaingroup")
    assert entry.changes["rate"] == [None, 2.0]
    (domain,) = (pair for name, pair in entry.changes.items() if name.endswith(".domain"))
    assert domain == [None, "gmail.com"]


def test_a_list_of_readers_is_kept_as_looked_at_however_it_is_asked_for(
    admin_client: Client,
) -> None:
    make_subscription(address="reader@example.org")

    answer = admin_client.post(reverse("admin:subscribers_subscriber_changelist"), {})

    assert "reader@example.org" in answer.content.decode()
    assert entries(AuditAction.VIEWED, "subscribers.subscriber")


def test_looking_at_what_was_done_to_a_reader_is_kept_too(admin_client: Client) -> None:
    reader = make_subscription(address="reader@example.org").subscriber

    admin_client.get(reverse("admin:subscribers_subscriber_history", args=[reader.pk]))

    (entry,) = entries(AuditAction.VIEWED, "subscribers.subscriber")
    assert entry.about_id == str(reader.pk)


@pytest.mark.parametrize(
    ("model", "field"), [("subscription", "subscriber"), ("notice", "subscription")]
)
def test_readers_are_not_found_by_typing_where_nobody_sees_it(
    admin_client: Client, model: str, field: str
) -> None:
    make_subscription(address="reader@example.org")
    asked = {"app_label": "subscribers", "model_name": model, "field_name": field, "term": "read"}

    answer = admin_client.get(reverse("admin:autocomplete"), asked)

    assert answer.status_code == 403


def test_an_entry_quotes_in_the_language_of_the_desk() -> None:
    entry = AuditEntry(about_kind="subscribers.publication", about_id="1", about_label="Dispatch")

    with translation.override("fr"):
        assert entry.about == "Publication «\xa0Dispatch\xa0»"
