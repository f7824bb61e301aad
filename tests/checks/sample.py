"""What is checked: emails that the sample's editors wrote, to readers of many kinds, and pages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

if __name__ == "__main__":
    django.setup()

from django.contrib.auth.models import User

from newsletter.editorial.correcting import Said, correct, send_correction
from newsletter.editorial.test_emails import ExampleEmail, send_test_email
from newsletter.models import Mailing
from newsletter.sample.loading import load_sample
from newsletter.sample.readers import THE_SIX
from newsletter.transports.outbox import Outbox
from subscribers.links import preferences_url
from subscribers.models import (
    Language,
    MailFormat,
    NoticeKind,
    Publication,
    Subscriber,
    SubscriptionStatus,
)
from subscribers.models.texts import Texts
from tests.checks.mail import Mail
from tests.factories import make_notice, make_subscription
from tests.features.site import newcomers_environment
from tests.regions import load_regions

SITE = "https://news.example.org"
#: Who gets which issue: their regions, language and format.
READERS = {
    "six-regions": (THE_SIX, "en", "html"),
    "one-region": (("ML-1",), "en", "html"),
    "french": (("ML-1", "ML-3"), "fr", "html"),
    "text-only": (("ML-1", "ML-4"), "en", "text"),
    "arabic": (THE_SIX, "ar", "html"),
    # What nobody else here has is corrected to them.
    "correction": (("ML-7",), "ar", "html"),
}
ISSUES = tuple(READERS)
CONFIRMATION = "confirmation"
MAILS = (*ISSUES, CONFIRMATION)
#: Each kind of notice, in each language and format, and a test email: bytes, and for axe.
NOTICES = {
    f"{kind.replace('_', '-')}-{language}-{mail_format}": (kind, language, mail_format)
    for kind in NoticeKind
    for language in Language
    for mail_format in MailFormat
}
TEST_EMAIL = "test-email"
TO_ONE_PERSON = (CONFIRMATION, *NOTICES, TEST_EMAIL)
EVERY_MAIL = (*MAILS, *NOTICES, TEST_EMAIL)
#: Those that are pages.
PAGES = tuple(name for name in MAILS if name != "text-only")


#: Pages for readers in a language that runs right, and in one that runs left.
PAGES_OF_THE_SITE = tuple(
    f"{name}-{language}"
    for name in ("sign-up", "mistaken", "preferences", "check-your-mail")
    for language in (Language.EN, Language.AR)
)


def make_site(folder: Path) -> None:
    """A site in `folder`, with all that is checked."""
    site = {"VAR_DIR": str(folder), "SITE_URL": SITE, "DJANGO_SETTINGS_MODULE": "config.settings"}
    # A process of its own: its database is none of the tests' own, which a browser would lock.
    command = [sys.executable, "-m", "tests.checks.sample"]
    subprocess.run(command, env=newcomers_environment() | site, cwd=settings.BASE_DIR, check=True)


def mails_of(folder: Path) -> dict[str, Mail]:
    """Each of `EVERY_MAIL`, as the outbox of the site in `folder` got it."""
    outbox = Outbox(folder / "outbox")
    return {name: _mail_to(name, outbox) for name in EVERY_MAIL}


def main() -> None:
    """Fill the site that the environment tells of, and send what there is to send."""
    call_command("migrate", verbosity=0)
    load_regions()
    load_sample()
    publication = Publication.objects.get()
    for name, reader in READERS.items():
        _subscribe(publication, name, *reader)
    _ask_to_confirm(publication)
    call_command("drain")
    _correct(publication)
    # Afterwards, for the issue is none of theirs.
    for name, notice in NOTICES.items():
        _notify(publication, name, *notice)
    _send_test_email(publication)
    call_command("drain")
    for language in (Language.EN, Language.AR):
        _keep_pages(publication, language)


def _subscribe(
    publication: Publication, name: str, regions: tuple[str, ...], language: str, mail_format: str
) -> None:
    make_subscription(
        publication=publication,
        regions=regions,
        address=_address(name),
        language=language,
        mail_format=mail_format,
    )


def _ask_to_confirm(publication: Publication) -> None:
    waiting = make_subscription(
        publication=publication,
        regions=THE_SIX,
        address=_address(CONFIRMATION),
        status=SubscriptionStatus.PENDING,
    )
    make_notice(waiting)


def _correct(publication: Publication) -> None:
    sent = Mailing.objects.filter(issue__publication=publication).latest("pk")
    section = sent.issue.sections.filter(regions__code="ML-7").get()
    wrong = Texts({"en": "Four were killed.", "fr": "Quatre morts."})
    right = Texts({"en": "Nobody was killed.\nThe army says so.", "fr": "Aucun mort."})
    by = User.objects.create_user("editor-of-the-checks")
    said = [Said(section.pk, wrong, right), Said("ML-7", wrong, right)]
    send_correction(correct(sent.version, said, by=by), at=None, by=None)


def _notify(
    publication: Publication, name: str, kind: NoticeKind, language: str, mail_format: str
) -> None:
    pending = kind == NoticeKind.CONFIRM
    subscription = make_subscription(
        publication=publication,
        regions=("ML-1", "ML-3"),
        address=_address(name),
        status=SubscriptionStatus.PENDING if pending else SubscriptionStatus.ACTIVE,
        language=language,
        mail_format=mail_format,
    )
    make_notice(subscription, kind)


def _send_test_email(publication: Publication) -> None:
    example = ExampleEmail(publication, "fr", "À Ségou – août", "<p>Là, déjà.</p>", "Là, déjà.\n")
    send_test_email(example, to=_address(TEST_EMAIL))


def _keep_pages(publication: Publication, language: str) -> None:
    """Pages as a browser gets them, with their style sheet inside."""
    browser = Client(headers={"host": urlsplit(SITE).netloc, "accept-language": language})
    address = reverse("subscribers:signup", args=[publication.slug])
    reader = Subscriber.objects.get(address=_address(f"changed-{language}-html"))
    preferences = preferences_url(reader.subscriptions.get().public_id, reader.link_generation)
    answers = {
        "sign-up": browser.get(address),
        "mistaken": browser.post(address, {"address": "nobody"}),
        "preferences": browser.get(urlsplit(preferences).path),
        "check-your-mail": browser.get(reverse("subscribers:check_your_mail")),
    }
    sheet = (settings.BASE_DIR / "static" / "site.css").read_text("utf-8")
    for name, answer in answers.items():
        html = _SHEET.sub(lambda _: f"<style>{sheet}</style>", answer.content.decode())
        file = settings.VAR_DIR / f"{name}-{language}.html"
        file.write_text(html, "utf-8")


_SHEET = re.compile(r"<link rel=\"stylesheet\"[^>]*>")


def _mail_to(name: str, outbox: Outbox) -> Mail:
    # The newest: what is corrected came before.
    item = next(item for item in outbox.items() if item.address == _address(name))
    return Mail(outbox.read(item.name))


def _address(name: str) -> str:
    return f"{name}@readers.example.org"


if __name__ == "__main__":
    main()
