"""The sink as drills and benchmarks use it: a program of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.faults.esp_plans import Plan


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return tmp_path / "truth"


@pytest.fixture
def url(truth: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.faults.esp_sink", "--shape", "mailgun"]
    process = subprocess.Popen([*command, "--truth", truth], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v3/news.example/messages"
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()


FORM = {
    "to": ["one@a.example", "two@a.example"],
    "text": "Of Xsec7X.",
    "recipient-variables": json.dumps(
        {"one@a.example": {"v:d": "1"}, "two@a.example": {"v:d": "2"}}
    ),
}


@pytest.mark.parametrize("files", [None, {"attachment": ("a.txt", b"a", "text/plain")}])
def test_it_notes_every_reader_whom_it_took(url: str, truth: Path, files: object) -> None:
    answer = requests.post(url, data=FORM, files=files, timeout=5)  # type: ignore[arg-type]

    assert answer.json()["message"] == "Queued. Thank you."
    assert [json.loads(line) for line in truth.read_text().splitlines()] == [
        {"d": "1", "to": "one@a.example", "says": {"Xsec7X": 1}},
        {"d": "2", "to": "two@a.example", "says": {"Xsec7X": 1}},
    ]


def test_it_refuses_a_call_that_would_show_readers_to_each_other(url: str, truth: Path) -> None:
    answer = requests.post(url, data={"to": FORM["to"]}, timeout=5)

    assert answer.status_code == 400
    assert truth.read_text() == ""


def test_a_fault_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="418"):
        Plan("mailgun", rates={"418": 0.1})
