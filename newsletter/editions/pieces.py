"""An edition in pieces: put together, they are the whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from newsletter.rendering.fragments import Fragment


@dataclass(frozen=True, kw_only=True)
class EditionInPieces:
    """What its readers get, with marks for a reader's own values (:mod:`..rendering.slots`).

    Pieces that are fragments are shared with other editions of its version.
    """

    #: By which it can be told from others.
    key: str
    language: str
    mail_format: str
    subject: str
    #: Empty where its readers want plain text.
    html_pieces: tuple[str, ...]
    text_pieces: tuple[str, ...]

    @cached_property
    def html(self) -> str:
        return "".join(self.html_pieces)

    @cached_property
    def text(self) -> str:
        return "".join(self.text_pieces)

    @property
    def fragments(self) -> list[Fragment]:
        pieces = (*self.html_pieces, *self.text_pieces)
        return [piece for piece in pieces if isinstance(piece, Fragment)]
