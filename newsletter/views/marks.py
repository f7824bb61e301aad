"""What was corrected since, marked where it is read again: in the archive and in web views."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.template.loader import render_to_string
from django.utils.translation import gettext

from newsletter.audience.corrected import wrong_parts
from newsletter.editions.content import IssueContent
from newsletter.editions.numbering import parts_held
from newsletter.editions.selection import PartKey
from newsletter.editions.stored import from_json
from newsletter.editions.viewing import Viewing
from newsletter.models import Edition, Issue, MailingKind, Version
from newsletter.rendering.corrections import CorrectedView
from newsletter.rendering.view import sanitized_view
from subscribers.days import day


@dataclass(frozen=True)
class Mark:
    """That something was corrected, and what."""

    corrected: CorrectedView
    on: date

    @property
    def heading(self) -> str:
        return gettext("Corrected on %(day)s") % {"day": day(self.on)}


#: By part, its marks, the oldest first.
Marks = Mapping[PartKey, Sequence[Mark]]


def marks_on(issue: Issue, language: str) -> Marks:
    """What was corrected in `issue`, however it reads by now, for readers of `language`."""
    return _by_part(((content, None) for content in _sent(issue)), language)


def marks_on_edition(edition: Edition) -> Marks:
    """What of `edition` was corrected, as it was sent."""
    mailing = edition.mailing
    held = set(parts_held(edition))
    if mailing.is_correction:
        return {}
    corrections = (
        (content, wrong_parts(mailing.version, content) & held) for content in _sent(mailing.issue)
    )
    return _by_part(corrections, edition.language)


def with_marks(html: str, marks: Marks) -> str:
    """The email `html` with each of `marks` under the heading of its section.

    Those of assessments, and of sections that are not found, stand at the top.
    """
    at_the_top = []
    for part, on_it in marks.items():
        shown = render_to_string("newsletter/web_view/_marks.html", {"marks": on_it})
        heading = re.search(rf'<h2 id="part-{part}"[^>]*>.*?</h2>', html, re.DOTALL)
        if heading:
            html = f"{html[: heading.end()]}{shown}{html[heading.end() :]}"
        else:
            at_the_top.append(shown)
    body = re.search(r"<body(\s[^>]*)?>", html, re.IGNORECASE)
    start = body.end() if body else 0
    return f"{html[:start]}{''.join(at_the_top)}{html[start:]}"


def _sent(issue: Issue) -> list[IssueContent]:
    """The corrections of `issue` that somebody has, the oldest first."""
    mailings = issue.mailings.filter(kind=MailingKind.CORRECTION, reached_at__isnull=False)
    versions = Version.objects.filter(mailings__in=mailings).distinct().order_by("number")
    return [from_json(version.content) for version in versions]


def _by_part(
    corrections: Iterable[tuple[IssueContent, Collection[PartKey] | None]], language: str
) -> Marks:
    marks: dict[PartKey, list[Mark]] = defaultdict(list)
    for content, parts in corrections:
        viewing = Viewing(content, language)
        for one in content.corrections:
            if parts is None or one.part in parts:
                view = sanitized_view(viewing.correction(one))
                marks[one.part].append(Mark(view, content.corrected_on or content.dated))
    return dict(marks)
