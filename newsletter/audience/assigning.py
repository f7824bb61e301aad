"""Interests to editions: composing what an audience needs and storing each edition once."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from newsletter.audience.choices import codes_chosen
from newsletter.audience.corrected import edition_sent, parts_sent
from newsletter.audience.history import past_of, with_history
from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.numbering import Numbering
from newsletter.editions.recipes import RecipeWriter
from newsletter.editions.stored import from_json
from newsletter.models import Delivery, Edition, Issue, IssueKind, Mailing, Reason
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


#: Interests whose editions are composed together: it bounds the memory that they take.
PIECE = 2_000


def in_pieces(many: Iterable[Any], size: int = PIECE) -> Iterator[list[Any]]:
    """`many` in lists of that `size`, the last of them shorter."""
    rest = iter(many)
    while piece := list(islice(rest, size)):
        yield piece


def compose_for(
    interests: Collection[Interest], composer: Composer
) -> dict[Interest, ComposedEdition]:
    """The edition of each interest.

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


class Assigner:
    """Gives readers the editions of a mailing, each written where it is not there yet."""

    def __init__(self, mailing: Mailing, composer: Composer) -> None:
        """`composer` is the one of that mailing."""
        self._mailing = mailing
        self._composer = composer
        self._writer = RecipeWriter(mailing.version, composer)
        self._numbering = Numbering(composer.content)

    def assign(self, interests: Collection[Interest]) -> dict[Interest, int | Reason]:
        """The id of the stored edition of each interest, or why its readers get none."""
        assigned: dict[Interest, int | Reason] = {}
        for piece in in_pieces(interests):
            assigned |= self._assign(piece)
        return assigned

    def _assign(self, interests: Collection[Interest]) -> dict[Interest, int | Reason]:
        made = compose_for(interests, self._composer)
        reasons = {one: why_not(one, made[one], self._mailing.issue) for one in made}
        composed = {one: edition for one, edition in made.items() if not reasons[one]}
        stored = self._store({edition.key: edition for edition in composed.values()})
        return {
            **dict.fromkeys(set(interests) - set(made), Reason.OTHER_KIND),
            **{one: reason for one, reason in reasons.items() if reason},
            **{one: stored[edition.key] for one, edition in composed.items()},
        }

    def _store(self, by_key: Mapping[str, ComposedEdition]) -> dict[str, int]:
        """The ids of the editions `by_key`."""
        public_ids = {key: public_id_of(self._mailing, key) for key in by_key}
        known = self._ids(public_ids)
        new = {key: edition for key, edition in by_key.items() if key not in known}
        recipes = self._writer.recipes(new.values())
        Edition.objects.bulk_create(
            (
                Edition(
                    public_id=public_ids[key],
                    mailing=self._mailing,
                    language=edition.language,
                    mail_format=edition.mail_format,
                    held=self._numbering.held(edition.parts),
                    recipe=recipe,
                )
                for (key, edition), recipe in zip(new.items(), recipes, strict=True)
            ),
            batch_size=1_000,
            ignore_conflicts=True,
        )
        return known | self._ids({key: public_ids[key] for key in new})

    def _ids(self, public_ids: Mapping[str, UUID]) -> dict[str, int]:
        """By the same keys, the ids of the editions that are stored."""
        stored = self._mailing.editions.filter(public_id__in=public_ids.values())
        found = dict(stored.order_by().values_list("public_id", "pk"))
        return {key: found[uuid] for key, uuid in public_ids.items() if uuid in found}


def public_id_of(mailing: Mailing, key: str) -> UUID:
    """Equal editions of a mailing have the same, and nobody can tell from it what they hold."""
    secret = f"newsletter.editions {settings.SECRET_KEY}".encode()
    return UUID(bytes=hmac.digest(secret, f"{mailing.pk} {key}".encode(), "sha256")[:16])


def codes_wanted(interest_sets: Collection[int], kind: IssueKind) -> dict[int, frozenset[str]]:
    """The codes of the regions in each set of which its readers want issues of that `kind`."""
    return codes_chosen(interest_sets, Q(level__in=kind.levels))
