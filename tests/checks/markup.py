"""Whether a page is HTML: html-validate, with a profile for mail."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from tests import programs

#: What mail needs and web pages should not: see the profile.
PROFILE = Path(__file__).parent / "node" / "htmlvalidate.json"


def mistakes(html: str) -> list[str]:
    """What is wrong with the HTML of a mail, each with its line."""
    with tempfile.TemporaryDirectory() as folder:
        page, report = Path(folder, "mail.html"), Path(folder, "report.json")
        page.write_text(html)
        done = subprocess.run(
            [
                "node",
                programs.NODE_PACKAGES / "html-validate/bin/html-validate.mjs",
                "--config",
                PROFILE,
                f"--formatter=json={report}",
                page,
            ],
            capture_output=True,
            text=True,
        )
        if not report.exists():
            raise RuntimeError(f"html-validate did not work: {done.stderr or done.stdout}")
        return [
            f"{message['line']}: {message['ruleId']}: {message['message']}"
            for result in json.loads(report.read_text())
            for message in result["messages"]
        ]
