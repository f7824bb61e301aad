"""One piece of a freeze: the next members of an audience get their editions and deliveries.

The editions of a piece are composed for its distinct interests and checked, and its batches and
deliveries are written, by a few statements whatever its size. All of it is one transaction of the
caller's; if that is rolled back, nothing that was kept here may be used again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.utils import CursorWrapper

from newsletter.audience.assigning import PIECE, Assigner, Interest, composer_of, in_pieces
from newsletter.audience.copying import copy_rows
from newsletter.audience.verification import LeakChecker, Planned, check_editions
from newsletter.editions.recipes import RecipeReader
from newsletter.ledger.building import build_planned, build_skipped
from newsletter.models import AudienceMember, DomainGroup, Mailing, Reason
from newsletter.models.clock import today
from subscribers.languages import LONGEST_TAG

#: How many readers a piece has at most, and how many interests, each of which may be an edition to
#: compose: it is written in a second or two, which mail of the same publication may wait for.
MOST_READERS = 50_000
MOST_INTERESTS = 4_000
#: How many the first piece has: what is frozen is mailed while the rest is.
FIRST_READERS = 5_000
FIRST_INTERESTS = 500

# These statements run on PostgreSQL and SQLite alike.
INTERESTS = """
SELECT interest_set_id, language, mail_format, history, only_on_change, MIN(ordinal)
FROM newsletter_audiencemember
WHERE mailing_id = %s AND ordinal > %s AND ordinal <= %s AND reason = ''
GROUP BY interest_set_id, language, mail_format, history, only_on_change
ORDER BY MIN(ordinal)
LIMIT %s
"""

# Batches of one edition come first, as many as its readers fill; the rest of all editions share
# others, those of one edition side by side.
#
# PostgreSQL knows nothing yet of the table that the members are in: it takes a piece for a few
# rows, and looks up each of them, which the index makes as good as any other way.
INDEX_INTERESTS = "CREATE INDEX interest_of_set ON interest (interest_set_id)"
PLAN_PIECE = """
CREATE TEMPORARY TABLE plan AS
SELECT p.*, (ROW_NUMBER() OVER (
           PARTITION BY p.due_at, p.group_key, p.edition_id IS NULL
           ORDER BY p.place > p.readers - p.readers %% p.batch_size, p.edition_id, p.place
       ) - 1) / p.batch_size AS slice
