"""From content to what one edition shows, in the language of its readers where it has it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from newsletter.editions.content import (
    AssessmentContent,
    IncidentContent,
    IssueContent,
    PictureContent,
)
from newsletter.editions.mapping import map_view
from newsletter.editions.past import PastIssue, TrendHistory
from newsletter.editions.selection import SelectedSection, Selection
from newsletter.rendering.markdown import PictureView
from newsletter.rendering.picture_addresses import picture_url
from newsletter.rendering.view import (
    EditionView,
    IncidentView,
    PastIssueView,
    RegionView,
    SectionView,
    SinceView,
    TrendHistoryView,
    TrendView,
)
from subscribers.collation import collation_key, in_order
from subscribers.models import Language
from subscribers.regions import RegionTree


class Viewing:
    """One version for readers of one language."""

    def __init__(self, content: IssueContent, language: str) -> None:
        self._content = content
        self._language = language

    @property
    def title(self) -> str:
        """The title of the issue."""
        return self._worded(self._content.title, self._content.translated_title)

    @property
    def title_only_in(self) -> str:
        """The language of the title; empty where it is the reader's own."""
        return self._only_in(self._content.translated_title)

    def edition(
        self,
        selection: Selection,
        histories: Collection[TrendHistory],
        tree: RegionTree,
    ) -> EditionView:
        """What `selection` shows, and what became of the regions in `histories`.

        Whatever lists regions has them in the order of their names in this language.
        """
        content = self._content
        assessments = self._in_order(selection.assessments)
        return EditionView(
            publication=content.publication.name,
            postal_address=content.publication.postal_address,
            privacy_url=content.publication.privacy_url,
            title=self.title,
            title_only_in=self.title_only_in,
            subject=self._worded(content.subject, content.translated_subject),
            dated=content.dated,
            cutoff_on=content.cutoff_on,
            language=self._language,
            trends=self.trends(assessments),
            since=self._since(histories),
            map=map_view(assessments, content, tree, self._language),
            sections=tuple(map(self.section, selection.sections)),
            with_incidents=self._by_name(selection.with_incidents),
            nothing_for_reader=selection.has_nothing_regional,
            left_out=self._by_name(selection.left_out),
        )

    def trends(self, assessments: Sequence[AssessmentContent]) -> tuple[TrendView, ...]:
        """A line on each of `assessments`."""
        return tuple(
            TrendView(
                region=self._name(a.region),
                trend=a.trend,
                reason=self._worded(a.reason, a.translated_reason),
                count=a.count,
                previous_count=a.previous_count,
                counted=self._worded(a.counted, a.translated_counted),
                largest=_largest(assessments, a.counted),
                only_in=self._only_in(a.translated_reason or a.translated_counted),
            )
            for a in assessments
        )

    def _since(self, histories: Collection[TrendHistory]) -> SinceView | None:
        if not histories:
            return None
        now = {a.region: a.trend for a in self._content.assessments}
        by_name = sorted(histories, key=lambda h: collation_key(self._name(h.region)))
        return SinceView(
            tuple(
                TrendHistoryView(
                    region=self._name(history.region),
                    issues=tuple(map(self._past, history.issues)),
                    trends=(*history.trends, now[history.region]),
                )
                for history in by_name
            )
        )

    def _past(self, issue: PastIssue) -> PastIssueView:
        return PastIssueView(Viewing(issue.content, self._language).title, issue.content.dated)

    def section(self, selected: SelectedSection) -> SectionView:
        """One section for a reader for whom it was `selected`."""
        section = selected.section
        return SectionView(
            id=section.id,
            kind=section.kind,
            title=self._worded(section.title, section.translated_title),
            body=self._worded(section.body, section.translated_body),
            only_in=self._only_in(section.translated_body),
            region_names=self._names(section.regions),
            covers_wider=self._names(selected.wider),
            own=self._by_name(selected.own),
            incidents=tuple(map(self._incident, section.incidents)),
            pictures=tuple(map(_picture, section.pictures)),
        )

    def _incident(self, incident: IncidentContent) -> IncidentView:
        return IncidentView(
            date_start=incident.date_start,
            date_end=incident.date_end,
            date_precision=incident.date_precision,
            region_names=self._names(incident.regions),
            place=self._worded(incident.place, incident.translated_place),
            event_type=self._worded(incident.event_type, incident.translated_event_type),
            actor1=self._worded(incident.actor1, incident.translated_actor1),
            actor2=self._worded(incident.actor2, incident.translated_actor2),
            toll_low=incident.toll_low,
            toll_high=incident.toll_high,
            as_of=incident.as_of,
            summary=self._worded(incident.summary, incident.translated_summary),
            only_in=self._only_in(incident.translated_summary),
            source_url=incident.source_url,
        )

    def _worded(self, original: str, translated: str) -> str:
        return translated if self._is_translated and translated else original

    def _only_in(self, translated: str) -> str:
        """The language of a text with that translation; empty where it is the reader's own."""
        if self._language == self._content.language or (self._is_translated and translated):
            return ""
        return self._content.language

    @property
    def _is_translated(self) -> bool:
        """Whether translations are in this reader's language."""
        return self._language == Language(self._content.language).translated

    def _by_name(self, codes: Collection[str]) -> tuple[RegionView, ...]:
        return tuple(sorted(map(self._region, codes), key=lambda r: collation_key(r.name)))

    def _in_order(self, assessments: Collection[AssessmentContent]) -> list[AssessmentContent]:
        return sorted(assessments, key=lambda a: collation_key(self._name(a.region)))

    def _region(self, code: str) -> RegionView:
        return RegionView(code, self._name(code))

    def _names(self, codes: Collection[str]) -> tuple[str, ...]:
        return tuple(in_order(map(self._name, codes)))

    def _name(self, code: str) -> str:
        return self._content.regions[code].in_language(self._language)


def _picture(picture: PictureContent) -> PictureView:
    return PictureView(
        id=picture.id,
        url=picture_url(picture.content_hash, picture.kind),
        width=picture.width,
        height=picture.height,
        alt=picture.alt,
    )


def _largest(assessments: Sequence[AssessmentContent], counted: str) -> int:
    """The largest count of that kind: bars that stand together are drawn to one scale."""
    alike = [a for a in assessments if a.counted == counted]
    return max((n or 0 for a in alike for n in (a.count, a.previous_count)), default=0)
