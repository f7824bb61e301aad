"""What an installation needs before it can serve: made where it is missing, at every start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection

from config.database_state import trouble_with
from newsletter.sample.loading import load_sample
from subscribers.services.loading_regions import load_regions

STAFF_NAME = "editor"


def bring_up_to_date() -> None:
    """The tables and regions of this version, and a sample for those who have nothing yet.

    The sample is loaded only where mail stays in the outbox.

    Raises:
        ImproperlyConfigured: the database is newer than this version, or not whole.
    """
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    if trouble := trouble_with(connection):
        raise ImproperlyConfigured(" ".join(trouble))
    call_command("migrate", interactive=False, verbosity=0)
    load_regions()
    if settings.MAIL_TRANSPORT == "outbox":
        # Its readers are invented: their mail must not leave this machine.
        load_sample()


def staff_login() -> str:
    """How staff sign in, in words. Makes a login where there is none at all.

    Its password is kept in a file that only the owner can read, and told until it is changed.
    """
    people = get_user_model().objects
    if not people.exists():
        people.create_superuser(STAFF_NAME, password=_new_password(_kept()))
    editor = people.filter(username=STAFF_NAME).first()
    if editor is None:
        return "with your own login"
    forget_first_password(editor)
    if _kept().exists():
        return f"as {STAFF_NAME}, password {_kept().read_text().strip()}"
    return f"as {STAFF_NAME}, with the password you set"


def forget_first_password(user: Any) -> None:
    """Delete the file of the first password if `user`, just stored, has another one by now."""
    kept = _kept()
    if user.username != STAFF_NAME or not kept.exists():
        return
    if not user.check_password(kept.read_text().strip()):
        kept.unlink(missing_ok=True)


def _kept() -> Path:
    return Path(settings.VAR_DIR) / "editor-login"


def _new_password(kept: Path) -> str:
    password = secrets.token_urlsafe(12)
    kept.unlink(missing_ok=True)
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{password}\n")
    return password
