"""How much like spam a mail looks: SpamAssassin with its own rules, without asking the network."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = Path(__file__).with_suffix(".pl")
RULES = Path("/usr/share/spamassassin")
#: Which of its plugins are there; what else stands beside them is this machine's own.
PLUGINS = Path("/etc/spamassassin")


@contextmanager
def spamassassin(folder: Path) -> Iterator[Callable[[bytes], tuple[float, str]]]:
    """A judge that gives a message its score, and names the rules it met.

    One process judges all that it is given: to read the rules takes it seconds.
    """
    site = folder / "plugins"
    site.mkdir()
    for plugins in PLUGINS.glob("*.pre"):
        (site / plugins.name).write_bytes(plugins.read_bytes())
    errors = folder / "errors"
    with (
        errors.open("w") as log,
        subprocess.Popen(
            ["perl", PROGRAM, RULES, site],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        to_perl, from_perl = process.stdin, process.stdout
        assert to_perl
        assert from_perl

        def judge(raw: bytes) -> tuple[float, str]:
            (folder / "mail").write_bytes(raw)
            to_perl.write(f"{folder / 'mail'}\n")
            to_perl.flush()
            answer = from_perl.readline()
            assert answer, errors.read_text()
            score, _space, rules = answer.strip().partition(" ")
            return float(score), rules

        yield judge
        to_perl.close()
