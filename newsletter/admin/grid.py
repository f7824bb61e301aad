"""The grid of a preflight: what it says of each edition, in a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse

from newsletter.audience.assigning import Interest
from newsletter.editorial.findings import CheckedEdition
from newsletter.editorial.preflight import PreflightReport
from newsletter.models import Issue
from subscribers.collation import collation_key, in_order
from subscribers.languages import name_of
from subscribers.models import ChosenRegion, MailFormat, Region


@dataclass(frozen=True)
class GridLine:
    """One edition with what the grid says of it."""

    checked: CheckedEdition
    #: What its readers chose, by name.
    chosen: Sequence[str]
    #: Titles of the parts in it that are not for everyone.
    parts: Sequence[str]
    faults: Sequence[str]
    doubts: Sequence[str]
    #: What the grid does not say of all editions already.
    own_doubts: Sequence[str]
    #: Where it is shown large.
    address: str

    @property
    def language(self) -> str:
        return name_of(self.checked.language)

    @property
    def mail_format(self) -> str:
        return str(MailFormat(self.checked.mail_format).label)


class Grid:
    """Lines on `editions` of `issue`, with what they share looked up once."""

    def __init__(
        self, issue: Issue, report: PreflightReport, editions: Collection[CheckedEdition]
    ) -> None:
        self._report = report
        self._shown_at = reverse("admin:newsletter_issue_preflight_edition", args=[issue.pk])
        self._titles = {part.id: part.title for part in report.content.sections}
        self._chosen: dict[int, list[Region]] = defaultdict(list)
        sets = {interest.interest_set_id for one in editions for interest, _n in one.interests}
        chosen = ChosenRegion.objects.filter(interest_set__in=sets)
        for one in chosen.select_related("region"):
            self._chosen[one.interest_set_id].append(one.region)

    @property
    def regions(self) -> list[Region]:
        """Those that readers of any of the editions chose, by name."""
        every = {region.code: region for some in self._chosen.values() for region in some}
        return sorted(every.values(), key=lambda region: collation_key(region.name))

    def codes(self, edition: CheckedEdition) -> set[str]:
        """Those of the regions that readers of `edition` chose."""
        return {region.code for region in self._chosen_by_readers_of(edition)}

    def line(self, edition: CheckedEdition) -> GridLine:
        """What is said of `edition`."""
        report = self._report
        return GridLine(
            checked=edition,
            chosen=in_order({region.name for region in self._chosen_by_readers_of(edition)}),
            parts=[str(self._titles[part]) for part in edition.parts],
            faults=report.in_words(edition.faults),
            doubts=report.in_words(edition.doubts),
            own_doubts=report.in_words(d for d in edition.doubts if d.gist not in self._shared),
            address=f"{self._shown_at}?{query_of(edition.example)}",
        )

    @cached_property
    def _shared(self) -> set[str]:
        found = self._report.found
        return {doubt.gist for doubt in found.shared_doubts} if found else set()

    def _chosen_by_readers_of(self, edition: CheckedEdition) -> Iterator[Region]:
        for interest, _number in edition.interests:
            yield from self._chosen[interest.interest_set_id]


def query_of(interest: Interest) -> str:
    """How an address names `interest`."""
    return urlencode({name: value for name, value in interest._asdict().items() if value})
