"""Readers who chose at random, so that hardly two chose the same."""

from __future__ import annotations

from django.db import connection
from django.db.backends.utils import CursorWrapper

from bench.audience import FILL, SENTENCE, en, make_publication
from newsletter.models import Assessment, Issue, Section
from subscribers.models import Publication, Region, RegionKind

#: Of so many regions, one is chosen of each of six groups: 16⁶ combinations, 17 million.
REGIONS = 96

SETS = """
INSERT INTO subscribers_interestset (digest)
SELECT 'bench ' || n FROM generate_series(1, %s) n
"""

CHOOSE = """
INSERT INTO subscribers_chosenregion (interest_set_id, region_id, level)
SELECT s.id, (%s::bigint[])[g * %s + 1 + floor(random() * %s)::int], 'all'
FROM subscribers_interestset s, generate_series(0, 5) g
WHERE s.digest LIKE 'bench %%'
"""

#: Of six regions there are no groups: those are chosen whose bits are in the number of the set.
CHOOSE_OF_SIX = """
INSERT INTO subscribers_chosenregion (interest_set_id, region_id, level)
SELECT s.id, (%s::bigint[])[g], 'all'
FROM (
    SELECT id, (ROW_NUMBER() OVER (ORDER BY id))::int AS bits
    FROM subscribers_interestset WHERE digest LIKE 'bench %%'
) s, generate_series(1, 6) g
WHERE s.bits & (1 << (g - 1)) <> 0
"""

SUBSCRIBE = """
WITH sets AS (
    SELECT id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place
    FROM subscribers_interestset WHERE digest LIKE 'bench %%'
), readers AS (
    SELECT id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place FROM subscribers_subscriber
)
INSERT INTO subscribers_subscription (
    public_id, subscriber_id, publication_id, interest_set_id, status, ended_reason,
    requested_at, confirmed_at, language, mail_format
)
SELECT gen_random_uuid(), r.id, %s, s.id, 'active', '', now(), now(), 'en', 'html'
FROM readers r JOIN sets s ON s.place = r.place %% %s
"""


CHOOSE_OF = """
WITH sets AS (
    SELECT id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place
    FROM subscribers_interestset WHERE digest LIKE 'bench %%'
)
UPDATE subscribers_subscription
SET interest_set_id = sets.id
FROM sets WHERE sets.place = subscriber_id %% %s AND publication_id = %s
"""


def publication_with(readers: int, choices: int, regions: int = REGIONS) -> Publication:
    """A publication on so many `regions`, with that many `readers` of that many `choices`."""
    publication = make_publication()
    covered = list(Region.objects.filter(kind=RegionKind.ADMIN1).order_by("code")[:regions])
    publication.regions.set(covered)
    with connection.cursor() as cursor:
        cursor.execute(SETS, [choices])
        _choose(cursor, [region.pk for region in covered])
        cursor.execute(FILL, [1, readers])
        cursor.execute(SUBSCRIBE, [publication.pk, choices])
        cursor.execute("VACUUM ANALYZE")
    return publication


def _choose(cursor: CursorWrapper, regions: list[int]) -> None:
    if len(regions) == 6:
        cursor.execute(CHOOSE_OF_SIX, [regions])
    else:
        in_a_group = len(regions) // 6
        cursor.execute(CHOOSE, [regions, in_a_group, in_a_group])


def choose_of(publication: Publication, choices: int) -> None:
    """Let the readers of `publication` choose of so many `choices` from here on."""
    with connection.cursor() as cursor:
        cursor.execute(CHOOSE_OF, [choices, publication.pk])
        cursor.execute("VACUUM ANALYZE")


def issue_on_all_regions(publication: Publication) -> Issue:
    """A letter, and a section with its trend on each region of `publication`."""
    number = publication.issues.count()
    issue = Issue.objects.create(
        publication=publication,
        title=en("On all"),
        slug=f"on-all-{number}",
        subject=en("All regions"),
    )
    letter = en(f"{SENTENCE * 3}\n\n" * 5)
    Section.objects.create(issue=issue, kind="letter", title=en("Letter"), body=letter)
    for region in publication.regions.all():
        title, body = en(region.name_in("en")), en(_words_on(region))
        Section.objects.create(issue=issue, title=title, body=body).regions.add(region)
        Assessment.objects.create(issue=issue, region=region, trend="increased", reason=en("More."))
    return issue


def _words_on(region: Region) -> str:
    """A paragraph that has no line in common with those on other regions."""
    words = (SENTENCE * 2).split()
    fours = (" ".join(words[at : at + 4]) for at in range(0, len(words), 4))
    return f" near {region.name_in('en')} ".join(fours)
