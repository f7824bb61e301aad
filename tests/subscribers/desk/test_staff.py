"""Those who work at the desk."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from subscribers.models import AuditAction, AuditEntry
from subscribers.services.auditing import record

pytestmark = pytest.mark.django_db

STAFF = "admin:auth_user_changelist"


@pytest.fixture
def awa(db: None) -> User:
    return User.objects.create_user("awa", is_staff=True)


def test_nobody_is_deleted_from_the_desk(admin_client: Client, awa: User) -> None:
    page = admin_client.get(reverse(STAFF))
    answer = admin_client.post(reverse("admin:auth_user_delete", args=[awa.pk]), {"post": "yes"})
    admin_client.post(
        reverse(STAFF), {"action": "delete_selected", "_selected_action": [awa.pk], "post": "yes"}
    )

    assert answer.status_code == 403
    assert "delete_selected" not in page.content.decode()
    assert User.objects.filter(pk=awa.pk).exists()


def test_a_user_who_is_deactivated_can_no_longer_sign_in_and_the_log_says_who_did_it(
    admin_client: Client, awa: User
) -> None:
    admin_client.post(reverse(STAFF), {"action": "deactivate", "_selected_action": [awa.pk]})

    awa.refresh_from_db()
    assert not awa.is_active
    entry = AuditEntry.objects.get(action=AuditAction.DEACTIVATED)
    assert (entry.actor_name, entry.about_label) == ("admin", "awa")


def test_nobody_deactivates_themselves(admin_client: Client, admin_user: User) -> None:
    admin_client.post(reverse(STAFF), {"action": "deactivate", "_selected_action": [admin_user.pk]})

    admin_user.refresh_from_db()
    assert admin_user.is_active


def test_the_audit_log_outlives_whom_it_speaks_of(awa: User) -> None:
    entry = record(AuditAction.CHANGED, by=awa, about=awa)
    pk = awa.pk

    awa.delete()

    entry.refresh_from_db()
    assert (entry.actor_id, entry.actor_name, entry.about_label) == (pk, "awa", "awa")


def test_the_audit_log_is_read_by_right_and_changed_by_nobody(awa: User) -> None:
    client = Client()
    client.force_login(awa)
    entry = record(AuditAction.CHANGED, by="a command", changes={"rate": [None, 2]})
    its_list = reverse("admin:subscribers_auditentry_changelist")
    its_page = reverse("admin:subscribers_auditentry_change", args=[entry.pk])
    assert client.get(its_list).status_code == 403

    awa.user_permissions.add(Permission.objects.get(codename="view_auditentry"))

    assert "a command" in client.get(its_list).content.decode()
    assert client.get(its_page).status_code == 200
    assert client.post(its_page, {"note": "x"}).status_code == 403


def test_rights_are_told_in_the_language_of_the_desk(admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:auth_group_add"), headers={"Accept-Language": "fr"})

    choices = page.content.decode().split("<select", 1)[1].split("</select>")[0]
    assert "numéro\xa0: peut approuver" in choices
    assert "abonné\xa0: peut exporter tout ce qui concerne une personne" in choices
    assert "Can " not in choices
    assert "may " not in choices
