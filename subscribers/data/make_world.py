"""Make `world.jsonl`: the countries and divisions of ISO 3166 under the subregions of UN M49.

    python -m subscribers.data.make_world

Codes, names and their translations are pycountry's (Debian's iso-codes). What stands in
`exonyms.jsonl` was written by hand and comes first: how the press and the makers of conflict
data, ACLED and UCDP, call a place, and its name in Arabic, which iso-codes lacks below the
countries. What stands in `west_africa.jsonl` is complete and not made again here.
"""

from __future__ import annotations

import gettext
import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pycountry

from subscribers.collation import fold

HERE = Path(__file__).resolve().parent
LANGUAGES = ("fr", "es", "pt", "ar")

#: UN M49: each subregion, what it lies in, and its countries.
SUBREGIONS: Mapping[str, tuple[str, str]] = {
    "002": ("001", ""),
    "015": ("002", "DZ EG EH LY MA SD TN"),
    "202": ("002", ""),
    "014": ("202", "BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW"),
    "017": ("202", "AO CD CF CG CM GA GQ ST TD"),
    "018": ("202", "BW LS NA SZ ZA"),
    "011": ("202", "BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG"),
    "019": ("001", ""),
    "419": ("019", ""),
    "029": (
        "419",
        "AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI",
    ),
    "013": ("419", "BZ CR GT HN MX NI PA SV"),
    "005": ("419", "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE"),
    "021": ("019", "BM CA GL PM US"),
    "142": ("001", ""),
    "143": ("142", "KG KZ TJ TM UZ"),
    # M49 has no entry for TW; its neighbours lie here.
    "030": ("142", "CN HK JP KP KR MN MO TW"),
    "035": ("142", "BN ID KH LA MM MY PH SG TH TL VN"),
    "034": ("142", "AF BD BT IN IR LK MV NP PK"),
    "145": ("142", "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE"),
    "150": ("001", ""),
    "151": ("150", "BG BY CZ HU MD PL RO RU SK UA"),
    "154": ("150", "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ"),
    "039": ("150", "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA"),
    "155": ("150", "AT BE CH DE FR LI LU MC NL"),
    "009": ("001", ""),
    "053": ("009", "AU CC CX HM NF NZ"),
    "054": ("009", "FJ NC PG SB VU"),
    "057": ("009", "FM GU KI MH MP NR PW UM"),
    "061": ("009", "AS CK NU PF PN TK TO TV WF WS"),
}
#: In no subregion.
RIGHT_BELOW_THE_WORLD = ("AQ",)

#: Where ISO writes another script in letters that nobody types: macrons, dots and cedillas go.
ROMANISED = frozenset(
    "AE AF AM BH EG ER IL IN IQ IR JO KW KZ LB LY OM PS QA SA SY YE".split()  # noqa: SIM905
)
#: Marks that words of our languages have: grave, acute, circumflex, tilde, diaeresis, ring and
#: cedilla, and in Arabic shadda, madda and hamza.
_OF_OUR_LANGUAGES = frozenset("\u0300\u0301\u0302\u0303\u0308\u030a\u0327\u0651\u0653\u0654\u0655")
#: What stands behind a name to tell it apart or in another language: “Lleida [Lérida]”.
_BRACKET = re.compile(r" *[\[(]([^\])]*)[\])]")
#: “Asturias, Principado de” and “Åland, Îles”, which were turned round to be sorted.
_TURNED = re.compile(
    r"^([^,]+), (.+ (?:de|du|of|the|des)|The|Comunidad|Région|Î[lL]es?|Islas?|Ilhas?|Î[lL]e de la)$"
)
#: In a bracket, what is no name: a code, or a part of another country.
_NO_NAME = re.compile(r"[A-Z]{2}-|EH|^city$|ARMM|CAR\b")


