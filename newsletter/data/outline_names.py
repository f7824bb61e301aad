"""To which region each of Natural Earth's units belongs: by hand, by name, or nearly so."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from newsletter.data.outline_units import Unit
from subscribers.collation import fold

REGIONS = Path(__file__).resolve().parent.parent.parent / "subscribers" / "data"
#: How like two spellings of one name are at least, of 1.
NEARLY = 0.8
#: Units that are cut otherwise by now, whatever is called nearly alike.
UNLIKE = ("Nouakchott",)
#: Natural Earth's units that make up a region of ISO 3166-2, where it is not one of that name.
MADE_OF = {
    "ML-6": "Timbuktu",
    "ML-4": "Ségou",
    "MR-08": "Dakhlet Nouadhibou",
    "GN-B": "Boke/Boffa/Fria/Gaoual/Koundara",
    "GN-D": "Kindia/Coyah/Dubréka/Forécariah/Télimélé",
    "GN-F": "Faranah/Dabola/Dinguiraye/Kissidougou",
    "GN-K": "Kankan/Kérouané/Kouroussa/Mandiana/Siguiri",
    "GN-L": "Labé/Koubia/Lélouma/Mali/Tougué",
    "GN-M": "Mamou/Dalaba/Pita",
    "GN-N": "Nzérékoré/Beyla/Guéckédou/Lola/Macenta/Yomou",
    "CI-CM": "Comoe/Sud-Comoé",
    "CI-GD": "Fromager/Sud-Bandama",
    "CI-LC": "Lacs/N'zi-Comoé",
    "CI-LG": "Lagunes/Agnéby",
    "CI-MG": "Dix-Huit Montagnes/Cavally",
    "CI-SM": "Haut-Sassandra/Marahoué",
    "CI-WR": "Bafing/Worodougou",
    "BF-01": "Balé/Banwa/Kossi/Mou Houn/Nayala/Sourou",
    "BF-02": "Komoé/Léraba",
    "BF-03": "Kadiogo",
    "BF-04": "Boulgou/Koulpélogo/Kouritenga",
    "BF-05": "Bam/Namentenga/Sanmatenga",
    "BF-06": "Boulkiemdé/Sanguié/Sissili/Ziro",
    "BF-07": "Bazéga/Nahouri/Zoundwéogo",
    "BF-08": "Gnagna/Gourma/Komondjari/Kompienga/Tapoa",
    "BF-09": "Houet/Kénédougou/Tuy",
    "BF-10": "Loroum/Passoré/Yatenga/Zondoma",
    "BF-11": "Ganzourgou/Kourwéogo/Oubritenga",
    "BF-12": "Oudalan/Séno/Soum/Yagha",
    "BF-13": "Bougouriba/Ioba/Noumbiel/Poni",
    "UA-30": "Kiev City",
    "UA-32": "Kiev",
    "UA-43": "Crimea",
    "UA-40": "Sevastopol",
    "NO-30": "Akershus/Buskerud/Østfold",
    "NO-34": "Hedmark/Oppland",
    "NO-38": "Telemark/Vestfold",
    "NO-42": "Aust-Agder/Vest-Agder",
    "NO-46": "Hordaland/Sogn og Fjordane",
    "NO-50": "Nord-Trøndelag/Sør-Trøndelag",
    "NO-54": "Finnmark/Troms",
    "PK-KP": "F.A.T.A./K.P.",
    "PK-IS": "F.C.T.",
    "PK-GB": "Northern Areas",
    "PK-JK": "Azad Kashmir",
    "IQ-KI": "At-Ta'mim",
    "IQ-SD": "Sala ad-Din",
    "SY-HI": "Homs (Hims)",
    "SY-HA": "Hasaka (Al Haksa)",
    "YE-DA": "Al Dali'",
    "RU-AL": "Gorno-Altay",
    "RU-IN": "Ingush",
    "CD-BC": "Bas-Congo",
    "ID-PA": "Papua",
    "ID-MA": "Maluku",
    "CD-KN": "Kinshasa City",
    "KE-30": "Nairobi",
}


def by_country(units: Iterable[Unit]) -> dict[str, list[Unit]]:
    """The units of each country that comes with the service; Kosovo's with those of Serbia."""
    countries: dict[str, list[Unit]] = defaultdict(list)
    known = known_regions()
    for unit in units:
        if unit.country in known or unit.country == "XK":
            countries["RS" if unit.country == "XK" else unit.country].append(unit)
    return countries


