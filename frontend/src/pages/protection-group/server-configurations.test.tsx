import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers, exampleOf, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { notified } from "@/testing/notified";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

const GROUP = exampleOf("get_protection_group");
const STATUS = exampleOf("get_launch_config_status");
const [FIRST] = STATUS.items;
if (FIRST === undefined) throw new Error("the contract has no example of a server");
const OTHER = "s-2222222222222db02";

const twoServers = answers("get_launch_config_status", {
  ...STATUS,
  run: undefined,
  nextToken: undefined,
  items: [FIRST, { ...FIRST, sourceServerId: OTHER }],
});

async function openTab() {
  server.use(twoServers);
  const { user } = await renderConsole(`/protection-groups/${GROUP.groupId}`);
  await user.click(await screen.findByRole("tab", { name: "Server Configurations" }));
  await screen.findByRole("link", { name: OTHER });
  return user;
}

/** Chooses both servers, and gives them an instance type. */
async function fillIn() {
  const user = await openTab();
  await user.click(screen.getByRole("checkbox", { name: "Choose all servers of this page" }));
  await user.type(await screen.findByLabelText("Instance type"), "c7i.large");
  return user;
}

describe("the server configurations of a group", () => {
  // requirement: UX-37
  it("give several chosen servers the same settings, beside those that each has", async () => {
    const said: unknown[] = [];
    server.use(
      answers("bulk_update_server_configs", async (request) => {
        said.push(await request.json());
        return { ...exampleOf("bulk_update_server_configs"), changed: 2, unchanged: 0 };
      }),
    );
    const user = await fillIn();

    await user.click(screen.getByRole("button", { name: "Save for 2 servers" }));

    await notified("The settings of 2 servers are saved.");
    expect(said).toMatchObject([
      {
        version: GROUP.version,
        applyLaunchConfigs: false,
        servers: [
          { sourceServerId: FIRST.sourceServerId, launchTemplate: { instanceType: "c7i.large", copyTags: true } },
          { sourceServerId: OTHER, launchTemplate: { instanceType: "c7i.large" } },
        ],
      },
    ]);
    expect(screen.getByRole("button", { name: "Save for 0 servers" })).toHaveAccessibleDescription(/Choose servers/);
  });
  it("wait until something is chosen and filled in", async () => {
    const user = await openTab();
    const save = () => screen.getByRole("button", { name: /^Save for/ });
    expect(save()).toHaveAccessibleDescription("Choose servers in the list above.");

    await user.click(screen.getByRole("checkbox", { name: `Choose ${OTHER}` }));
    expect(save()).toHaveAccessibleDescription("Fill in what they are to have.");

    await user.click(screen.getByRole("radio", { name: /^Take all settings/ }));
    expect(save()).not.toHaveAttribute("aria-disabled", "true");
  });
  it("keep what was typed where somebody else saved the group, and are saved upon the newest version", async () => {
    const said: unknown[] = [];
    server.use(refuses("bulk_update_server_configs", 409, "CONFLICT_ERROR", { reason: "VERSION_CONFLICT" }));
    const user = await fillIn();
    await user.click(screen.getByRole("button", { name: "Save for 2 servers" }));
    await screen.findByText("This group was changed by somebody else");
    server.use(
      answers("get_protection_group", { ...GROUP, version: 7 }),
      answers("bulk_update_server_configs", async (request) => {
        said.push(await request.json());
        return exampleOf("bulk_update_server_configs");
      }),
    );

    await user.click(screen.getByRole("button", { name: "Keep my changes" }));
    await waitFor(() => expect(screen.queryByText("This group was changed by somebody else")).toBeNull());
    expect(screen.getByLabelText("Instance type")).toHaveValue("c7i.large");
    await user.click(screen.getByRole("button", { name: "Save for 2 servers" }));

    await notified(/are saved|is saved/);
    expect(said).toMatchObject([{ version: 7 }]);
  });
  it("show readers why they may not save", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await openTab();

    expect(screen.getByRole("button", { name: /^Save for/ })).toHaveAccessibleDescription(/modify_protection_groups/);
  });
});
