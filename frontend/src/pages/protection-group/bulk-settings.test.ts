import { describe, expect, it } from "vitest";
import { ApiError } from "@/api/errors";
import { exampleOf } from "@/mocks/handlers";
import { NOTHING_TYPED, overridesOf, reasonsOfAny, saysNothing } from "./bulk-settings";

const EXAMPLE = exampleOf("get_protection_group");
const GROUP = {
  ...EXAMPLE,
  servers: [
    {
      sourceServerId: "s-1",
      useGroupDefaults: false,
      launchTemplate: { staticPrivateIp: "10.0.1.10", instanceType: "m6i.large" },
      drillLaunchTemplate: { copyTags: true },
    },
  ],
};

describe("settings for several servers", () => {
  it("lie over those that each has, and leave the rest of them", () => {
    const draft = { ...NOTHING_TYPED, launchTemplate: { instanceType: "c7i.large" } };

    expect(overridesOf(draft, ["s-1", "s-2"], GROUP)).toEqual([
      {
        sourceServerId: "s-1",
        useGroupDefaults: false,
        launchTemplate: { staticPrivateIp: "10.0.1.10", instanceType: "c7i.large" },
        drillLaunchTemplate: { copyTags: true },
      },
      { sourceServerId: "s-2", useGroupDefaults: false, launchTemplate: { instanceType: "c7i.large" } },
    ]);
  });
  it("that are taken away are none, in drills too", () => {
    expect(overridesOf({ ...NOTHING_TYPED, kind: "clear" }, ["s-1"], GROUP)).toEqual([
      { sourceServerId: "s-1", useGroupDefaults: true, launchTemplate: null, drillLaunchTemplate: null },
    ]);
  });
  it("say nothing until one is filled in, or all are to be taken away", () => {
    expect(saysNothing(NOTHING_TYPED)).toBe(true);
    expect(saysNothing({ ...NOTHING_TYPED, drillLaunchTemplate: { subnetId: null } })).toBe(false);
    expect(saysNothing({ ...NOTHING_TYPED, kind: "clear" })).toBe(false);
  });
  it("show of a setting what was refused of any server, once", () => {
    const field = (name: string, reason: string) => ({ field: name, reason, code: "NOT_ALLOWED" });
    const error = new ApiError(
      400,
      "VALIDATION_ERROR",
      "No",
      {
        fields: [
          field("servers[0].launchTemplate.subnetId", "there is no such subnet"),
          field("servers[7].launchTemplate.subnetId", "there is no such subnet"),
          field("servers[7].drillLaunchTemplate.subnetId", "another reason"),
        ],
      },
      false,
      "request-1",
    );

    expect(reasonsOfAny(error, "launchTemplate")("subnetId")).toBe("there is no such subnet");
    expect(reasonsOfAny(error, "launchTemplate")("subnet")).toBeUndefined();
    expect(reasonsOfAny(error, "drillLaunchTemplate")("instanceType")).toBeUndefined();
  });
});
