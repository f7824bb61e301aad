"""The proof that comes before sending: every edition holds what its readers are allowed.

Two things are held against each other that know nothing of how editions are made: what is
read in the bytes that were stored, and the rule of who may read what, stated here once more,
in SQL, over the regions that the readers planned for each edition chose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.editions.content import IssueContent
from newsletter.editions.finding import Finder
from newsletter.editions.linting import errors_in
from newsletter.models import DeliveryState, Edition, Mailing, MailingState, Proof
from newsletter.models.clock import Now
from newsletter.rendering.words import listed
from subscribers.models import RegionSet

#: Places (ids) that every region (code) stands for: a group for its members, others for themselves.
STANDS_FOR = """
WITH RECURSIVE stands_for (region, place) AS (
    SELECT id, id FROM subscribers_region
    UNION
    SELECT s.region, m.to_region_id
    FROM stands_for s
    JOIN subscribers_region g ON g.id = s.place AND g.kind = 'group'
    JOIN subscribers_region_members m ON m.from_region_id = g.id
)
SELECT r.code, s.place
FROM stands_for s
JOIN subscribers_region r ON r.id = s.region
JOIN subscribers_region p ON p.id = s.place AND (p.kind <> 'group' OR p.id = s.region)
"""

#: Places and what they lie inside, themselves first; a successor lies in what it was cut out of.
LIES_IN = """
WITH RECURSIVE lies_in (place, holder) AS (
    SELECT id, id FROM subscribers_region
    UNION
    SELECT l.place, h.holder
    FROM lies_in l
    JOIN (
        SELECT id AS held, parent_id AS holder FROM subscribers_region WHERE parent_id IS NOT NULL
        UNION
        SELECT to_region_id, from_region_id FROM subscribers_region_successors
    ) h ON h.held = l.holder
)
SELECT place, holder FROM lies_in
"""


def prove(mailing: Mailing, readers: Mapping[int, Collection[int]] | None = None) -> bool:
    """Prove what `mailing` stored for its readers, and keep the proof.

    `readers` gives the ids of their region sets by the ids of their editions; without it, it
    is every planned delivery.

    Whether all of them hold. If one does not, the mailing stops where a person sees why:
    every row stays as it is, and nothing leaves.
    """
    proofs = list(_proofs(mailing, _planned(mailing) if readers is None else readers))
    Proof.objects.bulk_create(
        proofs,
        update_conflicts=True,
        unique_fields=["edition"],
        update_fields=["found", "allowed", "problems", "holds", "proved_at"],
    )
    broken = [proof for proof in proofs if not proof.holds]
    if broken:
        _stop(mailing, broken)
    return not broken


def allowed_sections(
    content: IssueContent, interests: Mapping[int, Collection[str]]
) -> dict[int, frozenset[int]]:
    """By the same keys, ids of the sections for a reader of each of `interests` (codes)."""
    concerned = _concerned()
    return {
        key: frozenset(
            section.id
            for section in content.sections
            if not section.regions
            or any(not concerned[code].isdisjoint(section.regions) for code in codes)
        )
        for key, codes in interests.items()
    }


def _concerned() -> Mapping[str, set[str]]:
    """By region, all that concern its readers: one place of one lies in one of the other."""
    places, regions, related = defaultdict(set), defaultdict(set), defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(STANDS_FOR)
        for region, place in cursor.fetchall():
            places[region].add(place)
            regions[place].add(region)
        cursor.execute(LIES_IN)
        for place, holder in cursor.fetchall():
            related[place].add(holder)
            related[holder].add(place)
    return {
        region: {other for place in own for near in related[place] for other in regions[near]}
        for region, own in places.items()
    }


def chosen_in(region_sets: Collection[int]) -> dict[int, set[str]]:
    """The codes of the regions in each of `region_sets` (ids)."""
    chosen: dict[int, set[str]] = {region_set: set() for region_set in region_sets}
    members = RegionSet.regions.through.objects.filter(regionset__in=region_sets)
    for region_set, code in members.values_list("regionset", "region__code"):
        chosen[region_set].add(code)
    return chosen


def _proofs(mailing: Mailing, readers: Mapping[int, Collection[int]]) -> Iterable[Proof]:
    content = IssueContent.from_json(mailing.version.content)
    finder = Finder(content)
    allowed = allowed_sections(content, chosen_in(set().union(*readers.values())))
    for edition in mailing.editions.filter(pk__in=readers):
        for_all = {allowed[region_set] for region_set in readers[edition.pk]}
        yield _proof(mailing, edition, for_all, finder)


def _proof(
    mailing: Mailing, edition: Edition, for_all: set[frozenset[int]], finder: Finder
) -> Proof:
    """`for_all` is what its readers are allowed: the same for each of them, if all is well."""
    least = frozenset.intersection(*for_all) if for_all else frozenset[int]()
    found = finder.sections_in(edition.mail_format, edition.html, edition.text, least)
    problems = errors_in(edition)
    return Proof(
        edition=edition,
        content_hash=mailing.version.content_hash,
        found=sorted(found),
        allowed=sorted(least),
        problems=problems,
        holds=all(found == allowed for allowed in for_all) and not problems,
        proved_at=timezone.now(),
    )


def _planned(mailing: Mailing) -> Mapping[int, set[int]]:
    """By edition, the region sets of the readers that it is planned for."""
    planned = mailing.deliveries.filter(state=DeliveryState.PLANNED).order_by()
    readers: defaultdict[int, set[int]] = defaultdict(set)
    for edition, region_set in planned.values_list("edition", "region_set").distinct():
        readers[edition].add(region_set)
    return readers


def _stop(mailing: Mailing, broken: list[Proof]) -> None:
    text = ngettext(
        "It was stopped: %(number)d edition is not as it has to be. %(why)s",
        "It was stopped: %(number)d editions are not as they have to be. %(why)s",
        len(broken),
    )
    trouble = text % {"number": len(broken), "why": " ".join(_reasons(mailing, broken[0]))}
    Mailing.objects.filter(pk=mailing.pk).move(
        MailingState.UNPROVED,
        lease_until=None,
        frozen_at=mailing.frozen_at or Now(),
        audience_size=mailing.deliveries.count(),
        trouble=trouble[:300],
    )


def _reasons(mailing: Mailing, proof: Proof) -> Iterable[str]:
    titles = {part["id"]: f"“{part['title']}”" for part in mailing.version.content["sections"]}
    edition = proof.edition.key[:8]
    leaked = [titles[number] for number in proof.found if number not in proof.allowed]
    missing = [titles[number] for number in proof.allowed if number not in proof.found]
    if leaked:
        yield _("Edition %(edition)s holds %(sections)s, which its readers did not choose.") % {
            "edition": edition,
            "sections": listed(leaked),
        }
    if missing:
        yield _("In edition %(edition)s, %(sections)s is missing or incomplete.") % {
            "edition": edition,
            "sections": listed(missing),
        }
    yield from proof.problems
    if not (leaked or missing or proof.problems):
        yield _("The readers of edition %(edition)s did not all choose the same.") % {
            "edition": edition
        }
