"""Doubts about an issue as a whole, regardless of who reads which part of it.

They do not stop the mail: a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.editions.content import IncidentContent, IssueContent, SectionContent, texts_in
from newsletter.editions.leftovers import in_section, leftovers
from newsletter.models import DatePrecision, SectionKind
from newsletter.rendering import words
from newsletter.rendering.words import quoted
from subscribers.days import day
from subscribers.languages import months_in, name_of
from subscribers.listing import listed
from subscribers.regions import RegionTree

#: Months between an issue and what it tells of.
_FARTHEST = 1


@dataclass(frozen=True)
class Publisher:
    """What a publication says of itself, as far as doubts come from it."""

    #: Codes of the regions that it covers.
    regions: Collection[str]
    languages: Collection[str]


def doubts_about(content: IssueContent, tree: RegionTree, publisher: Publisher) -> Iterator[str]:
    """What a person may want to look at in `content`, a sentence each, with its place."""
    yield from _without_assessment(content)
    yield from _without_section(content)
    yield from _not_covered(content, tree, publisher.regions)
    yield from _stale_months(content)
    for section in content.sections:
        for incident in section.incidents:
            yield from _elsewhere(content, section, incident, tree)
            yield from _long_ago(content, section, incident)
        for language in publisher.languages:
            yield from _names_left(section, language)
    yield from _not_translated(content, publisher.languages)
    yield from leftovers(content)


def _without_assessment(content: IssueContent) -> Iterator[str]:
    judged = {assessment.region for assessment in content.assessments}
    for code in _regions_of_parts(content):
        if judged and code not in judged:
            yield _("%(region)s has a section, but no assessment.") % {
                "region": content.regions[code].in_active_language
            }


def _without_section(content: IssueContent) -> Iterator[str]:
    covered = {code for section in content.sections for code in section.regions}
    for assessment in content.assessments:
        if assessment.region not in covered:
            yield _("%(region)s is assessed, but has no section.") % {
                "region": content.regions[assessment.region].in_active_language
            }


def _regions_of_parts(content: IssueContent) -> list[str]:
    parts = (s for s in content.sections if s.kind == SectionKind.REGIONS)
    return list(dict.fromkeys(code for part in parts for code in part.regions))


def _not_covered(
    content: IssueContent, tree: RegionTree, covered: Collection[str]
) -> Iterator[str]:
    def is_foreign(code: str) -> bool:
        return bool(covered) and not _are_related(covered, [code], tree)

    for section in content.sections:
        if foreign := list(filter(is_foreign, section.regions)):
            yield _("“%(section)s” is on %(regions)s, which this publication does not cover.") % {
                "section": section.title,
                "regions": _listed(foreign, content),
            }
    for assessment in content.assessments:
        if is_foreign(assessment.region):
            yield _("%(region)s is assessed, but this publication does not cover it.") % {
                "region": content.regions[assessment.region].in_active_language
            }


def _elsewhere(
    content: IssueContent, section: SectionContent, incident: IncidentContent, tree: RegionTree
) -> Iterator[str]:
    if section.regions and not _are_related(section.regions, incident.regions, tree):
        yield _("%(incident)s happened in %(regions)s, which the section is not about.") % {
            "incident": in_section(incident, section),
            "regions": _listed(incident.regions, content),
        }


def _long_ago(
    content: IssueContent, section: SectionContent, incident: IncidentContent
) -> Iterator[str]:
    if _months_from(content, incident) > _FARTHEST:
        yield _("%(incident)s is dated %(when)s, in an issue dated %(dated)s.") % {
            "incident": in_section(incident, section),
            "when": words.period(incident.date_start, incident.date_end, incident.date_precision),
            "dated": day(content.dated),
        }


def _months_from(content: IssueContent, incident: IncidentContent) -> int:
    """How many months lie between `incident` and what the issue is about."""
    about = [_month(day) for day in (content.dated, content.cutoff_on) if day]
    days = [_month(day) for day in (incident.date_start, incident.date_end) if day]
    last = max(*days, *about) if _goes_on(incident) else max(days)
    return min(max(min(days) - month, month - last, 0) for month in about)


def _goes_on(incident: IncidentContent) -> bool:
    return incident.date_precision == DatePrecision.START and incident.date_end is None


def _month(day: date) -> int:
    return 12 * day.year + day.month


def _not_translated(content: IssueContent, languages: Collection[str]) -> Iterator[str]:
    """How much of the issue readers of a language get in another one."""
    written = [text for text in texts_in(content, without=_NOT_COUNTED) if text]
    for language in languages:
        missing = sum(bool(text.told(language).only_in) for text in written)
        if missing:
            yield ngettext(
                "%(number)d text is not translated into %(language)s: readers get the original.",
                "%(number)d texts are not translated into %(language)s: readers get the original.",
                missing,
            ) % {"number": missing, "language": name_of(language)}


#: What may be the same in every language, and what is not of the issue.
_NOT_COUNTED = ("actor1", "actor2", "place", "publication", "face")


def _names_left(section: SectionContent, language: str) -> Iterator[str]:
    """Names that stand in a translated sentence as they are in the original."""
    names = [
        quoted(name.original)
        for incident in section.incidents
        if not incident.summary.told(language).only_in
        for name in (incident.actor1, incident.actor2, incident.place)
        # The initials of a group are the same in both.
        if name.told(language).only_in and not name.original.isupper()
    ]
    if names:
        yield _(
            "In “%(section)s”, not translated into %(language)s: %(names)s. "
            "Write a name there too if it is the same."
        ) % {
            "section": section.title,
            "language": name_of(language),
            "names": listed(list(dict.fromkeys(names))),
        }


def _stale_months(content: IssueContent) -> Iterator[str]:
    month = content.dated.month
    fresh = {month, (month - 2) % 12 + 1}
    titles = (content.subject, *(section.title for section in content.sections))
    for language, title in dict.fromkeys(pair for text in titles for pair in text.items()):
        months = enumerate(months_in(language), start=1)
        stale = [m for number, m in months if number not in fresh and _names_month(title, m)]
        if stale:
            yield _("“%(title)s” names %(months)s, in an issue dated %(dated)s.") % {
                "title": title,
                "months": listed(stale),
                "dated": content.dated.isoformat(),
            }


def _names_month(title: str, month: str) -> bool:
    return re.search(rf"\b{re.escape(month)}\b", title) is not None


def _are_related(these: Collection[str], those: Collection[str], tree: RegionTree) -> bool:
    return any(tree.relation(one, other) for one in these for other in those)


def _listed(codes: Collection[str], content: IssueContent) -> str:
    return listed([content.regions[code].in_active_language for code in codes])
