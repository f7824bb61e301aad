"""The archive: issues that were sent, for anyone to read where the publication is open to all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from newsletter.editions.compose import Composer
from newsletter.editions.selection import regions_in, select
from newsletter.editions.stored import from_json
from newsletter.links import archive_url, issue_url
from newsletter.models import FormerIssueSlug, Issue, Version
from newsletter.queries import versions_sent
from newsletter.rendering.view import EditionView
from newsletter.views.marks import Mark, Marks, marks_on
from subscribers.collation import collation_key, in_order
from subscribers.days import day
from subscribers.languages import asked_for
from subscribers.listing import listed
from subscribers.models import Publication
from subscribers.regions import RegionTree
from subscribers.views.answers import lead_on

PER_PAGE = 50


@dataclass(frozen=True)
class Choice:
    """A region to choose on a page."""

    code: str
    label: str
    chosen: bool


class SentIssue:
    """An issue as it was sent last, in `language`. Its words are those of that version, not of
    the draft."""

    def __init__(self, version: Version, language: str) -> None:
        self.slug = version.issue.slug
        self.content = from_json(version.content)
        self.dated = self.content.dated
        self.title = self.content.title.told(language, get_language() or "")

    @property
    def regions(self) -> set[str]:
        """Codes of the regions that a reader finds something on in it."""
        return regions_in(self.content)

    @property
    def day(self) -> str:
        return day(self.dated)

    @property
    def region_names(self) -> list[str]:
        language = get_language() or "en"
        names = (self.content.regions[code].in_language(language) for code in self.regions)
        return in_order(names)

    def is_about(self, chosen: Collection[str], tree: RegionTree) -> bool:
        """Whether a reader of the regions `chosen` finds something on them in it."""
        return not select(self.content, chosen, tree).has_nothing_regional


@require_safe
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """The issues of one publication, newest first; with `?region=`, those on that region."""
    publication = _open(slug)
    if publication.slug != slug:
        return lead_on(request, "newsletter:archive", slug=publication.slug)
    issues = _newest_first(versions_sent(publication), asked_for(request, publication.languages))
    tree = _tree(request, issues)
    choices = _choices(request, {code for i in issues for code in i.regions}, tree)
    chosen = _chosen(choices)
    found = [issue for issue in issues if not chosen or issue.is_about(chosen, tree)]
    context = {
        "publication": publication,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "choices": choices,
        "chosen": chosen,
        "canonical": archive_url(publication),
    }
    return render(request, "newsletter/archive/list.html", context)


@require_safe
def archive_issue(request: HttpRequest, slug: str, issue_slug: str) -> HttpResponse:
    """One issue as it was sent last, whole; with `?region=`, the parts on those regions."""
    publication = _open(slug)
    version = versions_sent(publication).filter(issue__slug=issue_slug).first()
    if version is None:
        return _lead_to_moved(request, publication, issue_slug)
    if publication.slug != slug:
        return _lead_to(request, version.issue)
    language = asked_for(request, publication.languages)
    issue = SentIssue(version, language)
    tree = _tree(request, [issue])
    choices = _choices(request, issue.regions, tree)
    chosen = _chosen(choices)
    edition = Composer(issue.content, tree).page_for(chosen, language=language)
    marks = marks_on(version.issue, language)
    context = {
        "publication": publication,
        "edition": edition,
        "sections": [(section, marks.get(section.id, ())) for section in edition.sections],
        "marks_on_trends": _on_trends(marks, edition),
        "description": _description(edition),
        "choices": choices,
        "chosen": chosen,
        "chosen_names": listed([choice.label for choice in choices if choice.chosen]),
        "canonical": issue_url(publication, version.issue),
    }
    return render(request, "newsletter/archive/issue.html", context)


def _on_trends(marks: Marks, edition: EditionView) -> list[Mark]:
    """Those of `marks` that are on a trend in `edition`."""
    regions = {trend.region for trend in edition.trends}
    return [one for some in marks.values() for one in some if one.corrected.region in regions]


def _open(slug: str) -> Publication:
    try:
        publication = Publication.at(slug)
    except Publication.DoesNotExist:
        raise Http404 from None
    if not publication.archive_open:
        raise Http404
    return publication


def _lead_to_moved(request: HttpRequest, publication: Publication, slug: str) -> HttpResponse:
    """To the issue that had the address before, if anyone may read it where it is now."""
    names = FormerIssueSlug.objects.select_related("issue__publication")
    issue = get_object_or_404(names, publication=publication, slug=slug).issue
    sent = versions_sent(issue.publication).filter(issue=issue)
    if not (issue.publication.archive_open and sent.exists()):
        raise Http404
    return _lead_to(request, issue)


def _lead_to(request: HttpRequest, issue: Issue) -> HttpResponse:
    parts = {"slug": issue.publication.slug, "issue_slug": issue.slug}
    return lead_on(request, "newsletter:archive-issue", **parts)


def _newest_first(versions: Iterable[Version], language: str) -> list[SentIssue]:
    # All of them: which regions an issue is about is known by its content alone.
    issues = (SentIssue(version, language) for version in versions)
    return sorted(issues, key=lambda i: (i.dated, i.slug), reverse=True)


def _tree(request: HttpRequest, issues: Iterable[SentIssue]) -> RegionTree:
    """Of the regions that `issues` name and those asked for."""
    named = {code for issue in issues for code in issue.content.regions}
    return RegionTree.around(named.union(request.GET.getlist("region")))


def _choices(request: HttpRequest, codes: Iterable[str], tree: RegionTree) -> list[Choice]:
    """The regions `codes` and those asked for, by name. An address that names others is not
    wrong: they are ignored."""
    asked, language = set(request.GET.getlist("region")), get_language() or "en"
    known = [code for code in asked.union(codes) if code in tree]
    namesakes = Counter(tree.name(code, language) for code in known)

    def label(code: str) -> str:
        name = tree.name(code, language)
        return name if namesakes[name] == 1 else tree.label(code, language)

    choices = (Choice(code, label(code), code in asked) for code in known)
    return sorted(choices, key=lambda choice: collation_key(choice.label))


def _chosen(choices: Iterable[Choice]) -> list[str]:
    return [choice.code for choice in choices if choice.chosen]


def _description(edition: EditionView) -> str:
    """A sentence for search engines, in the language of `edition`."""
    with override(edition.language):
        return edition.lead or f"{edition.publication}, {edition.dates}"
