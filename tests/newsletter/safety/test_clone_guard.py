"""A copy or an old state of the database, which must not send by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils.translation import override
from pytest_django import Settings

from newsletter import tasks
from newsletter.audience.freezing import freeze_due
from newsletter.editorial import scheduling
from newsletter.editorial.test_emails import ExampleEmail, send_test_email
from newsletter.errors import LookAgain
from newsletter.models import Batch, BatchState, Mailing
from newsletter.sending.delivering import commit_intent
from newsletter.transports.outbox import configured_outbox
from newsletter.worker import drain
from subscribers.models import Installation, NoticeKind, Publication, Subscription
from subscribers.services import clone_guard, kill_switch
from subscribers.services.clone_guard import GUARD, SeenGeneration, check_generation, register
from subscribers.services.notifying import owe, send_due
from subscribers.tasks import send_notices
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.workers import claim
from tests.regions import load_regions

ON_POSTGRESQL = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="it is about PostgreSQL's own numbers"
)


@pytest.fixture
def mailing(publication: Publication) -> Mailing:
    make_subscription(publication=publication, regions=["ML-1"], address="r@a.example")
    return scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)


def sent() -> list[str]:
    transport = FakeTransport()
    drain(transport)
    return transport.addresses


def restart() -> None:
    """What a process knows is gone; what the machine and the database know is not."""
    connection.close()


def on_another_machine(settings: Settings, tmp_path: Path) -> None:
    settings.INSTALLATION_DIR = tmp_path / "another machine"


@pytest.mark.django_db
def test_turn_after_turn_is_taken_in_the_place_where_it_began(mailing: Mailing) -> None:
    assert [check_generation() for _turn in range(3)] == [True] * 3
    assert not kill_switch.switch().is_on


@pytest.mark.django_db
def test_in_another_place_nothing_leaves_and_the_switch_says_why(mailing: Mailing) -> None:
    Installation.objects.update(place="elsewhere")

    assert sent() == []
    assert sent() == []

    switch = kill_switch.switch()
    assert switch.is_on
    assert switch.changed_by == GUARD
    assert "was copied or restored" in switch.reason
    assert "turn the kill switch off" in switch.reason
    with override("fr"):
        assert "désactivez" in switch.reason
    mailing.refresh_from_db()
    assert mailing.frozen_at is None


@pytest.mark.django_db
def test_nobody_stays_signed_in_to_an_old_state(mailing: Mailing, admin_client: Client) -> None:
    Installation.objects.update(place="elsewhere")

    check_generation()

    assert admin_client.get("/admin/").status_code == 302


@pytest.mark.django_db
def test_a_person_who_turns_the_switch_off_goes_on_from_there(mailing: Mailing) -> None:
    Installation.objects.update(place="elsewhere")
    assert sent() == []

    clone_guard.send_from_here(by="ops")

    assert sent() == ["r@a.example"]


@pytest.mark.django_db
def test_an_older_state_in_the_same_place_sends_nothing(mailing: Mailing) -> None:
    generation = Installation.objects.get().generation
    for _turn in range(3):
        check_generation()
    Installation.objects.update(generation=generation)

    assert sent() == []
    assert "is older than emails already sent" in kill_switch.switch().reason


@pytest.mark.django_db
def test_the_same_backup_restored_a_second_time_sends_nothing_either(mailing: Mailing) -> None:
    check_generation()
    backup = Installation.objects.values().get()
    for _time in range(2):
        check_generation()
        Installation.objects.update(**backup)
        assert sent() == []
        clone_guard.send_from_here(by="ops")
        assert check_generation()


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="other machines may share PostgreSQL")
def test_a_file_without_what_lay_beside_it_sends_nothing(
    mailing: Mailing, settings: Settings, tmp_path: Path
) -> None:
    on_another_machine(settings, tmp_path)

    assert sent() == []
    assert "a folder that is not its own" in kill_switch.switch().reason


@pytest.mark.django_db
def test_the_kill_switch_turned_on_and_off_changes_nothing(mailing: Mailing) -> None:
    check_generation()
    kill_switch.turn_on(by="ops", why="a wrong map")
    assert sent() == []
    clone_guard.send_from_here(by="ops")

    assert sent() == ["r@a.example"]


@pytest.mark.django_db
def test_of_a_copy_that_was_made_while_all_was_stopped_the_reason_is_told(
    mailing: Mailing,
) -> None:
    kill_switch.turn_on(by="ops", why="a wrong map")
    Installation.objects.update(place="elsewhere")

    assert sent() == []

    assert "was copied or restored" in kill_switch.switch().reason


# Whatever can send asks first.


def is_a_copy() -> None:
    Installation.objects.update(place="elsewhere")


@pytest.mark.django_db
def test_in_a_copy_no_way_of_sending_mails_a_reader(mailing: Mailing) -> None:
    owe(Subscription.objects.get(), NoticeKind.NEW_LINK)
    is_a_copy()

    send_due()
    send_notices()
    tasks.drain()
    call_command("drain")

    assert mail.outbox == []
    assert configured_outbox().items() == []
    assert kill_switch.switch().is_on


@pytest.mark.django_db
def test_a_copy_that_is_found_out_in_the_middle_of_a_turn_gets_no_intent(mailing: Mailing) -> None:
    freeze_due(50)
    batch = claim()
    is_a_copy()

    assert batch
    assert not commit_intent(batch)
    assert Batch.objects.get().state == BatchState.PENDING


@pytest.mark.django_db
def test_in_a_copy_no_test_email_leaves(publication: Publication) -> None:
    register()
    is_a_copy()
    example = ExampleEmail(publication, "en", subject="Hello", html="", text="Hello.")

    with pytest.raises(LookAgain, match="kill switch"):
        send_test_email(example, to="editor@a.example")

    assert mail.outbox == []


@pytest.mark.django_db
def test_a_copy_of_a_database_that_owes_a_notice_alone_is_found_out(
    publication: Publication,
) -> None:
    owe(make_subscription(publication=publication), NoticeKind.NEW_LINK)
    is_a_copy()

    assert send_due() == 0
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_backup_from_the_middle_of_a_turn_is_older_than_the_mail_that_left_in_it(
    mailing: Mailing,
) -> None:
    check_generation()
    backup = Installation.objects.values().get()
    freeze_due(50)
    batch = claim()
    assert batch
    assert commit_intent(batch)

    Installation.objects.update(**backup)

    assert not check_generation()


def test_what_a_machine_has_seen_never_goes_down(tmp_path: Path) -> None:
    seen = SeenGeneration(tmp_path / "seen")
    for generation in (0, 2, 1):
        seen.write(generation)

    assert seen.read() == 2


@pytest.fixture
def full(transactional_db: None) -> Mailing:
    load_regions()
    publication = make_publication()
    make_subscription(publication=publication, regions=["ML-1"], address="r@a.example")
    return scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)


@pytest.fixture
def copied(full: Mailing) -> Iterator[None]:
    """We are on a copy of the database, in the same cluster."""
    original = connection.settings_dict["NAME"]
    copy = f"{original}_copy"
    connection.close()
    given = connection.get_connection_params()
    with psycopg.connect(host=given["host"], user=given["user"], dbname="postgres") as server:
        server.autocommit = True
        server.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{original}"')
        connection.settings_dict["NAME"] = copy
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = original
            server.execute(f'DROP DATABASE "{copy}"')


@ON_POSTGRESQL
def test_a_restart_or_a_new_machine_is_no_copy(
    full: Mailing, settings: Settings, tmp_path: Path
) -> None:
    assert check_generation()
    restart()
    assert check_generation()
    on_another_machine(settings, tmp_path)

    assert sent() == ["r@a.example"]


@ON_POSTGRESQL
def test_a_database_that_was_copied_sends_nothing(copied: None) -> None:
    assert sent() == []
    assert kill_switch.switch().is_on
    assert not Batch.objects.exists()

    clone_guard.send_from_here(by="ops")

    assert sent() == ["r@a.example"]


@ON_POSTGRESQL
def test_a_copy_of_the_whole_disk_under_another_address_sends_nothing(
    full: Mailing, settings: Settings
) -> None:
    settings.SITE_URL = "https://staging.example.org"

    assert sent() == []
