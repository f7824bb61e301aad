"""The one door for composing: preview, proof, sending and every other view go through it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass

from newsletter.editions.content import IncidentContent, IssueContent
from newsletter.editions.selection import SelectedSection, Selection, everything, select
from newsletter.rendering.render import render_html, render_text
from newsletter.rendering.slots import for_anyone, without_marks
from newsletter.rendering.view import (
    EditionView,
    IncidentView,
    SectionView,
    TrendView,
    unmarked,
)
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
    subject: str
    html: str
    text: str


class Composer:
    """Composes one version for any set of regions, each distinct edition once."""

    def __init__(self, content: IssueContent, tree: RegionTree) -> None:
        self._content = content
        self._tree = tree
        self._composed: dict[str, ComposedEdition] = {}

    def edition_for(
        self, chosen: Collection[str], *, language: str, mail_format: str
    ) -> ComposedEdition:
        """The edition for readers of the regions `chosen` (codes) in that language and format."""
        selection = select(self._content, chosen, self._tree)
        key = _key(selection, language, mail_format)
        if key not in self._composed:
            self._composed[key] = self._compose(key, selection, language, mail_format)
        return self._composed[key]

    def page_for(self, chosen: Collection[str], *, language: str) -> EditionView:
        """The parts on the regions `chosen`, or all if there are none, as values for a page.

        It is for anyone: there is no reader whose own values could stand in it.
        """
        content, tree = self._content, self._tree
        selection = select(content, chosen, tree) if chosen else everything(content)
        return unmarked(self._view(selection, language))

    def _compose(
        self, key: str, selection: Selection, language: str, mail_format: str
    ) -> ComposedEdition:
        view = self._view(selection, language)
        html = render_html(view) if mail_format == MailFormat.HTML else ""
        text = render_text(view)
        subject = " ".join(without_marks(self._content.subject).split())
        _prove_shareable(subject, html, text)
        return ComposedEdition(
            key=key,
            language=language,
            mail_format=mail_format,
            sections=tuple(s.section.id for s in selection.sections),
            regions=tuple(a.region for a in selection.assessments),
            has_nothing_regional=selection.has_nothing_regional,
            subject=subject,
            html=html,
            text=text,
        )

    def _view(self, selection: Selection, language: str) -> EditionView:
        content = self._content
        return EditionView(
            publication=content.publication.name,
            postal_address=content.publication.postal_address,
            title=content.title,
            dated=content.dated,
            cutoff_on=content.cutoff_on,
            language=language,
            trends=tuple(
                TrendView(
                    region=self._name(a.region, language),
                    trend=a.trend,
                    reason=a.reason,
                    count=a.count,
                    previous_count=a.previous_count,
                    counted=a.counted,
                )
                for a in selection.assessments
            ),
            sections=tuple(self._section(s, language) for s in selection.sections),
            nothing_for_reader=selection.has_nothing_regional,
        )

    def _section(self, selected: SelectedSection, language: str) -> SectionView:
        section = selected.section
        return SectionView(
            id=section.id,
            kind=section.kind,
            title=section.title,
            body=section.body,
            region_names=self._names(section.regions, language),
            covers_wider=self._names(selected.wider, language),
            incidents=tuple(self._incident(i, language) for i in section.incidents),
        )

    def _incident(self, incident: IncidentContent, language: str) -> IncidentView:
        return IncidentView(
            date_start=incident.date_start,
            date_end=incident.date_end,
            date_precision=incident.date_precision,
            region_names=self._names(incident.regions, language),
            place=incident.place,
            event_type=incident.event_type,
            actor1=incident.actor1,
            actor2=incident.actor2,
            toll_low=incident.toll_low,
            toll_high=incident.toll_high,
            summary=incident.summary,
            source_url=incident.source_url,
        )

    def _names(self, codes: Collection[str], language: str) -> tuple[str, ...]:
        return tuple(self._name(code, language) for code in codes)

    def _name(self, code: str, language: str) -> str:
        return self._content.regions[code].in_language(language)


def _prove_shareable(*parts: str) -> None:
    """Raise ValueError, before anything is sent, if the web view could not be told apart."""
    for part in parts:
        for_anyone(part)


def _key(selection: Selection, language: str, mail_format: str) -> str:
    """What an edition depends on, hashed: readers with the same key get the same bytes."""
    parts = {
        "sections": [[s.section.id, s.wider] for s in selection.sections],
        "regions": [a.region for a in selection.assessments],
        "language": language,
        "format": mail_format,
    }
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
