# Does the core install and pass its tests without torch? A venv of its own says so.
set -eu
place=.venv-core
test -x $place/bin/python || ${PYTHON:-python3} -m venv $place
$place/bin/python -m uv --version >/dev/null 2>&1 || $place/bin/python -m pip install --quiet uv
$place/bin/python -m uv pip install --quiet --python $place/bin/python --no-deps --require-hashes -r lock/core.txt
$place/bin/python -m uv pip install --quiet --python $place/bin/python --no-deps --editable .
if $place/bin/python -c 'import torch' 2>/dev/null; then echo 'torch came in with the core' >&2; exit 1; fi
$place/bin/python -m pytest -m 'not slow' --timeout 300
