"""Whatever editors write: no sound edition fails the leak check, and every planted leak does.

More examples than usual: LEAK_CHECK_EXAMPLES=2000.
"""

from __future__ import annotations

import html
import os
from itertools import product
from typing import Any

from django.conf.global_settings import LANGUAGES_BIDI
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.content import (
    AssessmentContent,
    IncidentContent,
    IssueContent,
    PictureContent,
    SectionContent,
)
from newsletter.editions.finding import Finder
from newsletter.editions.numbering import Numbering
from newsletter.editions.parsing import parse
from newsletter.editions.proving import Prover
from newsletter.editions.selection import PartKey, SelectedSection, select
from newsletter.editions.viewing import Viewing
from newsletter.rendering.view import sanitized_view
from subscribers.models.texts import Texts
from tests.newsletter.editions.content import TREE, incident, issue, section
from tests.newsletter.parts import changed, en, reworded

EXAMPLES = int(os.environ.get("LEAK_CHECK_EXAMPLES", "12"))

PICTURE = PictureContent(1, "ab" * 32, "png", 640, 400, "Roads around Kayes & “Ségou” > <here>")
#: Words that stand in several texts, and in the mail around them.
PHRASES = (
    "Kayes", "The boats left again since the river rose early.", "Incidents", "Western Mali",
    "The Dispatch 1 Main Street", "ML-1 en increased", "A convoy was stopped *twice* near Kayes.",
    "title=\"two words\"", "alt='x' title=\"y\">", "<b title=\"told\">raw</b>", "<!-- no -->", "--",
    "&amp; &nbsp;&copy; &lt;p&gt; &#x61; &bogus;", "a_b_c * ** [ ] ( ) ` \\", "مالي ‏ Mali",
    "Straße ﬁ",
    "https://example.org/a?b=c&d=e_f", "www.example.org/Ségou.", "me@example.org", "• one\tor two",
    "[a link](https://example.org/a \"its title\")", "<https://example.org/a>",
    "[x](www.example.org)",
    "[![own words](picture:1)](https://example.org/ 'title')", "[broken](javascript:alert(1))",
    "![](picture:1)", "![own *words*](picture:1)", "![a map](picture:1 \"Title of it\")",
    "![gone](picture:9)", "![far](https://example.org/x.png)", "\u202e\ue000unsubscribe_url\ue001",
    "one\x0btwo\u2028three\x85four", "one\u2029two\rthree\x0cfour", "1 Main Street\\\nBamako",
    "🙂 ½ ﷺ",
)  # fmt: skip
words = st.sampled_from(PHRASES) | st.text(max_size=30)
line = st.lists(words, min_size=1, max_size=3).map(" ".join)
PREFIXES = (
    "",
    "",
    "# ",
    "### ",
    "> ",
    "- ",
    "1. ",
    "7) ",
    "    ",
    "- > ",
    "> 1. ",
    "* * *\n",
    "== ",
)


def nested(block: tuple[str, str, str]) -> str:
    prefix, first, second = block
    return f"{prefix}{first}\n{' ' * len(prefix)}{prefix}{second}"


block = st.builds("".join, st.tuples(st.sampled_from(PREFIXES), line)) | st.tuples(
    st.sampled_from(PREFIXES), line, line
).map(nested)
body = st.lists(block, min_size=1, max_size=4).map("\n\n".join)
title = st.sampled_from(["Kayes", "Segou", "Incidents", "A", "—", 'title="x"']) | line


def texts(words: st.SearchStrategy[str]) -> st.SearchStrategy[Texts]:
    """Written in one language, and translated into some others, or into none."""
    languages = st.lists(
        st.sampled_from(["en", "fr", "ar", "uk"]), min_size=1, max_size=3, unique=True
    )
    return languages.flatmap(
        lambda tags: st.tuples(*(words for _ in tags)).map(
            lambda said: Texts(zip(tags, said, strict=True))
        )
    )


@st.composite
def incidents(draw: st.DrawFn, number: int) -> IncidentContent:
    return changed(
        incident(number),
        summary=draw(texts(line)),
        place=draw(texts(line)),
        actor1=draw(st.just(Texts()) | texts(line)),
        source_url=draw(st.sampled_from(["", "https://example.org/a"])),
    )


@st.composite
def sections(draw: st.DrawFn, number: int, *regions: str) -> SectionContent:
    return changed(
        section(number, *regions),
        kind=draw(st.sampled_from(["bottom_line", "regions"])),
        title=draw(texts(title)),
        body=draw(texts(body)),
        incidents=tuple(draw(st.lists(incidents(number), max_size=2))),
        pictures=(PICTURE,),
    )


def assessments(region: str) -> st.SearchStrategy[AssessmentContent]:
    return st.builds(
        AssessmentContent,
        region=st.just(region),
        trend=st.sampled_from(["increased", "decreased", "not_assessed"]),
        reason=st.just(Texts()) | texts(line),
        count=st.none() | st.integers(0, 50),
        previous_count=st.none(),
        counted=texts(line),
    )


