import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createVirtualToken,
  type VirtualReportDevice,
  type VirtualToken,
} from "@otpsmith/simulator";
import {
  createHidToken,
  type HidProfile,
  type HidProfileName,
  keyboardDescriptor,
} from "@otpsmith/simulator/usb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { echoReports } from "../../../packages/simulator/usb/testdata/reports.ts";
import { type BusBench, withVirtualBus } from "./with_virtual_bus.ts";

// Whole processes of the built command, with the unmodified node-hid, on simulated keys of every HID family.

const BIN = new URL("../../../packages/cli/bin/otpsmith.cjs", import.meta.url);
// The seed of RFC 6238, and one of as many bytes.
const ALICE = "otpauth://totp/Acme:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme";
const BOB = "otpauth://totp/Bank:bob?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Bank";

const PIN = "12345678"; // the admin PIN of a new Nitrokey Pro
const keyboard: VirtualReportDevice = {
  descriptor: keyboardDescriptor({ featureBytes: 8 }),
  power: () => {},
};
const NITROKEY_3: HidProfile = {
  identity: {
    vendorId: 0x20a0,
    productId: 0x42b2,
    manufacturer: "Nitrokey",
    product: "Nitrokey 3",
  },
  interfaces: [{
    endpoints: [
      { address: 0x84, type: "interrupt", interval: 2 },
      { address: 0x04, type: "interrupt", interval: 2 },
    ],
  }],
};

vi.setConfig({ testTimeout: 300_000 }); // many whole processes, on a machine that may be busy

let folder: string;
let alice: string;
let bob: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  [alice, bob] = [join(folder, "alice.txt"), join(folder, "bob.txt")];
  await writeFile(alice, ALICE);
  await writeFile(bob, BOB);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Run {
  readonly exit: number | null;
  readonly stderr: string;
  readonly result: Record<string, unknown>;
}

/** The whole command with `--transport hid`, to its end. */
async function run(bench: BusBench, args: readonly string[], env = {}): Promise<Run> {
  const program = bench.start(BIN, {
    args: [...args, "--json", "--transport", "hid"],
    env: { OTPSMITH_STATE_DIR: folder, ...env },
    built: true,
  });
  const { exit, stdout, stderr } = await program.ended;
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  return { exit, stderr, result: last === "" ? {} : JSON.parse(last) as Record<string, unknown> };
}

interface Family {
  readonly model: string;
  readonly profile: HidProfileName | HidProfile;
  /** What stands beside the token's own interface. */
  readonly reports: (own: VirtualReportDevice) => readonly VirtualReportDevice[];
  readonly serial?: string;
  readonly driver: RegExp;
  /** Where the first seed goes, and what stands in the list then. */
  readonly slot: readonly string[];
  readonly listed: Record<string, unknown>;
  readonly env?: Record<string, string>;
  /** How the token proves it: an OnlyKey types its codes, and tells no more than the label. */
  readonly proof: "computed" | "presence";
  readonly erases: boolean;
  readonly applications?: readonly string[];
}

const FAMILIES: readonly Family[] = [
  {
    model: "oath:yubikey5",
    profile: "YubiKey OTP+FIDO",
    reports: (own) => [own, echoReports({ page: 0xf1d0, usage: 1 })],
    driver: /OTP slots of a YubiKey/,
    slot: ["--slot", "2"],
    listed: { slot: 2, occupied: true },
    proof: "computed",
    erases: true,
    applications: ["slots"],
  },
  {
    model: "oath:nitrokey3",
    profile: NITROKEY_3,
    reports: (own) => [own],
    driver: /OATH application/,
    slot: [],
    listed: { title: "Acme:alice", occupied: true },
    proof: "computed",
    erases: true,
    applications: ["oath"],
  },
  {
    model: "nitrokey:pro",
    profile: "Nitrokey Pro",
    reports: (own) => [own],
    driver: /Nitrokey Pro/,
    slot: ["--slot", "1"],
    listed: { slot: 1, title: "Acme", occupied: true },
    env: { OTPSMITH_TOKEN_KEY: PIN },
    proof: "computed",
    erases: true,
  },
  {
    model: "onlykey:onlykey",
    profile: "OnlyKey",
    reports: (own) => [keyboard, own],
    serial: "1000000000",
    driver: /OnlyKey/,
    slot: ["--slot", "1"],
    listed: { slot: 1, title: "Acme", occupied: true },
    proof: "presence",
    erases: false,
  },
];

function plug({ model, profile, reports, serial }: Family): {
  token: VirtualToken;
  device: ReturnType<typeof createHidToken>["device"];
} {
  const token = createVirtualToken({ model });
  const { device } = createHidToken({
    profile,
    serial,
    reports: reports(token.reports[0]!),
  });
  return { token, device };
}

