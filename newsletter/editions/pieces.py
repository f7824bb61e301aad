"""An edition in pieces: put together, they are the whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from newsletter.rendering.fragments import Piece, Run, flat


@dataclass(frozen=True, kw_only=True)
class EditionInPieces:
    """What its readers get, with marks for a reader's own values (:mod:`..rendering.slots`)."""

    #: By which it can be told from others.
    key: str
    language: str
    mail_format: str
    subject: str
    #: What it shares with other editions of its version, and what it says alone.
    #: Empty where its readers want plain text.
    html_runs: tuple[Piece, ...]
    text_runs: tuple[Piece, ...]

    @property
    def html_pieces(self) -> tuple[str, ...]:
        """What its HTML is made of; pieces that are fragments other editions have too."""
        return tuple(flat(self.html_runs))

    @property
    def text_pieces(self) -> tuple[str, ...]:
        return tuple(flat(self.text_runs))

    @cached_property
    def html(self) -> str:
        return "".join(self.html_pieces)

    @cached_property
    def text(self) -> str:
        return "".join(self.text_pieces)

    @property
    def runs(self) -> list[Run]:
        return [one for one in (*self.html_runs, *self.text_runs) if isinstance(one, Run)]
