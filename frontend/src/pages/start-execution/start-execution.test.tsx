import { configure, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Model } from "@/api/types";
import { answers, exampleOf, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { notified } from "@/testing/notified";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";
import { obstaclesOf } from "./findings";

const path = (type: string) => `/recovery-plans/plan-1/start?type=${type}`;

function reportWith(...findings: Partial<Model<"Finding">>[]): Model<"PreflightReport"> {
  const example = exampleOf("preflight_recovery_plan");
  const base: Model<"Finding"> = { outcome: "FAIL", code: "SERVER_BUSY", message: "", serverIds: [], details: {} };
  return { ...example, replacedInstances: [], findings: findings.map((found) => ({ ...base, ...found })) };
}

// The page is large, and a machine may have much else to do.
configure({ asyncUtilTimeout: 60_000 });
/** A drill was refused for what only the start had no time to look at, and the report was read again since, without it. */
async function refusedFor(finding: unknown): Promise<Awaited<ReturnType<typeof renderConsole>>["user"]> {
  let checks = 0;
  server.use(
    answers("preflight_recovery_plan", () => {
      checks += 1;
      return reportWith();
    }),
    refuses("start_execution", 422, "PREFLIGHT_FAILED", { findings: [finding] }),
  );
  const { user } = await renderConsole(path("DRILL"));
  await user.click(await screen.findByRole("button", { name: /Start drill/ }));
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: /Start drill/ }));
  expect(await screen.findByText("It was not started")).toBeVisible();
  await waitFor(() => expect(checks).toBe(2));
  return user;
}

