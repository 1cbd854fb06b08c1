import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef } from "react";
import type { Model } from "@/api/types";
import { ErrorNotice } from "@/components/error-notice";
import { FindingList } from "@/components/finding-list";
import { Freshness } from "@/components/freshness";
import { StatusWords } from "@/components/status";
import { TagPlaces } from "@/components/tag-places";
import { TagSyncButton } from "@/components/tag-sync-button";
import { Time } from "@/components/time";
import { useTagSync } from "@/components/use-tag-sync";
import { useAnnounce } from "@/shell/announcer";
import { count } from "@/text/amounts";
import { TAG_SYNC } from "@/text/statuses";

const REASON: Readonly<Record<Model<"TagSyncReason">, string>> = {
  SCHEDULE: "The clock",
  SETTINGS: "A change of the settings",
  REQUEST: "A person asked for it",
};

/** The newest copying of tags: how far it is, in each account and region, and what could not be copied. */
export function TagRuns() {
  const read = useTagSync();
  const { data } = read;
  const refresh = (): void => void read.refetch();
  useAnnouncedRun(data?.run);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="In every account and region at once."
          actions={
            <SpaceBetween direction="horizontal" size="xs" alignItems="center">
              <Freshness readAt={read.dataUpdatedAt} error={read.error} onRefresh={refresh} />
              <TagSyncButton />
            </SpaceBetween>
          }
        >
          Newest run
        </Header>
      }
    >
      <SpaceBetween size="m">
        <ErrorNotice what="The copying of tags could not be read" error={read.error} onRetry={refresh} />
        {data?.run !== undefined && <Run run={data.run} nextDueAt={data.nextDueAt} />}
        <TagPlaces variant="embedded" places={data?.places ?? []} isLoading={read.isPending} />
        {data !== undefined && data.morePlaces > 0 && (
          <div>and {count(data.morePlaces, "more account and region", "more accounts and regions")}.</div>
        )}
        {data !== undefined && data.placesNotInUse > 0 && (
          <div>
            DRS is not used in {count(data.placesNotInUse, "other account and region", "other accounts and regions")}.
          </div>
        )}
      </SpaceBetween>
    </Container>
  );
}

interface RunProps {
  readonly run: Model<"TagSyncRunView">;
  readonly nextDueAt: string | undefined;
}

function Run({ run, nextDueAt }: RunProps) {
  const { added, changed, removed, failed } = run.counts;
  return (
    <>
      <KeyValuePairs
        columns={4}
        items={[
          { label: "State", value: <StatusWords of={TAG_SYNC} name={run.status} /> },
          { label: "Begun by", value: `${REASON[run.reason]}, ${run.startedBy}` },
          { label: "Began", value: <Time at={run.startedAt} /> },
          { label: "Ended", value: <Time at={run.endedAt} missing="Not yet" /> },
          { label: "Tags", value: `${added} added, ${changed} changed, ${removed} removed` },
          { label: "Servers that failed", value: failed },
          { label: "Next run by the clock", value: <Time at={nextDueAt} missing="None" /> },
        ]}
      />
      {run.isLeft && <div>It broke off or waits, and goes on by itself within minutes.</div>}
      <FindingList findings={run.findings} />
      {run.moreFindings > 0 && <div>and {run.moreFindings} more findings</div>}
    </>
  );
}

/** Has it read out when a run that was seen becomes another one or ends. */
function useAnnouncedRun(run: Model<"TagSyncRunView"> | undefined): void {
  const announce = useAnnounce();
  const said = run === undefined ? undefined : `${run.runId} ${run.status}`;
  const words = run === undefined ? "" : TAG_SYNC[run.status].words;
  const last = useRef(said);
  useEffect(() => {
    if (last.current !== undefined && said !== undefined && last.current !== said) announce(`Copying tags: ${words}.`);
    last.current = said;
  }, [announce, said, words]);
}
