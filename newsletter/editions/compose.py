"""The one door for composing: preview, preflight, sending and every other view go through it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from django.utils import translation

from newsletter.editions.content import IssueContent
from newsletter.editions.past import PastIssue, TrendHistory, tracks_of, trend_histories
from newsletter.editions.selection import (
    Part,
    Selection,
    concerned,
    corrections_of,
    everything,
    select,
)
from newsletter.editions.viewing import Viewing
from newsletter.models import Trend
from newsletter.rendering.render import render_html, render_text
from newsletter.rendering.sanitize import one_line
from newsletter.rendering.slots import for_anyone
from newsletter.rendering.view import EditionView, sanitized_view
from subscribers.models import MailFormat
from subscribers.regions import RegionTree


@dataclass(frozen=True)
class ComposedEdition:
    """One edition, whole. `subject`, `html` and `text` hold marks for the reader's own values."""

    key: str
    language: str
    mail_format: str
    #: Ids of its sections inside the version, in order.
    sections: tuple[int, ...]
    #: Codes of the regions it gives a trend for.
    regions: tuple[str, ...]
    has_nothing_regional: bool
    #: Whether a trend in it is not the one that its readers were told last.
    has_changes: bool
    subject: str
    html: str
    text: str
    #: What one of its readers was sent before. From it follows what all of them are told.
    history: str = ""


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
    """Composes one version for any set of regions, each distinct edition once."""

    def __init__(
        self,
        content: IssueContent,
        tree: RegionTree,
        past: Iterable[PastIssue] = (),
        sent: Mapping[str, Collection[Part]] = MappingProxyType({}),
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
        self._composed: dict[str, ComposedEdition] = {}

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
        order = self._order(chosen, language, mail_format, history)
        if order.key not in self._composed:
            self._composed[order.key] = self._compose(order)
        return self._composed[order.key]

    def concerned(self, codes: Iterable[str]) -> set[str]:
        """Those of the regions `codes` whose readers find something on them."""
        return concerned(self.content, codes, self._tree)

    def limited_to(
        self,
        parts: Collection[Part],
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
        content, tree = self.content, self._tree
        selection = select(content, chosen, tree) if chosen else everything(content)
        return sanitized_view(Viewing(content, language).edition(selection, (), tree))

    def _order(
        self, chosen: Collection[str], language: str, mail_format: str, history: str
    ) -> _Order:
        if self.content.is_correction:
            selection = corrections_of(self.content, self._sent.get(history, ()))
        else:
            selection = select(self.content, chosen, self._tree)
        return _Order(
            selection=selection,
            history=history,
            told=trend_histories(self.tracks, history, chosen, self._tree),
            language=language,
            mail_format=mail_format,
        )

    def _compose(self, order: _Order) -> ComposedEdition:
        view = self._view(order)
        selection = order.selection
        html = render_html(view) if order.mail_format == MailFormat.HTML else ""
        text = render_text(view)
        subject = self._subject(view)
        _check_shareable(subject, html, text)
        return ComposedEdition(
            key=order.key,
            language=order.language,
            mail_format=order.mail_format,
            sections=tuple(part for part in selection.in_order if isinstance(part, int)),
            regions=tuple(part for part in selection.in_order if isinstance(part, str)),
            has_nothing_regional=selection.has_nothing_regional,
            has_changes=order.has_changes,
            subject=subject,
            html=html,
            text=text,
            history=order.history,
        )

    def _view(self, order: _Order) -> EditionView:
        viewing = Viewing(self.content, order.language)
        return viewing.edition(order.selection, order.told, self._tree)

    def _subject(self, view: EditionView) -> str:
        with translation.override(view.language):
            made = view.subject_of_regions if self.content.subject_from_regions else ""
            return one_line(view.called(made or view.subject))


def _check_shareable(*parts: str) -> None:
    """Raise ValueError, before anything is sent, if the web view could not be told apart."""
    for part in parts:
        for_anyone(part)
