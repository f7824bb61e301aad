"""The one door for composing: preview, preflight, sending and every other view go through it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import filterfalse
from types import MappingProxyType
from typing import Any

from django.utils import translation

from newsletter.editions.content import IssueContent
from newsletter.editions.mapping import map_addresses, map_in_an_email, map_on_a_page
from newsletter.editions.past import PastIssue, TrendHistory, tracks_of, trend_histories
from newsletter.editions.pieces import EditionInPieces
from newsletter.editions.selection import (
    PartKey,
    Selection,
    Selector,
    concerned,
    corrections_of,
    everything,
)
from newsletter.editions.viewing import Viewing
from newsletter.models import Trend
from newsletter.rendering.fragments import Fragments, Piece, flat
from newsletter.rendering.render import html_runs, text_runs
from newsletter.rendering.sanitize import one_line
from newsletter.rendering.slots import Slot, for_anyone
from newsletter.rendering.view import EditionView
from subscribers.languages import spoken_to
from subscribers.models import MailFormat
from subscribers.regions import RegionTree


@dataclass(frozen=True, kw_only=True)
class ComposedEdition(EditionInPieces):
    """One edition, whole, and what can be said of it."""

    #: Those of its version that it holds.
    parts: tuple[PartKey, ...]
    has_nothing_regional: bool
    #: Whether a trend in it is not the one that its readers were told last.
    has_changes: bool
    #: What one of its readers was sent before. From it follows what all of them are told.
    history: str = ""
    #: Says where its map can be fetched before it is stored.
    find_map: Callable[[Collection[str], str], Mapping[Slot, str]] = field(
        repr=False, compare=False
    )

    @property
    def map_addresses(self) -> Mapping[Slot, str]:
        """Where its map can be fetched, though it was not sent, by slots."""
        return self.find_map(self.regions, spoken_to(self.language))

    @property
    def sections(self) -> tuple[int, ...]:
        """Ids of its sections inside the version, in order."""
        return tuple(part for part in self.parts if isinstance(part, int))

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the regions it gives a trend for."""
        return tuple(part for part in self.parts if isinstance(part, str))


