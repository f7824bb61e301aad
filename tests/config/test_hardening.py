"""What a site that others reach refuses to start with, and what it tells browsers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config import hardening

PUBLIC, HERE = "https://news.example.org", "http://127.0.0.1:8000"
STRONG = "ZkN3cWVydHl1aW9wYXNkZmdoamtsenhjdmJubQ"


@pytest.mark.parametrize("secret", ["", "x", "changeme", "short-but-mixed-1234567890", "ab" * 40])
def test_a_secret_that_can_be_guessed_is_refused_where_others_reach_the_site(secret: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="LINK_KEY can be guessed"):
        hardening.refuse_weak_secrets(PUBLIC, SECRET_KEY=[STRONG], LINK_KEY=[STRONG, secret])


def test_a_random_secret_will_do() -> None:
    hardening.refuse_weak_secrets(PUBLIC, SECRET_KEY=[STRONG])


@pytest.mark.parametrize("here", [HERE, "http://localhost", "http://[::1]:8000"])
def test_on_one_machine_alone_nothing_is_refused(here: str) -> None:
    hardening.refuse_weak_secrets(here, SECRET_KEY=["x"])
    hardening.refuse_debug(here, debug=True)


@pytest.mark.parametrize("url", [PUBLIC, "http://192.0.2.7:8000"])
def test_debugging_is_refused_where_others_reach_the_site(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DEBUG=true"):
        hardening.refuse_debug(url, debug=True)


def test_a_password_does_not_leave_the_machine_in_clear() -> None:
    with pytest.raises(ImproperlyConfigured, match="SMTP_SECURITY"):
        hardening.refuse_passwords_in_clear("mail.example.org", password="x", encrypted=False)


@pytest.mark.parametrize(
    ("host", "password", "encrypted"),
    [("mail.example.org", "x", True), ("127.0.0.1", "x", False), ("mail", "", False)],
)
def test_a_password_may_go_where_nobody_reads_it(host: str, password: str, encrypted: bool) -> None:
    hardening.refuse_passwords_in_clear(host, password=password, encrypted=encrypted)


def started_with(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What becomes of a site that is started with `environment`: its settings as it says them."""
    names = "SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS SESSION_COOKIE_SECURE ALLOWED_HOSTS"
    code = f"from config import settings as s; print(*(getattr(s, n) for n in '{names}'.split()))"
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**keep, "VAR_DIR": str(tmp_path), **environment},
        cwd=site.BASE_DIR,
        capture_output=True,
        text=True,
    )


def test_a_site_with_https_is_redirected_to_it_and_stays_there(tmp_path: Path) -> None:
    said = started_with(tmp_path, SITE_URL="https://[2001:db8::1]", BEHIND_PROXY="true")

    assert said.stdout.split(maxsplit=3)[:3] == ["True", "31536000", "True"], said.stderr
    assert "'[2001:db8::1]'" in said.stdout


def test_a_site_with_https_that_cannot_tell_how_it_was_asked_redirects_nobody(
    tmp_path: Path,
) -> None:
    assert started_with(tmp_path, SITE_URL=PUBLIC).stdout.startswith("False 31536000 True")


@pytest.mark.parametrize(
    "wrong",
    [
        {"SECRET_KEY": "x"},
        {"LINK_KEY": "x"},
        {"DEBUG": "true"},
        {"MAIL_TRANSPORT": "smtp", "SMTP_HOST": "mail.example.org", "SMTP_PASSWORD": "secret"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_site_for_others_does_not_start_like_that(tmp_path: Path, wrong: dict[str, str]) -> None:
    said = started_with(tmp_path, SITE_URL=PUBLIC, **wrong)

    assert said.returncode
    assert "ImproperlyConfigured" in said.stderr


@pytest.mark.parametrize(
    "host", ["evil.example", "a b", "x:y", "[::1", "\xff", "127.0.0.1:x", "127.0.0.1\x00"]
)
def test_a_host_that_is_not_ours_is_refused(client: Client, host: str) -> None:
    answers = [client.get(path, headers={"Host": host}) for path in ("/", "/admin/", "/nowhere/")]

    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert "We could not read that" in answers[0].content.decode()
