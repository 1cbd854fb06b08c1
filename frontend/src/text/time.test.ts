import { describe, expect, it } from "vitest";
import { ago, duration, instantOf, localTime, secondsOf, utcTime } from "./time";

const WINTER = new Date("2026-03-29T00:59:59.000Z");
const SUMMER = new Date("2026-03-29T01:00:00.000Z");

describe("a time", () => {
  // requirement: UX-27
  it("is shown in the reader's zone, year first, and in UTC", () => {
    expect(localTime(WINTER, "Europe/Berlin")).toBe("2026-03-29 01:59:59 CET");
    expect(localTime(WINTER, "Asia/Kolkata")).toBe("2026-03-29 06:29:59 GMT+5:30");
    expect(utcTime(WINTER)).toBe("2026-03-29 00:59:59 UTC");
  });
  // requirement: UX-27
  it("jumps where summer time begins, and the zone says why", () => {
    expect(localTime(SUMMER, "Europe/Berlin")).toBe("2026-03-29 03:00:00 CEST");
  });
  it("tells the two same hours apart where summer time ends", () => {
    const shown = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"].map((at) =>
      localTime(new Date(at), "Europe/Berlin"),
    );
    expect(shown).toEqual(["2026-10-25 02:30:00 CEST", "2026-10-25 02:30:00 CET"]);
  });
  it("is none where the text is none", () => {
    expect([instantOf(undefined), instantOf(""), instantOf("yesterday")]).toEqual([undefined, undefined, undefined]);
  });
});

describe("a duration", () => {
  it("is told in its two largest units", () => {
    expect([0, 12, 250, 3900, 183_600].map(duration)).toEqual(["0 s", "12 s", "4 min 10 s", "1 h 5 min", "2 d 3 h"]);
  });
  it("is told as past or to come", () => {
    expect(ago(WINTER, SUMMER)).toBe("1 s ago");
    expect(ago(SUMMER, WINTER)).toBe("in 1 s");
  });
  it("is read as DRS writes it", () => {
    expect(["PT1M30S", "P1DT1S", "PT0S", "P", "soon", undefined].map(secondsOf)).toEqual([
      90,
      86_401,
      0,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
