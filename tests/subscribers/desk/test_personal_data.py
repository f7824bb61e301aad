"""Exporting and erasing a reader at the desk: each asks for a right of its own, and asks first."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from subscribers.models import AuditEntry, Notice, Subscriber, Suppression
from tests.factories import make_notice, make_subscription

pytestmark = pytest.mark.django_db

PAGES = ("export", "erase")


@pytest.fixture
def reader() -> Subscriber:
    return make_subscription(address="awa@a.example").subscriber


def page(name: str, reader: Subscriber) -> str:
    return reverse(f"admin:subscribers_subscriber_{name}", args=[reader.pk])


def staff(*permissions: str) -> Client:
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", PAGES)
def test_each_needs_its_own_right(name: str, reader: Subscriber) -> None:
    others = {"view_subscriber", "change_subscriber", "delete_subscriber"}
    others |= {f"{other}_subscriber" for other in PAGES if other != name}
    client = staff(*others)

    answers = {
        client.get(page(name, reader)).status_code,
        client.post(page(name, reader)).status_code,
    }

    assert answers == {403}
    assert Subscriber.objects.get().address == "awa@a.example"


@pytest.mark.parametrize("name", PAGES)
def test_opening_a_page_does_nothing_and_is_kept(
    admin_client: Client, name: str, reader: Subscriber
) -> None:
    assert admin_client.get(page(name, reader)).status_code == 200

    assert Subscriber.objects.get().address == "awa@a.example"
    (entry,) = AuditEntry.objects.all()
    assert (entry.action, entry.about_id) == ("viewed", str(reader.pk))


def test_a_reader_is_exported_as_json(reader: Subscriber) -> None:
    answer = staff("export_subscriber").post(page("export", reader), {"form": "json"})

    assert json.loads(answer.content)["subscriber"][0]["address"] == "awa@a.example"
    assert answer["Content-Disposition"].startswith('attachment; filename="reader-')
    assert "awa" not in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    entry = AuditEntry.objects.get()
    assert (entry.actor_name, entry.action, entry.about_id) == ("staff", "exported", str(reader.pk))


def test_a_reader_is_exported_as_a_page(reader: Subscriber) -> None:
    answer = staff("export_subscriber").post(page("export", reader), {"form": "html"})

    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "awa@a.example" in answer.content.decode()


def test_a_reader_is_erased_after_a_page_that_asks(
    admin_client: Client, reader: Subscriber
) -> None:
    text = admin_client.get(page("erase", reader)).content.decode()
    assert "This cannot be undone." in text

    answer = admin_client.post(page("erase", reader), follow=True)

    assert "Everything about this reader is erased." in answer.content.decode()
    assert not Subscriber.objects.exists()
    assert AuditEntry.objects.get(action="erased").actor_name == "admin"


def test_erasing_can_suppress_for_good_and_staff_find_that_by_the_address(
    admin_client: Client, reader: Subscriber
) -> None:
    admin_client.post(page("erase", reader), {"never_mail": "on"})

    assert Suppression.objects.get().mailbox is None
    found = reverse("admin:subscribers_suppression_changelist") + "?q=Awa@a.example"
    text = " ".join(admin_client.get(found).content.decode().split())
    assert "an erased reader" in text
    assert "1 suppression" in text


def test_who_is_being_mailed_is_not_erased_now_and_the_page_says_when(
    admin_client: Client, reader: Subscriber
) -> None:
    subscription = reader.subscriptions.get()
    make_notice(subscription)
    Notice.objects.update(attempts=1, due_at=timezone.now() + timedelta(seconds=40))

    text = admin_client.post(page("erase", reader)).content.decode()

    assert "Try again in two minutes." in text
    assert Subscriber.objects.exists()


def test_the_page_of_a_reader_leads_to_both_for_those_who_may(
    admin_client: Client, reader: Subscriber
) -> None:
    change = reverse("admin:subscribers_subscriber_change", args=[reader.pk])

    assert all(page(name, reader) in admin_client.get(change).content.decode() for name in PAGES)
    text = staff("view_subscriber").get(change).content.decode()
    assert not any(page(name, reader) in text for name in PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_reader_who_is_not_there_is_not_found(admin_client: Client, name: str) -> None:
    gone = reverse(f"admin:subscribers_subscriber_{name}", args=[999])

    assert admin_client.post(gone).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_another_site_cannot_send_the_form(admin_user: User, name: str, reader: Subscriber) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)

    assert client.post(page(name, reader)).status_code == 403
    assert not AuditEntry.objects.exists()
