"""An incident as its readers get it.

Phrases come in the language that is active when they are read, unless they say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext

from newsletter.rendering import words
from newsletter.rendering.phrases import dotted, host_of, language_of
from newsletter.rendering.shapes import IncidentShape
from subscribers.days import day
from subscribers.listing import listed
from subscribers.models.texts import Words


@dataclass(frozen=True, kw_only=True)
class IncidentView(IncidentShape[Words]):
    region_names: tuple[str, ...]

    @property
    def when_and_where(self) -> str:
        """“11–12 August 2023 · Ber · Timbuktu”."""
        when = words.period(self.date_start, self.date_end, self.date_precision)
        place = "" if self.place in self.region_names else words.places(self.place)
        return dotted(capfirst(when), place, listed(self.region_names))

    @property
    def what(self) -> str:
        """“Rocket attack by JNIM against Civilians · 49 to 154 killed · as of 5 October 2023”."""
        return dotted(self.deed, self.toll)

    @property
    def deed(self) -> Words:
        """“Rocket attack by JNIM against Civilians”, in the language of the event type."""
        with language_of(self.event_type):
            deed = words.deed(self.event_type, self.actor1, self.actor2)
        return self.event_type.reworded(deed)

    @property
    def toll(self) -> str:
        """“49 to 154 killed · as of 5 October 2023”."""
        return dotted(words.killed(self.toll_low, self.toll_high), self._as_of)

    @property
    def _as_of(self) -> str:
        if self.as_of is None:
            return ""
        return gettext("as of %(day)s") % {"day": day(self.as_of)}

    @property
    def source_host(self) -> str:
        """The host of the source's address; empty where that is no address of a web page."""
        return host_of(self.source_url).removeprefix("www.")
