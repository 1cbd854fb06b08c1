import { configure, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { DIAMOND, GROUPS } from "@/mocks/worlds/recovery-plans";
import { notified } from "@/testing/notified";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

const EDIT = `/recovery-plans/${DIAMOND.planId}/edit`;

function played() {
  server.use(answers("get_recovery_plan", DIAMOND), answers("list_protection_groups", { items: GROUPS }));
}

// The page is large, and a machine may have much else to do.
configure({ asyncUtilTimeout: 60_000 });
describe("the editor of plans", () => {
  // requirement: UX-08
  it("makes a plan of two waves by keyboard alone", async () => {
    let said: unknown;
    played();
    server.use(
      answers("create_recovery_plan", async (request) => {
        said = await request.json();
        return DIAMOND;
      }),
    );
    const { user } = await renderConsole("/recovery-plans/new");
    await user.type(await screen.findByLabelText("Name"), "Shop");
    await user.type(screen.getByLabelText("Name of the wave"), "Data");
    const choose = async (label: RegExp, keys: string): Promise<void> => {
      screen.getByRole("button", { name: label }).focus();
      await user.keyboard("{Enter}");
      await screen.findAllByRole("option");
      await user.keyboard(`${keys}{ArrowDown}{Enter}{Escape}`);
    };
    await choose(/^Protection groups/, "Databases");
    screen.getByRole("button", { name: "Add wave" }).focus();
    await user.keyboard("{Enter}");
    await user.type(screen.getByLabelText("Name of the wave"), "Front");
    await choose(/^Protection groups/, "Frontends");
    await choose(/^Waits for/, "");
    screen.getByRole("button", { name: "Create recovery plan" }).focus();
    await user.keyboard("{Enter}");
    await notified("Shop was saved.");
    expect(said).toMatchObject({
      planName: "Shop",
      waves: [
        { waveNumber: 0, waveName: "Data", protectionGroupIds: ["group-0"], dependsOnWaves: [] },
        { waveNumber: 1, waveName: "Front", protectionGroupIds: ["group-3"], dependsOnWaves: [0] },
      ],
    });
  });
  // requirement: UX-08
  it("says as one types what the API would refuse, and does not ask it", async () => {
    played();
    const { user } = await renderConsole(EDIT);
    const field = await screen.findByLabelText("Deadline in minutes");
    await user.clear(field);
    await user.type(field, "20000");
    expect(await screen.findByText("Give a whole number from 1 to 10080.")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Save changes" }));
    expect(await screen.findByText(/before the plan can be saved/)).toBeVisible();
  });
  // requirement: UX-23
  it("keeps what was typed when somebody else has saved, and saves it over theirs", async () => {
    const versions: unknown[] = [];
    played();
    server.use(refuses("update_recovery_plan", 409, "CONFLICT_ERROR", { reason: "VERSION_CONFLICT" }));
    const { user } = await renderConsole(EDIT);
    await user.type(await screen.findByLabelText("Name"), " two");
    await user.click(screen.getByRole("button", { name: "Save changes" }));
    await screen.findByText("This plan was changed by somebody else");
    server.use(
      answers("get_recovery_plan", { ...DIAMOND, version: 7, description: "Theirs" }),
      answers("update_recovery_plan", async (request) => {
        versions.push(await request.json());
        return DIAMOND;
      }),
    );
    await user.click(screen.getByRole("button", { name: "Keep my changes" }));
    await user.click(await screen.findByRole("button", { name: "Save changes" }));
    await notified("Shop was saved.");
    expect(versions).toMatchObject([{ planName: "Shop two", version: 7 }]);
  });
  // requirement: UX-25
  it("asks before unsaved changes are left", async () => {
    played();
    const { user } = await renderConsole(EDIT);
    await user.type(await screen.findByLabelText("Name"), " two");
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    const dialog = await screen.findByRole("dialog", { name: "Leave without saving?" });
    await user.click(within(dialog).getByRole("button", { name: "Stay" }));
    expect(screen.getByLabelText("Name")).toHaveValue("Shop two");
  });
  it("shows what the API says of a field at that field", async () => {
    played();
    const fields = [{ field: "planName", reason: "another plan has this name", code: "NAME" }];
    server.use(refuses("update_recovery_plan", 400, "VALIDATION_ERROR", { fields }));
    const { user } = await renderConsole(EDIT);
    await user.type(await screen.findByLabelText("Name"), " two");
    await user.click(screen.getByRole("button", { name: "Save changes" }));
    expect(await screen.findByText("another plan has this name")).toBeVisible();
  });
  it("is closed to readers", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await renderConsole(EDIT);
    expect(await screen.findByText("You may not see this page")).toBeVisible();
  });
});
