#!/bin/sh
# Writes the locks: requirements-dev.txt, requirements-lambda.txt, requirements-awscli.txt, requirements-checkov.txt and
# requirements-docs.txt. They are resolved under Python 3.11, the oldest that is supported, because what runs there runs on 3.12
# too. Registries stay out of the files.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${PYTHON311:-python3.11}" -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools==7.6.2
compile() {
    CUSTOM_COMPILE_COMMAND="make lock" "$scratch/venv/bin/pip-compile" --quiet --generate-hashes --allow-unsafe \
        --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links "$@"
}
compile -o requirements-dev.txt requirements-dev.in
compile -c requirements-dev.txt -o requirements-lambda.txt requirements.in
compile -o requirements-awscli.txt requirements-awscli.in
compile -o requirements-checkov.txt requirements-checkov.in
compile -o requirements-docs.txt requirements-docs.in