@dataclass(frozen=True)
class _Order:
    """All that an edition depends on."""

    selection: Selection
    #: What they were sent before, and what became of their regions since they were told.
    history: str
    told: tuple[TrendHistory, ...]
    language: str
    mail_format: str

    @property
    def has_changes(self) -> bool:
        """Whether it judges a region that its readers were told nothing of, or else.

        A correction always has one.
        """
        if self.selection.corrected:
            return True
        last = {history.region: history.trends[0] for history in self.told}
        judged = (a for a in self.selection.assessments if a.trend != Trend.NOT_ASSESSED)
        return any(a.trend != last.get(a.region) for a in judged)

    @property
    def key(self) -> str:
        """What it depends on, hashed: readers with the same key get the same bytes."""
        parts: dict[str, Any] = {
            "sections": [[s.section.id, s.wider, s.own] for s in self.selection.sections],
            "regions": [a.region for a in self.selection.assessments],
            "incidents": self.selection.with_incidents,
            "told": [[h.region, [i.version_id for i in h.issues]] for h in self.told],
            "language": self.language,
            "format": self.mail_format,
        }
        if corrected := [one.part for one in self.selection.corrected]:
            parts["corrected"] = corrected
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Composer:
    """Composes one version for any set of regions.

    What editions share is rendered once, when the first of them is composed: from then on an
    edition costs some ten thousandths of a second.
    """

    def __init__(
        self,
        content: IssueContent,
        tree: RegionTree,
        past: Iterable[PastIssue] = (),
        sent: Mapping[str, Collection[PartKey]] = MappingProxyType({}),
    ) -> None:
        """`past` is what was sent before, oldest first, for readers who are told what changed.

        For a correction, `sent` are the parts that readers were sent, by their history.
        """
        #: What it composes.
        self.content = content
        self._tree = tree
        self._sent = sent
        #: On which the history of a reader says how far they have come.
        self.tracks = tracks_of(content, past)
        self._selector = Selector(content, tree)
        self._languages: dict[str, tuple[Viewing, Fragments]] = {}

    def edition_for(
        self,
        chosen: Collection[str],
        *,
        language: str,
        mail_format: str,
        history: str = "",
    ) -> ComposedEdition:
        """The edition for readers of the regions `chosen` (codes) in that language and format.

        `history` is what they were sent before, as
        :func:`~newsletter.editions.past.trend_histories` reads it.
        """
        return self._compose(self._order(chosen, language, mail_format, history))

    def samples(self, *, language: str, mail_format: str) -> list[ComposedEdition]:
        """Two editions that between them say nearly all that others say.

        They are those of a reader of no region, and of all.
        """
        content = self.content
        if content.is_correction:
            selections = [everything(content)]
        else:
            selections = [self._selector.select(chosen) for chosen in ((), [*content.regions])]
        return [self._compose(_Order(one, "", (), language, mail_format)) for one in selections]

    def concerned(self, codes: Iterable[str]) -> set[str]:
        """Those of the regions `codes` whose readers find something on them."""
        return concerned(self.content, codes, self._tree)

    def limited_to(
        self,
        parts: Collection[PartKey],
        chosen: Collection[str],
        *,
        language: str,
        mail_format: str,
        history: str = "",
    ) -> ComposedEdition:
        """The same edition as if there were no sections and assessments but `parts`.

        It tells those who check an edition what it may say besides them.
        """
        order = self._order(chosen, language, mail_format, history)
        return self._compose(replace(order, selection=order.selection.limited_to(parts)))

    def page_for(self, chosen: Collection[str], *, language: str) -> EditionView:
        """The parts on the regions `chosen`, or all if there are none, as values for a page.

        It is for anyone: there is no reader whose own values could stand in it.
        """
        selection = self._selector.select(chosen) if chosen else everything(self.content)
        assessed = [assessment.region for assessment in selection.assessments]
        addresses = self._find_map(assessed, spoken_to(language))
        picture = partial(map_on_a_page, addresses=addresses)
        return Viewing(self.content, language).edition(selection, (), picture)

    def _find_map(self, assessed: Collection[str], language: str) -> Mapping[Slot, str]:
        return map_addresses(assessed, self.content, self._tree, language)

    def _order(
        self, chosen: Collection[str], language: str, mail_format: str, history: str
    ) -> _Order:
        if self.content.is_correction:
            selection = corrections_of(self.content, self._sent.get(history, ()))
        else:
            selection = self._selector.select(chosen)
        return _Order(
            selection=selection,
            history=history,
            told=trend_histories(self.tracks, history, selection),
            language=language,
            mail_format=mail_format,
        )

    def _compose(self, order: _Order) -> ComposedEdition:
        selection = order.selection
        viewing, fragments = self._in_language(order.language)
        view = viewing.edition(selection, order.told, map_in_an_email)
        in_html = order.mail_format == MailFormat.HTML
        edition = ComposedEdition(
            key=order.key,
            language=order.language,
            mail_format=order.mail_format,
            parts=selection.in_order,
            has_nothing_regional=selection.has_nothing_regional,
            has_changes=order.has_changes,
            subject=self._subject(view),
            html_runs=html_runs(view, fragments) if in_html else (),
            text_runs=text_runs(view, fragments),
            history=order.history,
            find_map=self._find_map,
        )
        for pieces in ([edition.subject], edition.html_runs, edition.text_runs):
            # Before anything is sent: a web view that could not be told apart.
            for_anyone("".join(flat(filterfalse(_stands_alone, pieces))))
        return edition

    def _in_language(self, language: str) -> tuple[Viewing, Fragments]:
        if language not in self._languages:
            self._languages[language] = Viewing(self.content, language), Fragments()
        return self._languages[language]

    def _subject(self, view: EditionView) -> str:
        with translation.override(view.language):
            made = view.subject_of_regions if self.content.subject_from_regions else ""
            return one_line(view.called(made or view.subject))


def _stands_alone(piece: Piece) -> bool:
    return not isinstance(piece, str) and piece.stands_alone
