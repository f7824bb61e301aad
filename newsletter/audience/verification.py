"""The leak check that comes before sending: every edition holds what its readers are allowed.

It is made before an issue is scheduled, of the editions that would go out then, and at the
freeze, of those that do. Two things are held against each other that know nothing of how
editions are made: what is read in their bytes, and the rule of who may read what, stated here
once more, in SQL, over the regions that the readers planned for each edition chose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.audience.assigning import Interest
from newsletter.audience.reading_rule import (
    allowed_of_correction,
    allowed_parts,
    chosen_in,
    histories_by_edition,
)
from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.content import IssueContent
from newsletter.editions.finding import Finder
from newsletter.editions.linting import Remark, lint_edition
from newsletter.editions.naming import names_of_parts
from newsletter.editions.parsing import parse
from newsletter.editions.selection import Part
from newsletter.editions.stored import from_json
from newsletter.ledger import mailings
from newsletter.ledger.history import this_worker
from newsletter.ledger.tallying import tally_all
from newsletter.models import DeliveryState, Edition, LeakCheck, Mailing, MailingTransition, Trouble
from newsletter.models.clock import Now
from newsletter.rendering.copies import SomeEdition
from subscribers.listing import listed


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

    def __init__(self, composer: Composer, interests: Iterable[Interest]) -> None:
        """`interests` are all that those readers have."""
        self.content = composer.content
        self._composer = composer
        self._finder = Finder(composer.content)
        interests = list(interests)
        interest_sets = {interest.interest_set_id for interest in interests}
        self._chosen = chosen_in(interest_sets, composer.content.is_alert)
        self._allowed = allowed_parts(composer.content, self._chosen)
        histories = (
            {interest.history for interest in interests} if self.content.is_correction else ()
        )
        self._allowed_again = allowed_of_correction(self.content, histories)

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
        for_each = {self._allowed_for(interest) for interest in interests}
        return frozenset.intersection(*for_each), len(for_each) == 1

    def _allowed_for(self, interest: Interest) -> frozenset[Part]:
        if self.content.is_correction:
            return self._allowed_again[interest.history]
        return self._allowed[interest.interest_set_id]

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
    stored = mailing.editions.filter(pk__in=readers).select_related("leak_check")
    editions = _with_interests(mailing, composer.content, stored, readers)
    checker = LeakChecker(composer, (one for some in editions.values() for one in some))
    verdicts = {edition: _verdict(checker, edition, some) for edition, some in editions.items()}
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


def _planned(mailing: Mailing) -> Mapping[int, set[int]]:
    """By edition, the region sets of the readers that it is planned for."""
    planned = mailing.deliveries.filter(state=DeliveryState.PLANNED).order_by()
    readers: defaultdict[int, set[int]] = defaultdict(set)
    for edition, interest_set in planned.values_list("edition", "interest_set").distinct():
        readers[edition].add(interest_set)
    return readers


def _with_interests(
    mailing: Mailing,
    content: IssueContent,
    editions: Iterable[Edition],
    readers: Mapping[int, Collection[int]],
) -> dict[Edition, list[Interest]]:
    """Each of `editions` with the interests of its readers, as far as a check depends on them."""
    sent = histories_by_edition(mailing, content) if content.is_correction else {}
    return {
        edition: [
            Interest(interest_set, edition.language, edition.mail_format, history)
            for interest_set in readers[edition.pk]
            for history in sent.get(edition.pk, [edition.history])
        ]
        for edition in editions
    }


def _verdict(checker: LeakChecker, edition: Edition, interests: Collection[Interest]) -> Verdict:
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
    names = names_of_parts(content)
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
        **tally_all(mailing),
    )