describe.each(FAMILIES)("$model on a virtual USB bus", (family) => {
  test("is told, burned, listed, compared and erased by the whole command", async () => {
    const { device } = plug(family);
    await withVirtualBus([device], async (bench) => {
      const info = await run(bench, ["info"]);
      expect(info.result, info.stderr).toMatchObject({
        exit: 0,
        family: expect.stringMatching(family.driver) as string,
        ...(family.applications && {
          applications: family.applications.map((application) => ({ application })),
        }),
      });

      const burn = ["burn", alice, ...family.slot, "--yes"];
      const done = await run(bench, burn, family.env);
      expect(done.result, done.stderr).toMatchObject({
        exit: 0,
        proof: { level: family.proof, match: true },
      });

      const listed = await run(bench, ["slots"]);
      expect(listed.result, listed.stderr).toMatchObject({ exit: 0, occupied: 1 });
      expect(listed.result["slots"]).toContainEqual(expect.objectContaining(family.listed));

      // An occupied slot is not lost without a word, and the wrong seed does not pass.
      const again = await run(bench, [
        "burn",
        bob,
        "--title",
        "Acme:alice".slice(0, 15),
        ...family.slot,
        "--yes",
      ], family.env);
      expect(again.result, again.stderr).toMatchObject({
        exit: 3,
        error: { code: "burn/slot-occupied" },
      });
      const right = await run(bench, ["verify", alice, "--from-token", ...family.slot]);
      const wrong = await run(bench, ["verify", bob, "--from-token", ...slotOf(family)]);
      if (family.proof === "computed") {
        expect(right.result, right.stderr).toMatchObject({
          exit: 0,
          match: true,
          level: "computed",
        });
        expect(wrong.result, wrong.stderr).toMatchObject({ exit: 1, match: false });
      } else {
        expect(right.result).toMatchObject({ exit: 3, error: { code: "token/unsupported" } });
      }

      const erase = ["erase", ...(family.slot.length > 0 ? family.slot : slotOf(family)), "--yes"];
      const erased = await run(bench, erase, family.env);
      if (family.erases) {
        expect(erased.result, erased.stderr).toMatchObject({ exit: 0 });
        expect((await run(bench, ["slots"])).result).toMatchObject({ occupied: 0 });
      } else {
        expect(erased.result).toMatchObject({ exit: 3, error: { code: "burn/cannot-erase" } });
        expect((await run(bench, ["slots"])).result).toMatchObject({ occupied: 1 });
      }
    });
  });
});

const family = (model: string): Family => FAMILIES.find((one) => one.model === model)!;

test(
  "the PIN of a Nitrokey Pro is wanted for a write alone, and a wrong one is told with its tries",
  async () => {
    const { device } = plug(family("nitrokey:pro"));
    await withVirtualBus([device], async (bench) => {
      const burn = ["burn", alice, "--slot", "next", "--yes"];
      expect((await run(bench, burn)).result).toMatchObject({
        exit: 3,
        error: { code: "burn/needs-secret" },
      });
      const wrong = await run(bench, burn, { OTPSMITH_TOKEN_KEY: "87654321" });
      expect(wrong.result, wrong.stderr).toMatchObject({
        error: { code: "token/bad-key" },
        attemptsLeft: 2,
      });
      expect((await run(bench, ["slots"])).result).toMatchObject({ exit: 0, occupied: 0 });
      const right = await run(bench, burn, { OTPSMITH_TOKEN_KEY: PIN });
      expect(right.result, right.stderr).toMatchObject({ exit: 0, proof: { match: true } });
    });
  },
  120_000,
);

test(
  "a Nitrokey 3 gets a PIN over its FIDO interface, and a wrong one is told with its tries",
  async () => {
    const { device } = plug(family("oath:nitrokey3"));
    await withVirtualBus([device], async (bench) => {
      const set = await run(bench, ["key"], { OTPSMITH_NEW_TOKEN_KEY: "1234abcd" });
      expect(set.result, set.stderr).toMatchObject({ exit: 0 });
      const burn = ["burn", alice, "--yes"];
      const wrong = await run(bench, burn, { OTPSMITH_TOKEN_KEY: "0000" });
      expect(wrong.result, wrong.stderr).toMatchObject({
        error: { code: "token/bad-key" },
        attemptsLeft: 7,
      });
      const right = await run(bench, burn, { OTPSMITH_TOKEN_KEY: "1234abcd" });
      expect(right.result, right.stderr).toMatchObject({ exit: 0, proof: { match: true } });
    });
  },
  120_000,
);

test.each([
  ["onlykey:locked", /PIN/],
  ["onlykey:in-use", /configuration mode|config mode/],
  ["onlykey:new", /PIN/],
])("an %s says what is missing, and nothing is written", async (model, says) => {
  const { device } = plug({ ...family("onlykey:onlykey"), model });
  await withVirtualBus([device], async (bench) => {
    const { result, stderr } = await run(bench, ["burn", alice, "--slot", "1", "--yes"]);
    expect(result["ok"], stderr).toBe(false);
    const { message, next } = result["error"] as { message: string; next?: string };
    expect(`${message} ${next}`).toMatch(says);
  });
});

/** Where slots are found by title, bob's would be another one. */
function slotOf({ slot, listed }: Family): readonly string[] {
  return slot.length > 0 ? slot : ["--slot", String(listed["title"])];
}
