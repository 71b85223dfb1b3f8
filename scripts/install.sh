#!/bin/sh
# Installs Deskcue into .venv: with uv when it is there, with venv and pip when it is not.
# `app` installs what running needs, `dev` adds what the tests need. Quiet on standard output.
set -eu
kind=$1
python=$2
cd "$(dirname "$0")/.."

"$python" - <<'CHECK' || exit 1
import sys
if sys.version_info < (3, 11):
    sys.exit(f"Deskcue needs Python 3.11 or newer; this is {sys.version.split()[0]}. Set PYTHON=/path/to/python3.11")
CHECK

# The pinned lists are exported from uv.lock (make lock), so that both ways install the same.
if command -v uv >/dev/null 2>&1; then
    echo "Installing Deskcue into .venv with uv ..." >&2
    if [ "$kind" = dev ]; then
        uv sync --quiet --frozen --all-groups --python "$python" >&2
    else
        uv sync --quiet --frozen --no-dev --inexact --python "$python" >&2
    fi
else
    echo "Installing Deskcue into .venv with pip ..." >&2
    [ -x .venv/bin/python ] || "$python" -m venv .venv >&2
    .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes \
        -r "scripts/requirements-$kind.txt" >&2
    .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . >&2
fi
touch ".venv/.$kind"
[ "$kind" = app ] || touch .venv/.app
