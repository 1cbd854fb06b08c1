import type { Input, Model } from "@/api/types";
import { faultOfAccountId, faultOfExternalId, faultOfName, faultOfRole } from "@/text/account-rules";

export type Account = Model<"TargetAccountView">;

/** What is typed of an account: text, and empty text for what there is not. */
export interface Draft {
  readonly accountId: string;
  readonly accountName: string;
  readonly roleArn: string;
  /** Never what is stored: no answer has that. */
  readonly externalId: string;
  readonly regions: readonly string[];
  readonly checkDocumentPattern: string;
  readonly status: Model<"AccountStatus">;
}

export const EMPTY: Draft = {
  accountId: "",
  accountName: "",
  roleArn: "",
  externalId: "",
  regions: [],
  checkDocumentPattern: "",
  status: "active",
};

/** An account as it is edited. */
export function draftOf(account: Account): Draft {
  return {
    accountId: account.accountId,
    accountName: account.accountName,
    roleArn: account.roleArn ?? "",
    externalId: "",
    regions: account.regions,
    checkDocumentPattern: account.checkDocumentPattern ?? "",
    status: account.status,
  };
}

/** Whether two drafts say the same. */
export function isSame(one: Draft, other: Draft): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What is wrong with a draft, by field. The hub gets into its own account without an external id. */
export function faults(draft: Draft, isExternalIdNeeded: boolean): Readonly<Partial<Record<keyof Draft, string>>> {
  const found = {
    accountId: faultOfAccountId(draft.accountId),
    accountName: faultOfName(draft.accountName),
    roleArn: faultOfRole(draft.roleArn, draft.accountId),
    externalId: faultOfExternalId(draft.externalId, isExternalIdNeeded),
  };
  return Object.fromEntries(Object.entries(found).filter(([, fault]) => fault !== undefined));
}

/** The account to be registered. */
export function creation(draft: Draft): Input<"add_target_account">["body"] {
  return {
    accountId: draft.accountId,
    accountName: textOf(draft.accountName),
    roleArn: textOf(draft.roleArn),
    externalId: textOf(draft.externalId),
    regions: [...draft.regions],
    checkDocumentPattern: textOf(draft.checkDocumentPattern),
    status: draft.status,
  };
}

/** What is to be otherwise. An external id that is not typed stays as it is stored. */
export function changes(draft: Draft, base: Account): Input<"update_target_account">["body"] {
  return {
    version: base.version,
    accountName: textOf(draft.accountName) ?? base.accountId,
    roleArn: textOf(draft.roleArn),
    regions: [...draft.regions],
    checkDocumentPattern: textOf(draft.checkDocumentPattern),
    status: draft.status,
    ...(draft.externalId !== "" && { externalId: draft.externalId }),
  };
}

function textOf(typed: string): string | null {
  const text = typed.trim();
  return text === "" ? null : text;
}