def assigned(country: str, units: list[Unit]) -> Iterator[tuple[str, Unit]]:
    """Each unit and the division that it belongs to, or its country.

    First by hand, then by name, then by what is written nearly alike. Some countries are in
    the source by divisions of the second level: those of the first are put together on maps.
    """
    by_hand = {code: names for code, names in MADE_OF.items() if country_of(code) == country}
    made = {name: code for code, names in by_hand.items() for name in names.split("/")}
    names = _divisions(country)
    rest: list[Unit] = []
    taken = set()
    for unit in units:
        kosovo = "RS-KM" if unit.country == "XK" else None
        if code := kosovo or made.get(unit.name) or _named(unit, names):
            taken.add(code)
            yield code, unit
        else:
            rest.append(unit)
    yield from _alike(country, rest, {n: c for n, c in names.items() if c not in taken})


def _divisions(country: str) -> dict[str, str]:
    """The codes of the divisions of `country` by their folded spellings; the first level wins.

    What several divisions are called, Nouakchott, is the name of none.
    """
    found: dict[str, str] = {}
    for kind in ("admin2", "admin1"):
        spelled: dict[str, set[str]] = defaultdict(set)
        for row in known_regions().values():
            if (
                row["kind"] == kind
                and country_of(row["code"]) == country
                and row["code"][:2] != "x-"
            ):
                for text in (*row["names"].values(), *row.get("aliases", ())):
                    spelled[_bare(text)].add(row["code"])
        found |= {text: min(codes) for text, codes in spelled.items() if len(codes) == 1}
    return found


def _named(unit: Unit, names: Mapping[str, str]) -> str | None:
    return next(filter(None, (names.get(_bare(n)) for n in unit.names)), None)


def _bare(name: str) -> str:
    return fold(name).replace(" ", "")


def _alike(country: str, units: Iterable[Unit], free: dict[str, str]) -> Iterator[tuple[str, Unit]]:
    """Each unit with the division whose name is nearly alike, or with its country."""
    for unit in units:
        # North is like south, and east like west, but for their first letters.
        beginning = _bare(unit.name)[:1]
        alike = [name for name in free if name[:1] == beginning and unit.name not in UNLIKE]
        near = get_close_matches(_bare(unit.name), alike, n=1, cutoff=NEARLY)
        code = free[near[0]] if near else country
        yield code, unit
        free = {name: c for name, c in free.items() if c != code}


def country_of(code: str) -> str:
    """The code of the country that the region `code` lies in, or is."""
    return code.removeprefix("x-")[:2]


@cache
def known_regions() -> dict[str, dict[str, Any]]:
    """The regions that come with the service, by code."""
    files = (REGIONS / "west_africa.jsonl", REGIONS / "world.jsonl")
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    rows = map(json.loads, lines)
    return {r["code"]: r for r in rows if r["kind"] in ("country", "admin1", "admin2")}


def tell_what_is_missing(drawn: set[str]) -> None:
    """Print the divisions of the first level that are not among `drawn`, by country."""
    above = {known_regions()[code].get("parent") for code in drawn}
    missing: dict[str, list[str]] = defaultdict(list)
    for code, row in known_regions().items():
        if row["kind"] == "admin1" and code[:2] != "x-" and code not in drawn | above:
            missing[country_of(code)].append(row["names"]["en"])
    for country, names in sorted(missing.items()):
        print(f"{country}: {', '.join(names)}")
