"""What an installation starts with: its database, and a staff login."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from config import first_run
from config.first_run import staff_login

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(settings: Settings, tmp_path: Path) -> Path:
    """The file that keeps the password."""
    settings.VAR_DIR = tmp_path
    return tmp_path / "editor-login"


def test_the_first_start_makes_a_login_and_tells_it(kept: Path) -> None:
    told = staff_login()

    editor = User.objects.get(username="editor")
    assert editor.is_superuser
    assert editor.check_password(kept.read_text().strip())
    assert kept.read_text().strip() in told


def test_only_the_owner_can_read_the_password(kept: Path) -> None:
    kept.touch(mode=0o644)

    staff_login()

    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_later_start_tells_the_same_login() -> None:
    assert staff_login() == staff_login()


def test_a_password_that_was_changed_is_not_told(kept: Path) -> None:
    staff_login()
    editor = User.objects.get()
    editor.set_password("my own words")
    editor.save()

    told = staff_login()

    assert "the password you set" in told


@pytest.mark.django_db(transaction=True)
def test_the_file_goes_when_the_password_is_changed_and_not_before(kept: Path) -> None:
    staff_login()
    editor = User.objects.get()
    for fields in (None, ["last_login"]):
        editor.save(update_fields=fields)
        assert kept.exists()

    editor.set_password("words of my own")
    editor.save()

    assert not kept.exists()


def test_a_file_that_was_left_behind_goes_at_the_next_start(kept: Path) -> None:
    staff_login()
    User.objects.update(password=make_password("words of my own"))

    staff_login()

    assert not kept.exists()


def test_no_login_is_made_where_staff_have_their_own(kept: Path) -> None:
    User.objects.create_superuser("fatou", password="their own words")

    told = staff_login()

    assert told == "with your own login"
    assert not kept.exists()


def test_a_database_that_is_newer_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_run, "trouble_with", lambda _connection: ["It is newer."])

    with pytest.raises(ImproperlyConfigured, match="newer"):
        first_run.bring_up_to_date()
