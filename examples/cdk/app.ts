import { App } from "aws-cdk-lib";

import { DrillStack } from "./lib/drill-stack.js";

const app = new App();

// The plan is said at synthesis: npx cdk deploy -c planId=… -c environment=prod
new DrillStack(app, "DrsDrills", {
  project: String(app.node.tryGetContext("project") ?? "aws-drs-orchestration"),
  environment: String(app.node.tryGetContext("environment") ?? "dev"),
  planId: String(app.node.tryGetContext("planId") ?? ""),
});
