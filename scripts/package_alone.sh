#!/bin/sh
# Do the distributions do what they should where nothing of the checkout is? They are left in dist/: the source
# distribution, the wheel built out of it, the client's wheel and, where npm is, the JavaScript package. The wheel
# is installed with what pip installs for it, alone, and so is the client.
# The demo needs the extra `train`; PIP_FIND_LINKS may name a folder with a torch build that fits the machine.
set -eu
bin="$PWD/.venv/bin"
dist="$PWD/dist"
links="${PIP_FIND_LINKS:+--find-links $PIP_FIND_LINKS}"
place=$(mktemp -d)
server=""
trap 'test -z "$server" || kill "$server" 2>/dev/null || true; rm -rf "$place"' EXIT
rm -rf "$dist"
sh scripts/assets.sh
"$bin/python" -m hatchling build -t sdist -d "$dist"
tar -xzf "$dist"/upspiral-*.tar.gz -C "$place"
(cd "$place"/upspiral-*/ && "$bin/python" -m hatchling build -t wheel -d "$dist")
wheel=$(ls "$dist"/upspiral-*.whl)
(cd packages/upspiral-client && "$bin/python" -m hatchling build -t wheel -d "$dist")
if command -v npm >/dev/null 2>&1; then
  npm ci --silent --prefix tests/browser
  (cd packages/upspiral-js && npm pack --silent --pack-destination "$dist")
fi
"$bin/python" -m zipfile --list "$wheel" | grep -E 'licenses/LICENSE|htmx.min.js|uPlot.iife.min.js|demo/demo.py' \
  || echo "without htmx and uPlot, which npm would have brought"

"$bin/python" -m venv --without-pip "$place/client"
"$bin/python" -m uv pip install --quiet --python "$place/client/bin/python" "$dist"/upspiral_client-*.whl
echo "the client and all it needs: $(du -sk --exclude __pycache__ "$place"/client/lib/python*/site-packages | cut -f1) kB"
"$place/client/bin/python" -c "import upspiral_client; print('upspiral-client', upspiral_client.__version__)"

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
ls -l "$dist"
