"""Interests to editions: composing what an audience needs and storing each edition once."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from newsletter.audience.choices import codes_chosen
from newsletter.audience.copying import copy_rows
from newsletter.audience.corrected import edition_sent, parts_sent
from newsletter.audience.history import past_of_mailing, with_history
from newsletter.editions.compose import ComposedEdition, Composer, EditionOrder
from newsletter.editions.numbering import Numbering
from newsletter.editions.recipes import RecipeWriter
from newsletter.editions.stored import from_json
from newsletter.models import Delivery, Edition, Issue, IssueKind, Mailing, Reason
from newsletter.models.among import among
from subscribers.regions import RegionTree


class Interest(NamedTuple):
    """All that an edition is chosen by: readers who share it share their edition."""

    interest_set_id: int
    language: str
    mail_format: str
    #: What its readers were sent before: see :class:`newsletter.editions.past.Histories`, and
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
    return Composer(content, tree, past_of_mailing(mailing))


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


def orders_for(interests: Collection[Interest], composer: Composer) -> dict[Interest, EditionOrder]:
    """What the edition of each interest is to be.

    An interest is missing from the answer if no region in it takes such an issue. A correction
    is for all who were sent what was wrong.
    """
    interest_sets = {interest.interest_set_id for interest in interests}
    codes = codes_wanted(interest_sets, composer.content.kind)
    return {
        interest: composer.order_for(
            codes[interest.interest_set_id],
            language=interest.language,
            mail_format=interest.mail_format,
            history=interest.history,
        )
        for interest in interests
        if codes[interest.interest_set_id] or composer.content.is_correction
    }


def compose_for(
    interests: Collection[Interest], composer: Composer
) -> dict[Interest, ComposedEdition]:
    """The edition of each interest that :func:`orders_for` has an order for; each is made once."""
    orders = orders_for(interests, composer)
    keys = {interest: order.key for interest, order in orders.items()}
    by_key = {keys[interest]: order for interest, order in orders.items()}
    made = {key: composer.compose(order) for key, order in by_key.items()}
    return {interest: made[key] for interest, key in keys.items()}


def why_not(interest: Interest, order: EditionOrder, issue: Issue) -> Reason | None:
    """Why readers who share `interest` get nothing, whose edition is to be that of `order`; None
    if they do.

    An alert goes to nobody who has nothing in it, and waits for no trend to change.
    """
    even_nothing = issue.publication.mail_when_nothing and not issue.is_alert
    if order.selection.has_nothing_regional and not even_nothing:
        return Reason.NO_MATCHING_CONTENT
    if interest.only_on_change and not issue.is_alert and not order.has_changes:
        return Reason.UNCHANGED
    return None


#: Editions whose ids are kept at hand, as many readers of other choices may get the same.
MOST_KNOWN = 20_000

# These statements run on PostgreSQL and SQLite alike.
NEW_EDITIONS = "CREATE TEMPORARY TABLE new_editions ({columns})"

STORE_NEW = """
INSERT INTO newsletter_edition (mailing_id, {names})
SELECT %s, {names} FROM new_editions WHERE TRUE
ON CONFLICT DO NOTHING
"""

#: What is stored of each, beside its mailing.
_STORED = ("public_id", "language", "mail_format", "held", "recipe")


class Assigner:
    """Gives readers the editions of a mailing, each written where it is not there yet.

    It knows what it stored: one whose transaction was rolled back is not used again.
    """

    def __init__(self, mailing: Mailing, composer: Composer) -> None:
        """`composer` is the one of that mailing."""
        self._mailing = mailing
        self._composer = composer
        self._writer = RecipeWriter(mailing.version, composer)
        self._numbering = Numbering(composer.content)
        #: Ids of editions, by their keys.
        self._known: dict[str, int] = {}

    def assign(self, interests: Collection[Interest]) -> dict[Interest, int | Reason]:
        """The id of the stored edition of each interest, or why its readers get none."""
        assigned: dict[Interest, int | Reason] = {}
        for piece in in_pieces(interests):
            assigned |= self._assign(piece)
        return assigned

    def _assign(self, interests: Collection[Interest]) -> dict[Interest, int | Reason]:
        orders = orders_for(interests, self._composer)
        reasons = {one: why_not(one, orders[one], self._mailing.issue) for one in orders}
        wanted = {one: order for one, order in orders.items() if not reasons[one]}
        stored = self._ids({order.key: order for order in wanted.values()})
        return {
            **dict.fromkeys(set(interests) - set(orders), Reason.OTHER_KIND),
            **{one: reason for one, reason in reasons.items() if reason},
            **{one: stored[order.key] for one, order in wanted.items()},
        }

    def _ids(self, orders: Mapping[str, EditionOrder]) -> dict[str, int]:
        """The ids of the editions of `orders`, by their keys; those that are new are stored."""
        known = {key: self._known[key] for key in orders if key in self._known}
        if len(known) < len(orders):
            others = {key: public_id_of(self._mailing, key) for key in orders if key not in known}
            known |= self._ids_of(others)
            new = {key: public_id for key, public_id in others.items() if key not in known}
            self._store({public_id: orders[key] for key, public_id in new.items()})
            known |= self._ids_of(new)
            if len(self._known) < MOST_KNOWN:
                self._known |= known
        return known

    def _ids_of(self, public_ids: Mapping[str, str]) -> dict[str, int]:
        """By the same keys, the ids of the editions that are stored."""
        if not public_ids:
            return {}
        stored = self._mailing.editions.filter(public_id__in=among(public_ids.values(), "uuid"))
        found = {uuid.hex: pk for uuid, pk in stored.order_by().values_list("public_id", "pk")}
        return {key: found[one] for key, one in public_ids.items() if one in found}

    def _store(self, orders: Mapping[str, EditionOrder]) -> None:
        """Compose the editions of `orders`, and store each by its public id."""
        if not orders:
            return
        made = {public_id: self._composer.compose(order) for public_id, order in orders.items()}
        rows = [
            (public_id, one.language, one.mail_format, self._numbering.held(one.parts), recipe)
            for (public_id, one), recipe in zip(
                made.items(), self._writer.recipes(made.values()), strict=True
            )
        ]
        fields = {field.column: field for field in Edition._meta.concrete_fields}
        columns = ", ".join(f"{name} {fields[name].db_type(connection)}" for name in _STORED)
        with connection.cursor() as cursor:
            cursor.execute(NEW_EDITIONS.format(columns=columns))
            copy_rows(cursor, "new_editions", rows)
            cursor.execute(STORE_NEW.format(names=", ".join(_STORED)), [self._mailing.pk])
            cursor.execute("DROP TABLE new_editions")


def public_id_of(mailing: Mailing, key: str) -> str:
    """Equal editions of a mailing have the same, and nobody can tell from it what they hold."""
    secret = f"newsletter.editions {settings.SECRET_KEY}".encode()
    return hmac.digest(secret, f"{mailing.pk} {key}".encode(), "sha256").hex()[:32]


def codes_wanted(interest_sets: Collection[int], kind: IssueKind) -> dict[int, frozenset[str]]:
    """The codes of the regions in each set of which its readers want issues of that `kind`."""
    return codes_chosen(interest_sets, Q(level__in=kind.levels))
