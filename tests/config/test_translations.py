"""The catalogues are complete, true to the code, and in the form that the site reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
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
from django.db.models import Choices
from django.test import Client
from django.utils import translation
from django.utils.translation.template import templatize

from newsletter.models import DatePrecision, Trend
from newsletter.rendering.phrases import announced
from subscribers import emails
from subscribers.directions import FSI, PDI
from subscribers.models import Language, Level, MailFormat, RegionKind
from subscribers.services.personal_data import all_holdings
from tests.factories import make_notice, make_publication, make_subscription

#: All but English, which stands in the sources.
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
#: Those in which only what readers meet is translated.
READERS_ALONE = [code for code in LANGUAGES if code not in settings.DESK_LANGUAGES]
CODE = ("config", "newsletter", "subscribers")

#: Where strings stand that readers meet: pages, emails, and what these are made of. What is
#: shown to staff alone stands elsewhere.
TEMPLATES_OF_THE_DESK = ("admin", "newsletter/outbox")
READERS_CODE = (
    "newsletter/rendering",
    "newsletter/views",
    "newsletter/safety/holdings.py",
    "subscribers/views",
    "subscribers/services/holdings",
    "subscribers/days.py",
    "subscribers/differences.py",
    "subscribers/emails.py",
    "subscribers/errors.py",
    "subscribers/fieldsets.py",
    "subscribers/forms.py",
    "subscribers/listing.py",
    "subscribers/robots.py",
)
#: Words for values that readers are told.
TOLD: tuple[type[Choices], ...] = (DatePrecision, Level, MailFormat, RegionKind, Trend)

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_noop": DEFAULT_KEYWORDS["gettext"],
    **{f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext")},
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")
#: What stands for a text that may run the other way, and is not held together by the code.
FOREIGN = re.compile(r"%\((?:publication|name|address|contact|source|zone|country)\)s")
#: A space at which a line may end, beside a mark that French keeps with its word.
TORN = re.compile(r" [:;!?»]|« |'")

#: What tells one message from another: its context, and its English with the plural.
Key = tuple[str | None, str | tuple[str, ...]]


def key_of(message: Message) -> Key:
    english = message.id
    return message.context, english if isinstance(english, str) else tuple(english)


def forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def messages(catalogue: Catalog) -> list[Message]:
    """All but the header, which stands under the empty string."""
    return [message for message in catalogue if message.id]


def strings(compiled: BinaryIO) -> dict[Key, tuple[str, ...]]:
    return {key_of(message): forms(message.string) for message in messages(read_mo(compiled))}


def file_of(language: str) -> Path:
    path: Path = settings.BASE_DIR / "locale" / language / "LC_MESSAGES" / "django.po"
    return path


@cache
def catalogue_of(language: str) -> Catalog:
    with file_of(language).open("rb") as file:
        return read_po(file, locale=language)


def messages_in(language: str) -> list[Message]:
    return messages(catalogue_of(language))


def marked_in_code(path: Path) -> Iterator[Key]:
    for file in path.rglob("*.py") if path.is_dir() else [path]:
        yield from marked_in(file.read_bytes())


def marked_in_templates(paths: Iterator[Path]) -> Iterator[Key]:
    for path in paths:
        code = templatize(path.read_text("utf-8"), origin=str(path))
        # What stood around the tags keeps its indentation, which is none of Python's.
        yield from marked_in("\n".join(map(str.lstrip, code.splitlines())).encode())


def marked_in(code: bytes) -> Iterator[Key]:
    for _line, english, _comments, context in extract("python", BytesIO(code), KEYWORDS):
        yield context, english


def templates(*, but: tuple[str, ...] = ()) -> Iterator[Path]:
    folder = settings.BASE_DIR / "templates"
    left_out = [folder / name for name in but]
    for path in (*folder.rglob("*.html"), *folder.rglob("*.txt")):
        if not any(path.is_relative_to(one) for one in left_out):
            yield path


@cache
def marked() -> set[Key]:
    """Every string that the sources mark for translation."""
    keys = set(marked_in_templates(templates()))
    for name in CODE:
        keys.update(marked_in_code(settings.BASE_DIR / name))
    return keys


@cache
def met_by_readers() -> set[Key]:
    """Those of them that readers meet."""
    keys = set(marked_in_templates(templates(but=TEMPLATES_OF_THE_DESK)))
    for name in READERS_CODE:
        keys.update(marked_in_code(settings.BASE_DIR / name))
    with translation.override("en"):
        labels = {str(label) for choices in TOLD for label in choices.labels}
        labels.update(labels_of_exports())
        # Each language goes by its own name.
        labels -= set(Language.labels)
    return keys | {(None, label) for label in labels if (None, label) in marked()}


def labels_of_exports() -> Iterator[str]:
    """What heads the columns that readers see when they ask what is held about them."""
    for holding in all_holdings():
        for name in holding.shown:
            assert holding.model is not None
            field = holding.model._meta.get_field(name)
            yield str(getattr(field, "verbose_name", ""))
            yield from (str(label) for _value, label in getattr(field, "choices", None) or ())


def english_in(text: str, catalogue: list[Message]) -> list[str]:
    """The English phrases of the catalogue, of three words or more, that stand in `text`."""
    english = (form for message in catalogue for form in forms(message.id))
    phrases = (phrase.strip() for form in english for phrase in PLACEHOLDER.split(form))
    return [phrase for phrase in phrases if phrase.count(" ") > 1 and phrase in unescape(text)]


def test_the_languages_are_the_same_for_pages_and_for_the_database() -> None:
    assert list(settings.LANGUAGES) == Language.choices
    assert set(settings.DESK_LANGUAGES) <= set(Language.values)


def test_the_desk_has_a_word_for_each_language_and_readers_are_told_of_texts_in_it() -> None:
    with translation.override("fr"):
        assert len({one.in_words for one in Language}) == len(Language)
        assert all(announced(one).endswith("seulement") for one in Language.values)


@pytest.mark.parametrize("name", READERS_CODE)
def test_what_readers_meet_stands_where_it_is_looked_for(name: str) -> None:
    assert (settings.BASE_DIR / name).exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_for_sure(language: str) -> None:
    unsure = [m.id for m in messages_in(language) if m.fuzzy or not all(forms(m.string))]

    assert unsure == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plural_has_every_form_of_its_language(language: str) -> None:
    number = catalogue_of(language).num_plurals

    short = [
        m.id for m in messages_in(language) if m.pluralizable and len(forms(m.string)) != number
    ]

    assert short == []
    assert number == (6 if language == "ar" else 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_placeholders(language: str) -> None:
    wrong = [
        string
        for message in messages_in(language)
        for form, string in enumerate(forms(message.string))
        if placeholders(string) not in allowed_in(language, message, form)
    ]

    assert wrong == []


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def allowed_in(language: str, message: Message, form: int) -> list[list[str]]:
    """Of none, one and two, Arabic says the number with the noun: it needs no figure."""
    allowed = [placeholders(english) for english in forms(message.id)]
    says_it = language == "ar" and message.pluralizable and form <= 2
    return [*allowed, []] if says_it else allowed


def test_arabic_holds_together_what_may_be_in_latin_letters() -> None:
    loose = [
        string
        for message in messages_in("ar")
        for string in forms(message.string)
        for found in FOREIGN.finditer(string)
        if (string[found.start() - 1 : found.start()], string[found.end() : found.end() + 1])
        != (FSI, PDI)
    ]

    assert loose == []


def test_arabic_counts_as_arabic_does() -> None:
    with translation.override("ar"):
        said = [
            translation.ngettext("%(toll)s killed", "%(toll)s killed", n) % {"toll": n}
            for n in (1, 2, 3, 10, 11, 99, 100, 103)
        ]

    assert said == [
        "قتيل واحد", "قتيلان", "3 قتلى", "10 قتلى", "11 قتيلًا", "99 قتيلًا", "100 قتيل",
        "103 قتلى",
    ]  # fmt: skip


def test_french_marks_stay_with_their_words() -> None:
    torn = [s for message in messages_in("fr") for s in forms(message.string) if TORN.search(s)]

    assert torn == []


def test_no_template_sets_a_mark_of_french_right_after_a_value() -> None:
    """What stands before a colon is translated along with it, and with the space between them."""
    translated = re.compile(r"\{% blocktranslate.*?endblocktranslate %\}", re.DOTALL)
    torn = re.compile(r"(?:\}\}|%\})(?:</\w+>)?\s?[:;?!](?=\s|<|$)")

    found = [t.name for t in templates() if torn.search(translated.sub("", t.read_text("utf-8")))]

    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_holds_the_same_strings(language: str) -> None:
    fresh = BytesIO()
    write_mo(fresh, catalogue_of(language))
    fresh.seek(0)

    with file_of(language).with_suffix(".mo").open("rb") as committed:
        assert strings(committed) == strings(fresh)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_of_a_catalogue_is_given_twice(language: str) -> None:
    """The second is lost, and GNU's compiler refuses the file."""
    blocks = file_of(language).read_text("utf-8").split("\n\n")[1:]
    said = [re.sub(r'\nmsgstr.*|"\n"', "", block, flags=re.DOTALL) for block in blocks]

    assert sorted(said) == sorted(set(said))


