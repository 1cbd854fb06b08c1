import { ArnFormat, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

export interface OrchestrationProps {
  readonly project: string;
  readonly environment: string;
}

/**
 * The deployed functions, by their alias `live`, and who may call them: docs/IAM_ROLE_INTEGRATION.md.
 *
 * Nothing of the orchestration is defined here: its own templates are its one definition.
 */
export class Orchestration extends Construct {
  readonly query: lambda.IFunction;
  readonly execution: lambda.IFunction;
  private readonly gateways: string;

  constructor(scope: Construct, props: OrchestrationProps) {
    super(scope, "Orchestration");
    const named = (what: string, alias: string) =>
      Stack.of(this).formatArn({
        service: "lambda",
        resource: "function",
        resourceName: `${props.project}-${what}-${props.environment}:${alias}`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    this.query = lambda.Function.fromFunctionArn(this, "Query", named("query-handler", "live"));
    this.execution = lambda.Function.fromFunctionArn(this, "Execution", named("execution-handler", "live"));
    this.gateways = named("*", "live-api");
  }

  /** Lets a role read and control executions. */
  admit(role: iam.Role): void {
    this.allow(role, [this.query, this.execution]);
  }

  /** Lets a role read, and nothing else. */
  admitReader(role: iam.Role): void {
    this.allow(role, [this.query]);
  }

  private allow(role: iam.Role, functions: lambda.IFunction[]): void {
    role.addToPolicy(
      new iam.PolicyStatement({
        sid: "InvokeDirectly",
        actions: ["lambda:InvokeFunction"],
        resources: functions.map((one) => one.functionArn),
      }),
    );
    // Through the alias of the gateway an event says who calls: it is API Gateway's alone.
    role.addToPolicy(
      new iam.PolicyStatement({
        sid: "NeverAsTheGateway",
        effect: iam.Effect.DENY,
        actions: ["lambda:InvokeFunction"],
        resources: [this.gateways],
      }),
    );
  }
}
