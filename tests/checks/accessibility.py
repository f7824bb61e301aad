"""Whether everybody can read a page: axe-core in Chromium, by the rules of WCAG 2.2 AA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from playwright.sync_api import Page

from tests import programs
from tests.checks.mail import without_styles

#: Rules that name a level of WCAG; best practice beyond it is meant for web sites.
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: How narrow a screen may be, in CSS pixels, before a page may be wider (WCAG 1.4.10).
NARROW = 320


@dataclass(frozen=True)
class Look:
    """A way in which mail programs show a mail."""

    name: str
    scheme: Literal["light", "dark"] = "light"
    width: int = 800
    styled: bool = True

    def __str__(self) -> str:
        return self.name


LOOKS = (
    Look("light"),
    Look("dark", scheme="dark"),
    Look("stripped", styled=False),
    Look("narrow", width=NARROW),
    Look("narrow-and-stripped", width=NARROW, styled=False),
)


def barriers(page: Page, html: str, look: Look) -> list[str]:
    """What keeps somebody from reading `html` when it looks like that."""
    page.set_viewport_size({"width": look.width, "height": 800})
    page.emulate_media(color_scheme=look.scheme)
    page.set_content(html if look.styled else without_styles(html))
    page.add_script_tag(path=programs.NODE_PACKAGES / "axe-core/axe.min.js")
    options = {
        "runOnly": {"type": "tag", "values": LEVELS},
        "rules": {"target-size": {"enabled": True}},
    }
    found = page.evaluate("options => axe.run(document, options)", options)
    return [_told(violation) for violation in found["violations"]] + _overflow(page, look)


def _told(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    return f"{violation['id']}: {violation['help']}: {[node['html'][:200] for node in nodes][:3]}"


def _overflow(page: Page, look: Look) -> list[str]:
    needed = page.evaluate("document.documentElement.scrollWidth")
    return [f"{needed} pixels wide, in a window of {look.width}"] if needed > look.width else []
