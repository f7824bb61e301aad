"""What the environment says about this installation, checked before anything starts.

Every variable is described in docs/howto/configure.md. A value that cannot work
raises :class:`ImproperlyConfigured` with the name of the variable to mend.
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

env = Env()

#: A process that stands still in the middle of a transaction keeps its locks: PostgreSQL ends
#: its session after these milliseconds, and the others go on. No work of ours pauses so long
#: between two statements. It bounds every wait for a lock too, so there is no limit for those.
FROZEN = "idle_in_transaction_session_timeout=20000"
#: The same for one whose machine is gone without a word: it is asked, and does not answer.
VANISHED = "tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
#: Compiling a statement takes PostgreSQL longer than any of ours gains by it.
NO_COMPILING = "jit=off"
#: What is prepared is planned once: its rows are few, whatever its arrays hold.
ONE_PLAN = "plan_cache_mode=force_generic_plan"

#: A name as the DNS, or a network of containers, has it.
_HOST = (
    r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?"
)

#: What stands for yes, and for no, in a variable.
ON, OFF = ("true", "1", "yes", "on"), ("", "false", "0", "no", "off")
#: Databases that this works with, and where workers may hear the bell.
ENGINES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
BROKERS = ("redis", "rediss", "redis+socket", "sentinel")

#: The longest that anything is kept; a hundred years is for ever.
MOST_DAYS = 36_500


def stored_secret(path: Path) -> str:
    """The secret kept in the file at `path`, made on first use and readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret


def number(name: str, unset: int, *, least: int, most: int) -> int:
    """The whole number in variable `name`.

    Raises:
        ImproperlyConfigured: it is none, or not from `least` to `most`; so with all below.
    """
    given = env.str(name, "") or str(unset)
    if not re.fullmatch("[0-9]{1,9}", given) or not least <= int(given) <= most:
        raise ImproperlyConfigured(f"{name}={given} is not a whole number from {least} to {most}.")
    return int(given)


def seconds(name: str, unset: float, *, most: float) -> float:
    """The seconds in variable `name`: more than none."""
    given = env.str(name, "") or str(unset)
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", given) or not 0 < float(given) <= most:
        raise ImproperlyConfigured(f"{name}={given} is not a number of seconds up to {most:.0f}.")
    return float(given)


def is_on(name: str) -> bool:
    """Whether variable `name` says true; unset, it does not."""
    given = env.str(name, "").strip().lower()
    if given not in (*ON, *OFF):
        raise ImproperlyConfigured(f"{name}={given} is neither true nor false.")
    return given in ON


def one_of(name: str, unset: str, known: Sequence[str]) -> str:
    """The word in variable `name`, which is one of those `known`, in whatever case."""
    given = env.str(name, "") or unset
    found = {word.lower(): word for word in known}.get(given.lower())
    if found is None:
        raise ImproperlyConfigured(f"{name}={given} is not known. Known are: {', '.join(known)}.")
    return found


def host(name: str, unset: str, *, port: str) -> str:
    """The host in variable `name`: a name or an address, without the port, which is in `port`."""
    given = env.str(name, "") or unset
    if not (_is_address(given) or re.fullmatch(_HOST, given)):
        raise ImproperlyConfigured(
            f"{name}={given} is no host, such as mail.example.org. Its port goes into {port}."
        )
    return given


def _is_address(given: str) -> bool:
    try:
        ipaddress.ip_address(given)
    except ValueError:
        return False
    return True


def secret(name: str, *, database: Mapping[str, Any], fallback: Path) -> str:
    """The secret in variable `name`; kept in a file where one machine runs everything on SQLite.

    Raises:
        ImproperlyConfigured: the variable is unset and the database is a server, which
            other machines may share: each would make a secret of its own, and links in
            mail would stop working.
    """
    if value := env.str(name, ""):
        return value
    if database["ENGINE"] != "django.db.backends.sqlite3":
        raise ImproperlyConfigured(
            f"Set {name} to a long random text, the same on every machine of this site."
        )
    return stored_secret(fallback)


def database(var: Path) -> dict[str, Any]:
    """The database of DATABASE_URL, or a SQLite file under `var`."""
    config = _database_of(f"sqlite:///{var / 'db.sqlite3'}")
    if config["ENGINE"] == "django.db.backends.sqlite3":
        # A write transaction takes the lock at once: readers never turn writers half-way,
        # which is what makes SQLite answer "database is locked".
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    else:
        config["CONN_HEALTH_CHECKS"] = True
    if config["ENGINE"] == "django.db.backends.postgresql":
        config["OPTIONS"] = {
            "options": f"-c {FROZEN} -c {VANISHED} -c {NO_COMPILING} -c {ONE_PLAN}",
            **config.pop("OPTIONS", {}),
        }
    return config


def _database_of(unset: str) -> dict[str, Any]:
    try:
        config = dict(env.dj_db_url("DATABASE_URL", unset, conn_max_age=60))
    except EnvError:
        config = {"ENGINE": ""}
    if config["ENGINE"] not in ENGINES:
        # It holds a password: what was given is not repeated.
        raise ImproperlyConfigured(
            "DATABASE_URL is not like postgres://user:password@host/name. Databases other than "
            "PostgreSQL and SQLite are not known; an @ or / in the password is written %40 or %2F."
        )
    return config


def broker() -> str:
    """Where workers hear the bell, by REDIS_URL; empty for inside the process."""
    url = env.str("REDIS_URL", "")
    if url and _parts(url).scheme not in BROKERS:
        raise ImproperlyConfigured("REDIS_URL is not like redis://host:6379.")
    return url


def _parts(url: str) -> SplitResult:
    """The parts of an address; none of one that cannot be."""
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else urlsplit("")
    except ValueError:
        return urlsplit("")


def site_url() -> str:
    """The address readers reach this site at, without a slash at its end."""
    url = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
    parts = _parts(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
        raise ImproperlyConfigured(f"SITE_URL={url} is not like https://news.example.org.")
    if not url.isascii():
        # What browsers send as the host, and what every mail program can follow.
        raise ImproperlyConfigured(f"SITE_URL={url}: write its host as the DNS has it, xn--….")
    return url


def host_in(url: str) -> str:
    """The host of `url` as browsers send it: IPv6 in brackets."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host


#: More than anybody has: a number such as 8000 is a port in the wrong place.
MOST_PROXIES = 9


def proxies() -> int:
    """How many proxies stand in front of the site; `true` is one."""
    given = env.str("BEHIND_PROXY", "").strip().lower()
    count = {"": "0", "false": "0", "true": "1"}.get(given, given)
    if not (count.isdecimal() and int(count) <= MOST_PROXIES):
        raise ImproperlyConfigured(
            f"BEHIND_PROXY={given} is not known. Say true, false, or how many proxies there are."
        )
    return int(count)


def proxy_header() -> str:
    """The header to which each proxy adds the address of whom it answers."""
    name = env.str("PROXY_HEADER", "") or "X-Forwarded-For"
    if not re.fullmatch("[A-Za-z][A-Za-z-]*", name):
        raise ImproperlyConfigured(f"PROXY_HEADER={name} is no header, such as X-Forwarded-For.")
    return name


def kept_for(name: str, *, days: int, at_least: int) -> timedelta:
    """How long something is kept, by the number of days in variable `name`, or `days`."""
    given = env.str(name, "") or str(days)
    if not given.isdecimal() or not at_least <= int(given) <= MOST_DAYS:
        raise ImproperlyConfigured(
            f"{name}={given} is not a number of days from {at_least} to {MOST_DAYS}."
        )
    return timedelta(days=int(given))
