"""Trends of regions as their readers get them: now, and since they were last told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from django.utils.translation import gettext, ngettext

from newsletter.rendering import words
from newsletter.rendering.phrases import language_of
from newsletter.rendering.shapes import AssessmentShape
from subscribers.directions import isolated
from subscribers.listing import listed
from subscribers.models.texts import Words

#: Pixels that a letter takes in the smallest type of a mail, whatever font its reader has.
LETTER_WIDTH = 9


@dataclass(frozen=True, kw_only=True)
class TrendView(AssessmentShape[Words]):
    """One line of “your regions at a glance”."""

    code: str
    #: By name.
    region: str
    #: The largest count of the same kind in its issue, to which bars are drawn.
    largest: int

    @property
    def trend_in_words(self) -> str:
        return words.trend(self.trend)

    @property
    def counts(self) -> Words:
        """“Attacks: 37 (31 before, +19%)”, in the language of the noun."""
        with language_of(self.counted):
            counts = words.count(self.count, self.previous_count, self.counted)
        return self.counted.reworded(counts)

    @property
    def bars(self) -> tuple[tuple[str, int], ...]:
        """“before” and “now” with a length from 1 to 100; nothing where one is missing."""
        if self.count is None or self.previous_count is None:
            return ()
        return (
            (gettext("before"), self._length(self.previous_count)),
            (gettext("now"), self._length(self.count)),
        )

    @property
    def label_width(self) -> int:
        """Pixels of the column in which the labels of its bars stand."""
        return LETTER_WIDTH * max((len(label) for label, _length in self.bars), default=0)

    def _length(self, count: int) -> int:
        return max(1, round(100 * count / max(self.largest, 1)))


@dataclass(frozen=True)
class PastIssueView:
    title: str
    dated: date


@dataclass(frozen=True)
class TrendHistoryView:
    """The trends of a region: in the issue that last told the reader, in those since, and now."""

    code: str
    region: str
    issues: tuple[PastIssueView, ...]
    #: One for each issue, and that of now.
    trends: tuple[str, ...]

    @cached_property
    def changed(self) -> bool:
        return len(set(self.trends)) > 1


class ChangeView(NamedTuple):
    """That the trend of a region did not stay the same."""

    code: str
    region: str
    #: How it went.
    course: str


@dataclass(frozen=True)
class SinceView:
    """What changed since the reader was last told of each region."""

    histories: tuple[TrendHistoryView, ...]

    @cached_property
    def _compared(self) -> list[PastIssueView]:
        """The issues that told the reader last: nearly always one."""
        return list(dict.fromkeys(history.issues[0] for history in self.histories))

    @property
    def heading(self) -> str:
        if len(self._compared) > 1:
            return gettext("What changed") if self.changes else gettext("No change")
        last = {"issue": isolated(self._compared[0].title)}
        if not self.changes:
            return gettext("No change since “%(issue)s”") % last
        return gettext("What changed since “%(issue)s”") % last

    @cached_property
    def missed(self) -> str:
        """Which issues in between the reader was not sent; empty if none."""
        later = dict.fromkeys(i for history in self.histories for i in history.issues[1:])
        missed = [
            words.quoted(issue.title) for issue in sorted(later, key=lambda issue: issue.dated)
        ]
        if not missed:
            return ""
        return ngettext(
            "%(issues)s came out in between and did not reach you.",
            "%(issues)s came out in between and did not reach you.",
            len(missed),
        ) % {"issues": listed(missed)}

    @cached_property
    def changes(self) -> list[ChangeView]:
        """Each region whose trend did not stay the same, and how it went."""
        return [ChangeView(h.code, h.region, self._course(h)) for h in self.histories if h.changed]

    def _course(self, history: TrendHistoryView) -> str:
        whens = [*map(self._whens.__getitem__, history.issues), ""]
        steps = [*zip(history.trends, whens, strict=True)]
        return words.course(steps, dated=len(steps) > 2 or len(self._compared) > 1)

    @cached_property
    def _whens(self) -> dict[PastIssueView, str]:
        """What tells each issue from the others, as shortly as it can be said."""
        issues = list(dict.fromkeys(i for history in self.histories for i in history.issues))
        whens = words.months_or_days([issue.dated for issue in issues])
        return dict(zip(issues, whens, strict=True))

    @cached_property
    def as_before(self) -> str:
        """The others in a sentence; empty if there are none."""
        same = [self._unchanged(history) for history in self.histories if not history.changed]
        return f"{listed(same)}." if same else ""

    @cached_property
    def _still(self) -> str:
        return gettext("%(region)s still %(trend)s")

    def _unchanged(self, history: TrendHistoryView) -> str:
        said = self._still % {
            "region": isolated(history.region),
            "trend": words.trend(history.trends[-1]),
        }
        return f"{said} ({self._whens[history.issues[0]]})" if len(self._compared) > 1 else said
