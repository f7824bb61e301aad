"""The folder of an embedded site, copied: on SQLite, with `manage.py` as it is started."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from django.conf import settings

FILL = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.regions import load_regions
load_regions()
from newsletter.editorial.scheduling import schedule
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
publication = make_publication()
make_subscription(publication=publication, regions=["ML-1"])
schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
from subscribers.models import NoticeKind, Subscription
from subscribers.services.notifying import owe
owe(Subscription.objects.get(), NoticeKind.NEW_LINK)
"""


def run(var: Path, *command: str) -> str:
    environment = {
        **os.environ,
        "VAR_DIR": str(var),
        "DATABASE_URL": f"sqlite:///{var}/db.sqlite3",
        "REDIS_URL": "",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def mails(var: Path) -> int:
    return len(list((var / "outbox").glob("*.eml")))


def test_a_copied_folder_sends_nothing_and_the_original_does(tmp_path: Path) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    original.mkdir()
    run(original, "-c", FILL)
    shutil.copytree(original, copy)

    for var in (copy, original):
        run(var, "manage.py", "drain")
    assert (mails(copy), mails(original)) == (0, 2)

    run(copy, "manage.py", "kill", "off")
    run(copy, "manage.py", "drain")
    assert mails(copy) == 2
