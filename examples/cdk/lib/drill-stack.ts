import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Tags } from "aws-cdk-lib";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as events from "aws-cdk-lib/aws-events";
import * as targets from "aws-cdk-lib/aws-events-targets";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import * as sfn from "aws-cdk-lib/aws-stepfunctions";
import type { Construct } from "constructs";

import { Orchestration } from "./orchestration.js";
import { DRILL_RECORDER } from "./recorder.js";

export interface DrillStackProps extends StackProps {
  /** ProjectName and Environment of the deployment whose functions are called. */
  readonly project: string;
  readonly environment: string;
  /** The plan that is rehearsed every month; without one nothing is scheduled. */
  readonly planId: string;
}

/** Rehearses a plan every month by the state machine of examples/stepfunctions, and keeps what came of it in a table. */
export class DrillStack extends Stack {
  constructor(scope: Construct, id: string, props: DrillStackProps) {
    super(scope, id, props);
    const orchestration = new Orchestration(this, props);
    const results = this.results();
    const machine = this.machine(orchestration);
    this.record(machine, results, orchestration);
    if (props.planId !== "") {
      this.schedule(machine, props.planId);
    }
    Tags.of(this).add("Project", props.project);
    Tags.of(this).add("Environment", props.environment);
    new CfnOutput(this, "StateMachineArn", { value: machine.stateMachineArn });
    new CfnOutput(this, "ResultsTable", { value: results.tableName });
  }

  /** One item for each run, by plan and time: docs/DYNAMODB_INTEGRATION.md. */
  private results(): dynamodb.Table {
    const table = new dynamodb.Table(this, "DrillResults", {
      partitionKey: { name: "planId", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "endedAt", type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    table.addGlobalSecondaryIndex({
      indexName: "byStatus",
      partitionKey: { name: "status", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "endedAt", type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.ALL,
    });
    return table;
  }

  /** The machine of examples/stepfunctions, unchanged: docs/STEPFUNCTIONS_INTEGRATION.md. */
  private machine(orchestration: Orchestration): sfn.StateMachine {
    const role = new iam.Role(this, "DrillRole", { assumedBy: new iam.ServicePrincipal("states.amazonaws.com") });
    orchestration.admit(role);
    return new sfn.StateMachine(this, "Drill", {
      definitionBody: sfn.DefinitionBody.fromFile("../stepfunctions/drill.asl.json"),
      definitionSubstitutions: {
        QueryFunction: orchestration.query.functionArn,
        ExecutionFunction: orchestration.execution.functionArn,
      },
      role,
      tracingEnabled: true,
      logs: {
        destination: new logs.LogGroup(this, "DrillLog", {
          retention: logs.RetentionDays.ONE_YEAR,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: sfn.LogLevel.ERROR,
      },
    });
  }

  /** A function of ours that asks query-handler itself, and writes the item. */
  private record(machine: sfn.StateMachine, results: dynamodb.Table, orchestration: Orchestration): void {
    const role = new iam.Role(this, "RecorderRole", {
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName("service-role/AWSLambdaBasicExecutionRole")],
    });
    orchestration.admitReader(role);
    results.grant(role, "dynamodb:PutItem");
    const recorder = new lambda.Function(this, "Recorder", {
      runtime: lambda.Runtime.PYTHON_3_12,
      handler: "index.handler",
      code: lambda.Code.fromInline(DRILL_RECORDER),
      timeout: Duration.seconds(60),
      role,
      environment: { QUERY_FUNCTION: orchestration.query.functionArn, RESULTS_TABLE: results.tableName },
    });
    new events.Rule(this, "DrillEnded", {
      description: "Keeps what came of a drill when its run ends",
      eventPattern: {
        source: ["aws.states"],
        detailType: ["Step Functions Execution Status Change"],
        detail: { stateMachineArn: [machine.stateMachineArn], status: ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] },
      },
      targets: [new targets.LambdaFunction(recorder, { retryAttempts: 10, maxEventAge: Duration.hours(6) })],
    });
  }

  private schedule(machine: sfn.StateMachine, planId: string): void {
    new events.Rule(this, "EveryMonth", {
      description: "Starts a drill at six in the morning (UTC) on the first of each month",
      schedule: events.Schedule.expression("cron(0 6 1 * ? *)"),
      targets: [
        new targets.SfnStateMachine(machine, {
          input: events.RuleTargetInput.fromObject({ planId, approve: false }),
          retryAttempts: 3,
        }),
      ],
    });
  }
}
