"""Why the role of the functions has each of its statements, and what must be said of its policy."""

from collections.abc import Mapping
from typing import Final

WHY: Final[Mapping[str, str]] = {
    "DynamoDB": "groups, plans, executions and accounts are kept in the four tables",
    "StepFunctions": "executions are started, and looked at when one seems to stand still",
    "StepFunctionsTasks": "a gate that was decided, and work that was done elsewhere, wake the task that waits for it. No task beats yet, a long one may",
    "Lambda": "the engine has mails written and extended servers taken in, long work is handed on, and the state machine asks for the next step",
    "STS": "servers of another account are seen and recovered with the role there",
    "SNS": "mails are published, and who is named by a plan is subscribed",
    "SNSSubscriptions": "a subscription is asked for its state, filtered and ended. SNS knows no resource for it",
    "KMS": "SNS encrypts what is published, with the rights of who publishes",
    "KMSOfTheCustomer": "tables, queue and variables are encrypted with it, where a key is given",
    "CloudWatchDeadLetters": "Lambda puts what failed for good into the queue, with the role of the function",
    "CloudWatchLogs": "Lambda writes the log of a function with its role",
    "CloudWatchDelivery": "Step Functions sets up the delivery of its log; traces are sent to X-Ray. Neither knows a resource",
    "CloudWatchAlarms": "plans name alarms that must be quiet. Composite alarms are shown only to who may see all",
    "S3": "the console's pages are put into their bucket, old ones taken out",
    "CloudFront": "what has changed is served anew; the distribution is found by its tags",
    "CloudFormation": "before the bucket is emptied: whether the stack itself is going",
    "SSMRead": "health checks of plans: whether a document is there, an instance answers, and what became of a command",
    "SSMDocuments": "these documents are run as health checks, and no others",
    "SSMRecoveryInstances": "commands reach the instances that DRS made, which it tags",
    "SSMPreparedInstances": "and the ones that their owner lets DRS launch servers into",
    "SSMOpsItems": "an execution that failed is put before operations",
    "DRSRead": "servers, their snapshots, settings and jobs",
    "DRSWriteRecover": "servers are launched, and what was launched is ended. `CreateRecoveryInstanceForDrs` is DRS's own step of it, checked against the caller",
    "DRSWriteTagsOfMade": "a job has the id of its launch, by which it is found again if the answer was lost",
    "DRSWriteExtend": "servers that a staging account replicates are extended into this one. DRS knows no resource for it",
    "DRSWriteServers": "launch settings, and the tags of their instances, by which groups select servers",
    "EC2Read": "what DRS looks at in the caller's name, and what launch settings are chosen from and held against",
    "EC2LaunchTemplates": "launch settings that the template holds, only in those that DRS made",
    "EC2ThroughDRS": "what DRS does during a launch or a termination with the caller's rights; of no use outside a call that AWS makes",
    "IAMPassRole": "DRS gives its own roles to what it launches, and the instance profile that was chosen",
    "IAMRead": "one is chosen among the instance profiles. IAM knows no resource for it",
    "KMSVolumes": "encrypted volumes are restored with the rights of who began the recovery",
    "KMSGrants": "and EC2 is granted their use",
    "KMSStagingVolumes": "the same for keys of staging accounts, where some are named",
    "KMSStagingGrants": "and EC2 is granted their use",
    "ServiceQuotas": "how many jobs and servers DRS takes at once",
}
"""By the statement's name."""

SPECIFICATION: Final = """\
What functions and state machine may do has sixteen names. Each statement's name begins with one of them, and there are several
of one name only where resource or condition differ. The statements of `UnifiedOrchestrationRole` in `cfn/master-template.yaml` are
about what is the hub's own; those marked *servers* are about servers, and are given by `cfn/cross-account-role-stack.yaml`: to
the role of the functions for servers of the hub's own account, and to `DRSOrchestrationRole` in every other account.

EventBridge has no name here: rules are made by CloudFormation, and no function calls EventBridge. Service Quotas has one, because
the quotas of DRS decide what is launched at once. A role may do nothing that no function does; this is tested against every
call that the tests were seen to make (`tests/least_privilege`).

The column *used by* is what a function's own role has, with `RolePerFunction=true`
([DEPLOYMENT_FLEXIBILITY_GUIDE.md](../guides/DEPLOYMENT_FLEXIBILITY_GUIDE.md)); in brackets, where it is less than the whole statement.
The same as JSON, for a role of your own, and what stands for the words in capitals:
[ORCHESTRATION_ROLE_POLICY.md](../iam/ORCHESTRATION_ROLE_POLICY.md)."""

POLICY: Final = """\
For a deployment under a role of your own (`OrchestrationRoleArn`, [the modes](../guides/DEPLOYMENT_FLEXIBILITY_GUIDE.md)): its trust and
its rights, as the stack gives them to the role that it makes itself. Why each statement is there is said in
[ORCHESTRATION_ROLE_SPECIFICATION.md](../reference/ORCHESTRATION_ROLE_SPECIFICATION.md)."""

COMMANDS: Final = """\
In the folder of the repository, with your values; outside the partition `aws` one `-e` more, `s/arn:aws:/arn:aws-us-gov:/g`:"""

AFTERWARDS: Final = """\
The topic is encrypted with a key that the stack makes. Its id is known after the first deployment; until then any other stands
in its place, and no mail is published. Put `orchestration` anew then, with what this answers:

<!-- not run: takes a right on the key, which the local operator has not -->
```bash
aws kms describe-key --key-id alias/aws-drs-orchestration-notifications-dev --query KeyMetadata.KeyId --output text
```

All inline policies of a role may have 10,240 characters together, without white space; these have fewer. A role that exists is given them
in the same way. Target accounts trust it by its ARN: `OrchestrationRoleArn` of their stack."""

FULL: Final = """\
What is the hub's own. `S3`, `CloudFront` and `CloudFormation` are for the console: a role that never had one to serve may go without them,
one that had needs them until it is gone."""
OF_SERVERS: Final = "To recover servers of the hub's own account, beside the one above."
OF_CUSTOMER: Final = "With a key of your own (`CustomerKeyArn`), beside the others."
OF_STAGING: Final = "If staging accounts encrypt servers that are extended into the hub's own account (`StagingKeyArns`), beside the others."

CALLER: Final = """\
Operators and automation call the three functions of the API by their alias `live`, answer gates with the token of a mail, and see how
an execution is. The stack makes a policy for that, whose ARN is its output `CallerPolicyArn`; attach it to people and roles. Under
a role of your own (`OrchestrationRoleArn`) nothing of IAM is made: then make the policy of this document.

`live-api` is denied, whatever else somebody may do: through it an event says who calls (docs/adr/0013). What a caller may do in the
system is the parameter `DirectInvocationRole`."""
