#!/bin/sh
# test.sh PYTHON: every test with coverage. What runs whole systems in processes of their own, on a clock that goes on, is
# run alone; everything else shares the cores. Both parts run, whatever becomes of the first; coverage is judged at the end,
# and what the product asked of AWS in all of it is told where it differs from tests/least_privilege/calls.json, which the roles must
# allow. That alone fails nothing yet: what is kept was recorded by parts, and tests of single gateways name things their own way.
set -u
python=$1 failed=0
RECORD_AWS_CALLS=$PWD/build/aws-calls
export RECORD_AWS_CALLS
rm -rf "$RECORD_AWS_CALLS"
alone='tests/e2e tests/integration/local'
"$python" -m pytest --ignore=tests/bench $(printf -- '--ignore=%s ' $alone) -n auto --dist worksteal \
    --cov=lambda --cov-report= --cov-fail-under=0 || failed=1
"$python" -m pytest $alone --cov=lambda --cov-append || failed=1
"$python" -m tests.least_privilege "$RECORD_AWS_CALLS" || true
exit $failed
