#!/usr/bin/env bash
# A stage of a pipeline that proves that a plan recovers: checks before, a drill, checks after, clean-up.
#
#   PLAN_NAME=BillingDiamond examples/bash/dr_ci_pipeline.sh
#
# It needs bash, jq, the AWS CLI, and credentials of the hub account with the rights of examples/python/iam-policy.json.
# The plan should have no gates: nobody approves here, and a drill that waits for a person fails by its patience.
#
#   exit  means
#   0     the drill is COMPLETED, within the plan's recovery time, and its instances are gone
#   1     the drill ended otherwise, or an operation was refused
#   2     a variable is missing
#   3     the checks before the drill failed; nothing was started
#   4     the checks after the drill failed: the recovery time was missed, or an instance is not there
#   5     the drill's instances are not gone: look at the execution
#   6     the drill took longer than PATIENCE seconds and was cancelled
set -euo pipefail

[ -n "${PLAN_NAME:-}" ] || { echo "PLAN_NAME is not set" >&2; exit 2; }
PROJECT=${PROJECT:-aws-drs-orchestration}
ENVIRONMENT=${ENVIRONMENT:-dev}
TOKEN=${TOKEN:-pipeline-$(date +%s)-$$} # the id of the pipeline's run: one that is repeated goes on with the same drill
EVERY=${EVERY:-15}
PATIENCE=${PATIENCE:-7200}
EXECUTION="" SEEN='{"waves": []}'

say() { echo "$*" >&2; }

# call FUNCTION JSON: the result of an operation. What is worth another try gets five; 1 and the sentence otherwise.
call() {
  local answer attempt
  for attempt in 1 2 3 4 5 6; do
    answer=$(aws lambda invoke --function-name "$PROJECT-$1-$ENVIRONMENT:live" --cli-read-timeout 130 \
      --payload fileb:///dev/stdin /dev/fd/3 3>&1 >/dev/null <<<"$2") || return 1
    if ! jq -e 'has("error") or has("errorMessage")' <<<"$answer" >/dev/null; then
      echo "$answer"
      return 0
    fi
    jq -e '.retryable == true' <<<"$answer" >/dev/null && [ "$attempt" -lt 6 ] || break
    sleep "$(jq '.details.retryAfterSeconds // 5' <<<"$answer")"
  done
  say "refused: $(jq -r '"\(.error // .errorType): \(.message // .errorMessage)"' <<<"$answer")"
  return 1
}

of_execution() { jq -nc --arg operation "$1" --arg id "$EXECUTION" '{operation: $operation, executionId: $id}'; }

# The plan's id by its name, page after page.
find_plan() {
  local page token=null
  while :; do
    page=$(call query-handler "$(jq -nc --arg name "$PLAN_NAME" --argjson token "$token" \
      '{operation: "list_recovery_plans", namePrefix: $name, nextToken: $token}')") || return 1
    jq -er --arg name "$PLAN_NAME" 'first(.items[] | select(.planName == $name)).planId' <<<"$page" && return 0
    token=$(jq '.nextToken' <<<"$page")
    [ "$token" != null ] || { say "there is no plan $PLAN_NAME"; return 1; }
  done
}

check_before() {
  local report
  PLAN=$(find_plan) || return 1
  report=$(call query-handler "$(jq -nc --arg id "$PLAN" \
    '{operation: "preflight_recovery_plan", planId: $id, executionType: "DRILL"}')") || return 1
  jq -r '.findings[] | "preflight \(.outcome) \(.code): \(.message)"' <<<"$report" >&2
  jq -e '.canStart' <<<"$report" >/dev/null || { say "the plan cannot be started now"; return 1; }
}

start() {
  local started
  started=$(call execution-handler "$(jq -nc --arg id "$PLAN" --arg token "$TOKEN" \
    '{operation: "start_execution", planId: $id, executionType: "DRILL", reason: "pipeline \($token)", clientToken: $token}')") || return 1
  EXECUTION=$(jq -r '.executionId' <<<"$started")
  say "started drill $EXECUTION of $(jq '.serverCount' <<<"$started") servers"
}

# 0 once the drill has ended, 6 if it took too long.
watch_drill() {
  local told="" line
  while [ "$SECONDS" -lt "$PATIENCE" ]; do
    SEEN=$(call query-handler "$(of_execution get_execution)") || return 1
    line=$(jq -r '"\(.status) \(.progress) %: " + ([.waves[] | "\(.waveName) \(.status)"] | join(", "))' <<<"$SEEN")
    [ "$line" = "$told" ] || say "$line"
    told=$line
    case $line in COMPLETED* | PARTIAL* | FAILED* | CANCELLED* | TIMEOUT*) return 0 ;; esac
    sleep "$EVERY"
  done
  say "the drill took longer than $PATIENCE seconds"
  return 6
}

# 0 if the drill is what it should be, 1 if it ended otherwise, 4 if it is not good enough.
check_after() {
  local there wanted
  say "$(jq -r '"\(.status): \(.statusReason)"' <<<"$SEEN")"
  jq -r '.waves[] | select(.failedCount > 0) | "\(.waveName): \(.statusReason)"' <<<"$SEEN" >&2
  jq -e '.status == "COMPLETED"' <<<"$SEEN" >/dev/null || return 1
  say "recovered in $(jq '.rto.actualSecondsWithoutGates' <<<"$SEEN") s"
  jq -e '.rto.met != false' <<<"$SEEN" >/dev/null || { say "the plan's recovery time was missed"; return 4; }
  there=$(call query-handler "$(of_execution get_recovery_instances | jq -c '. + {limit: 100}')") || return 1
  wanted=$(jq '[.serverCount, 100] | min' <<<"$SEEN")
  jq -e --argjson wanted "$wanted" '(.items | length) == $wanted and (.unread | length) == 0' <<<"$there" >/dev/null ||
    { say "of $wanted servers $(jq '.items | length' <<<"$there") have instances"; return 4; }
}

# Whether nothing of the drill is left.
clean_up() {
  local status
  call execution-handler "$(of_execution terminate_instances)" >/dev/null || return 1
  while [ "$SECONDS" -lt "$((PATIENCE + 1800))" ]; do
    status=$(call query-handler "$(of_execution get_termination_status)" | jq -r '.status') || return 1
    say "termination $status"
    [ "$status" = RUNNING ] || { [ "$status" = COMPLETED ]; return; }
    sleep "$EVERY"
  done
  return 1
}

# Nothing new is launched after a cancel; what was launched before is listed in the execution.
cancel() {
  [ -z "$EXECUTION" ] || call execution-handler "$(of_execution cancel_execution)" >/dev/null || true
}
trap 'cancel; exit 130' INT
trap 'cancel; exit 143' TERM

check_before || exit 3
start || exit 1
code=0
watch_drill || code=$?
if [ "$code" != 0 ]; then
  cancel
  exit "$code"
fi
check_after || code=$?
if [ "$(jq '[.waves[].launchedCount] | add // 0' <<<"$SEEN")" != 0 ]; then clean_up || exit 5; fi
exit "$code"
