"""Who may read what, stated once more for the leak check, which knows not how editions are made.

Of an issue it is the rule in SQL, over the regions that its readers chose. Of a correction it is
what was read in the bytes of the edition that each was sent before, as far as it is corrected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Q

from newsletter.audience.choices import codes_chosen
from newsletter.audience.corrected import wrong_parts
from newsletter.editions.content import IssueContent
from newsletter.editions.numbering import Numbering
from newsletter.editions.selection import PartKey
from newsletter.models import Edition, LeakCheck
from subscribers.models import Level

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


class ReadingRule:
    """What readers may be sent of one issue, by the regions that they chose.

    Sets of parts are bits, as the `numbering` of the issue has them.
    """

    def __init__(self, content: IssueContent, numbering: Numbering) -> None:
        self._judged = {assessment.region for assessment in content.assessments}
        self._sections = {section.id: section.regions for section in content.sections}
        self._numbering = numbering
        self._common = numbering.bits(pk for pk, regions in self._sections.items() if not regions)
        self._by_region: dict[str, int] = {}

    def look_up(self, codes: Collection[str]) -> None:
        """Find out what concerns the readers of the regions `codes`, of whom it will be asked."""
        new = set(codes) - self._by_region.keys()
        if new:
            concerned = _concerned(self._judged.union(*self._sections.values(), new))
            self._by_region |= {code: self._near(concerned[code]) for code in new}

    def allowed(self, codes: Iterable[str]) -> int:
        """What a reader may be sent who chose `codes`, which were looked up."""
        return reduce(or_, map(self._by_region.__getitem__, codes), self._common)

    def _near(self, concerned: Collection[str]) -> int:
        sections = (pk for pk, on in self._sections.items() if not set(on).isdisjoint(concerned))
        return self._numbering.bits([*sections, *self._judged.intersection(concerned)])


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


def chosen_in(interest_sets: Collection[int], is_alert: bool) -> dict[int, frozenset[str]]:
    """The codes of the regions in each of `interest_sets` (ids) that such an issue may be on."""
    unwanted = Level.ISSUES if is_alert else Level.ALERTS
    return codes_chosen(interest_sets, ~Q(level=unwanted))


def allowed_of_correction(
    correction: IssueContent, histories: Collection[str]
) -> dict[str, frozenset[PartKey]]:
    """By the editions that readers were sent (ids as text), what they may read of `correction`.

    What such an edition held is what was read in its bytes, where they were read; otherwise it
    is what was compared when it was frozen.
    """
    editions = Edition.objects.filter(pk__in=[int(one) for one in histories if one])
    editions = editions.select_related("mailing__version", "leak_check").defer("recipe")
    by_version: dict[int, tuple[Numbering, frozenset[PartKey]]] = {}
    allowed: dict[str, frozenset[PartKey]] = defaultdict(frozenset)
    for edition in editions:
        version = edition.mailing.version
        if version.pk not in by_version:
            by_version[version.pk] = Numbering.of(version), wrong_parts(version, correction)
        numbers, wrong = by_version[version.pk]
        check: LeakCheck | None = getattr(edition, "leak_check", None)
        held = check.found if check else numbers.parts_in(edition.held)
        allowed[str(edition.pk)] = wrong.intersection(held)
    return allowed
