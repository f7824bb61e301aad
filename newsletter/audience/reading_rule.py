"""Who may read what, stated once more for the leak check, which knows not how editions are made.

Of an issue it is the rule in SQL, over the regions that its readers chose. Of a correction it is
what was read in the bytes of the edition that each was sent before, as far as it is corrected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection

from newsletter.audience.corrected import edition_sent, wrong_parts
from newsletter.editions.content import IssueContent
from newsletter.editions.selection import Part
from newsletter.models import DeliveryState, LeakCheck, Mailing
from subscribers.models import ChosenRegion, Level

#: Places (ids) that regions (codes) stand for: a group for its members, others for themselves.
STANDS_FOR = """
WITH RECURSIVE stands_for (region, place) AS (
    SELECT id, id FROM subscribers_region WHERE code IN ({asked_for})
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
    SELECT id, id FROM subscribers_region WHERE id IN ({asked_for})
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


def allowed_parts(
    content: IssueContent, interests: Mapping[int, Collection[str]]
) -> dict[int, frozenset[Part]]:
    """By the same keys, what a reader of each of `interests` (codes) may be sent."""
    judged = {assessment.region for assessment in content.assessments}
    named = judged.union(*(section.regions for section in content.sections))
    concerned = _concerned(named.union(*interests.values()))
    allowed: dict[int, frozenset[Part]] = {}
    for key, codes in interests.items():
        near: set[str] = set().union(*(concerned[code] for code in codes))
        sections = (s for s in content.sections if not s.regions or near.intersection(s.regions))
        allowed[key] = frozenset([*(section.id for section in sections), *near & judged])
    return allowed


def _concerned(codes: Collection[str]) -> Mapping[str, set[str]]:
    """By region, those of `codes` that concern its readers: a place of one lies in one of it."""
    places, regions, related = defaultdict(set), defaultdict(set), defaultdict(set)
    for region, place in _rows(STANDS_FOR, codes):
        places[region].add(place)
        regions[place].add(region)
    for place, holder in _rows(LIES_IN, regions):
        related[place].add(holder)
        related[holder].add(place)
    return {
        region: {other for place in own for near in related[place] for other in regions[near]}
        for region, own in places.items()
    }


def _rows(statement: str, asked_for: Collection[Any]) -> list[tuple[Any, ...]]:
    """What `statement` says of those `asked_for` and of all that they lie in."""
    if not asked_for:
        return []
    marks = ", ".join(["%s"] * len(asked_for))
    with connection.cursor() as cursor:
        cursor.execute(statement.format(asked_for=marks), list(asked_for))
        return list(cursor.fetchall())


def chosen_in(interest_sets: Collection[int], is_alert: bool) -> dict[int, set[str]]:
    """The codes of the regions in each of `interest_sets` (ids) that such an issue may be on."""
    unwanted = Level.ISSUES if is_alert else Level.ALERTS
    chosen: dict[int, set[str]] = {interest_set: set() for interest_set in interest_sets}
    members = ChosenRegion.objects.filter(interest_set__in=interest_sets)
    wanted = members.exclude(level=unwanted)
    for interest_set, code in wanted.values_list("interest_set", "region__code"):
        chosen[interest_set].add(code)
    return chosen


def allowed_of_correction(
    correction: IssueContent, histories: Collection[str]
) -> dict[str, frozenset[Part]]:
    """By the editions that readers were sent (ids as text), what they may read of `correction`."""
    checks = LeakCheck.objects.filter(edition__in=[int(one) for one in histories if one])
    checks = checks.select_related("edition__mailing__version").defer(
        "edition__html", "edition__text"
    )
    by_version: dict[int, frozenset[Part]] = {}
    allowed: dict[str, frozenset[Part]] = defaultdict(frozenset)
    for check in checks:
        version = check.edition.mailing.version
        if version.pk not in by_version:
            by_version[version.pk] = wrong_parts(version, correction)
        allowed[str(check.edition_id)] = by_version[version.pk].intersection(check.found)
    return allowed


def histories_by_edition(mailing: Mailing, correction: IssueContent) -> Mapping[int, set[str]]:
    """By edition of `mailing`, the editions that its planned readers were sent before."""
    planned = mailing.deliveries.filter(state=DeliveryState.PLANNED).order_by()
    sent = planned.annotate(history=edition_sent(mailing.issue, correction))
    histories: dict[int, set[str]] = defaultdict(set)
    for edition, history in sent.values_list("edition", "history").distinct():
        histories[edition].add(history)
    return histories
