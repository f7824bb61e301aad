"""The leak check that comes before sending: every edition holds what its readers are allowed.

It is made before an issue is scheduled, of the editions that would go out then, and at the
freeze, of those that do. Two things are held against each other that know nothing of how
editions are made: what is read in their bytes, and the rule of who may read what, stated here
once more, in SQL, over the regions that the readers planned for each edition chose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.audience.assigning import Interest
from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.content import IssueContent
from newsletter.editions.finding import Finder
from newsletter.editions.linting import Remark, lint_edition
from newsletter.editions.parsing import parse
from newsletter.editions.selection import Part
from newsletter.editions.stored import from_json
from newsletter.ledger import mailings
from newsletter.ledger.history import this_worker
from newsletter.models import DeliveryState, Edition, LeakCheck, Mailing, MailingTransition, Trouble
from newsletter.models.clock import Now
from newsletter.rendering.copies import SomeEdition
from newsletter.rendering.words import quoted
from subscribers.listing import listed
from subscribers.models import ChosenRegion, Level

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


class CheckableEdition(SomeEdition, Protocol):
    """An edition that can be told from others."""

    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Verdict:
    """What was found in the bytes of an edition, beside what its readers are allowed."""

    key: str
    found: frozenset[Part]
    #: What all of them are allowed.
    allowed: frozenset[Part]
    #: Whether they are all allowed the same.
    is_one_for_all: bool
    remarks: Sequence[Remark]

    @property
    def passed(self) -> bool:
        return self.is_one_for_all and self.found == self.allowed and not self.faults

    @property
    def faults(self) -> list[Remark]:
        return [remark for remark in self.remarks if remark.is_fault]

    def reasons(self, content: IssueContent) -> Iterator[str]:
        """Why it does not pass, a sentence each; nothing if it does."""
        edition = self.key[:8]
        if leaked := _named(self.found - self.allowed, content):
            yield _("Edition %(edition)s holds %(sections)s, which its readers did not choose.") % {
                "edition": edition,
                "sections": listed(leaked),
            }
        if missing := _named(self.allowed - self.found, content):
            yield _("In edition %(edition)s, %(sections)s is missing or incomplete.") % {
                "edition": edition,
                "sections": listed(missing),
            }
        if not self.is_one_for_all:
            yield _("The readers of edition %(edition)s did not all choose the same.") % {
                "edition": edition
            }
        yield from (fault.text for fault in self.faults)


class LeakChecker:
    """Checks editions of one version for the readers that they are meant for."""

    def __init__(self, composer: Composer, interest_sets: Collection[int]) -> None:
        """`interest_sets` are the ids of all that those readers chose."""
        self.content = composer.content
        self._composer = composer
        self._finder = Finder(composer.content)
        self._chosen = chosen_in(interest_sets, composer.content.is_alert)
        self._allowed = allowed_parts(composer.content, self._chosen)

    def verdict(self, edition: CheckableEdition, interests: Collection[Interest]) -> Verdict:
        """What is to be said of `edition`, which the readers with `interests` are to get."""
        allowed, is_one_for_all = self._allowed_to(interests)
        page = parse(edition.html)
        found = self._finder.parts_in(
            edition, page, allowed, lambda: self._sound(allowed, next(iter(interests)))
        )
        remarks = lint_edition(edition, page)
        return Verdict(edition.key, found, allowed, is_one_for_all, remarks)

    def verdict_again(self, check: LeakCheck, interests: Collection[Interest]) -> Verdict:
        """The same for readers that an edition got since its leak `check`.

        Its bytes are those that were read, though by now they might be made in another way.
        """
        allowed, is_one_for_all = self._allowed_to(interests)
        remarks = [Remark.of(problem) for problem in check.problems]
        return Verdict(check.edition.key, frozenset(check.found), allowed, is_one_for_all, remarks)

    def chosen(self, interests: Collection[Interest]) -> frozenset[str]:
        """The codes of the regions that readers with `interests` chose."""
        return frozenset().union(*(self._chosen[one.interest_set_id] for one in interests))

    def _allowed_to(self, interests: Collection[Interest]) -> tuple[frozenset[Part], bool]:
        """What all readers with `interests` are allowed, and whether it is the same for each."""
        for_each = {self._allowed[interest.interest_set_id] for interest in interests}
        return frozenset.intersection(*for_each), len(for_each) == 1

    def _sound(self, allowed: Collection[Part], interest: Interest) -> ComposedEdition:
        return self._composer.limited_to(
            allowed,
            self._chosen[interest.interest_set_id],
            language=interest.language,
            mail_format=interest.mail_format,
            history=interest.history,
        )


def check_editions(
    mailing: Mailing,
    composer: Composer,
    readers: Mapping[int, Collection[int]] | None = None,
) -> bool:
    """Check what `mailing` stored for its readers, and keep the findings.

    `composer` is the one that made it. `readers` gives the ids of their region sets by the
    ids of their editions; without it, it is every planned delivery.

    Whether all of them pass. If one does not, the mailing stops where a person sees why:
    every row stays as it is, and nothing leaves.
    """
    if readers is None:
        readers = _planned(mailing)
    checker = LeakChecker(composer, set().union(*readers.values()))
    editions = mailing.editions.filter(pk__in=readers).select_related("leak_check")
    verdicts = {edition: _verdict(checker, edition, readers[edition.pk]) for edition in editions}
    _keep(mailing, verdicts)
    broken = [verdict for verdict in verdicts.values() if not verdict.passed]
    if broken:
        _stop(mailing, len(broken))
    return not broken


def why_it_fails(mailing: Mailing) -> list[str]:
    """Why the first edition of `mailing` whose leak check failed did so, a sentence each."""
    failed = LeakCheck.objects.filter(edition__mailing=mailing, passed=False).order_by("pk")
    check = failed.select_related("edition").first()
    if check is None:
        return []
    found, allowed = frozenset(check.found), frozenset(check.allowed)
    remarks = [Remark.of(problem) for problem in check.problems]
    # Nothing else can be wrong with it then.
    is_one_for_all = found != allowed or bool(remarks)
    verdict = Verdict(check.edition.key, found, allowed, is_one_for_all, remarks)
    return list(verdict.reasons(from_json(mailing.version.content)))


def allowed_parts(
    content: IssueContent, interests: Mapping[int, Collection[str]]
) -> dict[int, frozenset[Part]]:
    """By the same keys, what a reader of each of `interests` (codes) may be sent."""
    concerned = _concerned()
    judged = {assessment.region for assessment in content.assessments}
    allowed: dict[int, frozenset[Part]] = {}
    for key, codes in interests.items():
        near: set[str] = set().union(*(concerned[code] for code in codes))
        sections = (s for s in content.sections if not s.regions or near.intersection(s.regions))
        allowed[key] = frozenset([*(section.id for section in sections), *near & judged])
    return allowed


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


def chosen_in(interest_sets: Collection[int], is_alert: bool) -> dict[int, set[str]]:
    """The codes of the regions in each of `interest_sets` (ids) that such an issue may be on."""
    unwanted = Level.ISSUES if is_alert else Level.ALERTS
    chosen: dict[int, set[str]] = {interest_set: set() for interest_set in interest_sets}
    members = ChosenRegion.objects.filter(interest_set__in=interest_sets)
    wanted = members.exclude(level=unwanted)
    for interest_set, code in wanted.values_list("interest_set", "region__code"):
        chosen[interest_set].add(code)
    return chosen


def _planned(mailing: Mailing) -> Mapping[int, set[int]]:
    """By edition, the region sets of the readers that it is planned for."""
    planned = mailing.deliveries.filter(state=DeliveryState.PLANNED).order_by()
    readers: defaultdict[int, set[int]] = defaultdict(set)
    for edition, interest_set in planned.values_list("edition", "interest_set").distinct():
        readers[edition].add(interest_set)
    return readers


def _verdict(checker: LeakChecker, edition: Edition, interest_sets: Collection[int]) -> Verdict:
    interests = [
        Interest(interest_set, edition.language, edition.mail_format, edition.history)
        for interest_set in interest_sets
    ]
    check: LeakCheck | None = getattr(edition, "leak_check", None)
    return checker.verdict_again(check, interests) if check else checker.verdict(edition, interests)


def _keep(mailing: Mailing, verdicts: Mapping[Edition, Verdict]) -> None:
    LeakCheck.objects.bulk_create(
        (
            LeakCheck(
                edition=edition,
                content_hash=mailing.version.content_hash,
                found=_in_order(verdict.found),
                allowed=_in_order(verdict.allowed),
                problems=[fault.plain for fault in verdict.faults],
                passed=verdict.passed,
                checked_at=timezone.now(),
            )
            for edition, verdict in verdicts.items()
        ),
        update_conflicts=True,
        unique_fields=["edition"],
        update_fields=["found", "allowed", "problems", "passed", "checked_at"],
    )


def _in_order(parts: Collection[Part]) -> list[Part]:
    """Sections by their ids, then assessments by their regions."""
    return sorted(parts, key=lambda part: (isinstance(part, str), part))


def _named(parts: Collection[Part], content: IssueContent) -> list[str]:
    """How editors know `parts`."""
    names: dict[Part, str] = {
        section.id: quoted(str(section.title)) for section in content.sections
    }
    for assessment in content.assessments:
        region = content.regions[assessment.region].in_active_language
        names[assessment.region] = _("the assessment of %(region)s") % {"region": region}
    return [names[part] for part in _in_order(parts)]


def _stop(mailing: Mailing, number: int) -> None:
    mailings.transition(
        Mailing.objects.filter(pk=mailing.pk),
        MailingTransition.FAIL_CHECK,
        by=this_worker(),
        why=Trouble.LEAK_CHECK,
        about={"number": number},
        lease_until=None,
        frozen_at=mailing.frozen_at or Now(),
        audience_size=mailing.deliveries.count(),
    )
