"""An editor at the desk: does what people do on its pages, and counts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from playwright.sync_api import Locator, Page, expect

#: What a person is held to take, who knows what to say: seconds for each click, and to go to a
#: field; characters typed in a second.
SECONDS, CHARACTERS = 3, 4
#: Fields whose rows are found by typing.
FOUND = ("regions", "region")


@dataclass
class Tally:
    """What was done."""

    pages: int = 0
    clicks: int = 0
    fields: int = 0
    characters: int = 0

    def __sub__(self, other: Tally) -> Tally:
        names = [one.name for one in fields(self)]
        return Tally(**{name: getattr(self, name) - getattr(other, name) for name in names})

    def copy(self) -> Tally:
        return self - Tally()

    def __str__(self) -> str:
        seconds = (self.clicks + self.fields) * SECONDS + self.characters / CHARACTERS
        minutes, seconds = divmod(round(seconds), 60)
        return (
            f"{self.pages} pages, {self.clicks} clicks, {self.fields} fields, "
            f"{self.characters} characters: {minutes} min {seconds} s for a person"
        )


class Texts:
    """What is to be typed, as a file has it: fields by name, texts by language."""

    def __init__(self, file: Mapping[str, Any]) -> None:
        self.publication: Mapping[str, Any] = file["publication"]
        self.covered: Sequence[str] = file["covered"]
        self.issue: Mapping[str, Any] = file["issue"]
        self.sections: Sequence[Mapping[str, Any]] = file["sections"]
        self.assessments: Sequence[Mapping[str, Any]] = file["assessments"]
        self.readers: Sequence[Mapping[str, Any]] = file["readers"]
        #: What the reader chose whose copy is previewed.
        self.previewed: Sequence[str] = file["previewed"]
        #: Whether pictures are taken of what the editor sees.
        self.is_pictured: bool = file.get("pictured", False)
        self.original, *self.others = self.publication["languages"].split(", ")


class Editor:
    def __init__(self, page: Page) -> None:
        self.page, self.tally = page, Tally()
        page.on("load", self._count_page)

    def _count_page(self, _page: Page) -> None:
        self.tally.pages += 1

    def log_in(self, password: str) -> None:
        self.page.goto("/admin/")
        self._type("id_username", "editor")
        self._type("id_password", password)
        self._press("Log in")

    def make_publication(self, texts: Texts) -> str:
        """The short name that it was given; its page stays open."""
        self.page.goto("/admin/subscribers/publication/")
        self._follow("Add publication")
        self._fill("id_", texts.publication, texts)
        self._press("Save")
        self._expect_no_errors()
        self._pick(texts.covered)
        if texts.others:
            # A page has fields for its languages once it is saved.
            self._translate("id_", texts.publication, texts)
            self._save()
        return self.page.locator("#id_slug").input_value()

    def _pick(self, regions: Sequence[str]) -> None:
        """Tick the regions that a new publication covers: the page that follows on it asks."""
        found = self.page.locator("[data-tree] h2 + .desk-regions").first
        for region in regions:
            self._type("id_find", region)
            # It is looked for while one types.
            self._click(found.get_by_text(region, exact=True).first)
        self._press("Save")

    def write_issue(self, texts: Texts) -> str:
        """The address of its page, which is open. The page of its publication has to be."""
        self._follow("Write an issue")
        self._write("id_", texts.issue, texts)
        for number, section in enumerate(texts.sections):
            self._add("Section")
            self._write(f"id_sections-{number}-", section, texts)
        for number, assessment in enumerate(texts.assessments):
            self._add("Assessment")
            self._write(f"id_assessments-{number}-", assessment, texts)
        self._save()
        for number, section in enumerate(texts.sections):
            if incidents := section.get("incidents"):
                self._report(number, incidents, texts)
        return self.page.url

    def preview(self, regions: Sequence[str]) -> None:
        """Look at the copy of a reader of `regions` and no others."""
        self._follow("Preview")
        ticked = self.page.locator("input[name=regions]:checked")
        while ticked.count():
            self._click(ticked.first)
        for region in regions:
            self._click(self.page.get_by_label(region, exact=True))
        self._press("Show")

    def check_and_send(self, issue: str) -> None:
        """Look at all that is checked, send, and watch until it is done."""
        self.page.goto(issue)
        self._follow("Preflight")
        self.page.goto(issue)
        self._follow("Schedule")
        self._click(self.page.get_by_label("Send at once"))
        self._press("Schedule")
        progress = self.page.locator("#mailing-progress")
        expect(progress).to_have_attribute("data-state", "finished", timeout=120_000)

    def _report(self, section: int, incidents: Sequence[Mapping[str, Any]], texts: Texts) -> None:
        """Add incidents to a section, on the page of its own that it has once it is saved."""
        with self.page.expect_navigation():
            self._click(self.page.locator(f"#sections-{section} .field-incidents a"))
        for number, incident in enumerate(incidents):
            self._add("Incident")
            self._write(f"id_incidents-{number}-", incident, texts)
        self._press("Save")
        self._expect_no_errors()

    def _write(self, prefix: str, typed: Mapping[str, Any], texts: Texts) -> None:
        self._fill(prefix, typed, texts)
        self._translate(prefix, typed, texts)

    def _fill(self, prefix: str, typed: Mapping[str, Any], texts: Texts) -> None:
        """Fill in what is written once, and the originals of texts."""
        for name, value in typed.items():
            field = f"{prefix}{name}"
            if name in FOUND:
                for region in [value] if isinstance(value, str) else value:
                    self._find(field, region)
            elif isinstance(value, dict):
                self._type(field, value[texts.original])
            elif isinstance(value, str):
                self._type(field, value)

    def _translate(self, prefix: str, typed: Mapping[str, Any], texts: Texts) -> None:
        """Unfold the group of each language, and fill in its texts."""
        originals = {name: words for name, words in typed.items() if isinstance(words, dict)}
        for language in texts.others:
            for number, (name, words) in enumerate(originals.items()):
                field = f"{prefix}{name}_{language}"
                if number == 0:
                    self._click(self.page.locator(f"details:has([id='{field}']) > summary"))
                self._type(field, words[language])

    def _type(self, field: str, text: str) -> None:
        """Fill in the field of this id: type, or choose from its list."""
        box = self.page.locator(f"[id='{field}']")
        self.tally.fields += 1
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(text)
        else:
            self.tally.characters += len(text.strip())
            box.fill(text.strip())

    def _find(self, field: str, name: str) -> None:
        """Choose a row by typing its name into the field of this id, which suggests some."""
        chooser = self.page.locator(f"[id='{field}'] + .select2-container")
        self._click(chooser.locator(".select2-selection"))
        self.tally.characters += len(name)
        self.page.locator(".select2-container--open .select2-search__field").fill(name)
        suggested = self.page.locator(".select2-results__option").filter(has_text=name)
        self._click(suggested.first)

    def _add(self, kind: str) -> None:
        self._click(self.page.get_by_role("button", name=f"Add another {kind}"))

    def _follow(self, link: str) -> None:
        with self.page.expect_navigation():
            self._click(self.page.locator("#content").get_by_role("link", name=link, exact=True))

    def _press(self, button: str) -> None:
        with self.page.expect_navigation():
            self._click(self.page.get_by_role("button", name=button, exact=True))

    def _save(self) -> None:
        self._press("Save and continue editing")
        self._expect_no_errors()

    def _expect_no_errors(self) -> None:
        errors = self.page.locator(".errornote, .errorlist").all_inner_texts()
        if errors:
            raise AssertionError(errors)

    def _click(self, what: Locator) -> None:
        self.tally.clicks += 1
        what.click()
