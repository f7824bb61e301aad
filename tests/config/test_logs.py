from __future__ import annotations

import logging
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

from config.logs import StrangersInOneLine, WithoutTokens

PROXY_GUIDE = Path(__file__).parents[2] / "docs/howto/proxy.md"


def logged(message: str, *args: object) -> str:
    record = logging.LogRecord("django", logging.WARNING, __file__, 1, message, args, None)
    assert WithoutTokens().filter(record)
    return record.getMessage()


def test_tokens_are_cut_out_of_paths() -> None:
    assert logged("Gone: %s", "/unsubscribe/abc:def-1/") == "Gone: /unsubscribe/…/"
    assert logged('"GET /confirm/abc HTTP/1.1" 404') == '"GET /confirm/… HTTP/1.1" 404'


def pages_with_keys() -> list[str]:
    """What the addresses begin with that have a token or the name of a mail in them."""
    written = "\n".join(
        str(pattern.pattern)
        for app in ("subscribers", "newsletter")
        for pattern in import_module(f"{app}.urls").urlpatterns
    )
    return sorted(set(re.findall(r"^(\w+)/<str:\w+>", written, re.MULTILINE)))


@pytest.mark.parametrize("page", pages_with_keys())
def test_no_log_tells_a_key_of_any_page_nor_whom_a_mail_is_to(page: str) -> None:
    for_nginx = re.search(r'"~(\^/\(\?<page>[^"]+)"', PROXY_GUIDE.read_text())

    assert logged(f"Not Found: /{page}/awa@a.example/html/") == f"Not Found: /{page}/…/html/"
    assert for_nginx is not None
    assert re.match(for_nginx[1].replace("?<", "?P<"), f"/{page}/abc/")


def test_everything_else_is_logged_as_it_is() -> None:
    assert logged("Mailing %s: %d%% done", 7, 50) == "Mailing 7: 50% done"


def record_of_an_error(logger: str) -> logging.LogRecord:
    try:
        raise ValueError
    except ValueError:
        found = sys.exc_info()
    record = logging.LogRecord(logger, logging.ERROR, __file__, 1, "Invalid host", (), found)
    assert StrangersInOneLine().filter(record)
    return record


def test_what_strangers_do_wrong_is_a_warning_in_one_line() -> None:
    record = record_of_an_error("django.security.DisallowedHost")

    assert logging.Formatter("%(levelname)s %(message)s").format(record) == "WARNING Invalid host"


def test_what_we_do_wrong_is_an_error_with_its_traceback() -> None:
    assert record_of_an_error("django.request").exc_info
