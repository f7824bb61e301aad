"""What earlier issues said of a reader's regions, for the comparison that opens their mail."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from newsletter.editions.content import IssueContent
from newsletter.editions.selection import reaches
from newsletter.models import Trend
from subscribers.regions import RegionTree


@dataclass(frozen=True)
class PastIssue:
    """An earlier issue in the version that was sent."""

    version_id: int
    issue_id: int
    content: IssueContent


@dataclass(frozen=True)
class Course:
    """The trends of one region in successive issues, oldest first."""

    region: str
    #: Values of :class:`newsletter.models.Trend`: an issue that is silent did not assess it.
    trends: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return len(set(self.trends)) > 1


class Past:
    """The earlier issues of a publication, in the order in which they were sent."""

    def __init__(self, issues: Iterable[PastIssue] = ()) -> None:
        self._issues = tuple(issues)

    @property
    def newest(self) -> int | None:
        """The id of the version that was sent last; None if nothing was."""
        return self._issues[-1].version_id if self._issues else None

    def since(self, version_id: int | None) -> tuple[IssueContent, ...]:
        """That version, and the issues sent after it; nothing if it is not among them.

        Of an issue that was sent in several versions it is the last one.
        """
        ids = [issue.version_id for issue in self._issues]
        if version_id not in ids:
            return ()
        first, *later = self._issues[ids.index(version_id) :]
        missed = {issue.issue_id: issue for issue in later if issue.issue_id != first.issue_id}
        return tuple(issue.content for issue in (first, *missed.values()))


def courses(
    issues: Sequence[IssueContent], chosen: Collection[str], tree: RegionTree
) -> tuple[Course, ...]:
    """How the regions of a reader fared in `issues`, oldest first; `chosen` are theirs, by code.

    Those of the last issue come first. A region that none of them judged is left out.
    """
    judged = [{a.region: a.trend for a in issue.assessments} for issue in issues]
    named = dict.fromkeys(code for trends in reversed(judged) for code in trends)
    found = (
        Course(code, tuple(trends.get(code, Trend.NOT_ASSESSED.value) for trends in judged))
        for code in named
        if reaches(code, chosen, tree)
    )
    return tuple(course for course in found if set(course.trends) != {Trend.NOT_ASSESSED})
