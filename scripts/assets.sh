#!/bin/sh
# What does the console take from npm? htmx and uPlot, of the versions that scripts/assets/package-lock.json pins,
# go into the package's folder of static files with their licenses. Without npm every page still works; nothing
# on it moves by itself then.
set -eu
cd "$(dirname "$0")/.."
to=src/upspiral/server/html/static
from=scripts/assets/node_modules
if ! command -v npm >/dev/null 2>&1; then
  echo "npm is missing: the console works without htmx and uPlot, but nothing on its pages moves by itself."
  exit 0
fi
npm ci --silent --ignore-scripts --no-audit --no-fund --prefix scripts/assets
cp "$from/htmx.org/dist/htmx.min.js" "$from/uplot/dist/uPlot.iife.min.js" "$from/uplot/dist/uPlot.min.css" "$to/"
cp "$from/htmx.org/LICENSE" "$to/htmx.LICENSE.txt"
cp "$from/uplot/LICENSE" "$to/uPlot.LICENSE.txt"
