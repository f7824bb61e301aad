"""An issue of about 40 kB a mail, and any number of readers of all 63 sets of six regions."""

from __future__ import annotations

from datetime import datetime
from itertools import combinations

from django.db import connection

from newsletter.editorial import scheduling
from newsletter.editorial.checking import check_here
from newsletter.editorial.drafts import draft_of
from newsletter.models import Assessment, Issue, Mailing, Section
from subscribers.models import InterestSet, Publication, Region
from subscribers.models.texts import Texts

SIX = ("ML-1", "ML-2", "ML-3", "ML-4", "ML-6", "ML-10")

SENTENCE = (
    "Patrols along the road met armed men twice this month, and traders in three markets say "
    "that taxes are asked for again on the way to the mines. "
)

FILL = """
INSERT INTO subscribers_subscriber (address, mailbox, name, created_at)
SELECT 'reader' || n || '@mail' || n %% 97 || '.example.org',
       'reader' || n || '@mail' || n %% 97 || '.example.org', '', now()
FROM generate_series(%s, %s) n
"""

SUBSCRIBE = """
INSERT INTO subscribers_subscription (
    public_id, subscriber_id, publication_id, interest_set_id, status, ended_reason,
    requested_at, confirmed_at, language, mail_format
)
SELECT gen_random_uuid(), s.id, %s, (%s::bigint[])[1 + s.id %% 63], 'active', '',
       now(), now(), 'en', 'html'
FROM subscribers_subscriber s
WHERE NOT EXISTS (SELECT 1 FROM subscribers_subscription x WHERE x.subscriber_id = s.id)
"""


def make_publication() -> Publication:
    publication = Publication.objects.create(
        slug="bench",
        name=en("Bench Dispatch"),
        from_name="The desk",
        from_address="desk@news.example.org",
        reply_to="desk@news.example.org",
        postal_address="1 Main Street",
        list_id="bench.news.example.org",
    )
    publication.regions.set(Region.objects.filter(code__in=SIX))
    return publication


def make_issue(publication: Publication) -> Issue:
    """Two long parts for everyone and one for each of the six regions, with its trend."""
    number = publication.issues.count()
    issue = Issue.objects.create(
        publication=publication,
        title=en(f"Issue {number}"),
        slug=f"issue-{number}",
        subject=en("Mali"),
    )
    for title in ("Letter", "Developments"):
        Section.objects.create(
            issue=issue, kind="letter", title=en(title), body=en(f"{SENTENCE * 3}\n\n" * 7)
        )
    for code in SIX:
        region = Region.objects.get(code=code)
        name, body = en(region.name_in("en")), en(f"{SENTENCE * 3}\n\n" * 3)
        Section.objects.create(issue=issue, title=name, body=body).regions.add(region)
        Assessment.objects.create(issue=issue, region=region, trend="increased", reason=en("More."))
    return issue


def schedule(issue: Issue, *, at: datetime | None = None) -> Mailing:
    """Check `issue`, however long that takes, and schedule it."""
    check_here(draft_of(issue))
    return scheduling.schedule(issue, at=at, by=None)


def en(words: str) -> Texts:
    return Texts({"en": words})


def fill(publication: Publication, total: int) -> None:
    """Let `publication` have `total` readers, spread over the 63 sets; statements, no objects."""
    regions = {region.code: region for region in Region.objects.filter(code__in=SIX)}
    sets = [
        InterestSet.objects.of([regions[code] for code in codes]).pk
        for size in range(1, 7)
        for codes in combinations(SIX, size)
    ]
    have = publication.subscriptions.count()
    with connection.cursor() as cursor:
        cursor.execute(FILL, [have + 1, total])
        cursor.execute(SUBSCRIBE, [publication.pk, sets])
        cursor.execute("ANALYZE")
