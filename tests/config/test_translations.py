"""The French catalogue is complete, true to the code, and in the form that the site reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation.template import templatize

from subscribers import emails
from tests.factories import make_notice, make_publication, make_subscriber, make_subscription

CATALOGUE = settings.BASE_DIR / "locale" / "fr" / "LC_MESSAGES" / "django.po"
CODE = ("config", "newsletter", "subscribers")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_noop": DEFAULT_KEYWORDS["gettext"],
    **{f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext")},
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")
#: A space at which a line may end, beside a mark that French keeps with its word.
TORN = re.compile(r" [:;!?»]|« |'")

#: What tells one message from another: its context, and its English with the plural.
Key = tuple[str | None, str | tuple[str, ...]]


def key_of(message: Message) -> Key:
    english = message.id
    return message.context, english if isinstance(english, str) else tuple(english)


def forms(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def messages(catalogue: Catalog) -> list[Message]:
    """All but the header, which stands under the empty string."""
    return [message for message in catalogue if message.id]


def strings(compiled: BinaryIO) -> dict[Key, tuple[str, ...]]:
    return {key_of(message): forms(message.string) for message in messages(read_mo(compiled))}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="fr")


@pytest.fixture(scope="module")
def french(catalogue: Catalog) -> list[Message]:
    return messages(catalogue)


def marked_in_code(root: Path) -> Iterator[Key]:
    for path in root.rglob("*.py"):
        yield from marked_in(path.read_bytes())


def marked_in_templates(root: Path) -> Iterator[Key]:
    for path in (*root.rglob("*.html"), *root.rglob("*.txt")):
        code = templatize(path.read_text("utf-8"), origin=str(path))
        # What stood around the tags keeps its indentation, which is none of Python's.
        yield from marked_in("\n".join(map(str.lstrip, code.splitlines())).encode())


def marked_in(code: bytes) -> Iterator[Key]:
    for _line, english, _comments, context in extract("python", BytesIO(code), KEYWORDS):
        yield context, english


def marked() -> set[Key]:
    """Every string that the sources mark for translation."""
    keys = set(marked_in_templates(settings.BASE_DIR / "templates"))
    for name in CODE:
        keys.update(marked_in_code(settings.BASE_DIR / name))
    return keys


def english_in(text: str, catalogue: list[Message]) -> list[str]:
    """The English phrases of the catalogue, of three words or more, that stand in `text`."""
    english = (form for message in catalogue for form in forms(message.id))
    phrases = (phrase.strip() for form in english for phrase in PLACEHOLDER.split(form))
    return [phrase for phrase in phrases if phrase.count(" ") > 1 and phrase in unescape(text)]


def test_every_message_is_translated_for_sure(french: list[Message]) -> None:
    unsure = [m.id for m in french if m.fuzzy or not all(forms(m.string))]

    assert unsure == []


def test_translations_keep_the_placeholders(french: list[Message]) -> None:
    def placeholders(text: str) -> list[str]:
        return sorted(PLACEHOLDER.findall(text))

    wrong = [
        string
        for message in french
        for string in forms(message.string)
        if placeholders(string) not in [placeholders(english) for english in forms(message.id)]
    ]

    assert wrong == []


def test_french_marks_stay_with_their_words(french: list[Message]) -> None:
    torn = [s for message in french for s in forms(message.string) if TORN.search(s)]

    assert torn == []


def test_no_template_sets_a_mark_of_french_right_after_a_value() -> None:
    """What stands before a colon is translated along with it, and with the space between them."""
    translated = re.compile(r"\{% blocktranslate.*?endblocktranslate %\}", re.DOTALL)
    torn = re.compile(r"(?:\}\}|%\})(?:</\w+>)?\s?[:;?!](?=\s|<|$)")
    folder = settings.BASE_DIR / "templates"
    templates = (*folder.rglob("*.html"), *folder.rglob("*.txt"))

    found = [t.name for t in templates if torn.search(translated.sub("", t.read_text("utf-8")))]

    assert found == []


def test_the_compiled_catalogue_holds_the_same_strings(catalogue: Catalog) -> None:
    fresh = BytesIO()
    write_mo(fresh, catalogue)
    fresh.seek(0)

    with CATALOGUE.with_suffix(".mo").open("rb") as committed:
        assert strings(committed) == strings(fresh)


def test_every_marked_string_is_in_the_catalogue(french: list[Message]) -> None:
    assert marked() - set(map(key_of, french)) == set()


def test_nothing_stays_in_the_catalogue_that_is_marked_nowhere(french: list[Message]) -> None:
    assert set(map(key_of, french)) - marked() == set()


@pytest.mark.django_db
def test_the_sign_up_page_is_french_for_a_french_reader(
    client: Client, french: list[Message]
) -> None:
    publication = make_publication(regions=["ML-1"])

    answer = client.get(f"/p/{publication.slug}/", headers={"accept-language": "fr"})

    page = answer.content.decode()
    assert "Adresse e-mail" in page
    assert "S’abonner" in unescape(page)
    assert english_in(page, french) == []


@pytest.mark.django_db
def test_the_confirmation_mail_is_french_for_a_french_reader(french: list[Message]) -> None:
    make_subscriber("reader@example.org", language="fr")
    subscription = make_subscription(address="reader@example.org", status="pending")

    with translation.override("en"):
        message = emails.confirm(make_notice(subscription))

    page, _kind = message.alternatives[0]
    assert message.subject == "Confirmez votre abonnement à Sahel Dispatch"
    assert "Confirmer votre abonnement" in page
    for text in (message.body, page):
        assert english_in(" ".join(text.split()), french) == []
