"""One edition as a page of HTML: fragments, and between them what it says alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from html import escape
from typing import Any

from django.template.loader import render_to_string

from newsletter.rendering.fragments import Fragments, Holes, Piece, Run, Shape
from newsletter.rendering.sections import RegionView, SectionView
from newsletter.rendering.slots import OWN_BEGINS, OWN_ENDS, Slot
from newsletter.rendering.trends import ChangeView, SinceView, TrendView
from newsletter.rendering.view import EditionView, MapView

_ALWAYS: dict[str, Any] = {
    "slot": {slot.value: slot.mark for slot in Slot},
    "own": {"begins": OWN_BEGINS, "ends": OWN_ENDS},
    "here": Holes(),
}


def page(edition: EditionView, fragments: Fragments) -> list[Piece]:
    """The runs of the HTML of `edition`, in the language that is active.

    `fragments` are those of its version and language.
    """
    return _Page(edition, fragments).pieces()


class _Page:
    def __init__(self, edition: EditionView, fragments: Fragments) -> None:
        self._edition = edition
        self._fragments = fragments

    def pieces(self) -> list[Piece]:
        edition = self._edition
        return self._shape("issue").filled(
            {
                "lead": [escape(edition.lead)],
                "bottom_line": self._sections(edition.bottom_line, "bottom_line"),
                "glance": self._glance(edition.trends) if edition.trends else (),
                "nothing": [self._once("nothing")] if edition.nothing_for_reader else (),
                "since": self._since(edition.since) if edition.since else (),
                "map": self._map(edition.map) if edition.map else (),
                "sections": self._sections(edition.parts, "section"),
                "corrections": self._corrections() if edition.corrections else (),
                "left_out": self._left_out() if edition.left_out else (),
            }
        )

    def _glance(self, trends: Iterable[TrendView]) -> list[Piece]:
        return self._shape("glance").filled({"rows": map(self._trend, trends)})

    def _trend(self, trend: TrendView) -> Run:
        return self._once("trend", trend.code, part=trend.code, trend=trend)

    def _since(self, since: SinceView) -> list[Piece]:
        heading = since.heading
        shown = bool(since.missed), bool(since.changes), bool(since.as_before)
        return self._shape("since", *shown, heading, since=since, heading=heading).filled(
            {
                "missed": [escape(since.missed)],
                "changes": map(self._change, since.changes),
                "as_before": [escape(since.as_before)],
            }
        )

    def _change(self, change: ChangeView) -> Run:
        return self._once("change", change, part=change.code, change=change)

    def _map(self, picture: MapView) -> list[Piece]:
        shape = self._shape("map", picture.url, map=picture)
        return shape.filled({"alt": [escape(self._edition.map_in_words)]})

    def _sections(self, sections: Iterable[SectionView], template: str) -> list[Piece]:
        runs: list[Piece] = []
        for section in sections:
            key = template, section.key
            runs += self._fragments.run(key, partial(self._section, section, template))
        return runs

    def _section(self, section: SectionView, template: str) -> list[Piece]:
        key = (section.id, section.covers_wider, bool(section.own))
        shape = self._shape(template, *key, part=section.id, section=section)
        body = self._once("section_body", section.id, part=section.id, section=section)
        return shape.filled({"body": [body], "drops": self._drops(section.own)})

    def _drops(self, regions: Iterable[RegionView]) -> Iterator[Piece]:
        for number, region in enumerate(regions):
            if number:
                yield " · "
            yield self._once("drop", region.code, region=region)

    def _corrections(self) -> Iterator[Piece]:
        for corrected in self._edition.corrections:
            part = corrected.part
            yield self._once("corrected", part, part=part, corrected=corrected)
        yield self._once("first_email")

    def _left_out(self) -> list[Piece]:
        edition = self._edition
        said = {"not_in_it": [escape(edition.not_in_it)]}
        if edition.more_left_out:
            return self._shape("left_out", "many").filled(said)
        add = {"add_url": [escape(edition.add_url)], "add_label": [escape(edition.add_label)]}
        return self._shape("left_out").filled(said | add)

    def _once(self, template: str, *key: Any, part: int | str | None = None, **context: Any) -> Run:
        return self._fragments.once(
            (template, *key), lambda: self._rendered(template, context), part
        )

    def _shape(
        self, template: str, *key: Any, part: int | str | None = None, **context: Any
    ) -> Shape:
        return self._fragments.shape(
            (template, *key), lambda: self._rendered(template, context), part
        )

    def _rendered(self, template: str, context: dict[str, Any]) -> str:
        shown = {**_ALWAYS, "edition": self._edition, **context}
        name = template if template == "issue" else f"_{template}"
        return render_to_string(f"newsletter/email/{name}.html", shown)
