"""From content to what one edition shows, in the language of its readers where it has it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any

from newsletter.editions.content import (
    AssessmentContent,
    CorrectedContent,
    IncidentContent,
    IssueContent,
    LogoContent,
    PictureContent,
)
from newsletter.editions.mapping import map_view
from newsletter.editions.past import PastIssue, TrendHistory
from newsletter.editions.selection import SelectedSection, Selection
from newsletter.rendering.corrections import CorrectedView
from newsletter.rendering.faces import AS_THE_HOUSE_HAS_IT, FaceView, LogoView
from newsletter.rendering.incidents import IncidentView
from newsletter.rendering.markdown import PictureView
from newsletter.rendering.picture_addresses import picture_url
from newsletter.rendering.sections import RegionView, SectionView
from newsletter.rendering.shapes import (
    AssessmentShape,
    CorrectedShape,
    FaceShape,
    IncidentShape,
    IssueShape,
    SectionShape,
)
from newsletter.rendering.trends import (
    PastIssueView,
    SinceView,
    TrendHistoryView,
    TrendView,
)
from newsletter.rendering.view import EditionView
from subscribers.collation import collation_key, in_order
from subscribers.languages import spoken_to
from subscribers.logos import logo_url
from subscribers.models.texts import Texts, Words
from subscribers.regions import RegionTree


class Viewing:
    """One version for readers of one language."""

    def __init__(self, content: IssueContent, language: str) -> None:
        self._content = content
        self._language = language
        #: In which what is not theirs is said: phrases, regions, months.
        self._frame = spoken_to(language)

    @property
    def title(self) -> Words:
        """The title of the issue."""
        return self._words(self._content.title)

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
            **self._told(IssueShape, content),
            face=self.face,
            publication=self._words(content.publication.name),
            postal_address=content.publication.postal_address,
            privacy_url=self._words(content.publication.privacy_url),
            language=self._frame,
            is_alert=content.is_alert,
            trends=self.trends(assessments),
            since=self._since(histories),
            map=map_view(assessments, content, tree, self._frame, self.face.measured_here),
            sections=tuple(map(self.section, selection.sections)),
            with_incidents=self._by_name(selection.with_incidents),
            nothing_for_reader=selection.has_nothing_regional,
            left_out=self._by_name(selection.left_out),
            corrections=tuple(map(self.correction, selection.corrected)),
            corrected_on=content.corrected_on,
        )

    @property
    def face(self) -> FaceView:
        """How its publication looks and introduces itself."""
        face = self._content.face
        if face is None:
            return AS_THE_HOUSE_HAS_IT
        return FaceView(**self._told(FaceShape, face), logo=_logo(face.logo) if face.logo else None)

    def trends(self, assessments: Sequence[AssessmentContent]) -> tuple[TrendView, ...]:
        """A line on each of `assessments`."""
        return tuple(
            TrendView(
                **self._told(AssessmentShape, a),
                region=self._name(a.region),
                largest=_largest(assessments, a.counted),
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
            **self._told(SectionShape, section),
            region_names=self._names(section.regions),
            covers_wider=self._names(selected.wider),
            own=self._by_name(selected.own),
            incidents=tuple(map(self._incident, section.incidents)),
            pictures=tuple(map(_picture, section.pictures)),
        )

    def correction(self, corrected: CorrectedContent) -> CorrectedView:
        """What was wrong in one part, and what is right."""
        return CorrectedView(
            **self._told(CorrectedShape, corrected),
            region=self._name(corrected.region) if corrected.region else "",
            region_names=self._names(corrected.regions),
        )

    def _incident(self, incident: IncidentContent) -> IncidentView:
        return IncidentView(
            **self._told(IncidentShape, incident),
            region_names=self._names(incident.regions),
        )

    def _told(self, shape: type[Any], part: Any) -> dict[str, Any]:
        """The fields that `part` has of its `shape`, each text in the words of one language."""
        values = {field.name: getattr(part, field.name) for field in fields(shape)}
        return {
            name: self._words(value) if isinstance(value, Texts) else value
            for name, value in values.items()
        }

    def _words(self, text: Texts) -> Words:
        return text.told(self._language, self._frame)

    def _by_name(self, codes: Collection[str]) -> tuple[RegionView, ...]:
        return tuple(sorted(map(self._region, codes), key=lambda r: collation_key(r.name)))

    def _in_order(self, assessments: Collection[AssessmentContent]) -> list[AssessmentContent]:
        return sorted(assessments, key=lambda a: collation_key(self._name(a.region)))

    def _region(self, code: str) -> RegionView:
        return RegionView(code, self._name(code))

    def _names(self, codes: Collection[str]) -> tuple[str, ...]:
        return tuple(in_order(map(self._name, codes)))

    def _name(self, code: str) -> str:
        return self._content.regions[code].in_language(self._frame)


def _logo(logo: LogoContent) -> LogoView:
    return LogoView(logo_url(logo.content_hash, logo.kind), logo.width, logo.height)


def _picture(picture: PictureContent) -> PictureView:
    return PictureView(
        id=picture.id,
        url=picture_url(picture.content_hash, picture.kind),
        width=picture.width,
        height=picture.height,
        alt=picture.alt,
    )


def _largest(assessments: Sequence[AssessmentContent], counted: Texts) -> int:
    """The largest count of that kind: bars that stand together are drawn to one scale."""
    alike = [a for a in assessments if a.counted == counted]
    return max((n or 0 for a in alike for n in (a.count, a.previous_count)), default=0)
