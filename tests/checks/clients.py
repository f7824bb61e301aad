"""What mail programs do not support of what a page uses, by the tests of caniemail.com."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache

from tests import programs
from tests.checks.mail import Page, read_page

CLIENTS = (
    "apple-mail.ios",
    "apple-mail.macos",
    "gmail.android",
    "gmail.desktop-webmail",
    "gmail.ios",
    "gmail.mobile-webmail",
    "outlook.android",
    "outlook.ios",
    "outlook.macos",
    "outlook.outlook-com",
    "outlook.windows",
    "samsung-email.android",
    "thunderbird.macos",
    "yahoo.android",
    "yahoo.desktop-webmail",
)

#: What may be unsupported, and what the reader sees then.
FALLBACKS: Mapping[str, str] = {
    "css-at-media": "the page as it is on a wide screen, in light colours",
    "css-at-media-prefers-color-scheme": "light colours, or those that the program makes of them",
    "css-color-scheme": "light colours, or those that the program makes of them",
    "css-selector-attribute": "what the elements say themselves: sheets hold extras only",
    "css-selector-class": "what the elements say themselves",
    "css-selector-descendant": "what the elements say themselves",
    "css-selector-grouping": "what the elements say themselves",
    "css-selector-type": "what the elements say themselves",
    "css-word-break": "a long address may leave its line",
    "html-aria-label": "the words of the element itself, read aloud",
    "html-body": "the same colours, for a table inside has them too",
    "html-doctype": "the program’s own page around the mail has one",
    "html-meta-color-scheme": "light colours, or those that the program makes of them",
    "html-picture": "the map in light colours, which is the picture inside",
    "html-srcset": "the map in light colours, which is the picture inside",
    "html-style": "what the elements say themselves",
}


def unsupported(html: str) -> dict[str, list[str]]:
    """The features of `html` that some of `CLIENTS` do not support, and which those are."""
    page = read_page(html)
    missing = {}
    for feature, lacking in _lacking().items():
        if lacking and feature not in FALLBACKS and _uses(page, html, feature):
            missing[feature] = lacking
    return missing


@cache
def _lacking() -> dict[str, list[str]]:
    """For each feature, the clients that do not support it in their newest version tested."""
    data = json.loads((programs.NODE_PACKAGES / "caniemail/data/caniemail.json").read_text())
    return {
        feature["slug"]: [name for name in CLIENTS if _support(feature["stats"], name) == "n"]
        for feature in data["data"]
    }


def _support(stats: Mapping[str, Mapping[str, Mapping[str, str]]], client: str) -> str:
    """`y`, `n`, `a` (almost) or `u` (unknown), for the newest version: they are in order."""
    family, _dot, platform = client.partition(".")
    versions = list(stats.get(family, {}).get(platform, {}).values())
    return versions[-1][0] if versions else "u"


def _uses(page: Page, html: str, feature: str) -> bool:
    kind, _dash, name = feature.partition("-")
    match kind:
        case "css":
            return _uses_style(page, name)
        case "html":
            return _uses_markup(page, html, name)
        case "image":
            return _uses_image(page, name)
    return False


#: Features of style sheets, by a pattern that finds them among the rules and declarations.
STYLES = {
    "comments": r"/\*",
    "display": r"\bdisplay\s*:",
    "function-": r"\b{}\(",
    "important": r"!\s*important",
    "inset": r"\binset\s*:",
    "left-right-top-bottom": r"(?<![\w-])(left|right|top|bottom)\s*:",
    "modern-color": r"\b(lab|lch|oklab|oklch|color|color-mix|hwb)\(",
    "nesting": r"&",
    "pseudo-class-": r"(?<!:):{}\b",
    "pseudo-element-": r"::?{}\b",
    "rgb": r"\brgb\(",
    "rgba": r"\brgba\(",
    "sytem-ui": r"\bsystem-ui\b",
    "unit-calc": r"\bcalc\(",
    "unit-initial": r":\s*initial\b",
    "unit-percent": r"\d%",
    "unit-": r"\d{}\b",
    "variables": r"\bvar\(",
    "at-media-": r"@media[^{{]*\b{}\b",
    "at-": r"@{}\b",
    "linear-gradient": r"\blinear-gradient\(",
    "radial-gradient": r"\bradial-gradient\(",
    "conic-gradient": r"\bconic-gradient\(",
    "display-": r"\bdisplay\s*:\s*(inline-)?{}\b",
    "column-layout-properties": r"(?<![\w-])(columns|column-(width|gap|rule|span|fill))\b",
    "border-inline-block-individual": r"\bborder-(inline|block)-(start|end)",
    "border-inline-block-longhand": r"\bborder-(inline|block)-(color|style|width)",
    "border-inline-block": r"\bborder-(inline|block)\s*:",
    "border-radius-logical": r"\bborder-(start|end)-(start|end)-radius",
    "margin-inline-block": r"\bmargin-(inline|block)\s*:",
    "margin-inline-start-end": r"\bmargin-inline-(start|end)",
    "margin-block-start-end": r"\bmargin-block-(start|end)",
    "padding-inline-block": r"\bpadding-(inline|block)\s*:",
    "padding-inline-start-end": r"\bpadding-inline-(start|end)",
    "padding-block-start-end": r"\bpadding-block-(start|end)",
    "grid-template": r"\bgrid-template",
    "scroll-snap": r"\bscroll-snap",
    "intrinsic-size": r"\b(min|max|fit)-content\b",
}
#: Features of selectors: what joins their parts.
SELECTORS = {
    "attribute": r"\[",
    "class": r"\.\w",
    "id": r"#\w",
    "child": r">",
    "adjacent-sibling": r"\+",
    "general-sibling": r"~",
    "descendant": r"[\w\])]\s+[\w.#\[]",
    "grouping": r",",
    "universal": r"(?<![\w])\*",
    "chaining": r"\.\w[\w-]*\.",
    "type": r"(?<![\w.#:\[-])[a-z]",
}
#: Elements with several names.
ELEMENTS = {
    "h1-h6": {f"h{level}" for level in range(1, 7)},
    "lists": {"ul", "ol", "dl"},
    "semantics": {"article", "aside", "figure", "footer", "header", "main", "nav", "section"},
    "image-maps": {"map", "area"},
}
ATTRIBUTES = {"loading-attribute": "loading"}
#: Attributes that are an element too.
ATTRIBUTES_FIRST = {"align", "dir", "hidden", "height", "lang", "role", "target", "valign", "width"}
#: Features that another word shows.
MARKUP = {
    "anchor-links": r'href="#',
    "comments": r"<!--",
    "doctype": r"(?i)<!doctype",
    "mailto-links": r'href="mailto:',
    "meta-color-scheme": r'name="(color-scheme|supported-color-schemes)"',
}


def _uses_style(page: Page, name: str) -> bool:
    inline = ";".join(e.attributes["style"] for e in page.elements if "style" in e.attributes)
    sheets = page.sheets
    if name != "comments":
        sheets = re.sub(r"/\*.*?\*/", "", sheets, flags=re.DOTALL)
    if name.startswith("selector-"):
        selectors = "\n".join(re.findall(r"([^{}]+)\{", re.sub(r"@[^{]*\{", "", sheets)))
        return bool(re.search(SELECTORS[name.removeprefix("selector-")], selectors))
    return bool(re.search(_style_pattern(name), f"{sheets}\n{inline}"))


def _style_pattern(name: str) -> str:
    if name in STYLES:
        return STYLES[name]
    for prefix, pattern in STYLES.items():
        if prefix.endswith("-") and name.startswith(prefix):
            return pattern.format(re.escape(name.removeprefix(prefix)))
    # All that is left are properties; margin stands for its four sides too.
    return rf"(?<![\w-]){name}(-(top|right|bottom|left))?\s*:"


def _uses_markup(page: Page, html: str, name: str) -> bool:
    if name in MARKUP:
        return bool(re.search(MARKUP[name], html))
    if name.startswith(("input-", "button-")):
        element, _dash, kind = name.partition("-")
        return any(e.name == element and e.attributes.get("type") == kind for e in page.elements)
    elements = ELEMENTS.get(name, {name})
    attribute = ATTRIBUTES.get(name, name)
    return any(
        attribute in e.attributes or (e.name in elements and name not in ATTRIBUTES_FIRST)
        for e in page.elements
    )


def _uses_image(page: Page, name: str) -> bool:
    sources = [e.attributes.get("src", "") for e in page.elements if e.name == "img"]
    if name == "base64":
        return any(source.startswith("data:") for source in sources)
    endings = {"jpg": (".jpg", ".jpeg"), "tiff": (".tif", ".tiff")}.get(name, (f".{name}",))
    return any(source.lower().endswith(endings) for source in sources)
