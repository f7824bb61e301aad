"""What earlier issues said of a reader's regions, for the comparison that opens their mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from newsletter.editions.content import IssueContent
from newsletter.editions.selection import Selection
from newsletter.models import Trend


@dataclass(frozen=True)
class PastIssue:
    """An earlier issue in the version that one of its mailings sent."""

    mailing_id: int
    version_id: int
    issue_id: int
    content: IssueContent


@dataclass(frozen=True)
class Track:
    """Regions of an issue that the same earlier mailings judged, and those, oldest first.

    Each reader stands somewhere on it: at the last of these mailings that they were sent.
    """

    regions: tuple[str, ...]
    issues: tuple[PastIssue, ...]


@dataclass(frozen=True)
class TrendHistory:
    """What became of a region since a reader was last told.

    The first of `issues` told them; the others came after it, judged it too, and were not
    sent to them.
    """

    region: str
    issues: tuple[PastIssue, ...]

    @cached_property
    def key(self) -> str:
        """Equal ones have the same."""
        return f"{self.region} {','.join(str(issue.version_id) for issue in self.issues)}"

    @cached_property
    def trends(self) -> tuple[str, ...]:
        """What each of its issues said, as values of :class:`newsletter.models.Trend`."""
        return tuple(_judged(issue.content)[self.region] for issue in self.issues)


def tracks_of(content: IssueContent, past: Iterable[PastIssue]) -> tuple[Track, ...]:
    """How the regions that `content` judges were judged in `past`, oldest first.

    Most issues judge the same regions, and then there is one track. A region that was never
    judged before is on none.
    """
    judged = [(issue, _judged(issue.content)) for issue in past]
    tracks: dict[tuple[int, ...], Track] = {}
    for region in _judged(content):
        issues = tuple(issue for issue, trends in judged if region in trends)
        track = tuple(issue.mailing_id for issue in issues)
        others = tracks[track].regions if track in tracks else ()
        tracks[track] = Track((*others, region), issues)
    return tuple(track for track in tracks.values() if track.issues)


def history_of_all(tracks: Sequence[Track]) -> str:
    """The history of somebody who was sent every issue."""
    return ",".join(str(len(track.issues)) for track in tracks)


class Histories:
    """What readers of one issue were told before, by how far they have come.

    A history says how far that is on each of its tracks: “2,0” is at the second issue of the
    first, and nowhere on the other. One that fits no track tells of nothing.
    """

    def __init__(self, tracks: Sequence[Track]) -> None:
        self._tracks = tracks
        self._told: dict[str, Mapping[str, TrendHistory]] = {}

    def of(self, history: str, selection: Selection) -> tuple[TrendHistory, ...]:
        """What became of the regions that `selection` judges, for a reader with that `history`."""
        if not self._tracks or not history:
            return ()
        told = self._told.get(history)
        if told is None:
            told = self._told[history] = self._told_by(history)
        judged = (assessment.region for assessment in selection.assessments)
        return tuple(told[region] for region in judged if region in told)

    def _told_by(self, history: str) -> Mapping[str, TrendHistory]:
        return {
            region: TrendHistory(region, issues)
            for track, place in zip(self._tracks, history.split(","), strict=False)
            if (issues := _since(track, place))
            for region in track.regions
        }


def _since(track: Track, place: str) -> tuple[PastIssue, ...]:
    """The issue at that place, and those after it, each in the version that was sent last."""
    if not place.isdecimal() or not 0 < int(place) <= len(track.issues):
        return ()
    first, *later = track.issues[int(place) - 1 :]
    missed = {issue.issue_id: issue for issue in later if issue.issue_id != first.issue_id}
    return (first, *missed.values())


def _judged(content: IssueContent) -> dict[str, str]:
    return {a.region: a.trend for a in content.assessments if a.trend != Trend.NOT_ASSESSED}
