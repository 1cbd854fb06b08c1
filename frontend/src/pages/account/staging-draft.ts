import { faultOfAccountId, faultOfExternalId, faultOfName, faultOfRole } from "@/text/account-rules";

/** What is typed of a staging account. */
export interface StagingDraft {
  readonly stagingAccountId: string;
  readonly accountName: string;
  readonly roleArn: string;
  readonly externalId: string;
}

export const EMPTY_STAGING: StagingDraft = { stagingAccountId: "", accountName: "", roleArn: "", externalId: "" };

/** What is wrong with it, by field; whether it needs an external id the API knows. */
export function faultsOfStaging(
  draft: StagingDraft,
  targetAccountId: string,
): Readonly<Partial<Record<keyof StagingDraft, string>>> {
  const isTarget = draft.stagingAccountId === targetAccountId;
  const found = {
    stagingAccountId: isTarget ? "A staging account is another one." : faultOfAccountId(draft.stagingAccountId),
    accountName: faultOfName(draft.accountName),
    roleArn: faultOfRole(draft.roleArn, draft.stagingAccountId),
    externalId: faultOfExternalId(draft.externalId, false),
  };
  return Object.fromEntries(Object.entries(found).filter(([, fault]) => fault !== undefined));
}

/** What is sent of it: null for what there is not. */
export function stagingCreation(draft: StagingDraft) {
  const textOf = (typed: string): string | null => (typed.trim() === "" ? null : typed.trim());
  return {
    stagingAccountId: draft.stagingAccountId,
    accountName: textOf(draft.accountName),
    roleArn: textOf(draft.roleArn),
    externalId: textOf(draft.externalId),
  };
}