def main() -> None:
    by_hand = {row["code"]: row for row in _rows(HERE / "exonyms.jsonl")}
    complete = {row["code"] for row in _rows(HERE / "west_africa.jsonl")}
    made = [row for row in _world(by_hand) if row["code"] not in complete]
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in made)
    (HERE / "world.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, file.read_text("utf-8").splitlines())


def _world(by_hand: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for code, (parent, _countries) in SUBREGIONS.items():
        yield {"code": code, "kind": "subregion", "parent": parent, **by_hand.get(code, {})}
    above = {c: code for code, (_p, countries) in SUBREGIONS.items() for c in countries.split()}
    above |= dict.fromkeys(RIGHT_BELOW_THE_WORLD, "001")
    words = _translations("iso3166-1")
    for country in sorted(pycountry.countries, key=lambda c: c.alpha_2):
        code = country.alpha_2
        english = getattr(country, "common_name", country.name)
        yield _row(code, "country", above[code], english, words, by_hand, (country.name,))
    words = _translations("iso3166-2")
    for division in sorted(pycountry.subdivisions, key=lambda d: (d.country_code, d.code)):
        kind = "admin2" if division.parent_code else "admin1"
        parent = _first_level(division) if division.parent_code else division.country_code
        yield _row(division.code, kind, parent, division.name, words, by_hand)


def _first_level(division: Any) -> str:
    """ISO has a third level in one place, the two departments of Alsace: they are raised to
    the second."""
    above: Any = pycountry.subdivisions.get(code=division.parent_code)  # type: ignore[no-untyped-call]
    return _first_level(above) if above.parent_code else str(above.code)


def _row(
    code: str,
    kind: str,
    parent: str,
    name: str,
    words: Mapping[str, gettext.NullTranslations],
    by_hand: Mapping[str, Mapping[str, Any]],
    aliases: tuple[str, ...] = (),
) -> dict[str, Any]:
    """One region of the file; what was written by hand comes before what was looked up."""
    hand = by_hand.get(code, {})
    is_romanised = code[:2] in ROMANISED
    english, *others = _spelled(name, is_romanised=is_romanised)
    names = {"en": english}
    for language, catalogue in words.items():
        if (said := catalogue.gettext(name)) != name:
            told = _spelled(said)[0]
            names[language] = _without_marks(told, _OF_OUR_LANGUAGES) if is_romanised else told
    written = {**names, **hand.get("names", {})}
    also = [*hand.get("aliases", ()), english, *others, *(_typographic(a) for a in aliases)]
    row: dict[str, Any] = {
        "code": code,
        "kind": kind,
        "parent": parent,
        "names": {k: v for k, v in written.items() if k == "en" or v != written["en"]},
    }
    if new := _new(also, [code, *written.values()]):
        row["aliases"] = new
    return row


def _translations(domain: str) -> dict[str, gettext.NullTranslations]:
    return {
        language: gettext.translation(domain, pycountry.LOCALES_DIR, [language], fallback=True)
        for language in LANGUAGES
    }


def _spelled(name: str, *, is_romanised: bool = False) -> list[str]:
    """How `name` is written, then other ways that stand in it: in brackets, or turned round."""
    inside = [text for text in _BRACKET.findall(name) if not _NO_NAME.search(text)]
    bare = _BRACKET.sub("", name).strip(" /") or name
    if turned := _TURNED.match(bare):
        inside.append(bare)
        bare = f"{turned[2]} {turned[1]}"
    if is_romanised:
        inside.append(bare)
        bare = _without_marks(bare)
    return [_typographic(text) for text in (bare, *inside) if fold(text)]


def _without_marks(name: str, but: Collection[str] = ()) -> str:
    apart = unicodedata.normalize("NFD", name)
    kept = (c for c in apart if not unicodedata.combining(c) or c in but)
    return unicodedata.normalize("NFC", "".join(kept))


def _typographic(text: str) -> str:
    """With one kind of apostrophe, and hyphens that are hyphens."""
    return re.sub("['`‘ʻʼʾʿ]", "’", text).strip()


def _new(texts: list[str], known: list[str]) -> list[str]:
    """Those of `texts` that `known` and each other do not find."""
    found = set(map(fold, known))
    return [t for t in texts if fold(t) not in found and not found.add(fold(t))]  # type: ignore[func-returns-value]


if __name__ == "__main__":
    main()
