from __future__ import annotations

import pytest

from tests.checks.clients import CLIENTS, unsupported
from tests.checks.mail import Mail
from tests.checks.sample import PAGES

pytestmark = pytest.mark.usefixtures("node_packages")


@pytest.mark.parametrize("name", PAGES)
def test_every_program_shows_it_or_has_something_to_fall_back_on(
    mails: dict[str, Mail], name: str
) -> None:
    assert unsupported(mails[name].html) == {}


@pytest.mark.parametrize(
    ("page", "feature"),
    [
        ("<svg></svg>", "html-svg"),
        ("<video src='x.mp4'></video>", "html-video"),
        ("<form><input type='text'></form>", "html-input-text"),
        ("<p style='display: flex'>x</p>", "css-display-flex"),
        ("<img style='height: auto' src='map.png' alt='x'>", "css-height"),
        ("<p style='position:absolute'>x</p>", "css-position"),
        ("<p style='background: linear-gradient(red, blue)'>x</p>", "css-linear-gradient"),
        ("<p style='color: var(--ink)'>x</p>", "css-variables"),
        ("<p style='margin-inline-start: 1em'>x</p>", "css-margin-inline-start-end"),
        ("<p style='width: calc(1em + 2px)'>x</p>", "css-unit-calc"),
        ("<style>@import url(x.css)</style>", "css-at-import"),
        ("<style>@font-face {font-family: x}</style>", "css-at-font-face"),
        ("<style>p:has(a) {color: red}</style>", "css-pseudo-class-has"),
        ("<style>p::before {content: '*'}</style>", "css-pseudo-element-before"),
        ("<style>h1 > p {color: red}</style>", "css-selector-child"),
        ("<link rel='stylesheet' href='x.css'>", "html-link"),
        ("<img src='map.svg' alt='x'>", "image-svg"),
        ("<img src='map.avif' alt='x'>", "image-avif"),
    ],
)
def test_what_some_program_cannot_show_is_found(page: str, feature: str) -> None:
    assert feature in unsupported(page)


def test_what_every_program_shows_is_no_fault() -> None:
    page = "<table role='presentation'><tr><td style='padding: 8px'><b>x</b></td></tr></table>"

    assert unsupported(page) == {}


def test_the_newest_version_of_a_program_counts() -> None:
    lacking = unsupported("<p style='box-shadow: 0 0 1px'>x</p>")["css-box-shadow"]

    assert "outlook.windows" in lacking
    assert "outlook.macos" not in lacking


def test_fifteen_programs_count() -> None:
    assert len(set(CLIENTS)) == 15
