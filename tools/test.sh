#!/usr/bin/env bash
# test.sh PYTHON: every test with coverage, in two runs at once. The console's and what runs whole systems in processes of their
# own, on a clock that goes on, leave cores idle and come first; everything else takes what is left of the cores, and all of
# them afterwards. Both go to their ends, whatever becomes of the other. Coverage is judged of both, and so is what the product
# asked of AWS in all of it: tests/least_privilege/calls.json must hold it, which the roles must allow. Of the sweeps, many
# cases of one story, about a third is played; `make sweeps` plays all. What failed is told once more at the end.
set -uo pipefail
python=$1 failed=()
RECORD_AWS_CALLS=$PWD/build/aws-calls
export RECORD_AWS_CALLS
rm -rf "$RECORD_AWS_CALLS"
mkdir -p build
alone='tests/e2e tests/integration/local'
uncounted='--cov=lambda --cov-report= --cov-fail-under=0'

COVERAGE_FILE=.coverage.most tools/giving_way.sh "$python" -m pytest --ignore=tests/bench $(printf -- '--ignore=%s ' $alone) \
    --sample -n auto --dist worksteal $uncounted >build/test-most.log 2>&1 &
most=$!
trap 'kill $most 2>/dev/null' EXIT
trap 'exit 130' INT TERM

make --silent test-frontend 2>&1 | tee build/test-console.log || failed+=(console)
COVERAGE_FILE=.coverage.alone "$python" -m pytest $alone $uncounted 2>&1 | tee build/test-alone.log || failed+=(alone)
wait $most || failed+=(most)
cat build/test-most.log
{
    "$python" -m coverage combine --quiet .coverage.most .coverage.alone && "$python" -m coverage report
} 2>&1 | tee build/test-coverage.log || failed+=(coverage)
"$python" -m tests.least_privilege "$RECORD_AWS_CALLS" 2>&1 | tee build/test-privileges.log || failed+=(privileges)
for part in "${failed[@]}"; do
    echo "Failed: build/test-$part.log"
    grep -aE '^(FAILED|ERROR) |^Coverage failure| FAIL ' "build/test-$part.log" | sort -u | tail -n 40
done
exit $((${#failed[@]} > 0))
