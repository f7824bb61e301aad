"""Dates, tolls, counts and trends in words, in the language that is active."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext, pgettext

from newsletter.models import DatePrecision, Trend
from subscribers.days import day, day_and_month, day_number, month
from subscribers.directions import isolated, left_to_right, without_isolates
from subscribers.listing import listed, separated

#: Characters of a subject that every mail program shows.
LONGEST_SUBJECT = 78
#: Under it a percentage says more of chance than of change.
SMALLEST_FOR_PERCENT = 10

_ARROWS: dict[str, str] = {
    Trend.INCREASED: "↑",
    Trend.DECREASED: "↓",
    Trend.UNCHANGED: "=",
    Trend.NOT_ASSESSED: "–",
}
_TRENDS_IN = {
    Trend.INCREASED: gettext_lazy("up in %(regions)s"),
    Trend.DECREASED: gettext_lazy("down in %(regions)s"),
    Trend.UNCHANGED: gettext_lazy("unchanged in %(regions)s"),
    Trend.NOT_ASSESSED: gettext_lazy("not assessed in %(regions)s"),
}
#: What sources and editors write where nobody knows who it was.
_UNKNOWN_ATTACKERS = frozenset(
    {
        "unknown",
        "unknown attackers",
        "unidentified",
        "unidentified armed group",
        "inconnu",
        "inconnus",
        "des inconnus",
        "non identifié",
        "non identifiés",
    }
)
_COMMON_NOUNS = frozenset({"civilian", "civilians", "civil", "civils"})


class _OfTrends(NamedTuple):
    """How a language speaks of trends, by their values."""

    #: “↑ increased”.
    named: Mapping[str, str]
    #: “up in %(regions)s”, in the order in which a sentence has them.
    among: Mapping[str, str]
    #: “↑”, in a subject.
    in_a_subject: Mapping[str, str]
    between: str
    measured: str
    now: str


@cache
def _of_trends(_language: str | None) -> _OfTrends:
    """How the language that is active speaks of them: every edition does, and it stays."""
    return _OfTrends(
        # A space that does not break: an arrow alone at the end of a line says nothing.
        named={known: f"{_ARROWS[known]}\u00a0{known.label}" for known in Trend},
        among={known: str(_TRENDS_IN[known]) for known in Trend},
        # An equals sign between a name and a dash reads like a misprint.
        in_a_subject={**_ARROWS, Trend.UNCHANGED: str(Trend.UNCHANGED.label)},
        # Translators: between “up in Segou” and “down in Kayes”.
        between=pgettext("between trends", ", "),
        # Translators: “Jihadist activity is up in Segou, down in Kayes.”
        measured=gettext("%(measured)s is %(trends)s."),
        now=gettext("now %(trend)s"),
    )


def trend(value: str) -> str:
    """A trend as arrow and word: “↑ increased”.

    Raises:
        KeyError: `value` is no :class:`~newsletter.models.Trend`.
    """
    return _of_trends(get_language()).named[value]


def trends(regions: Iterable[tuple[str, str]], measured: str = "") -> str:
    """Pairs of region and trend as a sentence: “Up in Segou, down in Kayes.”

    With what is `measured`: “Jihadist activity is up in Segou, down in Kayes.”
    """
    phrases = _of_trends(get_language())
    by_trend: dict[str, list[str]] = {known: [] for known in phrases.among}
    for region, value in regions:
        by_trend[value].append(region)
    said = phrases.between.join(
        phrases.among[value] % {"regions": listed(names)}
        for value, names in by_trend.items()
        if names
    )
    if not said:
        return ""
    if not measured:
        return f"{said[0].upper()}{said[1:]}."
    return phrases.measured % {"measured": isolated(capfirst(measured)), "trends": said}


def course(steps: Sequence[tuple[str, str]], *, dated: bool) -> str:
    """Trends one after the other, each with when, the last one now.

    “↓ decreased (July 2023), ↑ increased (August 2023), now ↑ increased”. The “when” is left out
    unless they are `dated`.
    """
    phrases = _of_trends(get_language())
    *earlier, (now, _when) = ((phrases.named[value], when) for value, when in steps)
    said = [f"{value} ({when})" if dated else value for value, when in earlier]
    return separated([*said, phrases.now % {"trend": now}])


def subject(regions: Sequence[tuple[str, str]], dated: date) -> str:
    """“Kayes ↓, Segou ↑ — September 2023” from pairs of region and trend.

    What does not fit into :data:`LONGEST_SUBJECT` characters is counted: “and 3 more”.
    """
    in_a_subject = _of_trends(get_language()).in_a_subject
    said = [f"{isolated(region)} {in_a_subject[value]}" for region, value in regions]
    lists = chain(
        [separated(said)],
        # No longer list fits.
        (_shortened(said, kept) for kept in reversed(range(min(len(said), LONGEST_SUBJECT)))),
    )
    when, subject = _month(get_language(), dated), ""
    for listed_regions in lists:
        subject = f"{listed_regions} — {when}"
        if _fits(subject):
            break
    return subject


@lru_cache
def _month(_language: str | None, dated: date) -> str:
    """It stands in the subjects of all editions of an issue."""
    return month(dated)


def _fits(subject: str) -> bool:
    return len(subject) <= LONGEST_SUBJECT or len(without_isolates(subject)) <= LONGEST_SUBJECT


def first_of(names: Sequence[str], more: int) -> str:
    """“Kayes, Segou and Gao”; where there are `more`, how many: “Kayes, Segou and 3 more”."""
    return _and_more(names, more) if more else listed(names)


def _shortened(said: Sequence[str], kept: int) -> str:
    rest = len(said) - kept
    if not kept:
        return ngettext("%(number)s region", "%(number)s regions", rest) % {"number": rest}
    return _and_more(said[:kept], rest)


def _and_more(said: Iterable[str], more: int) -> str:
    return f"{separated(said)} {_more(get_language(), more)}"


@lru_cache(maxsize=4096)
def _more(_language: str | None, number: int) -> str:
    return ngettext("and %(number)s more", "and %(number)s more", number) % {"number": number}


def months_or_days(dates: Sequence[date]) -> list[str]:
    """What tells issues of those dates apart, as shortly as it can: “August 2023”."""
    return [*_months_or_days(get_language(), tuple(dates))]


@lru_cache
def _months_or_days(_language: str | None, dates: tuple[date, ...]) -> list[str]:
    """Nearly all readers were told the same issues."""
    by_month = [month(value) for value in dates]
    return by_month if len(set(by_month)) == len(dates) else [day(value) for value in dates]


def count(now: int | None, before: int | None, counted: str) -> str:
    """A count with what it counts: “Attacks: 7 (4 before)”; empty without a count.

    A change in percent stands with it where both counts are large enough to bear one.
    """
    if now is None:
        return ""
    values = {"counted": capfirst(counted), "now": number(now)}
    if before is None:
        return gettext("%(counted)s: %(now)s (new: not counted before)") % values
    values["before"] = number(before)
    if min(now, before) < SMALLEST_FOR_PERCENT or now == before:
        return gettext("%(counted)s: %(now)s (%(before)s before)") % values
    # Translators: “Attacks: 37 (31 before, +19%)”.
    template = gettext("%(counted)s: %(now)s (%(before)s before, %(change)s)")
    return template % {**values, "change": _percent(round(100 * (now - before) / before))}


def _percent(value: int) -> str:
    signed = f"+{number(value)}" if value > 0 else f"\N{MINUS SIGN}{number(-value)}"
    # Translators: “+19%”.
    return left_to_right(gettext("%(number)s%%") % {"number": signed})


def killed(low: int | None, high: int | None) -> str:
    """A toll: “49 to 154 killed”, “at least 15 killed”; empty where nothing is known."""
    if high is None:
        return _killed_at_least(low) if low else ""
    if low == high:
        return _killed_exactly(high)
    values = {"low": number(low or 0), "high": number(high)}
    if not low:
        return ngettext("up to %(high)s killed", "up to %(high)s killed", high) % values
    return gettext("%(low)s to %(high)s killed") % values


def period(start: date | None, end: date | None, precision: str) -> str:
    """When it happened, as precisely as is known: “11–12 August 2023”, “in September 2023”.

    Raises:
        ValueError: `precision` is no :class:`~newsletter.models.DatePrecision`, or both
            dates are missing.
    """
    known = DatePrecision(precision)
    if start is None or known == DatePrecision.BEFORE:
        return _before(start, end)
    if known == DatePrecision.MONTH:
        return _months(start, end or start)
    if known == DatePrecision.START and end is None:
        return gettext("since %(day)s") % {"day": day(start)}
    return _days(start, end or start)


def quoted(text: str) -> str:
    """“Western Mali”, in the quotation marks of the language."""
    return gettext("“%(text)s”") % {"text": isolated(text)}


def deed(event_type: str, actor1: str, actor2: str) -> str:
    """What kind of thing was done, by and against whom: “Rocket attack by A against B”."""
    values = {
        "what": isolated(capfirst(event_type)),
        "actor1": isolated(actor1),
        "actor2": isolated(_mid_sentence(actor2)),
    }
    if actor1.casefold() in _UNKNOWN_ATTACKERS:
        return _by_somebody_unknown(values)
    if actor1 and actor2:
        return gettext("%(what)s by %(actor1)s against %(actor2)s") % values
    if actor1:
        return gettext("%(what)s by %(actor1)s") % values
    if actor2:
        return gettext("%(what)s against %(actor2)s") % values
    return values["what"]


def _by_somebody_unknown(values: dict[str, str]) -> str:
    if values["actor2"]:
        return gettext("%(what)s against %(actor2)s, attacker unknown") % values
    return gettext("%(what)s, attacker unknown") % values


def _mid_sentence(actor: str) -> str:
    """A name as it is; a common noun without the capital that sources begin it with."""
    return actor.lower() if actor.casefold() in _COMMON_NOUNS else actor


def places(typed: str) -> str:
    """Places that sources part by semicolons, as one says them: “Bamba, Lere and Dioura”."""
    return listed([place for part in typed.split(";") if (place := part.strip())])


def number(value: int) -> str:
    """“1,540”, grouped as the language does."""
    return number_format(value, force_grouping=True)


def _killed_at_least(low: int) -> str:
    template = ngettext("at least %(low)s killed", "at least %(low)s killed", low)
    return template % {"low": number(low)}


def _killed_exactly(toll: int) -> str:
    if toll == 0:
        return gettext("nobody killed")
    return ngettext("%(toll)s killed", "%(toll)s killed", toll) % {"toll": number(toll)}


def _before(start: date | None, end: date | None) -> str:
    if end is None:
        raise ValueError("An incident needs a date, or the day it lies before.")
    if start is None:
        return gettext("before %(day)s") % {"day": day(end)}
    return gettext("between %(first_day)s and %(last_day)s") % {
        "first_day": day(start),
        "last_day": day(end),
    }


def _months(first: date, last: date) -> str:
    if month(first) == month(last):
        return gettext("in %(month)s") % {"month": month(first)}
    return gettext("between %(first_month)s and %(last_month)s") % {
        "first_month": month(first),
        "last_month": month(last),
    }


def _days(first: date, last: date) -> str:
    if first == last:
        return day(first)
    if month(first) == month(last):
        return f"{day_number(first)}–{day(last)}"
    if first.year == last.year:
        return f"{day_and_month(first)} – {day(last)}"
    return f"{day(first)} – {day(last)}"
