"""Whether a page is HTML: html-validate, with a profile for mail."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests import programs

#: What mail needs and web pages should not: see the profile.
PROFILE = Path(__file__).parent / "node" / "htmlvalidate.json"


def mistakes(pages: Mapping[str, str]) -> dict[str, list[str]]:
    """By the name of each page what is wrong with its HTML, each mistake with its line.

    All are looked at in one go, since node takes its time to start.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        files = {name: Path(folder, f"{number}.html") for number, name in enumerate(pages)}
        for name, file in files.items():
            file.write_text(pages[name])
        done = subprocess.run(
            [
                "node",
                programs.NODE_PACKAGES / "html-validate/bin/html-validate.mjs",
                "--config",
                PROFILE,
                f"--formatter=json={report}",
                *files.values(),
            ],
            capture_output=True,
            text=True,
        )
        if not report.exists():
            raise RuntimeError(f"html-validate did not work: {done.stderr or done.stdout}")
        found = {Path(result["filePath"]): result for result in json.loads(report.read_text())}
        return {
            name: [
                f"{message['line']}: {message['ruleId']}: {message['message']}"
                for message in found.get(file, {"messages": []})["messages"]
            ]
            for name, file in files.items()
        }
