"""The face of a publication, as readers of one language get it in its emails."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.rendering.shapes import FaceShape
from subscribers.models import MastheadPlace
from subscribers.models.faces import HOUSE_ACCENT, HOUSE_ACCENT_IN_THE_DARK, paragraphs_of
from subscribers.models.texts import Words

_NOTHING = Words()


@dataclass(frozen=True)
class LogoView:
    """It is drawn on white: in dark mode it stands on a light plate."""

    url: str
    #: In pixels of the place that it takes.
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class FaceView(FaceShape[Words]):
    accent: str = ""
    accent_dark: str = ""
    logo_alt: Words = _NOTHING
    masthead: Words = _NOTHING
    masthead_place: str = ""
    contact: Words = _NOTHING
    footer: Words = _NOTHING
    measured: Words = _NOTHING
    logo: LogoView | None = None

    @property
    def on_light(self) -> str:
        """The accent on light grounds."""
        return self.accent or HOUSE_ACCENT

    @property
    def on_dark(self) -> str:
        return self.accent_dark or HOUSE_ACCENT_IN_THE_DARK

    @property
    def masthead_above(self) -> Words:
        return self.masthead if self.masthead_place == MastheadPlace.ABOVE else _NOTHING

    @property
    def masthead_below(self) -> Words:
        return _NOTHING if self.masthead_place == MastheadPlace.ABOVE else self.masthead

    @property
    def footer_paragraphs(self) -> tuple[Words, ...]:
        return paragraphs_of(self.footer)

    @property
    def measured_here(self) -> str:
        """What its trends measure, where that can be said in the language of the sentence."""
        return "" if self.measured.lang else self.measured


#: The face of a publication that has chosen nothing.
AS_THE_HOUSE_HAS_IT = FaceView()
