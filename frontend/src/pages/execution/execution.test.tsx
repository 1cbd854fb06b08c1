import { screen, waitFor, within } from "@testing-library/react";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EXECUTIONS, type PlayedExecution } from "@/mocks/executions";
import { answers, exampleOf, isUnreachable, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import world from "@/mocks/worlds/execution";
import { notified } from "@/testing/notified";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";
import { changesBetween } from "./use-announcements";

// The page and its graph are loaded once; the first test would have to wait for them.
beforeAll(async () => {
  await Promise.all([import("./index"), import("./components/wave-graph")]);
}, 120_000);

beforeEach(() => {
  server.use(...world);
});

const HEADING = { level: 1, name: /of Shop/ };

async function open(id: string, view = "list") {
  const rendered = await renderConsole(`/executions/${id}?view=${view}`);
  await screen.findByRole("heading", HEADING);
  return rendered;
}

function played(id: string): PlayedExecution {
  const found = EXECUTIONS[id];
  if (found === undefined) throw new Error(`${id} is not played`);
  return found;
}

/** Keeps what a change was asked with. */
function asked(name: "resume_execution" | "cancel_execution" | "retry_wave" | "pause_execution"): unknown[] {
  const bodies: unknown[] = [];
  server.use(
    answers(name, async (request) => {
      bodies.push(await request.clone().json());
      return { ...exampleOf(name), message: "it is stored" };
    }),
  );
  return bodies;
}

describe("the page of an execution", () => {
  // requirement: UX-11
  it.each(["exec-preparing", "exec-runs", "exec-cancelling", "exec-timeout"])(
    "opens %s with all its waves",
    async (id) => {
      await open(id);
      expect(screen.getAllByRole("button", { name: /^Look at Wave \d/ })).toHaveLength(played(id).waveCount);
    },
  );
  // requirement: UX-11
  it("has the waves as a graph of buttons", async () => {
    const { user } = await open("exec-runs", "graph");
    const graph = await screen.findByLabelText("Waves as a graph; the same is under List", {}, { timeout: 25_000 });
    expect(within(graph).getAllByRole("button", { name: /^Wave \d/ })).toHaveLength(4);
    await user.click(within(graph).getByRole("button", { name: /^Wave 4 .*after wave 2 and wave 3/ }));
    expect(await screen.findByRole("heading", { name: "Wave 4 (Web)" })).toBeVisible();
  });
  // requirement: UX-12
  it("shows one progress, the API's, and the recovery time against its target", async () => {
    await open("exec-ended");
    expect(screen.getAllByRole("progressbar")).toHaveLength(1);
    expect(screen.getByText("Missed, target 30 min")).toBeVisible();
    expect(screen.getByText("47 min")).toBeVisible();
  });
  // requirement: UX-12
  it("shows a wave's servers with both verdicts, reasons and instances", async () => {
    await open("exec-failed");
    const servers = await screen.findByRole("grid", { name: "Servers" });
    expect(await within(servers).findByText("Not launched")).toBeVisible();
    expect(within(servers).getByText(/the subnet has no free address/)).toBeVisible();
    const [instance] = within(servers).getAllByRole("link", { name: /^i-/ });
    expect(instance).toHaveAttribute("href", expect.stringContaining("#InstanceDetails:instanceId=i-"));
  });
  it("tells jobs in sentences, and the instances that exist", async () => {
    const { user } = await open("exec-completed");
    await user.click(screen.getByRole("tab", { name: "Jobs of DRS" }));
    expect(await screen.findByText(/Converting databases1/)).toBeVisible();
    await user.click(screen.getByRole("tab", { name: "Instances" }));
    expect((await screen.findAllByText("Is terminated with the others")).length).toBe(2);
  });
  // requirement: UX-11
  it("has the waves as a timeline with the critical path, and as a list, in its address", async () => {
    const { user } = await open("exec-completed");
    await user.click(screen.getByRole("button", { name: "Timeline" }));
    expect(await screen.findByText(/Critical path: wave 1, then 2, then 4/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "List" }));
    await user.click(await screen.findByRole("button", { name: "Look at Wave 4 (Web)" }));
    expect(await screen.findByRole("heading", { name: "Wave 4 (Web)" })).toBeVisible();
    expect(window.location.search).toBe("?view=list&wave=3");
  });
  // requirement: UX-33
  it("has one page of a thousand servers in the document", async () => {
    await open("exec-large");
    expect(await screen.findByText("tier-111")).toBeVisible();
    expect(screen.getAllByRole("row").length).toBeLessThan(160);
  });
});

