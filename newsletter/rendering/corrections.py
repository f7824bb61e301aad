"""A correction of one part as a reader gets it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from newsletter.rendering.phrases import announced, dotted
from newsletter.rendering.shapes import CorrectedShape
from subscribers.directions import isolated
from subscribers.models.texts import Words


@dataclass(frozen=True, kw_only=True)
class CorrectedView(CorrectedShape[Words]):
    #: The region that was assessed, by its code and by its name; both empty of a section.
    code: str
    region: str
    #: Those that the section concerns.
    region_names: tuple[str, ...]

    @property
    def part(self) -> int | str:
        return self.code if self.section is None else self.section

    @property
    def heading(self) -> Words:
        """Where it was: what the section is called, or of which region the trend was."""
        if self.section is not None:
            return self.title
        return Words(gettext("Trend in %(region)s") % {"region": isolated(self.region)})

    @property
    def places(self) -> str:
        """“Kayes · Segou”; empty for everyone’s parts and where the title says it."""
        places = dotted(*self.region_names)
        return "" if places == self.title else places

    @property
    def announced(self) -> str:
        return announced(self.right.only_in)
