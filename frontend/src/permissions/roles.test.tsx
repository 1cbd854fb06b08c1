import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { OPERATIONS, type OperationName, ROLES } from "@/api/generated/operations";
import { answers } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";
import { calledBy, MATRIX, mayCall, maySee, openAs, shown, VIEWS } from "@/testing/views";

/** What no button of a page calls, and why that is right. */
const ELSEWHERE: Readonly<Partial<Record<OperationName, string>>> = {
  validate_staging_account: "in the form of a staging account, which add_staging_account opens",
};

const CASES = VIEWS.flatMap((view) =>
  ROLES.map((role) => ({ ...view, role, title: `${view.path} ${view.tab ?? ""}`.trim() })),
);

describe("what a role may not do", () => {
  it.each(CASES.filter(({ path, role }) => maySee(role, path)))(
    "is visible, disabled, and says why on $title to $role",
    async (view) => {
      await openAs(view.role, view);

      for (const button of shown()) {
        const operation = calledBy(button);
        if (mayCall(view.role, operation)) {
          expect(button).not.toHaveAccessibleDescription(/needs the permission/);
        } else {
          expect(button).toBeVisible();
          expect(button).toHaveAttribute("aria-disabled", "true");
          expect(button).toHaveAccessibleDescription(
            new RegExp(
              `needs the permission ${OPERATIONS[operation as OperationName].permission},.*you are ${view.role}`,
            ),
          );
        }
      }
    },
  );
  it.each(CASES.filter(({ path, role }) => !maySee(role, path)))(
    "closes $title to $role, and says why",
    async ({ path, role }) => {
      server.use(answers("get_user_permissions", permissionsFor(role)));
      await renderConsole(path);

      expect(await screen.findByText("You may not see this page")).toBeVisible();
      expect(screen.getByText(new RegExp(`needs the permission .*you are ${role}`))).toBeVisible();
      expect(shown()).toEqual([]);
    },
  );
  it("is known of every operation that some role may not call", () => {
    const restricted = [...MATRIX].filter(([, roles]) => roles.size < ROLES.length).map(([name]) => name);
    const onPages = VIEWS.flatMap(({ buttons }) => buttons) as string[];

    expect(restricted.filter((name) => !onPages.includes(name) && !(name in ELSEWHERE))).toEqual([]);
    expect(Object.keys(ELSEWHERE).filter((name) => onPages.includes(name))).toEqual([]);
  });
});
