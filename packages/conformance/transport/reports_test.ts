import { describe, expect, it, test } from "vitest";
import { describeTransport } from "../describe_cases.ts";
import { brokenHids } from "../testdata/broken_hids.ts";
import { hidSetup } from "../testdata/hid_transport.ts";
import { brokenCases } from "../testdata/outcomes.ts";
import { transportCasesFor } from "./cases.ts";

describe.each(["report", "feature"] as const)("links of kind %s", (kind) => {
  describeTransport({ describe, it }, {
    name: `a transport without faults, ${kind}`,
    kind,
    setup: () => hidSetup(kind),
  });

  const cases = transportCasesFor(kind).filter(({ tier }) => tier < 2);
  const ids = cases.map(({ id }) => id);
  const broken = brokenHids.filter(({ kinds = [kind] }) => kinds.includes(kind))
    .map((one) => ({ ...one, noticedBy: one.noticedBy.filter((id) => ids.includes(id)) }))
    .filter(({ noticedBy }) => noticedBy.length > 0);

  test.concurrent.each(broken)("noticed: $name", async ({ noticedBy, breakage }) => {
    const found = await brokenCases(cases, () => hidSetup(kind, breakage));
    expect([...found].sort()).toEqual([...noticedBy].sort());
  }, 60_000);

  // These two are no question of the kind of link: see cases_test.ts.
  const hanging = ["transport/shape/watch-left", "transport/echo/process-ends"];
  test.each(ids.filter((id) => !hanging.includes(id)))("%s can fail", (id) => {
    expect(broken.flatMap(({ noticedBy }) => noticedBy)).toContain(id);
  });
});
