#!/bin/sh
# venv.sh FOLDER LOCK STAMP: makes the virtual environment if it is not there, installs the lock, and leaves the stamp
# last, so that an interrupted installation is taken up again and a finished one is not repeated. The lock is complete, so
# nothing is resolved: a release of tomorrow must not meet a resolver that prefers it to what is locked.
set -eu
folder=$1 lock=$2 stamp=$3
if ! "$folder/bin/python" -c '' >/dev/null 2>&1; then
    python=$(tools/python.sh)
    echo "making $folder with $python"
    "$python" -m venv --clear "$folder"
fi
echo "installing $lock into $folder"
"$folder/bin/python" -m pip install --disable-pip-version-check --no-input --quiet --no-deps --require-hashes -r "$lock"
found=$("$folder/bin/python" -m pip check --disable-pip-version-check) || { echo "$found" >&2; exit 1; }
rm -f "$folder"/.ready-*
: >"$stamp"