FROM (
    SELECT a.subscription_id, a.subscriber_id, a.mailbox, a.interest_set_id, a.history,
           e.edition_id,
           COALESCE(e.reason, a.reason) AS reason,
           a.due_at, s.group_key, s.batch_size,
           ROW_NUMBER() OVER (
               PARTITION BY a.due_at, s.group_key, e.edition_id ORDER BY a.subscriber_id
           ) AS place,
           COUNT(*) OVER (PARTITION BY a.due_at, s.group_key, e.edition_id) AS readers
    FROM newsletter_audiencemember a
    JOIN batch_sizes s ON s.group_key = COALESCE(a.group_id, 0)
    LEFT JOIN interest e ON a.reason = '' AND e.interest_set_id = a.interest_set_id
       AND e.language = a.language AND e.mail_format = a.mail_format AND e.history = a.history
       AND e.only_on_change = a.only_on_change
    WHERE a.mailing_id = %s AND a.ordinal > %s AND a.ordinal <= %s
) p
"""

PLANNED_INTERESTS = """
SELECT p.edition_id, p.interest_set_id, e.language, e.mail_format, p.history, COUNT(*)
FROM plan p
JOIN newsletter_edition e ON e.id = p.edition_id
GROUP BY p.edition_id, p.interest_set_id, e.language, e.mail_format, p.history
ORDER BY p.edition_id
"""


class Miswritten(Exception):
    """A piece has not exactly one delivery for each of its readers."""


class Piece(NamedTuple):
    """What was written of one."""

    readers: int
    #: Whether its editions pass their leak check.
    is_sound: bool = True


class PieceWriter:
    """Writes the ledger of one mailing, piece by piece, and keeps at hand what it read for it."""

    def __init__(self, mailing: Mailing) -> None:
        self._mailing = mailing
        self.composer = composer_of(mailing)
        self._assigner = Assigner(mailing, self.composer)
        self._checker = LeakChecker(self.composer)
        self._reader = RecipeReader()
        self._readers, self._interests = FIRST_READERS, FIRST_INTERESTS
        #: What readers of earlier pieces got, and which of that passed.
        self._assigned: dict[Interest, int | Reason] = {}
        self._checked: set[tuple[int, Interest]] = set()

    def write(self, after: int, batch_size: int) -> Piece:
        """Write deliveries of the members of the audience whose ordinals come next `after` that."""
        with connection.cursor() as cursor:
            interests, end = self._take(cursor, after)
            self._assign(cursor, interests)
            _write_sizes(cursor, batch_size)
            cursor.execute(PLAN_PIECE, [self._mailing.pk, after, end])
            written = build_planned(self._mailing)
            is_sound = self._check()
            _drop(cursor, "plan", "batch_sizes", "interest")
        _strike_off(self._mailing, end, written)
        # More where that was quickly done; never many more, for they may all be different.
        self._readers, self._interests = min(2 * written, MOST_READERS), MOST_INTERESTS
        return Piece(written, is_sound)

    def _take(self, cursor: CursorWrapper, after: int) -> tuple[Sequence[Interest], int]:
        """Take as many as make a piece; what their editions are chosen by, and the last of them."""
        end = after + self._readers
        cursor.execute(INTERESTS, [self._mailing.pk, after, end, self._interests + 1])
        rows = cursor.fetchall()
        if len(rows) > self._interests:
            end = rows.pop()[-1] - 1
        return [Interest(*row[:-1]) for row in rows], end

    def _assign(self, cursor: CursorWrapper, interests: Sequence[Interest]) -> None:
        """Which edition readers get, or why none, by all that it is chosen by."""
        cursor.execute(
            "CREATE TEMPORARY TABLE interest ("
            f"interest_set_id bigint, language varchar({LONGEST_TAG}), mail_format varchar(4), "
            "history text, only_on_change boolean, edition_id bigint, reason varchar(20))"
        )
        if len(self._assigned) > MOST_INTERESTS:
            self._assigned.clear()
            self._checked.clear()
        new = [interest for interest in interests if interest not in self._assigned]
        for some in in_pieces(new):
            self._assigned |= self._assigner.assign(some)
        rows = ((interest, self._assigned[interest]) for interest in interests)
        got = (
            (*interest, *((None, one.value) if isinstance(one, Reason) else (one, "")))
            for interest, one in rows
        )
        copy_rows(cursor, "interest", list(got))
        cursor.execute(INDEX_INTERESTS)

    def _check(self) -> bool:
        """Whether the editions of this piece pass, each for those who were not given it before."""
        return check_editions(
            self._mailing,
            self.composer,
            filter(None, map(self._unchecked, _planned())),
            checker=self._checker,
            reader=self._reader,
        )

    def _unchecked(self, planned: Planned) -> Planned:
        new = {
            edition: {
                i: number for i, number in readers.items() if (edition, i) not in self._checked
            }
            for edition, readers in planned.items()
        }
        self._checked.update((edition, i) for edition, readers in new.items() for i in readers)
        return {edition: readers for edition, readers in new.items() if readers}


def skip_piece(mailing: Mailing, after: int, reason: Reason) -> Piece:
    """Write that the next members of the audience of `mailing` get nothing, for `reason`."""
    end = after + MOST_READERS
    written = build_skipped(mailing, range(after + 1, end + 1), reason)
    _strike_off(mailing, end, written)
    return Piece(written)


def _strike_off(mailing: Mailing, end: int, written: int) -> None:
    """Delete the members that have a delivery by now, which are as many as were written."""
    done = AudienceMember.objects.filter(mailing=mailing, ordinal__lte=end)
    struck = done._raw_delete(DEFAULT_DB_ALIAS)
    if struck != written:
        raise Miswritten(f"{written} deliveries were written for {struck} readers.")


def _drop(cursor: CursorWrapper, *tables: str) -> None:
    for table in tables:
        cursor.execute(f"DROP TABLE {table}")


def _write_sizes(cursor: CursorWrapper, batch_size: int) -> None:
    """How large batches are, by group: no larger than what the group may be sent at a time."""
    cursor.execute("CREATE TEMPORARY TABLE batch_sizes (group_key bigint, batch_size bigint)")
    sizes = {0: batch_size} | {
        group.pk: group.together(batch_size, today()) for group in DomainGroup.objects.all()
    }
    cursor.executemany("INSERT INTO batch_sizes VALUES (%s, %s)", list(sizes.items()))


def _planned() -> Iterator[Planned]:
    """The editions in the plan with the interests of their readers, in pieces."""
    by_edition = groupby(_rows(PLANNED_INTERESTS), key=itemgetter(0))
    planned = (
        (edition, {Interest(*interest): number for _edition, *interest, number in rows})
        for edition, rows in by_edition
    )
    yield from map(dict, in_pieces(planned))


def _rows(statement: str) -> Iterator[tuple[Any, ...]]:
    """What `statement` gives, of which few are in memory at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(PIECE):
            yield from rows
