"""A section as one of its readers gets it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from newsletter.rendering import markdown
from newsletter.rendering.incidents import IncidentView
from newsletter.rendering.phrases import announced, dotted
from newsletter.rendering.shapes import SectionShape
from newsletter.rendering.slots import Slot
from subscribers.directions import isolated
from subscribers.listing import listed
from subscribers.models.texts import Words
from subscribers.proposals import sealed


@dataclass(frozen=True)
class RegionView:
    code: str
    name: str

    @property
    def drop_label(self) -> str:
        return gettext("Stop getting %(region)s") % {"region": isolated(self.name)}

    @property
    def drop_url(self) -> str:
        """Where this region is dropped and all others are kept."""
        return f"{Slot.PREFERENCES_URL.mark}?without={sealed([self.code])}"


@dataclass(frozen=True, kw_only=True)
class SectionView(SectionShape[Words]):
    #: The regions it concerns; empty for everyone.
    region_names: tuple[str, ...]
    #: Those of them that are wider than what the reader chose.
    covers_wider: tuple[str, ...]
    #: Those of them that the reader may drop: those they chose, or whose parent they chose.
    own: tuple[RegionView, ...]
    incidents: tuple[IncidentView, ...]
    #: Those that its text may show.
    pictures: tuple[markdown.PictureView, ...] = ()

    @cached_property
    def key(self) -> tuple[int, str, str]:
        """What tells it from the same section for other readers."""
        own = " ".join(region.code for region in self.own)
        return self.id, "\n".join(self.covers_wider), own

    @property
    def body_html(self) -> SafeString:
        return markdown.to_html(self.body, self.pictures)

    @property
    def body_text(self) -> str:
        return markdown.to_text(self.body, self.pictures)

    @property
    def page_html(self) -> SafeString:
        """The same for a page of the site."""
        return markdown.to_page_html(self.body, self.pictures)

    @property
    def announced(self) -> str:
        return announced(self.body.only_in)

    @property
    def places(self) -> str:
        """“Timbuktu · Covers Mali”; empty for everyone’s parts and where the title says it."""
        own = [name for name in self.region_names if name not in self.covers_wider]
        places = dotted(*own, self._wider)
        return "" if places == self.title else places

    @property
    def _wider(self) -> str:
        if not self.covers_wider:
            return ""
        return gettext("Covers %(places)s") % {"places": listed(self.covers_wider)}
