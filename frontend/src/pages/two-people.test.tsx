import { screen, waitFor } from "@testing-library/react";
import type { HttpHandler } from "msw";
import { describe, expect, it } from "vitest";
import type { OperationName } from "@/api/generated/operations";
import { answers, exampleOf, refuses } from "@/mocks/handlers";
import { DIAMOND, GROUPS } from "@/mocks/worlds/recovery-plans";
import { field, refill } from "@/testing/fields";
import { notified } from "@/testing/notified";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

const GROUP = exampleOf("get_protection_group");

interface Shared {
  readonly name: string;
  readonly path: string;
  readonly field: string;
  readonly world: readonly HttpHandler[];
  readonly read: OperationName;
  readonly save: OperationName;
  /** What the other person has saved meanwhile: another field, and where `isSame` the same one. */
  readonly theirs: (isSame: boolean) => HttpHandler;
  readonly saves: (said: unknown[]) => HttpHandler;
  readonly notice: string;
  readonly done: RegExp;
  /** What is saved of mine beside theirs. */
  readonly sent: object;
}

const THINGS: readonly Shared[] = [
  {
    name: "one group",
    path: `/protection-groups/${GROUP.groupId}/edit`,
    field: "Description",
    world: [],
    read: "get_protection_group",
    save: "update_protection_group",
    theirs: (isSame) =>
      answers("get_protection_group", {
        ...GROUP,
        version: 7,
        owner: "Their team",
        description: isSame ? "theirs" : GROUP.description,
      }),
    saves: (said) =>
      answers("update_protection_group", async (request) => {
        said.push(await request.json());
        return GROUP;
      }),
    notice: "This group was changed by somebody else",
    done: / is saved\.$/,
    sent: { version: 7, description: "mine", applyLaunchConfigs: false },
  },
  {
    name: "one plan",
    path: `/recovery-plans/${DIAMOND.planId}/edit`,
    field: "Name",
    world: [answers("get_recovery_plan", DIAMOND), answers("list_protection_groups", { items: GROUPS })],
    read: "get_recovery_plan",
    save: "update_recovery_plan",
    theirs: (isSame) =>
      answers("get_recovery_plan", {
        ...DIAMOND,
        version: 7,
        planName: isSame ? "theirs" : DIAMOND.planName,
        description: "Their words",
        waves: DIAMOND.waves.map((wave) => ({ ...wave, waveName: `${wave.waveName} of theirs` })),
      }),
    saves: (said) =>
      answers("update_recovery_plan", async (request) => {
        said.push(await request.json());
        return DIAMOND;
      }),
    notice: "This plan was changed by somebody else",
    done: / was saved\.$/,
    sent: {
      version: 7,
      planName: "mine",
      description: "Their words",
      waves: DIAMOND.waves.map(({ waveNumber, waveName }) => ({ waveNumber, waveName: `${waveName} of theirs` })),
    },
  },
];

async function bothHaveEdited(shared: Shared, isSame: boolean) {
  server.use(...shared.world, refuses(shared.save, 409, "CONFLICT_ERROR", { reason: "VERSION_CONFLICT" }));
  const { user } = await renderConsole(shared.path);
  await refill(user, shared.field, "mine");
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  await screen.findByText(shared.notice);
  server.use(shared.theirs(isSame));
  return user;
}

describe.each(THINGS)("two people who edit $name", (shared) => {
  it("are told, and nothing is saved until one of them has chosen", async () => {
    await bothHaveEdited(shared, false);

    expect(screen.getByRole("button", { name: "Save changes" })).toHaveAccessibleDescription(/first whose/);
    expect(field(shared.field)).toHaveValue("mine");
  });
  it("keep what each has typed", async () => {
    const said: unknown[] = [];
    const user = await bothHaveEdited(shared, false);

    await user.click(screen.getByRole("button", { name: "Keep my changes" }));
    await waitFor(() => expect(screen.queryByText(shared.notice)).toBeNull());
    expect(field(shared.field)).toHaveValue("mine");
    server.use(shared.saves(said));
    await user.click(screen.getByRole("button", { name: "Save changes" }));

    await notified(shared.done);
    expect(said).toMatchObject([shared.sent]);
  });
  it("may give up what they typed for what the other one did", async () => {
    const user = await bothHaveEdited(shared, true);

    await user.click(screen.getByRole("button", { name: "Show their version" }));

    await waitFor(() => expect(field(shared.field)).toHaveValue("theirs"));
    expect(screen.queryByText(shared.notice)).toBeNull();
  });
  it("lose nothing while the other one's version cannot be read", async () => {
    const user = await bothHaveEdited(shared, true);
    server.use(refuses(shared.read, 500, "INTERNAL_ERROR"));

    await user.click(screen.getByRole("button", { name: "Show their version" }));

    await notified("The newest version could not be read");
    expect(screen.getByText(shared.notice)).toBeVisible();
    expect(field(shared.field)).toHaveValue("mine");
  });
});
