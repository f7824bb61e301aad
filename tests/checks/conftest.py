"""What the checks share: the emails, made once, and the heavy tools, started once each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, sync_playwright

from tests import programs
from tests.checks.mail import Mail
from tests.checks.sample import mails_of, make_site
from tests.checks.spam import spamassassin
from tests.features.site import QUIET

# The bytes are the same whatever the database: one look at them is enough.
collect_ignore_glob = (
    [] if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3" else ["test_*.py"]
)

Judge = Callable[[bytes], tuple[float, str]]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    make_site(folder)
    return folder


@pytest.fixture(scope="session")
def mails(site: Path) -> dict[str, Mail]:
    return mails_of(site)


@pytest.fixture(scope="session")
def needed() -> Callable[[str, Path | None], Path]:
    """A program by its name, or a skipped test; on the build machine, a failed one."""

    def needed(name: str, found: Path | None) -> Path:
        if found is None:
            missing = f"{name} is not here: `python -m tests.prepare` installs it."
            if programs.must_have_everything():
                pytest.fail(missing)
            pytest.skip(missing)
        return found

    return needed


@pytest.fixture(scope="session")
def node_packages(needed: Callable[..., Path]) -> Path:
    return needed("A package of node", programs.node_packages())


# Not for longer: Django refuses its database to a thread in which Playwright is at work.
@pytest.fixture(scope="module")
def browser_page(needed: Callable[..., Path], node_packages: Path) -> Iterator[Page]:
    program = needed("Chromium", programs.chromium())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser.new_page()
        browser.close()


@pytest.fixture(scope="session")
def judge(needed: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    needed("SpamAssassin", programs.spamassassin())
    with spamassassin(tmp_path_factory.mktemp("spam")) as judge:
        yield judge