describe("starting", () => {
  // requirement: UX-09
  it("a drill asks once, and names what, how many, and where", async () => {
    let said: unknown;
    server.use(
      answers("preflight_recovery_plan", reportWith()),
      answers("start_execution", async (request) => {
        said = await request.json();
        return exampleOf("start_execution");
      }),
    );
    const { user } = await renderConsole(path("DRILL"));
    await user.click(await screen.findByRole("button", { name: "Start drill of 6 servers" }));
    const dialog = await screen.findByRole("dialog", { name: "Start drill of 6 servers?" });
    expect(within(dialog).getByText(/launches 6 servers in 1 wave.*111122223333.*us-west-2/)).toBeVisible();
    expect(within(dialog).queryByRole("textbox")).toBeNull();
    await user.click(within(dialog).getByRole("button", { name: "Start drill of 6 servers" }));
    await notified("The drill of Shop was started.");
    expect(said).toMatchObject({ executionType: "DRILL", pointInTime: "LATEST" });
    expect(said).not.toHaveProperty("override");
  });
  // requirement: UX-39
  it("shows the instances that the servers have already, and the execution that each comes from", async () => {
    const example = exampleOf("check_existing_instances");
    const [instance] = example.items;
    if (instance === undefined) throw new Error("the contract has no example of an instance");
    const elsewhere = { ...instance, recoveryInstanceId: "i-2", ec2InstanceId: "i-2", executionId: undefined };
    server.use(
      answers("preflight_recovery_plan", reportWith()),
      answers("check_existing_instances", { ...example, items: [instance, elsewhere], nextToken: undefined }),
    );
    await renderConsole(path("DRILL"));

    const table = await screen.findByRole("grid", { name: "Instances that the servers have now" });
    expect(await within(table).findByRole("link", { name: instance.executionId })).toBeVisible();
    expect(within(table).getByText("No execution that is known here")).toBeVisible();
    expect(screen.getByText(/not known, not absent/)).toBeVisible();
    expect(screen.getByText(/Account 111122223333 \(us-west-2\): in plain words/)).toBeVisible();
  });
  it("says where no server has an instance, and where nobody could ask", async () => {
    const example = exampleOf("check_existing_instances");
    server.use(
      answers("preflight_recovery_plan", reportWith()),
      answers("check_existing_instances", { ...example, items: [], unread: [], findings: [], nextToken: undefined }),
    );
    await renderConsole(path("DRILL"));
    expect(await screen.findByText("No server of the plan has a recovery instance.")).toBeVisible();
  });
  it("can begin although the instances could not be read", async () => {
    server.use(
      answers("preflight_recovery_plan", reportWith()),
      refuses("check_existing_instances", 500, "INTERNAL_ERROR"),
    );
    await renderConsole(path("DRILL"));
    expect(await screen.findByText("The instances could not be read")).toBeVisible();
    expect(screen.getByRole("button", { name: "Start drill of 6 servers" })).not.toHaveAttribute("aria-disabled");
  });
  // requirement: UX-09
  it("a recovery asks for the name of the plan", async () => {
    server.use(answers("preflight_recovery_plan", reportWith()));
    const { user } = await renderConsole(path("RECOVERY"));
    await user.click(await screen.findByRole("button", { name: "Start recovery of 6 servers" }));
    const dialog = await screen.findByRole("dialog", { name: "Start recovery of 6 servers?" });
    const confirm = within(dialog).getByRole("button", { name: /Start recovery of 6 servers/ });
    expect(confirm).toHaveAttribute("aria-disabled", "true");
    await user.type(within(dialog).getByRole("textbox"), "Shop");
    expect(confirm).not.toHaveAttribute("aria-disabled", "true");
  });
  // requirement: UX-09
  it("in spite of findings names each kind, and a reason", async () => {
    let said: unknown;
    server.use(
      answers("preflight_recovery_plan", reportWith({ message: "db01 is busy" })),
      answers("start_execution", async (request) => {
        said = await request.json();
        return exampleOf("start_execution");
      }),
    );
    const { user } = await renderConsole(path("DRILL"));
    expect(await screen.findByRole("button", { name: /Start drill/ })).toHaveAttribute("aria-disabled", "true");
    await user.click(screen.getByRole("checkbox", { name: /server busy/ }));
    await user.type(screen.getByLabelText("Reason for the override"), "it is lost");
    await user.click(screen.getByRole("button", { name: /Start drill/ }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: /Start drill/ }));
    await notified("The drill of Shop was started.");
    expect(said).toMatchObject({ override: { reason: "it is lost", codes: ["SERVER_BUSY"] } });
  });
  it("is impossible while something is found that nobody may take upon himself", async () => {
    server.use(answers("preflight_recovery_plan", reportWith({ code: "EMPTY_GROUP", message: "Databases is empty" })));
    await renderConsole(path("DRILL"));
    expect(await screen.findByText("Databases is empty")).toBeVisible();
    expect(screen.getByText("It cannot be started now")).toBeVisible();
    expect(screen.queryByRole("checkbox", { name: /empty group/ })).toBeNull();
  });
  it("can be tried again once what refused it is found no more, and the reason is still there", async () => {
    const [finding] = reportWith({ code: "EMPTY_GROUP", message: "Databases is empty" }).findings;
    server.use(
      answers("preflight_recovery_plan", reportWith()),
      refuses("start_execution", 422, "PREFLIGHT_FAILED", { findings: [finding] }),
    );
    const { user } = await renderConsole(path("DRILL"));
    await user.type(await screen.findByLabelText(/^Reason/), "quarterly");
    await user.click(screen.getByRole("button", { name: /Start drill/ }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: /Start drill/ }));
    expect(await screen.findByText("It was not started")).toBeVisible();
    await waitFor(() =>
      expect(screen.getByRole("button", { name: /Start drill/ })).not.toHaveAttribute("aria-disabled"),
    );
    expect(screen.queryByText("Databases is empty")).toBeNull();
    expect(screen.getByLabelText(/^Reason/)).toHaveValue("quarterly");
  });
  it("can be started in spite of what only the start had no time to look at", async () => {
    const unread = {
      code: "LAUNCH_CONFIG_NOT_CHECKED",
      outcome: "UNKNOWN",
      reason: "NO_ANSWER",
      message: "no answer came in time",
    } as const;
    const [finding] = reportWith(unread).findings;
    const user = await refusedFor(finding);
    let said: unknown;
    server.use(
      answers("start_execution", async (request) => {
        said = await request.json();
        return exampleOf("start_execution");
      }),
    );
    await user.click(await screen.findByRole("checkbox", { name: /launch config not checked/i }));
    expect(screen.getByText(/The last start had no time for this/)).toBeVisible();
    expect(screen.getByRole("button", { name: /Start drill/ })).toHaveAccessibleDescription(/Give a reason/);
    await user.type(screen.getByLabelText("Reason for the override"), "it is lost");
    await user.click(screen.getByRole("button", { name: /Start drill/ }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: /Start drill/ }));
    await notified("The drill of Shop was started.");
    expect(said).toMatchObject({ override: { reason: "it is lost", codes: ["LAUNCH_CONFIG_NOT_CHECKED"] } });
  });
  it("does not demand what only a refused start had no time for once the report has looked", async () => {
    const [finding] = reportWith({
      code: "QUOTA",
      outcome: "UNKNOWN",
      reason: "THROTTLED",
      message: "too often",
    }).findings;
    const user = await refusedFor(finding);
    await waitFor(() =>
      expect(screen.getByRole("button", { name: /Start drill/ })).not.toHaveAttribute("aria-disabled"),
    );
    expect(screen.getByText("It can be started")).toBeVisible();
    let said: unknown;
    server.use(
      answers("start_execution", async (request) => {
        said = await request.json();
        return exampleOf("start_execution");
      }),
    );
    await user.click(screen.getByRole("button", { name: /Start drill/ }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: /Start drill/ }));
    await notified("The drill of Shop was started.");
    expect(said).not.toHaveProperty("override");
  });
  it.each([
    ["The servers of which it was found", undefined],
    ["All servers of the execution, until it ends", ["LAUNCH_CONFIG_DRIFT"]],
  ])("accepts launch settings of: %s", async (choice, codes) => {
    let said: { override?: unknown } = {};
    server.use(
      answers("preflight_recovery_plan", reportWith({ code: "LAUNCH_CONFIG_DRIFT", message: "db01 differs" })),
      answers("start_execution", async (request) => {
        said = (await request.json()) as typeof said;
        return exampleOf("start_execution");
      }),
    );
    const { user } = await renderConsole(path("DRILL"));
    await user.click(await screen.findByRole("checkbox", { name: /launch config drift/ }));
    await user.type(screen.getByLabelText("Reason for the override"), "it is lost");
    expect(screen.getByRole("button", { name: /Start drill/ })).toHaveAccessibleDescription(/of which servers/);
    await user.click(screen.getByRole("radio", { name: new RegExp(`^${choice}`) }));
    await user.click(screen.getByRole("button", { name: /Start drill/ }));
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).queryByText(/accepted of all its servers/) !== null).toBe(codes !== undefined);
    await user.click(within(dialog).getByRole("button", { name: /Start drill/ }));
    await notified("The drill of Shop was started.");
    expect(said.override).toEqual({ reason: "it is lost", ...(codes === undefined ? {} : { codes }) });
  });
  it("cannot accept what was found only where something must be named", async () => {
    server.use(
      answers(
        "preflight_recovery_plan",
        reportWith({ code: "LAUNCH_CONFIG_DRIFT" }, { code: "PREPARED_INSTANCE", reason: "TOLD_BY_OTHERS" }),
      ),
    );
    const { user } = await renderConsole(path("DRILL"));
    await user.click(await screen.findByRole("checkbox", { name: /launch config drift/ }));
    expect(screen.getByRole("radio", { name: /^The servers of which it was found/ })).toBeDisabled();
  });
  it("keeps the reason when another point in time is checked", async () => {
    server.use(answers("preflight_recovery_plan", reportWith()));
    const { user } = await renderConsole(path("DRILL"));
    await user.type(await screen.findByLabelText(/^Reason/), "quarterly");
    await user.click(screen.getByRole("radio", { name: /^A point in time/ }));
    await user.type(screen.getByLabelText("Day"), "2026/01/29");
    await user.type(screen.getByLabelText("Time"), "10:30:00");
    await user.click(screen.getByRole("button", { name: "Check for this point in time" }));
    expect(await screen.findByText(/^Checked for 2026-01-29/)).toBeVisible();
    expect(await screen.findByLabelText(/^Reason/)).toHaveValue("quarterly");
  });
  it("is no pass when nothing could be checked", async () => {
    server.use(refuses("preflight_recovery_plan", 403, "AUTHORIZATION_ERROR"));
    await renderConsole(path("RECOVERY"));
    expect(await screen.findByText("It could not be checked")).toBeVisible();
    expect(screen.queryByRole("button", { name: /Start recovery/ })).toBeNull();
  });
  it("is refused to readers, who see why", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await renderConsole(path("DRILL"));
    expect(await screen.findByRole("button", { name: /Start drill/ })).toHaveAccessibleDescription(/start_recovery/);
  });
});

describe("obstacles", () => {
  it("are what failed or could not be checked, but not what only a launch can prove", () => {
    const { findings } = reportWith(
      { code: "ROLE", outcome: "UNKNOWN" },
      { code: "LAUNCH_RIGHTS" },
      { code: "QUOTA", outcome: "WARN" },
      { code: "SERVER_BUSY", reason: "HELD_BY_EXECUTION" },
    );
    const { byCode, firm } = obstaclesOf(findings);
    expect([...byCode.keys()]).toEqual(["ROLE"]);
    expect(firm.map(({ reason }) => reason)).toEqual(["HELD_BY_EXECUTION"]);
  });
});
