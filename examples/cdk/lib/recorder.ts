/** The code of the function that keeps what came of a drill. Inline, so that the stack has no assets. */
export const DRILL_RECORDER = `
import json
import os
from datetime import datetime, timezone

import boto3

LAMBDA = boto3.client("lambda")
TABLE = boto3.resource("dynamodb").Table(os.environ["RESULTS_TABLE"])


def handler(event, context):
    """One item for each run; an event that comes twice writes it twice, which changes nothing."""
    run = event["detail"]
    ended = datetime.fromtimestamp(run["stopDate"] / 1000, timezone.utc)
    item = {
        "planId": json.loads(run["input"])["planId"],
        "endedAt": ended.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "status": run["status"],
        "run": run["name"],
    }
    if run["status"] == "SUCCEEDED":
        item |= recovered(json.loads(run["output"])["executionId"])
    TABLE.put_item(Item=item)


def recovered(execution_id):
    """How long the recovery took, asked of query-handler by direct invocation."""
    call = {"operation": "get_execution", "executionId": execution_id, "limit": 1}
    answer = LAMBDA.invoke(FunctionName=os.environ["QUERY_FUNCTION"], Payload=json.dumps(call))
    execution = json.load(answer["Payload"])
    if "error" in execution or "FunctionError" in answer:
        raise RuntimeError(f"{execution_id} could not be read: {execution}")
    return {"executionId": execution_id, "rtoSeconds": execution["rto"]["actualSeconds"]}
`;
