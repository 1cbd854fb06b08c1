import Tabs from "@cloudscape-design/components/tabs";
import type { Model } from "@/api/types";
import { Sign } from "@/components/sign";
import { useAnnounce } from "@/shell/announcer";
import { withoutWave, withWave, withWaveMoved } from "../changes";
import type { PlanDraft } from "../draft";
import { below, type Problem } from "../rules";
import { WaveFields } from "./wave-fields";

interface WaveTabsProps {
  readonly draft: PlanDraft;
  readonly groups: ReadonlyMap<string, Model<"ProtectionGroup">> | undefined;
  readonly problems: readonly Problem[];
  readonly isTried: boolean;
  readonly selected: number;
  readonly onSelect: (waveNumber: number) => void;
  readonly edit: (change: (draft: PlanDraft) => PlanDraft) => void;
}

/** The waves, each with its fields on a tab of its own. */
export function WaveTabs({ draft, groups, problems, isTried, selected, onSelect, edit }: WaveTabsProps) {
  const announce = useAnnounce();
  const move = (waveNumber: number, by: -1 | 1): void => {
    const numbers = draft.waves.map((wave) => wave.waveNumber).sort((one, other) => one - other);
    const neighbour = numbers[numbers.indexOf(waveNumber) + by];
    if (neighbour === undefined) return;
    edit((known) => withWaveMoved(known, waveNumber, by));
    onSelect(neighbour);
    announce(`It is wave ${neighbour + 1} now.`);
  };
  const remove = (waveNumber: number): void => {
    const rest = withoutWave(draft, waveNumber);
    edit(() => rest);
    onSelect(rest.waves[0]?.waveNumber ?? 0);
    announce(`Wave ${waveNumber + 1} was removed.`);
  };
  return (
    <Tabs
      ariaLabel="Waves"
      activeTabId={String(selected)}
      onChange={({ detail }) => onSelect(Number(detail.activeTabId))}
      i18nStrings={{ scrollLeftAriaLabel: "Waves before", scrollRightAriaLabel: "More waves" }}
      tabs={draft.waves.map((wave, position) => {
        const own = below(problems, `waves[${position}].`);
        const words = `${wave.waveNumber + 1}. ${wave.waveName === "" ? "(no name yet)" : wave.waveName}`;
        return {
          id: String(wave.waveNumber),
          label: isTried && own.length > 0 ? <Sign type="error">{words}</Sign> : words,
          content: wave.waveNumber === selected && (
            <WaveFields
              key={wave.waveNumber}
              wave={wave}
              draft={draft}
              groups={groups}
              problems={own}
              isTried={isTried}
              onChange={(change) => edit((known) => withWave(known, wave.waveNumber, change))}
              onMove={(by) => move(wave.waveNumber, by)}
              onRemove={() => remove(wave.waveNumber)}
            />
          ),
        };
      })}
    />
  );
}