def test_every_marked_string_is_in_the_french_catalogue() -> None:
    assert marked() - set(map(key_of, messages_in("fr"))) == set()


@pytest.mark.parametrize("language", READERS_ALONE)
def test_every_string_that_readers_meet_is_in_every_catalogue(language: str) -> None:
    assert met_by_readers() - set(map(key_of, messages_in(language))) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_stays_in_a_catalogue_that_is_marked_nowhere(language: str) -> None:
    used = marked() if language in settings.DESK_LANGUAGES else met_by_readers()

    assert set(map(key_of, messages_in(language))) - used == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "phrases"),
    [
        ("fr", ("Adresse e-mail", "S’abonner")),
        ("es", ("Dirección de correo", "Suscribirse")),
        ("pt", ("Endereço de e-mail", "Subscrever")),
        ("ar", ("البريد الإلكتروني", "اشتراك")),
    ],
)
def test_the_sign_up_page_is_in_the_language_of_its_reader(
    client: Client, language: str, phrases: tuple[str, ...]
) -> None:
    publication = make_publication(regions=["ML-1"])

    answer = client.get(f"/p/{publication.slug}/", headers={"accept-language": language})

    page = unescape(answer.content.decode())
    assert all(phrase in page for phrase in phrases)
    assert english_in(page, messages_in("fr")) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "subject", "phrase"),
    [
        ("fr", "Confirmez votre abonnement à Sahel Dispatch", "Confirmer votre abonnement"),
        ("es", "Confirme su suscripción a Sahel Dispatch", "Confirme su suscripción"),
        ("pt", "Confirme a sua subscrição de Sahel Dispatch", "Confirme a sua subscrição"),
        ("ar", f"تأكيد الاشتراك في {FSI}Sahel Dispatch{PDI}", "تأكيد الاشتراك"),
    ],
)
def test_the_confirmation_mail_is_in_the_language_of_its_reader(
    language: str, subject: str, phrase: str
) -> None:
    subscription = make_subscription(language=language, status="pending")

    with translation.override("en"):
        message = emails.confirm(make_notice(subscription))

    page = str(message.alternatives[0][0])
    assert message.subject == subject
    assert phrase in page
    for text in (str(message.body), page):
        assert english_in(" ".join(text.split()), messages_in("fr")) == []
