"""Interests to editions: composing what an audience needs and storing each edition once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db.models import QuerySet

from newsletter.audience.corrected import edition_sent, parts_sent
from newsletter.audience.history import past_of, with_history
from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.stored import from_json
from newsletter.models import Delivery, Edition, Issue, IssueKind, Mailing, Reason
from subscribers.models import ChosenRegion
from subscribers.regions import RegionTree


class Interest(NamedTuple):
    """All that an edition is chosen by: readers who share it share their edition."""

    interest_set_id: int
    language: str
    mail_format: str
    #: What its readers were sent before: see :func:`newsletter.editions.past.trend_histories`, and
    #: for a correction :func:`newsletter.audience.corrected.parts_sent`.
    history: str = ""
    #: Whether they want it only when a trend of their regions changed.
    only_on_change: bool = False


def composer_of(mailing: Mailing) -> Composer:
    """The composer of the version that `mailing` sends."""
    content = from_json(mailing.version.content)
    tree = RegionTree.for_readers_of(mailing.issue.publication, content.regions)
    if content.is_correction:
        return Composer(content, tree, sent=parts_sent(mailing.issue, content))
    return Composer(content, tree, past_of(mailing.issue, before=mailing.frozen_at))


def with_history_in(mailing: Mailing, composer: Composer, rows: QuerySet[Delivery]) -> Any:
    """`rows`, and as `history` what their readers were sent before, as `composer` reads it."""
    if composer.content.is_correction:
        return rows.annotate(history=edition_sent(mailing.issue, composer.content))
    return with_history(rows, composer.tracks)


def compose_for(
    interests: Collection[Interest], composer: Composer
) -> dict[Interest, ComposedEdition]:
    """The edition of each interest; equal editions are composed once.

    An interest is missing from the answer if no region in it takes such an issue. A correction
    is for all who were sent what was wrong.
    """
    interest_sets = {interest.interest_set_id for interest in interests}
    codes = codes_wanted(interest_sets, composer.content.kind)
    return {
        interest: composer.edition_for(
            codes[interest.interest_set_id],
            language=interest.language,
            mail_format=interest.mail_format,
            history=interest.history,
        )
        for interest in interests
        if codes[interest.interest_set_id] or composer.content.is_correction
    }


def why_not(interest: Interest, edition: ComposedEdition, issue: Issue) -> Reason | None:
    """Why readers who share `interest` get nothing, though `edition` is theirs; None if they do.

    An alert goes to nobody who has nothing in it, and waits for no trend to change.
    """
    even_nothing = issue.publication.mail_when_nothing and not issue.is_alert
    if edition.has_nothing_regional and not even_nothing:
        return Reason.NO_MATCHING_CONTENT
    if interest.only_on_change and not issue.is_alert and not edition.has_changes:
        return Reason.UNCHANGED
    return None


def interests_to_editions(
    mailing: Mailing, interests: Collection[Interest], composer: Composer
) -> dict[Interest, Edition | Reason]:
    """The stored edition of each interest, written where it is not there yet, or why none is."""
    made = compose_for(interests, composer)
    reasons = {one: why_not(one, edition, mailing.issue) for one, edition in made.items()}
    unwanted = dict.fromkeys(set(interests) - set(made), Reason.OTHER_KIND)
    left_out = unwanted | {one: reason for one, reason in reasons.items() if reason}
    composed = {one: edition for one, edition in made.items() if one not in left_out}
    stored = _store(mailing, composed.values())
    assigned = {interest: stored[edition.key] for interest, edition in composed.items()}
    through = Edition.interest_sets.through
    through.objects.bulk_create(
        (
            through(edition_id=edition.pk, interestset_id=interest.interest_set_id)
            for interest, edition in assigned.items()
        ),
        ignore_conflicts=True,
    )
    return {**assigned, **left_out}


def _store(mailing: Mailing, composed: Collection[ComposedEdition]) -> dict[str, Edition]:
    by_key = {edition.key: edition for edition in composed}
    Edition.objects.bulk_create(
        (_row(mailing, edition) for edition in by_key.values()), ignore_conflicts=True
    )
    stored = mailing.editions.defer("html", "text")
    return {edition.key: edition for edition in stored if edition.key in by_key}


def _row(mailing: Mailing, edition: ComposedEdition) -> Edition:
    return Edition(
        mailing=mailing,
        key=edition.key,
        language=edition.language,
        mail_format=edition.mail_format,
        history=edition.history,
        sections=list(edition.sections),
        regions=list(edition.regions),
        subject=edition.subject,
        html=edition.html,
        text=edition.text,
    )


def codes_wanted(interest_sets: Collection[int], kind: IssueKind) -> dict[int, frozenset[str]]:
    """The codes of the regions in each set of which its readers want issues of that `kind`."""
    codes: dict[int, set[str]] = defaultdict(set)
    chosen = ChosenRegion.objects.filter(interest_set__in=interest_sets, level__in=kind.levels)
    for interest_set_id, code in chosen.values_list("interest_set_id", "region__code"):
        codes[interest_set_id].add(code)
    return {interest_set_id: frozenset(codes[interest_set_id]) for interest_set_id in interest_sets}