contents = st.builds(
    lambda parts, assessed, language: issue(*parts, assessed=assessed, language=language),
    st.tuples(sections(1), sections(2, "ML-1"), sections(3, "ML-4"), sections(4, "ML-1", "ML-6")),
    st.tuples(assessments("ML-1"), assessments("ML-4")),
    st.sampled_from(["en", "fr", "uk", "fa"]),
)

HEBREW = LANGUAGES_BIDI[0]
#: Languages of readers whom the site does not speak to in their own.
BEYOND = ("pt-BR", "zh-Hans", "uk", "fa", HEBREW)
READERS = (["ML-1"], ["ML-4"], ["SN"], ["ML"])
KINDS = tuple(product(("en", "fr", "ar", *BEYOND), ("html", "text")))


def found(composer: Composer, chosen: list[str], edition: ComposedEdition) -> set[PartKey]:
    allowed = allowed_for(composer.content, chosen)

    def sound() -> ComposedEdition:
        return composer.limited_to(
            allowed, chosen, language=edition.language, mail_format=edition.mail_format
        )

    finder = Finder(composer.content)
    return set(finder.parts_in(edition, parse(edition.html), allowed, sound))


def allowed_for(content: IssueContent, chosen: list[str]) -> frozenset[PartKey]:
    return select(content, chosen, TREE).parts


@settings(max_examples=EXAMPLES)
@given(contents, st.sampled_from(READERS), st.sampled_from(KINDS))
def test_no_sound_edition_fails(
    content: IssueContent, chosen: list[str], kind: tuple[str, str]
) -> None:
    language, mail_format = kind
    composer = Composer(content, TREE)

    edition = composer.edition_for(chosen, language=language, mail_format=mail_format)

    assert found(composer, chosen, edition) == allowed_for(content, chosen)
    numbering = Numbering(content)
    proved = Prover(Finder(content), numbering).bits_in(edition)
    assert set(numbering.parts_of(proved)) == allowed_for(content, chosen)


#: Said nowhere else: what a leak is known by.
OWN = "Quinze pirogues jaunes"
with_own = st.permutations([OWN, "Kayes"]).map(" ".join)


@st.composite
def contents_with_secrets(draw: st.DrawFn) -> IssueContent:
    """All that is said of Segou has words of its own, somewhere in it."""
    content = draw(contents)
    letter, kayes, segou, koulikoro = content.sections
    own: dict[str, Any] = {
        "title": en(draw(with_own)),
        "body": en("\n\n".join([draw(body), draw(with_own), draw(body)])),
    }
    told = changed(draw(incidents(3)), summary=en(draw(with_own)))
    segou = changed(segou, **own, incidents=(told,))
    judged = changed(content.assessments[1], reason=en(draw(with_own)))
    return changed(
        content,
        sections=(letter, kayes, segou, koulikoro),
        assessments=(content.assessments[0], judged),
    )


def secrets(content: IssueContent) -> dict[str, tuple[PartKey, str, str]]:
    """What is said of Segou: the part that says it, and how in HTML and in text."""
    view = Viewing(content, content.language)
    with translation.override(content.language):
        section = sanitized_view(view.section(SelectedSection(content.sections[2], wider=())))
        trend = sanitized_view(view.trends(content.assessments)[1])
        line = f"{trend.region}: {trend.trend_in_words}\n  {trend.reason}\n  {trend.counts}"
    summary = section.incidents[0].summary
    return {
        "body": (3, section.body_html, section.body_text),
        "title": (3, html.escape(section.title), section.title),
        "incident": (3, html.escape(summary), summary),
        "assessment": ("ML-4", html.escape(line), line),
    }


def planted(edition: ComposedEdition, where: str, in_html: str, in_text: str) -> ComposedEdition:
    match where:
        case "end of the text":
            return reworded(edition, text=f"{edition.text}\n{in_text}")
        case "start of the text":
            return reworded(edition, text=f"{in_text}\n{edition.text}")
        case "a paragraph":
            said = f"<p>{in_html}</p>"
        case "a comment":
            said = f"<!-- {in_html} -->"
        case _:
            said = f'<img src="x" alt="{html.escape(in_text)}">'
    return reworded(edition, html=edition.html.replace("</body>", f"{said}</body>"))


@settings(max_examples=EXAMPLES)
@given(
    contents_with_secrets(),
    st.sampled_from(["body", "title", "incident", "assessment"]),
    st.sampled_from(
        ["end of the text", "start of the text", "a paragraph", "a comment", "words of a picture"]
    ),
    st.sampled_from(["en", "fr", "uk", "fa"]),
)
def test_every_planted_leak_is_found(
    content: IssueContent, what: str, where: str, language: str
) -> None:
    part, in_html, in_text = secrets(content)[what]
    composer = Composer(content, TREE)
    sound = composer.edition_for(["ML-1"], language=language, mail_format="html")

    leaky = planted(sound, where, in_html, in_text)

    assert found(composer, ["ML-1"], leaky) >= allowed_for(content, ["ML-1"]) | {part}
