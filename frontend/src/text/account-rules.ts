/** What the API will say of an account's fields, said as they are typed; the API has the last word. */

const ACCOUNT_ID = /^\d{12}$/;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):role\/[!-~]+$/;
const EXTERNAL_ID = /^[A-Za-z0-9+=,.@:/_-]{8,64}$/;

/** Why it is no account id; nothing if it is one. */
export function faultOfAccountId(accountId: string): string | undefined {
  return ACCOUNT_ID.test(accountId) ? undefined : "An account id has 12 digits.";
}

/** Why the role is none of the account; an empty one is the standardized role. */
export function faultOfRole(roleArn: string, accountId: string): string | undefined {
  if (roleArn === "") return undefined;
  const [, owner] = ROLE_ARN.exec(roleArn) ?? [];
  if (owner === undefined) {
    return "The ARN of a role looks like arn:aws:iam::111122223333:role/Name; other partitions have aws-us-gov or aws-cn in it.";
  }
  return owner === accountId ? undefined : `The role is of account ${owner}, not of this one.`;
}

/** Why it can be no external id. */
export function faultOfExternalId(externalId: string, isNeeded: boolean): string | undefined {
  if (externalId === "") return isNeeded ? "The account's role asks for it." : undefined;
  if (EXTERNAL_ID.test(externalId)) return undefined;
  return "An external id has 8 to 64 letters, digits and signs of + = , . @ : / _ -";
}

/** Why it can be no name; an empty one is the id. */
export function faultOfName(name: string): string | undefined {
  return name.trim().length > 64 ? "A name has at most 64 characters." : undefined;
}
