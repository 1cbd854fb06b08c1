import { describe, expect, it } from "vitest";
import { OPERATIONS, ROLES, type OperationName } from "@/api/generated/operations";
import { permissionsFor } from "@/mocks/permissions";
import { permissionsOf } from "./permissions-context";

const NAMES = Object.keys(OPERATIONS) as OperationName[];

describe("what a person may do", () => {
  it("is nothing until it is known", () => {
    const unknown = permissionsOf(undefined, null);
    expect(NAMES.filter((name) => unknown.may(name) && OPERATIONS[name].permission !== "public")).toEqual([]);
    expect(unknown.whyNot("start_execution")).toBe("What you may do is not known yet.");
  });
  it("is everything for administrators", () => {
    const admin = permissionsOf(permissionsFor(ROLES[0]), null);
    expect(NAMES.filter((name) => !admin.may(name))).toEqual([]);
  });
  it("is told with the roles that may", () => {
    const reader = permissionsOf(permissionsFor("DRSReadOnly"), null);
    expect(reader.whyNot("terminate_instances")).toBe(
      "This needs the permission terminate_instances, which DRSOrchestrationAdmin and DRSRecoveryManager have; " +
        "you are DRSReadOnly.",
    );
    expect(reader.whyNot("delete_executions")).toContain("DRSOrchestrationAdmin has");
  });
});
