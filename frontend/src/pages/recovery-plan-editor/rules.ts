import { type CheckDraft, linesOf, type PlanDraft, type WaveDraft } from "./draft";

/** A rule that the draft breaks; `field` is a path as the API gives it: `waves[1].dependsOnWaves`. */
export interface Problem {
  readonly field: string;
  readonly reason: string;
}

const DEPENDENCIES = 2_500;
const GROUPS = 1_000;
const NAME_BYTES = 16_000;
const WAVES = 500;
const ALARMS = 5;
const COMMANDS = 3;
const CONTROL = /\p{Cc}/u;
const EMAIL = /^[^@\s<>()[\],;:\\"]+@[^@\s<>()[\],;:\\"]+\.[^@\s<>()[\],;:\\"]+$/;
const SERVER = /^s-[0-9a-zA-Z]{17}$/;
const MINIMUM = /^(([1-9]|[1-9][0-9]|100)%|[1-9][0-9]{0,5}|1000000)$/;
const DOCUMENT = /^[a-zA-Z0-9_.-]{3,128}$/;
const PARAMETER = /^[a-zA-Z0-9_]{1,64}=/;
const ACCOUNT = /^[0-9]{12}$/;
const REGION = /^[a-z]{2,4}(-[a-z]+)+-[0-9]$/;

/**
 * What the API would refuse of a draft, as far as that can be told without looking at anything else.
 *
 * The API has the last word: what it says of the same fields is shown beside these.
 */
export function problemsOf(draft: PlanDraft): Problem[] {
  return [...ofPlan(draft), ...draft.waves.flatMap(ofWave), ...ofOrder(draft.waves), ...ofSharedThings(draft.waves)];
}

/** The problems below a path, with what is left of their own: `waves[1].` of `waves[1].waveName` leaves `waveName`. */
export function below(problems: readonly Problem[], path: string): Problem[] {
  return problems
    .filter(({ field }) => field.startsWith(path))
    .map(({ field, reason }) => ({ field: field.slice(path.length), reason }));
}

/** What is said of one field and of everything in it; nothing if it is well. */
export function reasonFor(problems: readonly Problem[], field: string): string | undefined {
  const found = problems.filter(
    (each) => each.field === field || each.field.startsWith(`${field}[`) || each.field.startsWith(`${field}.`),
  );
  return found.length === 0 ? undefined : [...new Set(found.map(({ reason }) => reason))].join("; ");
}

function ofPlan(draft: PlanDraft): Problem[] {
  const { waves, notificationEmail } = draft;
  const dependencies = waves.reduce((sum, { dependsOnWaves }) => sum + dependsOnWaves.length, 0);
  const groups = waves.reduce((sum, { protectionGroupIds }) => sum + protectionGroupIds.length, 0);
  const nameBytes = new TextEncoder().encode(waves.map(({ waveName }) => waveName).join("")).length;
  return [
    ...name("planName", draft.planName),
    ...longest("description", draft.description, 1000),
    ...rule(
      notificationEmail === "" || EMAIL.test(notificationEmail),
      "notificationEmail",
      "This is not an e-mail address.",
    ),
    ...whole("rtoMinutes", draft.rtoMinutes, 1, 525_600),
    ...whole("rpoSeconds", draft.rpoSeconds, 0, 31_536_000),
    ...rule(waves.length > 0, "waves", "A plan needs a wave."),
    ...rule(waves.length <= WAVES, "waves", `${waves.length} waves, at most ${WAVES} are allowed.`),
    ...rule(
      dependencies <= DEPENDENCIES,
      "waves",
      `${dependencies} dependencies in all, at most ${DEPENDENCIES} are allowed.`,
    ),
    ...rule(groups <= GROUPS, "waves", `${groups} groups in all, at most ${GROUPS} are allowed.`),
    ...rule(
      nameBytes <= NAME_BYTES,
      "waves",
      `The names of all waves are ${nameBytes} bytes, at most ${NAME_BYTES} are allowed: shorten them.`,
    ),
  ];
}

function ofWave(wave: WaveDraft, position: number): Problem[] {
  const path = `waves[${position}]`;
  const { minimumSuccess } = wave;
  const alarms = wave.healthChecks.filter(({ kind }) => kind === "alarm").length;
  const commands = wave.healthChecks.length - alarms;
  return [
    ...name(`${path}.waveName`, wave.waveName),
    ...longest(`${path}.description`, wave.description, 1000),
    ...rule(wave.protectionGroupIds.length > 0, `${path}.protectionGroupIds`, "A wave needs a group."),
    ...rule(
      minimumSuccess === "" || MINIMUM.test(minimumSuccess),
      `${path}.minimumSuccess`,
      "Give a count of at least 1, or a percentage such as 80%.",
    ),
    ...linesOf(wave.optionalServers)
      .filter((id) => !SERVER.test(id))
      .map((id) => ({ field: `${path}.optionalServerIds`, reason: `${id} is not the id of a source server.` })),
    ...whole(`${path}.waitMinutes`, wave.waitMinutes, 1, 120),
    ...whole(`${path}.deadlineMinutes`, wave.deadlineMinutes, 1, 10_080),
    ...whole(`${path}.drainMinutes`, wave.drainMinutes, 1, 10_080),
    ...rule(
      alarms <= ALARMS && commands <= COMMANDS,
      `${path}.healthChecks`,
      `${alarms} alarms and ${commands} commands, at most ${ALARMS} and ${COMMANDS} are allowed.`,
    ),
    ...wave.healthChecks.flatMap((check, entry) => ofCheck(check, `${path}.healthChecks[${entry}]`)),
    ...ofTwins(wave.healthChecks, path),
  ];
}

function ofCheck(check: CheckDraft, path: string): Problem[] {
  if (check.kind === "alarm") {
    return [
      ...rule(
        check.alarmName !== "" && check.alarmName.length <= 255 && !CONTROL.test(check.alarmName),
        `${path}.alarmName`,
        "Give the name of an alarm.",
      ),
      ...rule(check.accountId === "" || ACCOUNT.test(check.accountId), `${path}.accountId`, "Give twelve digits."),
      ...rule(check.region === "" || REGION.test(check.region), `${path}.region`, "Give a region such as us-west-2."),
    ];
  }
  const lines = linesOf(check.parameters);
  return [
    ...rule(
      DOCUMENT.test(check.documentName),
      `${path}.documentName`,
      "Give the name of an SSM document: letters, digits, and . _ -",
    ),
    ...whole(`${path}.timeoutSeconds`, check.timeoutSeconds, 30, 3600),
    ...rule(
      lines.every((line) => PARAMETER.test(line)) && new Set(lines.map((line) => line.split("=")[0])).size <= 10,
      `${path}.parameters`,
      "Give at most ten parameters, name=value on each line.",
    ),
  ];
}

function ofTwins(checks: readonly CheckDraft[], path: string): Problem[] {
  const known = new Set<string>();
  return checks.flatMap((check, entry) => {
    const said = JSON.stringify(check);
    if (check.kind !== "alarm" || check.alarmName === "" || !known.has(said)) {
      known.add(said);
      return [];
    }
    return [{ field: `${path}.healthChecks[${entry}].alarmName`, reason: "This alarm is listed twice." }];
  });
}

function ofOrder(waves: readonly WaveDraft[]): Problem[] {
  const cycle = cycleOf(waves);
  const named = cycle.map((number) => number + 1).join(" → ");
  return cycle.length === 0
    ? []
    : waves.flatMap(({ waveNumber }, position) =>
        cycle.includes(waveNumber)
          ? [{ field: `waves[${position}].dependsOnWaves`, reason: `Waves wait for each other in a cycle: ${named}.` }]
          : [],
      );
}

/** The numbers of the waves of one cycle, the first again at the end; nothing if there is none. */
export function cycleOf(waves: readonly Pick<WaveDraft, "waveNumber" | "dependsOnWaves">[]): number[] {
  const waits = new Map(waves.map(({ waveNumber, dependsOnWaves }) => [waveNumber, dependsOnWaves]));
  const done = new Set<number>();
  const follow = (wave: number, way: readonly number[]): number[] => {
    const before = way.indexOf(wave);
    if (before !== -1) return [...way.slice(before), wave].reverse();
    if (done.has(wave)) return [];
    for (const needed of waits.get(wave) ?? []) {
      const found = follow(needed, [...way, wave]);
      if (found.length > 0) return found;
    }
    done.add(wave);
    return [];
  };
  for (const wave of waits.keys()) {
    const found = follow(wave, []);
    if (found.length > 0) return found;
  }
  return [];
}

/** A group is in one wave, and so is a server. */
function ofSharedThings(waves: readonly WaveDraft[]): Problem[] {
  const first = new Map<string, number>();
  return waves.flatMap((wave, position) => {
    const things = [
      ...wave.protectionGroupIds.map((id) => [id, "protectionGroupIds", "A group of it"] as const),
      ...linesOf(wave.optionalServers).map((id) => [id, "optionalServerIds", id] as const),
    ];
    return things.flatMap(([id, field, words]) => {
      const other = first.get(id);
      first.set(id, other ?? position);
      if (other === undefined) return [];
      const place = other === position ? "listed twice" : `also in wave ${(waves[other]?.waveNumber ?? other) + 1}`;
      return [{ field: `waves[${position}].${field}`, reason: `${words} is ${place}.` }];
    });
  });
}

function name(field: string, text: string): Problem[] {
  const length = Array.from(text).length;
  return [
    ...rule(text.trim() !== "", field, "Give a name."),
    ...rule(length <= 64, field, `${length} characters, at most 64 are allowed.`),
    ...rule(!CONTROL.test(text), field, "A name is one line of text."),
  ];
}

function longest(field: string, text: string, most: number): Problem[] {
  const length = Array.from(text).length;
  return rule(length <= most, field, `${length} characters, at most ${most} are allowed.`);
}

function whole(field: string, text: string, least: number, most: number): Problem[] {
  const isWell = text.trim() === "" || (/^[0-9]+$/.test(text.trim()) && Number(text) >= least && Number(text) <= most);
  return rule(isWell, field, `Give a whole number from ${least} to ${most}.`);
}

function rule(holds: boolean, field: string, reason: string): Problem[] {
  return holds ? [] : [{ field, reason }];
}
