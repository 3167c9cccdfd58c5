import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliRun, otpsmith } from "./cli_process.ts";
import { ROOT } from "./follow_document.ts";

const SKELETON = join(ROOT, "examples/transport_skeleton/conformance.ts");
/** Far more than what is tried with it takes on a machine that is busy with other tests. */
const HURRY = ["--patience", "8"];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-kit-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A transport without readers, and what is wrong with it. */
function transport(wrong = "", before = ""): string {
  return `${before}
export const contract: number = 1;
export default () => ({
  name: "mine",
  kinds: ["apdu"],
  probe: async () => ({ usable: true }),
  list: async () => [],
  watch: async function* ({ signal }: { signal?: AbortSignal } = {}) {
    yield [];
    await new Promise((end) => signal?.addEventListener("abort", end));
  },
  [Symbol.asyncDispose]: async () => {},
  ${wrong}
});
`;
}

let made = 0;
async function module(source: string, extension = "ts"): Promise<string> {
  const path = join(folder, `module_${++made}.${extension}`);
  await writeFile(path, source);
  return path;
}

function run(path: string, ...more: readonly string[]): Promise<CliRun> {
  return otpsmith(["conformance", "--transport", path, ...more]);
}

describe("the skeleton", () => {
  test("keeps everything; each case is an event, and the last line counts them", async () => {
    const { exit, events, result } = await run(SKELETON, "--json", "--tier", "0-1");
    expect(events.filter(({ outcome }) => outcome === "broken")).toEqual([]);
    const kept = events.filter(({ outcome }) => outcome === "kept").length;
    expect(exit).toBe(0);
    expect(events[0]).toMatchObject({ event: "case", id: "transport/shape/name", tier: 0 });
    expect(result).toMatchObject({
      schema: 1,
      command: "conformance",
      ok: true,
      exit: 0,
      transport: { name: "toy", kinds: ["apdu"], from: SKELETON },
      counts: { kept, broken: 0, skipped: events.length - kept },
    });
    expect(kept).toBeGreaterThan(25);
  }, 120_000);

  test("its report can be pasted: a table with versions, date, case, outcome and why", async () => {
    const { exit, stdout, stderr } = await run(SKELETON, "--markdown", "--tier", "0");
    expect(exit).toBe(0);
    expect(stderr).toContain("kept     transport/shape/name");
    expect(stdout).toMatch(/^## Conformance of toy\n\n\d+ cases: \d+ kept, 0 broken, 0 skipped/);
    for (const what of ["transport", "otpsmith", "runtime", "system", "date"]) {
      expect(stdout).toMatch(new RegExp(String.raw`^\| ${what} +\| \S.* \|$`, "m"));
    }
    expect(stdout).toMatch(/^\| transport\/shape\/name +\| kept +\| it has a short name/m);
    const deno = join(ROOT, "node_modules/.bin/deno");
    const formatted = execFileSync(deno, ["fmt", "--ext", "md", "-"], {
      input: stdout,
      encoding: "utf8",
      env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
    });
    expect(stdout).toBe(formatted);
  }, 60_000);

  test("one case alone, or those that begin alike", async () => {
    const one = await run(SKELETON, "--json", "--only", "transport/echo/order");
    expect(one.events.map(({ id }) => id)).toEqual(["transport/echo/order"]);
    const some = await run(SKELETON, "--json", "--tier", "0", "--only", "transport/shape/");
    expect(some.events.length).toBeGreaterThan(5);
    expect(some.events.filter(({ tier }) => tier !== 0)).toEqual([]);
  }, 60_000);
});

describe("what is broken is told, case by case, and the others go on", () => {
  test.each<readonly [string, string, string, RegExp]>([
    [
      "a promise that is not kept",
      transport(`list: async () => [{ id: String(Math.random()), label: "x" }],`),
      "transport/shape/list-stable",
      /keep its id/,
    ],
    [
      "a call that loops for ever",
      transport("watch: () => { for (;;); },"),
      "transport/shape/watch-left",
      /^it did not come to an end within 8 s/,
    ],
    [
      "a process that is ended",
      transport("watch: () => process.exit(3),"),
      "transport/shape/watch-left",
      /^its process ended with 3/,
    ],
    [
      "a process that is killed, as by native code that crashes",
      transport(`watch: () => process.kill(process.pid, "SIGSEGV"),`),
      "transport/shape/watch-left",
      /^its process was ended by SIGSEGV/,
    ],
    [
      "an error that nobody catches",
      transport(
        "watch: () => { setImmediate(() => { throw new TypeError('ouch'); }); return { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }; },",
      ),
      "transport/shape/watch-left",
      /^its process threw TypeError: ouch/,
    ],
  ])("%s", async (_, source, id, why) => {
    const only = ["transport/shape/name", id, "transport/shape/dispose-twice"];
    const path = await module(source);
    const { exit, events, result, stderr } = await run(
      path,
      "--json",
      ...HURRY,
      ...only.flatMap((one) => ["--only", one]),
    );
    expect(events.map(({ id, outcome }) => [id, outcome])).toEqual([
      [only[0], "kept"],
      [only[1], "broken"],
      [only[2], "kept"],
    ]);
    expect(events[1]!["why"]).toMatch(why);
    expect(exit).toBe(1);
    expect(result).toMatchObject({ ok: false, counts: { kept: 2, broken: 1, skipped: 0 } });
    expect(stderr).not.toMatch(/\n\s+at /);
  }, 60_000);

  test("for people: what was promised, and what to change", async () => {
    const path = await module(transport(`name: "My Reader",`));
    const { stdout, exit } = await run(path, "--only", "transport/shape/name");
    expect(exit).toBe(1);
    expect(stdout).toMatch(
      /^broken +transport\/shape\/name\n +promised: it has a short name.*\n +to change: name has to be/,
    );
  });
});

/** What cannot be tried: a module, or none, the exit code, the code of the error, its message and next step. */
type Hopeless = readonly [string, string | undefined, number, string, RegExp, RegExp];

async function isTold(...[, source, exit, code, message, next]: Hopeless): Promise<void> {
  const path = source === undefined ? join(folder, "none.ts") : await module(source);
  const args = ["--only", "transport/shape/name", ...HURRY];
  const [json, people] = await Promise.all([run(path, ...args, "--json"), run(path, ...args)]);
  expect(json.result, json.stderr).toMatchObject({
    event: "result",
    schema: 1,
    exit,
    error: { code },
  });
  const error = json.result["error"] as { message: string; next: string };
  expect(error.message).toMatch(message);
  expect(error.next).toMatch(next);
  expect(people.exit).toBe(exit);
  expect(people.stderr).toContain(`${error.message}\n${error.next}`);
  expect(people.stderr).not.toMatch(/\n\s+at |defect/);
}

describe("what cannot be tried gets one clear message, the next step and an exit code", () => {
  test.each<Hopeless>([
    ["no module", undefined, 1, "transport/not-found", /there is no such module/, /file/],
    [
      "no export",
      "export const a = 1;",
      1,
      "transport/no-export",
      /nothing as its default/,
      /export default/,
    ],
    [
      "a transport instead of a function",
      "export const contract = 1; export default { name: 'x' };",
      1,
      "transport/no-export",
      /no function/,
      /export default/,
    ],
    [
      "something else than a transport",
      "export const contract = 1; export default async () => ({});",
      1,
      "transport/no-export",
      /no probe, no list/,
      /not a promise/,
    ],
    [
      "no contract",
      transport().replace("contract", "version"),
      1,
      "transport/contract",
      /does not say/,
      /contract = 1/,
    ],
    [
      "a later contract",
      transport().replace("number = 1", "number = 2"),
      1,
      "transport/contract",
      /written for contract 2, and this otpsmith knows contract 1/,
      /Update/,
    ],
    [
      "throwing on import",
      "\nthrow new Error('no driver');",
      1,
      "transport/throws",
      /line 2: no driver/,
      /do nothing/,
    ],
    [
      "an import that is not there",
      "import 'nowhere';",
      1,
      "transport/throws",
      /nowhere/,
      /Install/,
    ],
    [
      "TypeScript that is more than types",
      "enum A { B }",
      1,
      "transport/throws",
      /enum/,
      /without enums/,
    ],
    [
      "probe() that loops",
      transport("probe: () => { for (;;); },"),
      1,
      "transport/no-answer",
      /probe\(\) did not/,
      /at once/,
    ],
    [
      "nothing that can be used",
      transport(
        `probe: async () => ({ usable: false, code: "no-reader", message: "Cannot find one", fix: "Plug it in." }),`,
      ),
      4,
      "transport/no-reader",
      /Cannot find one/,
      /Plug/,
    ],
  ])("%s", isTold, 60_000);

  test.each<readonly [string, readonly string[], number, string]>([
    ["nothing named", [], 2, "usage/nothing-to-try"],
    ["both named", ["--transport", "pcsc", "--simulator", "t.json"], 2, "usage/nothing-to-try"],
    ["an unknown name", ["--transport", "usb9"], 2, "usage/transport"],
    ["no port", ["--transport", "pn532"], 2, "usage/transport"],
    ["no reader", ["--transport", "pcsc", "--allow-burn", "86596321234567"], 2, "usage/tier"],
    ["a strange tier", ["--transport", "pcsc", "--tier", "9"], 2, "usage/tier"],
    ["tier 4 without a token", ["--transport", "pcsc", "--tier", "4"], 2, "usage/tier"],
    [
      "an unknown case",
      ["--transport", SKELETON, "--only", "transport/nix"],
      2,
      "usage/unknown-case",
    ],
    [
      "a token that nobody agreed to lose",
      ["--transport", "pcsc", "--reader", "x", "--allow-burn", "86596321234567"],
      4,
      "needs-person/consent",
    ],
    [
      "a reader that is not there",
      ["--transport", SKELETON, "--only", "transport/echo/absent", "--echo", "Toy"],
      4,
      "reader/unknown",
    ],
  ])("%s", async (_, args, exit, code) => {
    const { result, stderr } = await otpsmith(["conformance", ...args, "--json"]);
    expect(result, stderr).toMatchObject({ exit, error: { code } });
    expect((result["error"] as { next: string }).next).toMatch(/\.$/);
  });
});

// What follows waits, and does not compute: at once.
describe.concurrent("what never answers is told, too", () => {
  const NEVER = "new Promise(() => setInterval(() => {}, 1000))";
  test.each<Hopeless>([
    [
      "an import that never ends",
      `await ${NEVER}; ${transport()}`,
      1,
      "transport/no-answer",
      /import/,
      /at once/,
    ],
    [
      "list() that never returns",
      transport(`list: () => ${NEVER},`),
      1,
      "transport/no-answer",
      /list\(\) did not/,
      /opens nothing/,
    ],
  ])("%s", isTold, 60_000);
});

test.concurrent(
  "other commands take a module, too, and do not wait for one that never answers",
  async () => {
    const never = await module(
      transport("list: () => new Promise(() => setInterval(() => {}, 1000)),"),
    );
    const info = await otpsmith(["info", "--transport", never, "--json"]);
    expect(info.result).toMatchObject({
      exit: 1,
      error: {
        code: "transport/failed",
        message: `Cannot use transport "mine": list() did not answer within 10 s`,
      },
    });
    const good = await module(transport());
    const devices = await otpsmith(["devices", "--transport", good, "--json"]);
    expect(devices.result).toMatchObject({ exit: 0, readers: [], obstacles: [] });
  },
  60_000,
);

test.concurrent(
  "the simulated token is read, and overwritten only by its name and with consent",
  async () => {
    const simulator = join(folder, "token.json");
    const args = ["conformance", "--simulator", simulator, "--json"];
    const read = await otpsmith(args);
    expect(read.result).toMatchObject({
      exit: 0,
      transport: { name: "memory" },
      counts: { broken: 0 },
    });
    expect(read.events.filter(({ tier }) => tier === 4)).toEqual([]);

    const info = await otpsmith(["info", "--simulator", simulator, "--json"]);
    const serial = info.result["serial"] as string;
    const silent = await otpsmith([...args, "--allow-burn", serial]);
    expect(silent.result).toMatchObject({ exit: 4, error: { code: "needs-person/consent" } });
    const other = await otpsmith([...args, "--allow-burn", "86596329999999", "--yes"]);
    expect(other.result).toMatchObject({ exit: 4, error: { code: "needs-person/other-token" } });

    const burnt = await otpsmith([...args, "--allow-burn", serial, "--yes"]);
    expect(burnt.events.filter(({ outcome }) => outcome === "broken")).toEqual([]);
    expect(burnt.exit).toBe(0);
  },
  120_000,
);
