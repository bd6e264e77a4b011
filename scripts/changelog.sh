#!/bin/sh
# Which changes has the next version? Writes its section of CHANGELOG.md from the fragments in changelog.d/.
# At a release, the line "<!-- released -->" goes above the section, and the fragments go.
set -eu
bin="${BIN:-.venv/bin}"
version=$("$bin/python" -c 'import sys; sys.path.insert(0, "src"); from upspiral.version import __version__; print(__version__)')
next=$(mktemp)
trap 'rm -f "$next"' EXIT
{
  sed '/^<!-- next -->$/q' CHANGELOG.md
  echo
  "$bin/towncrier" build --draft --version "$version" 2>/dev/null | sed -n '/^## /,$p' | cat -s
  echo
  sed -n '/^<!-- released -->$/,$p' CHANGELOG.md
} | cat -s >"$next"
cat "$next" >CHANGELOG.md
