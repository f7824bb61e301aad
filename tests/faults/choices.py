"""Readers with a choice of their own each, and once more the rule of what they may read.

The rule here knows nothing of how editions are selected: it walks up from regions to the world,
and says which words have to stand in what the relay took for a reader.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from django.db import connection

from bench.audience import FILL, make_publication
from bench.choices import SETS, SUBSCRIBE
from newsletter.audience.assigning import in_pieces
from newsletter.models import Assessment, Issue, Section
from subscribers.models import ChosenRegion, InterestSet, Publication, Region, RegionKind
from subscribers.models.texts import Texts

#: First-level regions with a section and a trend each; so have the countries that they lie in.
DIVISIONS = 96
#: Regions that a reader chooses, at most.
MOST_CHOSEN = 8
#: The word by which a section, or a trend, is known again in a mail: no line end falls into it.
SECTION, TREND, EVERYONE = "Xsec{}X", "Xtrd{}X", "XeveryoneX"
#: What is once in the text and once in the HTML of a mail.
FORMATS = 2


def publication_of(readers: int, chance: random.Random) -> Publication:
    """A publication with that many `readers`, hardly two of whom chose the same."""
    publication = make_publication()
    divisions = list(Region.objects.filter(kind=RegionKind.ADMIN1).order_by("code")[:DIVISIONS])
    countries = Region.objects.filter(children__in=divisions).distinct()
    publication.regions.set(offered := [*divisions, *countries])
    with connection.cursor() as cursor:
        cursor.execute(SETS, [readers])
        cursor.execute(FILL, [1, readers])
        cursor.execute(SUBSCRIBE, [publication.pk, readers])
    sets = InterestSet.objects.filter(digest__startswith="bench ").values_list("pk", flat=True)
    for some in in_pieces(sets.iterator(), 1_000):
        ChosenRegion.objects.bulk_create(
            ChosenRegion(interest_set_id=pk, region=region)
            for pk in some
            for region in chance.sample(offered, chance.randint(1, MOST_CHOSEN))
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return publication


def issue_of(publication: Publication) -> Issue:
    """A letter, and a section and a trend on each region of `publication`."""
    issue = Issue.objects.create(
        publication=publication, title=_en("On all"), slug="on-all", subject=_en("All regions")
    )
    Section.objects.create(issue=issue, kind="letter", title=_en("Letter"), body=_en(EVERYONE))
    for region in publication.regions.all():
        said = SECTION.format(region.pk)
        body = _en(f"{said} is said of {region.name_in('en')}, and of nothing else.")
        title = _en(f"On {region.name_in('en')}")
        Section.objects.create(issue=issue, title=title, body=body).regions.add(region)
        reason = _en(TREND.format(region.pk))
        Assessment.objects.create(issue=issue, region=region, trend="increased", reason=reason)
    return issue


def owed_to_each(publication: Publication) -> Iterator[tuple[str, Mapping[str, int]]]:
    """Each reader's mailbox, and how often each word has to be in their mail: all of them.

    What is said of a region is for whom chose it, or a region within it, or one that it is in.
    """
    parents = dict(Region.objects.values_list("pk", "parent"))
    told = list(publication.regions.values_list("pk", flat=True))
    related = {
        chosen: {one for one in told if chosen in _up(one, parents) or one in _up(chosen, parents)}
        for chosen in told
    }
    of_set: dict[int, set[int]] = defaultdict(set)
    for interest_set, chosen in ChosenRegion.objects.values_list("interest_set", "region"):
        of_set[interest_set] |= related[chosen]
    readers = publication.subscriptions.values_list("subscriber__mailbox", "interest_set")
    for mailbox, interest_set in readers.iterator():
        yield mailbox, dict.fromkeys(_words(of_set[interest_set]), FORMATS)


def unlike(publication: Publication, received: Mapping[str, Collection[Mapping[str, int]]]) -> int:
    """How many copies in `received`, by mailbox, do not say just what their reader is owed."""
    return sum(
        said != owed
        for mailbox, owed in owed_to_each(publication)
        for said in received.get(mailbox, ())
    )


def _words(regions: Iterable[int]) -> Iterator[str]:
    yield EVERYONE
    for region in regions:
        yield SECTION.format(region)
        yield TREND.format(region)


def _up(region: int, parents: Mapping[int, int | None]) -> set[int]:
    """`region`, what it lies in, and so on up to the world."""
    way, at = set(), region
    while at:
        way.add(at)
        at = parents[at] or 0
    return way


def _en(words: str) -> Texts:
    return Texts({"en": words})
