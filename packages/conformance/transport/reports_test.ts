import { describe, expect, it, test } from "vitest";
import { describeTransport } from "../describe_cases.ts";
import { brokenHids } from "../testdata/broken_hids.ts";
import { hidSetup } from "../testdata/hid_transport.ts";
import { brokenCases } from "../testdata/outcomes.ts";
import { transportCasesFor } from "./cases.ts";

const KINDS = ["report", "feature"] as const;

const casesOf = (kind: typeof KINDS[number]) =>
  transportCasesFor(kind).filter(({ tier }) => tier < 2);

/** What is broken for links of that kind, and which of their cases have to notice. */
const BROKEN = KINDS.flatMap((kind) => {
  const ids = casesOf(kind).map(({ id }) => id);
  return brokenHids.filter(({ kinds = [kind] }) => kinds.includes(kind))
    .map((one) => ({ ...one, kind, noticedBy: one.noticedBy.filter((id) => ids.includes(id)) }))
    .filter(({ noticedBy }) => noticedBy.length > 0);
});

test.concurrent.each(BROKEN)("links of kind $kind, noticed: $name", async (broken) => {
  const { kind, noticedBy, breakage } = broken;
  const found = await brokenCases(casesOf(kind), () => hidSetup(kind, breakage));
  expect([...found].sort()).toEqual([...noticedBy].sort());
}, 60_000);

describe.each(KINDS)("links of kind %s", (kind) => {
  describeTransport({ describe, it }, {
    name: `a transport without faults, ${kind}`,
    kind,
    setup: () => hidSetup(kind),
  });

  // These two are no question of the kind of link: see cases_test.ts.
  const hanging = ["transport/shape/watch-left", "transport/echo/process-ends"];
  const ids = casesOf(kind).map(({ id }) => id).filter((id) => !hanging.includes(id));
  test.each(ids)("%s can fail", (id) => {
    const noticed = BROKEN.filter((one) => one.kind === kind);
    expect(noticed.flatMap(({ noticedBy }) => noticedBy)).toContain(id);
  });
});
