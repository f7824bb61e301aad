"""The leak check that comes before sending: every edition holds what its readers are allowed.

It is made before an issue is scheduled, of the editions that would go out then, and at the
freeze, of those that do. Two things are held against each other that know nothing of how
editions are made: what is read in their bytes, and the rule of who may read what, stated here
once more, in SQL, over the regions that the readers planned for each edition chose.

Where there are few editions all of them are read. Where there are many, what each is made of is
compared, and every part that they are made of was read once: :mod:`newsletter.editions.proving`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial, reduce
from itertools import starmap
from operator import and_
from typing import NamedTuple

from django.utils import timezone

from newsletter.audience.assigning import Interest
from newsletter.audience.reading_rule import (
    ReadingRule,
    allowed_of_correction,
    chosen_in,
)
from newsletter.audience.verdicts import PASSED, Verdict, in_order
from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.finding import Finder
from newsletter.editions.linting import Remark, lint_edition, lint_what_is_its_own
from newsletter.editions.numbering import Numbering
from newsletter.editions.parsing import parse
from newsletter.editions.pieces import EditionInPieces
from newsletter.editions.proving import Prover
from newsletter.editions.recipes import RecipeReader
from newsletter.editions.selection import PartKey
from newsletter.editions.stored import from_json
from newsletter.ledger import mailings
from newsletter.ledger.history import this_worker
from newsletter.models import LeakCheck, Mailing, MailingTransition, Trouble
from newsletter.models.among import among

#: Of a mailing with more editions than this, not all are read whole: only those with
#: something in them that was not read yet, those of more readers than MANY_READERS, and one in
#: so many of the others.
READ_WHOLE = 200
MANY_READERS = 100
ONE_IN = 1_000


class LeakChecker:
    """Checks editions of one version for the readers that they are meant for.

    What an edition holds is known from what it is made of, of which each part was read once and
    proved. Editions are read whole beside that, all of few, and some of many.
    """

    def __init__(self, composer: Composer) -> None:
        self.content = composer.content
        self._composer = composer
        self._numbering = Numbering(composer.content)
        self._finder = Finder(composer.content)
        self._prover = Prover(self._finder, self._numbering)
        self._rule = ReadingRule(composer.content, self._numbering)
        self._chosen: dict[int, frozenset[str]] = {}
        self._allowed_again: dict[str, int] = {}
        self._seen = 0

    def look_up(self, interests: Iterable[Interest]) -> None:
        """Find out what readers with `interests` may be sent, of whom it will be asked next."""
        interests = list(interests)
        interest_sets = {interest.interest_set_id for interest in interests}
        self._chosen = chosen_in(interest_sets, self.content.is_alert)
        if self.content.is_correction:
            histories = {interest.history for interest in interests}
            allowed = allowed_of_correction(self.content, histories)
            self._allowed_again = {one: self._numbering.bits(allowed[one]) for one in histories}
        else:
            self._rule.look_up(set().union(*self._chosen.values()))

    def verdict(self, edition: EditionInPieces, interests: Mapping[Interest, int]) -> Verdict:
        """What is to be said of `edition`, which the readers with `interests` are to get.

        How many they are stands by each interest, which was looked up.
        """
        allowed, is_one_for_all = self._allowed_to(interests)
        known = self._prover.fragments_read
        held = self._prover.bits_in(edition)
        is_new = self._prover.fragments_read > known
        self._seen += 1
        if is_new or self._is_to_be_read(sum(interests.values())):
            return self._read(edition, next(iter(interests)), held, allowed, is_one_for_all)
        remarks = lint_what_is_its_own(edition)
        if held == allowed and is_one_for_all and not remarks:
            return PASSED
        return Verdict(
            edition.key,
            self._parts(held),
            self._parts(allowed),
            is_one_for_all,
            remarks,
            is_read=False,
        )

    def _read(
        self,
        edition: EditionInPieces,
        interest: Interest,
        held: int,
        allowed: int,
        is_one_for_all: bool,
    ) -> Verdict:
        """The verdict on `edition` when it is read whole, whose readers are as that of `interest`.

        By what it is made of it holds the parts `held`.
        """
        found, may_hold = self._parts(held), self._parts(allowed)
        page = parse(edition.html)
        sound = partial(self._sound, may_hold, interest)
        read = self._finder.parts_in(edition, page, may_hold, sound)
        # It has to hold what it may by both, and what it may not by neither.
        found = (found & read) | (found - may_hold) | (read - may_hold)
        return Verdict(edition.key, found, may_hold, is_one_for_all, lint_edition(edition, page))

    def verdict_again(self, check: LeakCheck, interests: Iterable[Interest]) -> Verdict:
        """The same for readers that an edition got since its leak `check`.

        Its bytes are those that were read, though by now they might be made in another way.
        """
        allowed, is_one_for_all = self._allowed_to(interests)
        remarks = [Remark.of(problem) for problem in check.problems]
        found, may_hold = frozenset(check.found), self._parts(allowed)
        return Verdict(check.edition.key, found, may_hold, is_one_for_all, remarks)

    def chosen(self, interests: Iterable[Interest]) -> frozenset[str]:
        """The codes of the regions that readers with `interests` chose."""
        return frozenset().union(*(self._chosen[one.interest_set_id] for one in interests))

    def _is_to_be_read(self, readers: int) -> bool:
        return self._seen <= READ_WHOLE or readers > MANY_READERS or self._seen % ONE_IN == 0

    def _allowed_to(self, interests: Iterable[Interest]) -> tuple[int, bool]:
        """What all readers with `interests` are allowed, and whether it is the same for each."""
        for_each = set(map(self._allowed_for, interests))
        return reduce(and_, for_each), len(for_each) == 1

    def _allowed_for(self, interest: Interest) -> int:
        if self.content.is_correction:
            return self._allowed_again[interest.history]
        return self._rule.allowed(self._chosen[interest.interest_set_id])

    def _parts(self, bits: int) -> frozenset[PartKey]:
        return frozenset(self._numbering.parts_of(bits))

    def _sound(self, allowed: Collection[PartKey], interest: Interest) -> ComposedEdition:
        return self._composer.limited_to(
            allowed,
            self._chosen[interest.interest_set_id],
            language=interest.language,
            mail_format=interest.mail_format,
            history=interest.history,
        )


#: By edition (ids), how many readers with which interest are planned for it.
Planned = Mapping[int, Mapping[Interest, int]]


def check_editions(
    mailing: Mailing,
    composer: Composer,
    planned: Iterable[Planned],
    *,
    checker: LeakChecker | None = None,
    reader: RecipeReader | None = None,
) -> bool:
    """Check what `mailing` stored for its readers, as `planned`, and keep the findings.

    `composer` is the one that made it. The editions come in pieces, which bounds the memory
    that it takes. One who checks a mailing in several calls keeps `checker` and `reader`: what
    they have read is not read again.

    Whether all of them pass. If one does not, the mailing stops where a person sees why:
    every row stays as it is, and nothing leaves.
    """
    checker, reader = checker or LeakChecker(composer), reader or RecipeReader()
    broken = sum(_check(mailing, checker, reader, piece) for piece in planned)
    if broken:
        _stop(mailing, broken)
    return not broken


class _Stored(NamedTuple):
    """What is read of an edition to check it."""

    pk: int
    language: str
    mail_format: str
    recipe: bytes

    @property
    def key(self) -> str:
        return str(self.pk)


def _check(mailing: Mailing, checker: LeakChecker, reader: RecipeReader, planned: Planned) -> int:
    """How many of the editions in `planned` do not pass."""
    checker.look_up(interest for interests in planned.values() for interest in interests)
    checks = LeakCheck.objects.filter(edition__in=among(planned)).select_related("edition")
    verdicts = {
        check.edition_id: checker.verdict_again(check, planned[check.edition_id])
        for check in checks
    }
    new = mailing.editions.filter(pk__in=among(planned.keys() - verdicts.keys())).order_by()
    stored = list(starmap(_Stored, new.values_list(*_Stored._fields)))
    for edition, whole in zip(stored, reader.assembled(stored), strict=True):
        verdicts[edition.pk] = checker.verdict(whole, planned[edition.pk])
    _keep(mailing, verdicts)
    return sum(not verdict.passed for verdict in verdicts.values())


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


def _keep(mailing: Mailing, verdicts: Mapping[int, Verdict]) -> None:
    """Keep `verdicts`, by editions (ids), as far as there is more to them than that they pass."""
    LeakCheck.objects.bulk_create(
        (
            LeakCheck(
                edition_id=edition,
                content_hash=mailing.version.content_hash,
                found=in_order(verdict.found),
                allowed=in_order(verdict.allowed),
                problems=[fault.plain for fault in verdict.faults],
                passed=verdict.passed,
                checked_at=timezone.now(),
            )
            for edition, verdict in verdicts.items()
            if verdict.is_read or not verdict.passed
        ),
        update_conflicts=True,
        unique_fields=["edition"],
        update_fields=["found", "allowed", "problems", "passed", "checked_at"],
    )


def _stop(mailing: Mailing, number: int) -> None:
    mailings.transition(
        Mailing.objects.filter(pk=mailing.pk),
        MailingTransition.FAIL_CHECK,
        by=this_worker(),
        why=Trouble.LEAK_CHECK,
        about={"number": number},
        lease_until=None,
    )
