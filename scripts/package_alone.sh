#!/bin/sh
# Does the built wheel do what it should where nothing of the checkout is? With what pip installs for it, alone.
# Its demo needs the extra `train`; PIP_FIND_LINKS may name a folder with a torch build that fits the machine.
set -eu
bin="$PWD/.venv/bin"
links="${PIP_FIND_LINKS:+--find-links $PIP_FIND_LINKS}"
place=$(mktemp -d)
server=""
trap 'test -z "$server" || kill "$server" 2>/dev/null || true; rm -rf "$place"' EXIT
sh scripts/assets.sh
"$bin/python" -m hatchling build -t wheel -d "$place/dist"
wheel=$(ls "$place"/dist/*.whl)
"$bin/python" -m venv --without-pip "$place/venv"
"$bin/python" -m uv pip install --quiet --python "$place/venv/bin/python" "$wheel"
cd "$place"
venv/bin/upspiral --version
venv/bin/upspiral serve --port 0 --data served &
server=$!
until test -e served/server.json; do kill -0 "$server"; sleep 0.2; done
venv/bin/upspiral status --data served
kill "$server"
wait "$server" || true
server=""
# shellcheck disable=SC2086
"$bin/python" -m uv pip install --quiet --python venv/bin/python $links "$wheel[train]"
venv/bin/upspiral demo --data demo-data
