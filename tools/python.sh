#!/bin/sh
# Prints the Python that the virtual environments are made from: 3.12, which is what runs in AWS (the one on the path, or
# else one that pyenv holds), or else a later or earlier one from 3.11 on. A name that does not really run (a version
# manager's empty shim) is passed over.
set -u
for python in python3.12 "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.12.*/bin/python python3 python3.13 python3.11; do
    "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
    "$python" -c 'import sys; print(sys.executable)'
    exit 0
done
echo "No usable Python: install Python 3.12 (or any from 3.11 on) with its venv module, then run make again." >&2
exit 1
