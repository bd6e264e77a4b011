#!/bin/sh
# Which exact packages does a machine get? Rewrites lock/core.txt and lock/train.txt from pyproject.toml, and lock/sdks*.txt
# (the SDKs whose traces are recorded, each set in an environment of its own) from the .in file beside each.
# torch and what it drags along stay out of the lock: which build fits is the machine's matter (CPU or CUDA).
set -eu
uv="${UV:-.venv/bin/uv}"
links="${PIP_FIND_LINKS:+--find-links $PIP_FIND_LINKS}"
common="--universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet"
leave="torch triton $(grep -ohE '^(nvidia|cuda)-[a-z0-9-]+' lock/*.txt 2>/dev/null | sort -u)"
leave="$leave nvidia-cublas nvidia-cuda-cupti nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft
  nvidia-cufile nvidia-curand nvidia-cusolver nvidia-cusparse nvidia-cusparselt-cu13 nvidia-nccl-cu13
  nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx cuda-bindings cuda-pathfinder cuda-toolkit"
skip=""; for name in $leave; do skip="$skip --no-emit-package $name"; done
$uv pip compile pyproject.toml --extra dev $common --exclude-newer "7 days" -o lock/core.txt
# shellcheck disable=SC2086
$uv pip compile pyproject.toml --extra dev --extra train $common --exclude-newer "7 days" \
  $links $skip -c lock/core.txt -o lock/train.txt
for set in sdks sdks-strands; do
  # shellcheck disable=SC2086
  $uv pip compile "lock/$set.in" $common --exclude-newer "7 days" -o "lock/$set.txt"
done
