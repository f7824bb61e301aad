"""Views for the tests of rendering: a full edition, and parts to vary."""

from __future__ import annotations

from datetime import date
from typing import Any

from newsletter.rendering.incidents import IncidentView
from newsletter.rendering.sections import RegionView, SectionView
from newsletter.rendering.trends import (
    PastIssueView,
    SinceView,
    TrendHistoryView,
    TrendView,
)
from newsletter.rendering.view import EditionView, MapView
from subscribers.models.texts import Words
from tests.newsletter.parts import changed

INCIDENT = IncidentView(
    date_start=date(2023, 9, 7),
    date_end=None,
    date_precision="day",
    region_names=("Timbuktu",),
    place=Words("Banikane"),
    event_type=Words("rocket attack"),
    actor1=Words("JNIM"),
    actor2=Words("Civilians"),
    toll_low=49,
    toll_high=154,
    as_of=None,
    summary=Words("A boat was hit by at least three rockets."),
    source_url="https://www.example.com/boat?a=1&b=2",
)
LETTER = SectionView(
    id=1,
    kind="letter",
    title=Words("Dear readers"),
    body=Words("The *road* is closed. See [the charter](https://example.org/charter?x=1&y=2)."),
    region_names=(),
    covers_wider=(),
    own=(),
    incidents=(),
)
TIMBUKTU = SectionView(
    id=2,
    kind="regions",
    title=Words("A town under siege"),
    body=Words("# Supplies\n\n- fuel: 3 lorries\n- food: 12 boats"),
    region_names=("Timbuktu", "Mali"),
    covers_wider=("Mali",),
    own=(RegionView("ML-6", "Timbuktu"),),
    incidents=(INCIDENT,),
)
TREND = TrendView(
    code="ML-6",
    region="Timbuktu",
    trend="increased",
    reason=Words("The siege goes on."),
    count=12,
    previous_count=5,
    counted=Words("attacks"),
    largest=12,
)
AUGUST = PastIssueView("Western Mali, August 2023", date(2023, 9, 2))
SINCE = SinceView(
    (
        TrendHistoryView("ML-6", "Timbuktu", (AUGUST,), ("decreased", "increased")),
        TrendHistoryView("ML-1", "Kayes", (AUGUST,), ("decreased", "decreased")),
    )
)
MAP = MapView(
    url="https://example.org/map/1.png",
    dark_url="https://example.org/map/1-dark.png",
    width=544,
    regions=(("Timbuktu", "increased"), ("Kayes", "decreased")),
)
EDITION = EditionView(
    publication=Words("Sahel Letter"),
    postal_address="1 River Street, Springfield",
    privacy_url=Words(""),
    title=Words("Western Mali, September 2023"),
    subject=Words("Mali, month by month"),
    dated=date(2023, 10, 3),
    cutoff_on=date(2023, 9, 30),
    language="en",
    trends=(
        TREND,
        changed(TREND, code="ML-1", region="Kayes", trend="decreased", previous_count=None),
    ),
    since=SINCE,
    map=None,
    sections=(LETTER, TIMBUKTU),
    with_incidents=(),
    nothing_for_reader=False,
    left_out=(RegionView("ML-7", "Gao"), RegionView("ML-8", "Kidal")),
)
NOTHING = changed(EDITION, trends=(), since=None, sections=(LETTER,), nothing_for_reader=True)


def with_every_text(text: str) -> EditionView:
    """An edition with `text` in each field that an editor fills freely."""
    return changed(
        EDITION,
        publication=Words(text),
        postal_address=text,
        privacy_url=Words(text),
        title=Words(text),
        trends=(changed(TREND, region=text, reason=Words(text), counted=Words(text)),),
        since=SinceView(
            (
                TrendHistoryView(
                    "ML-6", text, (changed(AUGUST, title=text),) * 2, ("decreased",) * 2 + _UP
                ),
            )
        ),
        map=changed(MAP, regions=((text, "increased"),)),
        sections=(with_incident(**dict.fromkeys(_FREE, Words(text)), title=text, body=text),),
        with_incidents=(RegionView("ML-9", text),),
        left_out=(RegionView("ML-7", text),),
    )


def with_incident(title: str = "Title", body: str = "Text", **fields: Any) -> SectionView:
    """A section with one incident that has `fields`."""
    return changed(TIMBUKTU, title=title, body=body, incidents=(changed(INCIDENT, **fields),))


#: An edition with all that an edition may hold.
WHOLE = changed(
    EDITION,
    privacy_url=Words("https://example.org/privacy"),
    map=MAP,
    sections=(changed(LETTER, kind="bottom_line", title=Words("Bottom line")), LETTER, TIMBUKTU),
)

_UP = ("increased",)
_FREE = ("place", "event_type", "actor1", "actor2", "summary", "source_url")
