import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Model } from "@/api/types";
import { ConflictNotice } from "@/components/conflict-notice";
import { ErrorNotice } from "@/components/error-notice";
import { UnsavedGuard } from "@/components/unsaved-guard";
import { useAllGroups } from "@/components/use-all-groups";
import { WaveGraph } from "@/components/wave-graph/wave-graph";
import { Permitted } from "@/permissions/permitted";
import { paths } from "@/routes/paths";
import { useAnnounce } from "@/shell/announcer";
import { count } from "@/text/amounts";
import { withDependency, withNewWave } from "../changes";
import type { PlanDraft } from "../draft";
import { useEditedPlan } from "../hooks";
import { below, type Problem, reasonFor } from "../rules";
import { PlanFields } from "./plan-fields";
import { WaveTabs } from "./wave-tabs";

/** The form of a plan with its graph; without a plan one is made. */
export function PlanEditor({ plan }: { readonly plan?: Model<"RecoveryPlan"> }) {
  const navigate = useNavigate();
  const announce = useAnnounce();
  const edited = useEditedPlan(plan);
  const groups = useAllGroups();
  const { draft, edit, problems } = edited;
  const [selected, setSelected] = useState(draft.waves[0]?.waveNumber ?? 0);
  const [isTried, setIsTried] = useState(plan !== undefined);
  const addWave = (): void => {
    const more = withNewWave(draft);
    const added = more.waves.at(-1)?.waveNumber ?? 0;
    edit(() => more);
    setSelected(added);
    announce(`Wave ${added + 1} was added.`);
  };
  const save = (): void => {
    setIsTried(true);
    if (problems.length === 0) edited.save();
    else announce(`${count(problems.length, "thing")} must be put right first.`);
  };
  const waveHasProblem = (waveNumber: number): boolean =>
    isTried && below(problems, pathOf(draft, waveNumber)).length > 0;
  return (
    <SpaceBetween size="l">
      <UnsavedGuard isDirty={edited.isDirty} />
      <PlanFields
        draft={draft}
        problems={problems}
        isTried={isTried}
        onChange={(change) => edit((known) => ({ ...known, ...change }))}
      />
      <ErrorNotice what="The groups could not be read" error={groups.error} onRetry={() => void groups.refetch()} />
      <Container
        header={
          <Header
            variant="h2"
            counter={`(${draft.waves.length})`}
            description="An arrow leads from a wave to those that wait for it."
            actions={
              <Button iconName="add-plus" onClick={addWave}>
                Add wave
              </Button>
            }
          >
            Waves
          </Header>
        }
      >
        <SpaceBetween size="m">
          <WaveGraph
            label="Order of the waves"
            waves={draft.waves}
            wordsOf={(waveNumber) => wordsOf(draft, waveNumber, groups.data)}
            isWrong={waveHasProblem}
            selected={selected}
            onSelect={setSelected}
            onConnect={(from, to) => from !== to && edit((known) => withDependency(known, from, to, true))}
            onDisconnect={(from, to) => edit((known) => withDependency(known, from, to, false))}
          />
          <OrderWords draft={draft} />
          <WaveTabs
            draft={draft}
            groups={groups.data}
            problems={problems}
            isTried={isTried}
            selected={selected}
            onSelect={setSelected}
            edit={edit}
          />
        </SpaceBetween>
      </Container>
      {isTried && <Problems draft={draft} problems={problems} onSelect={setSelected} />}
      {edited.isConflict ? (
        <ConflictNotice
          what="This plan"
          onReload={() => void edited.showTheirs()}
          onKeep={() => void edited.keepMine()}
        />
      ) : (
        <ErrorNotice what="The plan was not saved" error={edited.error} />
      )}
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => void navigate(plan === undefined ? paths.plans : paths.plan(plan.planId))}>
            Cancel
          </Button>
          <Permitted
            operation={plan === undefined ? "create_recovery_plan" : "update_recovery_plan"}
            variant="primary"
            loading={edited.isBusy}
            unavailable={edited.isConflict ? "Decide first whose changes are kept." : undefined}
            onClick={save}
          >
            {plan === undefined ? "Create recovery plan" : "Save changes"}
          </Permitted>
        </SpaceBetween>
      </Box>
    </SpaceBetween>
  );
}

/** The path of a wave in what is sent. */
export function pathOf(draft: PlanDraft, waveNumber: number): string {
  return `waves[${draft.waves.findIndex((wave) => wave.waveNumber === waveNumber)}].`;
}

function wordsOf(
  draft: PlanDraft,
  waveNumber: number,
  groups: ReadonlyMap<string, Model<"ProtectionGroup">> | undefined,
): string {
  const wave = draft.waves.find((each) => each.waveNumber === waveNumber);
  const names = (wave?.protectionGroupIds ?? []).map((id) => groups?.get(id)?.groupName ?? id);
  return `${wave?.pauseBeforeWave === true ? "Pause, " : ""}${names.length === 0 ? "no group yet" : names.join(", ")}`;
}

/** What the arrows mean, where that may surprise. */
function OrderWords({ draft }: { readonly draft: PlanDraft }) {
  if (draft.waves.length < 2) return null;
  const first = draft.waves.filter(({ dependsOnWaves }) => dependsOnWaves.length === 0);
  if (first.length === draft.waves.length) {
    return <Box color="text-body-secondary">No wave names a dependency: they run in the order of their numbers.</Box>;
  }
  const named = first.map(({ waveNumber }) => waveNumber + 1).join(", ");
  return (
    <Box color="text-body-secondary">
      These wait for no other wave and begin at once: {named === "" ? "none" : named}.
    </Box>
  );
}

interface ProblemsProps {
  readonly draft: PlanDraft;
  readonly problems: readonly Problem[];
  readonly onSelect: (waveNumber: number) => void;
}

/** What must be put right, with the way to each wave that it is about. */
function Problems({ draft, problems, onSelect }: ProblemsProps) {
  if (problems.length === 0) return null;
  const ofAll = reasonFor(
    problems.filter(({ field }) => field === "waves"),
    "waves",
  );
  const wrong = draft.waves.filter(({ waveNumber }) => below(problems, pathOf(draft, waveNumber)).length > 0);
  return (
    <Alert type="error" header={`${count(problems.length, "thing")} must be put right before the plan can be saved`}>
      <SpaceBetween size="xs">
        {ofAll}
        {problems.some(({ field }) => !field.startsWith("waves")) && (
          <div>Of the plan itself: see its fields above.</div>
        )}
        {wrong.map(({ waveNumber, waveName }) => (
          <div key={waveNumber}>
            <Button variant="inline-link" onClick={() => onSelect(waveNumber)}>
              Wave {waveNumber + 1} {waveName}
            </Button>
            : {[...new Set(below(problems, pathOf(draft, waveNumber)).map(({ reason }) => reason))].join(" ")}
          </div>
        ))}
      </SpaceBetween>
    </Alert>
  );
}
