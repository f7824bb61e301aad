#!/usr/bin/env bash
# Writes the lock files anew from pyproject.toml: every package, every platform, with hashes.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
  .venv/bin/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-header --upgrade "$@"
}
compile --output-file requirements/run.txt
compile --extra ses --output-file requirements/ses.txt
compile --extra ses --group dev --output-file requirements/dev.txt
