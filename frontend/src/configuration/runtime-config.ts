/** What one deployment tells the console at run time, so that one build serves them all. */
export interface RuntimeConfig {
  readonly region: string;
  /** The API with its stage, without a slash at its end. */
  readonly apiEndpoint: string;
  readonly cognitoUserPoolId: string;
  readonly cognitoClientId: string;
  /** Cognito elsewhere than in AWS: that of a local system. */
  readonly cognitoEndpoint?: string;
  /** How time passes where it passes faster, in a local system. */
  readonly clock?: string;
}

const NEEDED = ["region", "apiEndpoint", "cognitoUserPoolId", "cognitoClientId"] as const;

/** The configuration that the console's own origin serves; an Error says in words what is wrong with it. */
export async function fetchRuntimeConfig(): Promise<RuntimeConfig> {
  const answer = await fetch("/aws-config.json", { cache: "no-store" });
  if (!answer.ok) throw new Error(`aws-config.json was answered with ${answer.status}`);
  return readRuntimeConfig(await answer.json());
}

/** The configuration in a parsed document. */
export function readRuntimeConfig(document: unknown): RuntimeConfig {
  if (typeof document !== "object" || document === null) throw new Error("aws-config.json is no object");
  const said = new Map(Object.entries(document));
  const text = (name: string): string | undefined => {
    const value: unknown = said.get(name);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const missing = NEEDED.filter((name) => text(name) === undefined);
  if (missing.length > 0) throw new Error(`aws-config.json does not say ${missing.join(", ")}`);
  return {
    region: text("region") ?? "",
    apiEndpoint: (text("apiEndpoint") ?? "").replace(/\/+$/, ""),
    cognitoUserPoolId: text("cognitoUserPoolId") ?? "",
    cognitoClientId: text("cognitoClientId") ?? "",
    cognitoEndpoint: text("cognitoEndpoint"),
    clock: text("clock"),
  };
}