describe("a gate", () => {
  // requirement: UX-26
  it("is approved for its wave, after saying to how many servers and where", async () => {
    const bodies = asked("resume_execution");
    const { user } = await open("exec-waits");
    await user.click(screen.getByRole("button", { name: "Approve" }));
    const dialog = await screen.findByRole("dialog", { name: "Approve wave 2 (Application)?" });
    expect(await within(dialog).findByText("In account 444455556666 (us-west-2).")).toBeVisible();
    await user.type(within(dialog).getByLabelText("Reason"), "go");
    await user.click(within(dialog).getByRole("button", { name: "Approve 3 servers" }));
    await notified("It is stored");
    expect(bodies).toEqual([{ waveNumber: 1, gateNumber: 1, reason: "go" }]);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.getByRole("button", { name: "Approve" })).toHaveAccessibleDescription(/Your decision is stored/);
  });
  it("is rejected by cancelling, and says so", async () => {
    const bodies = asked("cancel_execution");
    const { user } = await open("exec-waits");
    await user.click(screen.getByRole("button", { name: "Reject" }));
    const dialog = await screen.findByRole("dialog", { name: /Reject wave 2 .* cancel the execution/ });
    await user.click(within(dialog).getByRole("button", { name: "Reject 3 servers and cancel" }));
    await waitFor(() => expect(bodies).toEqual([{ reason: "Wave 2 was rejected" }]));
  });
  it("of a wave that failed offers a retry, with a new launch if wanted", async () => {
    const bodies = asked("retry_wave");
    const { user } = await open("exec-stuck");
    await user.click(screen.getByRole("button", { name: "Retry" }));
    const dialog = await screen.findByRole("dialog", { name: /Retry wave 2/ });
    await user.click(within(dialog).getByRole("checkbox", { name: /Also launch anew/ }));
    await user.click(within(dialog).getByRole("button", { name: "Retry 1 server" }));
    await waitFor(() => expect(bodies).toEqual([{ gateNumber: 1, relaunch: true, reason: "" }]));
  });
});

describe("an action", () => {
  it("that somebody else was faster with is told with the API's sentence, and nothing typed is lost", async () => {
    server.use(refuses("pause_execution", 409, "CONFLICT_ERROR", { reason: "INVALID_STATE" }));
    const { user } = await open("exec-runs");
    await user.click(screen.getByRole("button", { name: "Pause" }));
    const dialog = await screen.findByRole("dialog", { name: "Pause the drill of Shop?" });
    await user.type(within(dialog).getByLabelText("Reason"), "network");
    await user.click(within(dialog).getByRole("button", { name: "Pause 8 servers" }));
    expect(await within(dialog).findByText("Refused as CONFLICT_ERROR")).toBeVisible();
    expect(within(dialog).getByLabelText("Reason")).toHaveValue("network");
  });
  // requirement: UX-26
  it("on a recovery's instances asks for the plan's name", async () => {
    const { user } = await open("exec-recovered");
    await user.click(screen.getByRole("button", { name: "Terminate" }));
    const dialog = await screen.findByRole("dialog", { name: /Terminate the instances of the recovery/ });
    const verb = within(dialog).getByRole("button", { name: "Terminate 8 instances" });
    expect(verb).toHaveAttribute("aria-disabled", "true");
    await user.type(within(dialog).getByLabelText("Type Shop to confirm"), "Shop");
    expect(verb).not.toHaveAttribute("aria-disabled", "true");
  });
  // requirement: UX-13
  it("that cannot be is visible, disabled, and says why", async () => {
    await open("exec-completed");
    const pause = screen.getByRole("button", { name: "Pause" });
    expect(pause).toHaveAttribute("aria-disabled", "true");
    expect(pause).toHaveAccessibleDescription(/has ended: Completed/);
  });
  // requirement: UX-18
  it("that readers may not do says which permission it needs", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await open("exec-waits");
    for (const name of ["Approve", "Reject", "Pause", "Cancel", "Skip Wave 2 (Application)"]) {
      expect(screen.getByRole("button", { name })).toHaveAccessibleDescription(/needs the permission/);
    }
  });
});

describe("reading", () => {
  // requirement: UX-22
  it("that fails is told, and what was read stays", async () => {
    const { user } = await open("exec-runs");
    server.use(refuses("get_execution", 500, "INTERNAL_ERROR"));
    const [refresh] = screen.getAllByRole("button", { name: "Refresh" });
    if (refresh !== undefined) await user.click(refresh);
    expect(await screen.findByText(/could not be read again/)).toBeVisible();
    expect(screen.getByText(/^Stale/)).toBeVisible();
    expect(screen.getByRole("heading", HEADING)).toBeVisible();
  });
  it("of an execution that is not there says so", async () => {
    server.use(refuses("get_execution", 404, "RESOURCE_NOT_FOUND"));
    await renderConsole("/executions/nothing");
    expect(await screen.findByText("The execution could not be read")).toBeVisible();
  });
  it("of the events that fails leaves the rest as it is", async () => {
    server.use(refuses("get_execution_events", 403, "AUTHORIZATION_ERROR"));
    await open("exec-runs");
    expect(await screen.findByText("The events could not be read")).toBeVisible();
    expect(screen.getByRole("progressbar")).toBeInTheDocument();
  });
  it("of the jobs says that nobody answered", async () => {
    server.use(isUnreachable("get_termination_status"));
    await open("exec-terminating");
    expect(screen.getByText("Being terminated")).toBeVisible();
    expect(screen.getByText("5 of 8 found; 3 left")).toBeVisible();
  });
});

it("hears what is different: the execution, then each wave", () => {
  expect(changesBetween(played("exec-waits"), played("exec-runs"))).toEqual([
    "The execution: Running.",
    "Wave 2 (Application): Launching.",
    "Wave 3 (Queues): Launching.",
  ]);
  expect(changesBetween(played("exec-runs"), played("exec-runs"))).toEqual([]);
});
