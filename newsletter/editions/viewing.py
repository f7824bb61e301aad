"""From content to what one edition shows, in the language of its readers where it has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, replace
from functools import cached_property
from itertools import islice
from typing import Any

from django.utils import translation

from newsletter.editions.content import (
    AssessmentContent,
    CorrectedContent,
    IncidentContent,
    IssueContent,
    LogoContent,
    PictureContent,
)
from newsletter.editions.past import PastIssue, TrendHistory
from newsletter.editions.selection import SelectedSection, Selection
from newsletter.rendering.corrections import CorrectedView
from newsletter.rendering.faces import AS_THE_HOUSE_HAS_IT, FaceView, LogoView
from newsletter.rendering.fragments import MOST_RUNS
from newsletter.rendering.incidents import IncidentView
from newsletter.rendering.markdown import PictureView
from newsletter.rendering.picture_addresses import picture_url
from newsletter.rendering.sanitize import one_line, sanitized
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
from newsletter.rendering.view import (
    MOST_LEFT_OUT,
    EditionView,
    MapView,
    sanitized_value,
    sanitized_view,
)
from subscribers.collation import collation_key
from subscribers.directions import Isolated, isolated
from subscribers.languages import spoken_to
from subscribers.logos import logo_url
from subscribers.models.texts import Texts, Words

#: From pairs of region and trend, and what they measure, to their map.
Pictured = Callable[[tuple[tuple[str, str], ...], str], MapView]


class Viewing:
    """One version for readers of one language. What is in its views is sanitized.

    What editions have in common is made once, and shared by them.
    """

    def __init__(self, content: IssueContent, language: str) -> None:
        self._content = content
        self._language = language
        #: In which what is not theirs is said: phrases, regions, months.
        self._frame = spoken_to(language)
        self._regions: dict[str, RegionView] = {}
        self._selected: dict[str, SectionView] = {}
        self._histories: dict[str, TrendHistoryView] = {}

    @property
    def title(self) -> Words:
        """The title of the issue."""
        return self._words(self._content.title)

    def edition(
        self,
        selection: Selection,
        histories: Collection[TrendHistory],
        picture: Pictured,
    ) -> EditionView:
        """What `selection` shows, and what became of the regions in `histories`.

        Whatever lists regions has them in the order of their names in this language. A map of
        what is assessed, if anything is, comes from `picture`.
        """
        trends = tuple(self._trends[a.region] for a in self._in_order(selection.assessments))
        shown = tuple((trend.region, trend.trend) for trend in trends)
        left_out, more = self._left_out(selection)
        return EditionView(
            **self._of_issue,
            trends=trends,
            since=self._since(histories),
            map=picture(shown, self._of_issue["face"].measured_here) if trends else None,
            sections=tuple(map(self.section, selection.sections)),
            with_incidents=self._by_name(selection.with_incidents),
            nothing_for_reader=selection.has_nothing_regional,
            left_out=left_out,
            more_left_out=more,
            corrections=tuple(map(self.correction, selection.corrected)),
        )

    @cached_property
    def _of_issue(self) -> Mapping[str, Any]:
        """What every edition of it shows, by the fields of :class:`EditionView`."""
        content = self._content
        shown: dict[str, Any] = {
            **self._told(IssueShape, content),
            "face": self.face,
            "publication": self._words(content.publication.name),
            "postal_address": content.publication.postal_address,
            "privacy_url": self._words(content.publication.privacy_url),
            "language": self._frame,
            "is_alert": content.is_alert,
            "corrected_on": content.corrected_on,
        }
        return {name: sanitized_value(value) for name, value in shown.items()}

    def _left_out(self, selection: Selection) -> tuple[tuple[RegionView, ...], int]:
        """The regions that it leaves out, or the first of many, and how many more there are."""
        here, in_issue = selection.here, selection.in_issue
        left_out = (code for code in self._places if code in in_issue and code not in here)
        named = tuple(map(self._region, islice(left_out, MOST_LEFT_OUT)))
        return named, len(in_issue) - len(in_issue & here) - len(named)

    @property
    def face(self) -> FaceView:
        """How its publication looks and introduces itself."""
        face = self._content.face
        if face is None:
            return AS_THE_HOUSE_HAS_IT
        return FaceView(**self._told(FaceShape, face), logo=_logo(face.logo) if face.logo else None)

    def trends(self, assessments: Iterable[AssessmentContent]) -> tuple[TrendView, ...]:
        """A line on each of `assessments`."""
        return tuple(self._trends[a.region] for a in assessments)

    @cached_property
    def _trends(self) -> Mapping[str, TrendView]:
        """By region, the line on it."""
        assessments = self._content.assessments
        largest = _largest(assessments)
        return {
            a.region: replace(
                sanitized_view(
                    TrendView(
                        **self._told(AssessmentShape, a),
                        code=a.region,
                        region="",
                        largest=largest[a.counted],
                    )
                ),
                region=self._region(a.region).name,
            )
            for a in assessments
        }

    def _since(self, histories: Collection[TrendHistory]) -> SinceView | None:
        if not histories:
            return None
        by_name = sorted(histories, key=lambda history: self._places[history.region])
        return SinceView(tuple(map(self._history, by_name)))

    def _history(self, history: TrendHistory) -> TrendHistoryView:
        found = self._histories.get(history.key)
        if found is None:
            found = self._histories[history.key] = TrendHistoryView(
                code=history.region,
                region=self._region(history.region).name,
                issues=tuple(map(self._past, history.issues)),
                trends=(*history.trends, self._trends[history.region].trend),
            )
        return found

    def _past(self, issue: PastIssue) -> PastIssueView:
        title = Viewing(issue.content, self._language).title
        return PastIssueView(self._isolated(sanitized(title)), issue.content.dated)

    def section(self, selected: SelectedSection) -> SectionView:
        """One section for a reader for whom it was `selected`."""
        found = self._selected.get(selected.key)
        if found is None:
            found = replace(
                self._sections[selected.section.id],
                covers_wider=self._names(selected.wider),
                own=self._by_name(selected.own),
            )
            if len(self._selected) < MOST_RUNS:
                self._selected[selected.key] = found
        return found

    @cached_property
    def _sections(self) -> Mapping[int, SectionView]:
        """By its id, each section for a reader who chose nothing."""
        return {
            section.id: sanitized_view(
                SectionView(
                    **self._told(SectionShape, section),
                    region_names=self._names(section.regions),
                    covers_wider=(),
                    own=(),
                    incidents=tuple(map(self._incident, section.incidents)),
                    pictures=tuple(map(_picture, section.pictures)),
                )
            )
            for section in self._content.sections
        }

    def correction(self, corrected: CorrectedContent) -> CorrectedView:
        """What was wrong in one part, and what is right."""
        return sanitized_view(
            CorrectedView(
                **self._told(CorrectedShape, corrected),
                code=corrected.region,
                region=self._name(corrected.region) if corrected.region else "",
                region_names=self._names(corrected.regions),
            )
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

    def _in_order(self, assessments: Iterable[AssessmentContent]) -> list[AssessmentContent]:
        return sorted(assessments, key=lambda assessment: self._places[assessment.region])

    def _by_name(self, codes: Iterable[str]) -> tuple[RegionView, ...]:
        return tuple(map(self._region, sorted(codes, key=self._places.__getitem__)))

    def _names(self, codes: Iterable[str]) -> tuple[str, ...]:
        return tuple(region.name for region in self._by_name(codes))

    @cached_property
    def _places(self) -> Mapping[str, int]:
        """Where each region stands among all, in the order of their names."""
        codes = self._content.regions
        with translation.override(self._frame):
            by_name = sorted(codes, key=lambda code: (collation_key(self._name(code)), code))
        return {code: place for place, code in enumerate(by_name)}

    def _region(self, code: str) -> RegionView:
        if code not in self._regions:
            self._regions[code] = RegionView(code, self._isolated(one_line(self._name(code))))
        return self._regions[code]

    def _isolated(self, said: str) -> Isolated:
        """What stands in many sentences: each would look at it again."""
        with translation.override(self._frame):
            return Isolated(isolated(said))

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


def _largest(assessments: Iterable[AssessmentContent]) -> Mapping[Texts, int]:
    """The largest count of each kind: bars that stand together are drawn to one scale."""
    largest: dict[Texts, int] = defaultdict(int)
    for one in assessments:
        largest[one.counted] = max(largest[one.counted], one.count or 0, one.previous_count or 0)
    return largest
