"""The compose file, the image and .env.example against the code they start."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from config.channels import Variables

ROOT = Path(settings.BASE_DIR)
#: What the other images read, and what fills in the compose file itself.
NOT_FOR_US = {"POSTGRES_PASSWORD"}


@pytest.fixture
def services() -> dict[str, dict[str, Any]]:
    """Our own services: those that run the image built here."""
    everything = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return {name: service for name, service in everything.items() if "build" in service}


@pytest.fixture
def described() -> set[str]:
    guide = (ROOT / "docs/howto/configure.md").read_text()
    return set(re.findall(r"^\| `([A-Z_]+)` \|", guide, re.MULTILINE))


def image_command() -> list[str]:
    [command] = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return list(yaml.safe_load(command))


def programs(command: list[str]) -> list[list[str]]:
    """The programs that a command runs, those of a shell line one by one."""
    if command[:2] == ["sh", "-c"]:
        return [shlex.split(part) for part in command[2].split("&&")]
    return [command]


def commands(services: dict[str, dict[str, Any]]) -> list[list[str]]:
    given = [service["command"] for service in services.values() if "command" in service]
    return [program for command in [*given, image_command()] for program in programs(command)]


def test_every_variable_it_sets_is_one_the_code_reads(
    services: dict[str, dict[str, Any]], described: set[str]
) -> None:
    names = {name for service in services.values() for name in service["environment"]}

    assert names <= described


def test_the_example_of_env_names_nothing_unknown(described: set[str]) -> None:
    text = (ROOT / ".env.example").read_text()
    names = set(re.findall(r"^(?:# )?([A-Z_]+)=", text, re.MULTILINE))
    of_channel = {Variables("alerts").of(name) for name in described}

    assert names <= described | of_channel | NOT_FOR_US


def test_what_must_be_filled_in_stands_in_the_example() -> None:
    required = re.findall(r"\$\{([A-Z_]+):\?", (ROOT / "docker-compose.yml").read_text())
    example = (ROOT / ".env.example").read_text()

    assert [name for name in required if f"\n{name}=\n" not in example] == []


def test_every_program_it_runs_is_installed(services: dict[str, dict[str, Any]]) -> None:
    beside_python = str(Path(sys.executable).parent)
    names = {command[0] for command in commands(services)}

    assert [name for name in names if not shutil.which(name, path=beside_python)] == []


def test_every_management_command_it_runs_exists(services: dict[str, dict[str, Any]]) -> None:
    wanted = {
        command[2] for command in commands(services) if command[:2] == ["python", "manage.py"]
    }

    assert wanted
    assert wanted <= set(get_commands())


def test_what_gunicorn_and_celery_load_exists() -> None:
    assert callable(import_module("config.wsgi").application)
    assert import_module("config").celery_app.main == "newsletter"


def test_everything_waits_for_the_tables(services: dict[str, dict[str, Any]]) -> None:
    waiting = {
        name: service["depends_on"].get("prepare", {}).get("condition")
        for name, service in services.items()
        if name != "prepare"
    }

    assert waiting == dict.fromkeys(waiting, "service_completed_successfully")
    assert waiting


def test_everything_the_image_needs_reaches_the_builder() -> None:
    sent = {
        line.removeprefix("!").split("/")[0]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }

    assert sent >= {"config", "newsletter", "subscribers", "templates", "static", "locale"}
