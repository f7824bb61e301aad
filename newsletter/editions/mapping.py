"""The map of an edition: the regions it gives a trend for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from newsletter.editions.content import AssessmentContent, IssueContent
from newsletter.rendering.map_addresses import map_of, map_url
from newsletter.rendering.markdown import COLUMN
from newsletter.rendering.sanitize import one_line
from newsletter.rendering.view import MapView
from subscribers.regions import RegionTree


def map_view(
    assessments: Sequence[AssessmentContent],
    content: IssueContent,
    tree: RegionTree,
    language: str,
    measured: str = "",
) -> MapView | None:
    """The map of what is assessed, which is what is `measured`; None where nothing is."""
    drawn = map_of(
        (
            (_name(a.region, content, language), a.trend, tree.drawn_from(a.region))
            for a in assessments
        ),
        language,
    )
    if drawn is None:
        return None
    return MapView(
        url=map_url(drawn),
        dark_url=map_url(replace(drawn, dark=True)),
        width=COLUMN,
        regions=tuple((region.name, region.trend) for region in drawn.regions),
        measured=measured,
    )


def _name(code: str, content: IssueContent, language: str) -> str:
    return one_line(content.regions[code].in_language(language))
