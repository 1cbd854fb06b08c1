import { useRef, useState } from "react";
import { useApi } from "@/api/api-context";
import { ApiError, isVersionConflict } from "@/api/errors";
import type { Model } from "@/api/types";
import { useChange } from "@/api/use-operation";
import { rebased } from "@/components/rebased";
import { useLeaveSaved } from "@/components/use-leave-saved";
import { paths } from "@/routes/paths";
import { useNotifications } from "@/shell/notifications";
import { draftOf, EMPTY_PLAN, newPlanOf, type PlanDraft } from "./draft";
import { type Problem, problemsOf } from "./rules";

type Plan = Model<"RecoveryPlan">;

const READS = ["list_recovery_plans", "get_recovery_plan", "preflight_recovery_plan"] as const;

interface Opened {
  /** The stored plan upon which the draft is saved; none while it is being made. */
  readonly plan: Plan | undefined;
  readonly draft: PlanDraft;
}

/** A plan being edited: what is typed, what is wrong with it, and how it is saved, also when two people edit it. */
export function useEditedPlan(plan: Plan | undefined) {
  const api = useApi();
  const { failed } = useNotifications();
  const [opened, setOpened] = useState<Opened>(() => ({
    plan,
    draft: plan === undefined ? EMPTY_PLAN : draftOf(plan),
  }));
  const [beginning, setBeginning] = useState(opened.draft);
  const saving = useSaving();
  const { draft } = opened;
  const edit = (change: (draft: PlanDraft) => PlanDraft): void =>
    setOpened((known) => ({ ...known, draft: change(known.draft) }));
  const readNewest = async (apply: (newest: Plan) => void): Promise<void> => {
    if (opened.plan === undefined) return;
    try {
      apply(await api.call("get_recovery_plan", { path: { planId: opened.plan.planId } }));
      saving.forget();
    } catch (error) {
      failed("The newest version could not be read", error);
    }
  };
  return {
    draft,
    edit,
    problems: [...problemsOf(draft), ...saving.refusedFields(draft)],
    isDirty: !saving.isSaved && JSON.stringify(draft) !== JSON.stringify(beginning),
    isBusy: saving.isBusy,
    error: saving.error,
    isConflict: isVersionConflict(saving.error),
    save: () => saving.save(opened.plan, draft),
    /** Drops what was typed. */
    showTheirs: () =>
      readNewest((newest) => {
        setOpened({ plan: newest, draft: draftOf(newest) });
        setBeginning(draftOf(newest));
      }),
    /** Keeps what was typed, upon the newest version. */
    keepMine: () =>
      readNewest((newest) => {
        const theirs = draftOf(newest);
        setOpened((known) => ({ plan: newest, draft: rebased(known.draft, beginning, theirs) }));
        setBeginning(theirs);
      }),
  };
}

function useSaving() {
  const { succeeded } = useNotifications();
  const [isSaved, leaveFor] = useLeaveSaved();
  const sent = useRef<PlanDraft | undefined>(undefined);
  const options = {
    invalidates: READS,
    onSuccess: (plan: Plan) => {
      succeeded(`${plan.planName} was saved.`);
      leaveFor(paths.plan(plan.planId));
    },
  };
  const creation = useChange("create_recovery_plan", options);
  const update = useChange("update_recovery_plan", options);
  const error = creation.error ?? update.error;
  return {
    isSaved,
    error,
    isBusy: creation.isPending || update.isPending,
    save: (plan: Plan | undefined, draft: PlanDraft): void => {
      sent.current = draft;
      const body = newPlanOf(draft);
      if (plan === undefined) creation.mutate({ body });
      else update.mutate({ path: { planId: plan.planId }, body: { ...body, version: plan.version } });
    },
    forget: (): void => {
      creation.reset();
      update.reset();
    },
    /** What the API said of the fields; once something is typed anew that is about something else. */
    refusedFields: (draft: PlanDraft): readonly Problem[] =>
      error instanceof ApiError && sent.current === draft ? error.fields : [],
  };
}
