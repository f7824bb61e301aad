"""What an email and the sign-up page of a publication would look like, saved or not."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from newsletter.admin.showing import framed, in_scheme, show
from newsletter.editions.compose import Composer
from newsletter.editions.content import (
    AssessmentContent,
    IssueContent,
    PublicationContent,
    SectionContent,
)
from newsletter.editorial.drafts import draft_of, face_of, names_of_regions
from newsletter.editorial.validation import problems_of
from newsletter.media.reencoding import CleanPicture
from newsletter.models import SectionKind, Trend, kinds_in_order
from subscribers.languages import spoken_to
from subscribers.logos import logo_path, logo_url
from subscribers.models import ChosenRegion, MailFormat, Publication
from subscribers.models.texts import Texts
from subscribers.regions import RegionTree
from subscribers.views.signing_up import form_of

#: The page runs nothing, and shows what this site has.
_PAGE_POLICY = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'self'"
_BODY = re.compile(r"<body[^>]*>")


def email_frame(
    publication: Publication,
    language: str,
    *,
    dark: bool,
    logo: CleanPicture | None,
    problems: Collection[str],
) -> HttpResponse:
    """The newest issue as a reader of all its regions would get it in `language`.

    A new `logo` is shown though it is stored nowhere, and `problems` stand above it all.
    """
    content = _newest(publication, language)
    composer = Composer(content, RegionTree.around(content.regions))
    edition = composer.edition_for(
        list(content.regions), language=language, mail_format=MailFormat.HTML
    )
    chosen = [ChosenRegion(region=region) for region in publication.regions.all()[:2]]
    html = show(edition, content, chosen, publication.today).html
    return framed(_with(in_scheme(html, dark=dark), publication, logo, problems))


def sign_up_frame(
    request: HttpRequest,
    publication: Publication,
    language: str,
    *,
    logo: CleanPicture | None,
    problems: Collection[str],
) -> HttpResponse:
    """The sign-up page in `language`, likewise."""
    with translation.override(spoken_to(language)):
        html = form_of(request, publication).content.decode()
    answer = framed(_with(html, publication, logo, problems))
    answer.headers["Content-Security-Policy"] = _PAGE_POLICY
    return answer


def _newest(publication: Publication, language: str) -> IssueContent:
    issue = publication.issues.first()
    if issue is not None:
        # As it is typed, not as it is stored.
        issue.publication = publication
        content = draft_of(issue).content
        if not list(problems_of(content)):
            return content
    return _example(publication, language)


def _example(publication: Publication, language: str) -> IssueContent:
    """An issue with a part of each kind and some trends, for a publication that has none yet."""
    text = _("This is an example: this publication has no issue yet.")
    kinds = kinds_in_order(publication.section_order)
    trends = _example_trends(publication)
    return IssueContent(
        title=publication.name,
        subject=publication.name,
        dated=publication.today,
        cutoff_on=None,
        language=language,
        subject_from_regions=False,
        publication=PublicationContent(
            name=publication.name,
            postal_address=publication.postal_address,
            privacy_url=publication.privacy_url,
        ),
        face=face_of(publication),
        sections=tuple(
            SectionContent(
                id=number,
                kind=kind,
                title=Texts({language: capfirst(SectionKind(kind).label)}),
                body=Texts({language: text}),
                regions=(),
                incidents=(),
            )
            for number, kind in enumerate(kinds, start=1)
        ),
        assessments=trends,
        regions=names_of_regions([one.region for one in trends], [language]),
    )


def _example_trends(publication: Publication) -> tuple[AssessmentContent, ...]:
    """Of the first regions that it names, one up and one down."""
    return tuple(
        AssessmentContent(
            region=region.code,
            trend=trend,
            reason=Texts(),
            count=None,
            previous_count=None,
            counted=Texts(),
        )
        for region, trend in zip(
            publication.regions.all(), (Trend.INCREASED, Trend.DECREASED), strict=False
        )
    )


def _with(
    html: str, publication: Publication, logo: CleanPicture | None, problems: Collection[str]
) -> str:
    """`html` with a logo that is stored nowhere in it, and `problems` above."""
    if logo is not None:
        stored = (publication.logo_hash, publication.logo_kind)
        kind = {"jpg": "jpeg"}.get(publication.logo_kind, publication.logo_kind)
        within = f"data:image/{kind};base64,{base64.b64encode(logo.content).decode()}"
        html = html.replace(logo_url(*stored), within).replace(logo_path(*stored), within)
    if not problems:
        return html
    notice = render_to_string("admin/newsletter/face_problems.html", {"problems": problems})
    body = _BODY.search(html)
    start = body.end() if body else 0
    return f"{html[:start]}{notice}{html[start:]}"
