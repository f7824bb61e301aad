"""An issue in languages that the site does not speak, from the desk to the archive."""

from __future__ import annotations

import pytest
from django.conf.global_settings import LANGUAGES_BIDI
from django.test import Client
from django.urls import reverse

from newsletter.editions.recipes import assembled
from newsletter.links import web_url
from newsletter.models import Issue, MailingState
from newsletter.sending.outgoing import outgoing_batch
from subscribers.models import Publication
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import assess, make_issue, published
from tests.newsletter.views.conftest import send

pytestmark = pytest.mark.django_db

#: What is said in each, beside English, and which way it runs.
SAID = {
    "uk": ("Удар по мосту", "ltr"),
    "fa": ("حمله به پل", "rtl"),
    LANGUAGES_BIDI[0]: ("תקיפת הגשר", "rtl"),
    "zh-Hans": ("桥梁遭袭", "ltr"),
    "pt-BR": ("Ataque à ponte", "ltr"),
}


@pytest.fixture
def issue(publication: Publication) -> Issue:
    publication = make_publication(
        name={"en": "Bridges"}, languages=["en", *SAID], archive_open=True
    )
    issue = make_issue(publication, ("Attack on the bridge", ["ML-1"]))
    section = issue.sections.get()
    said = {"en": "Attack on the bridge", **{tag: words for tag, (words, _way) in SAID.items()}}
    section.title = section.body = issue.title = issue.subject = said
    section.save()
    issue.save()
    assess(issue, "ML-1", reason=said, counted=said, count=4, previous_count=2)
    for language in said:
        for mail_format in ("html", "text"):
            make_subscription(
                publication=publication,
                regions=["ML-1"],
                language=language,
                mail_format=mail_format,
            )
    return issue


def test_readers_of_each_language_get_their_texts_and_each_runs_its_own_way(
    client: Client, issue: Issue
) -> None:
    mailing = send(issue)

    assert mailing.state == MailingState.SENDING
    assert mailing.editions.count() == 2 * (len(SAID) + 1)
    for language, (words, way) in SAID.items():
        own = mailing.editions.filter(language=language)
        designed, plain = own.get(mail_format="html"), own.get(mail_format="text")
        page = client.get(web_url(designed.public_id)).content.decode()
        edition = outgoing_batch(mailing.batches.get()).editions[plain.pk]
        assert f'dir="{way}"' in assembled(designed).html
        assert (words in page, words in "".join(edition.text)) == (True, True)
        assert (edition.subject, edition.language) == (words, language)
        assert "Attack on the bridge" not in assembled(designed).html + assembled(plain).text


def test_the_archive_is_read_in_what_a_browser_asks_for(client: Client, issue: Issue) -> None:
    published(issue)
    archive = f"/archive/{issue.publication.slug}/"

    for language, (words, way) in SAID.items():
        for path in (archive, f"{archive}{issue.slug}/"):
            page = client.get(path, headers={"accept-language": f"{language}, fr;q=0.5"})
            # Texts of Brazil stand in pages in Portuguese as they are.
            mark = "" if language == "pt-BR" else f'lang="{language}" dir="{way}"'
            assert f"{mark}>{words}" in page.content.decode()


def test_the_desk_shows_what_they_get(admin_client: Client, issue: Issue) -> None:
    address = reverse("admin:newsletter_issue_preview", args=[issue.pk])
    for language, (words, _way) in SAID.items():
        chosen = {"regions": "ML-1", "language": language, "mail_format": "html"}

        shown = admin_client.get(address, chosen)

        assert words in shown.context["preview"].edition.subject
