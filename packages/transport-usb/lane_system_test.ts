// Burns and troubles over the real usb and node-hid modules, on virtual devices under a mocked kernel.
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { EchoCard, EchoHid } from "@otpsmith/conformance";
import { createVirtualToken } from "@otpsmith/simulator";
import {
  type CcidFault,
  type CcidProfileName,
  createCcidReader,
  createHidToken,
  createUsbToken,
} from "@otpsmith/simulator/usb";
import { withVirtualBus } from "../../tests/usb/preload/with_virtual_bus.ts";

const SEED = Uint8Array.from({ length: 20 }, (_, i) => 0x31 + i);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const program = (name: string): URL => new URL(`./testdata/${name}.ts`, import.meta.url);

/** What the time-based code is now and a step from now, by another program. */
function codes(): string[] {
  const options = { input: `${hex(SEED)}\n`, encoding: "utf8" } as const;
  return execFileSync("oathtool", ["--totp=sha1", "--window=1", "-"], options).trim().split("\n");
}

describe("a burn", () => {
  // One reader of each level: extended APDU, short APDU, T=1 TPDU.
  test.each<CcidProfileName>(["OMNIKEY 5427 CK", "ACR122U", "Nitrokey Pro"])(
    "through a %s, and the display shows what oathtool says",
    async (profile) => {
      const token = createVirtualToken({ model: "token2-single:C302-i" });
      const { device } = createCcidReader({ profile, cards: [token.card] });
      await withVirtualBus([device], async ({ start }) => {
        const burn = start(program("burn_program"));
        expect(await burn.next()).toBe(token.serial);
        burn.say([...SEED]);
        const outcome = await burn.next() as { status: string; holds: unknown; trace: string };
        expect(outcome).toMatchObject({ status: expect.any(String), holds: ["new-seed"] });
        expect(outcome.trace.length).toBeGreaterThan(100);
        expect(outcome.trace.toLowerCase()).not.toContain(hex(SEED).slice(0, 12));
        expect(await burn.ended).toMatchObject({ exit: 0, stderr: "" });
      });
      token.hands.powerCycle(); // its display takes a new seed up when it is switched on
      const before = codes(); // a step may end between the two
      expect([...before, ...codes()]).toContain(token.display().code);
    },
  );

  test("the reader is pulled out in the middle: what the token holds is told as it is", async () => {
    const token = createVirtualToken({ model: "token2-single:C302-i" });
    const { device, faults } = createCcidReader({ cards: [token.card] });
    await withVirtualBus([device], async ({ start }) => {
      const burn = start(program("burn_program"));
      await burn.next();
      faults.schedule({ kind: "remove", moment: "after", at: faults.messages + 4 });
      burn.say([...SEED]);
      const outcome = await burn.next();
      expect(outcome).toMatchObject({ code: expect.stringMatching(/^link\//) });
      expect(outcome).not.toMatchObject({ status: "done" });
      expect(await burn.ended).toMatchObject({ exit: 0, stderr: "" });
    });
  });
});

describe("readers in trouble: an error with its delivery, and the process ends by itself", () => {
  const LABEL = "HID OMNIKEY 5427 CK (T)";
  const troubles: readonly (readonly [CcidFault, string])[] = [
    [{ kind: "wrong-type", on: 0x6f }, "link/lost"],
    [{ kind: "short", on: 0x6f }, "link/lost"],
    [{ kind: "lying-length", on: 0x6f }, "link/lost"],
    [{ kind: "stall", on: 0x6f }, "link/lost"],
    [{ kind: "remove", on: 0x6f }, "link/lost"],
    [{ kind: "remove", on: 0x62 }, "link/absent"],
    [{ kind: "mute", on: 0x6f }, "link/timeout"],
    [{ kind: "mute", on: 0x62 }, "link/timeout"],
    [{ kind: "wrong-sequence", on: 0x6f }, "link/timeout"],
  ];
  test.each(troubles)("%o: %s", async (fault, code) => {
    const { device, faults } = createCcidReader({ cards: [new EchoCard()], serial: "T" });
    faults.schedule(fault);
    await withVirtualBus([device], async ({ run }) => {
      const [error] = await run(program("client_program"), { args: ["ccid", "exchange", LABEL] });
      expect(error).toMatchObject({ name: "LinkError", code });
      expect(["not-sent", "unknown"]).toContain((error as { delivery: string }).delivery);
    });
  });

  test("held by pcscd: both ways out", async () => {
    const { device } = createCcidReader({ cards: [new EchoCard()], serial: "T" });
    await withVirtualBus([device], async ({ bus, run }) => {
      bus.holdElsewhere(device, 0);
      const [error] = await run(program("client_program"), { args: ["ccid", "exchange", LABEL] });
      expect(error).toMatchObject({
        code: "link/busy",
        delivery: "not-sent",
        message: `Cannot open "${LABEL}": pcscd is using this reader, or another program is`,
        next: expect.stringMatching(/PC\/SC.*systemctl stop pcscd/) as string,
      });
    });
  });

  test.each([true, false])("pulled out while the link is open (busy: %s)", async (busy) => {
    const { device } = createCcidReader({ cards: [new EchoCard()], serial: "T" });
    await withVirtualBus([device], async ({ start }) => {
      const client = start(program("client_program"), {
        args: ["ccid", busy ? "exhaust" : "idle", LABEL],
      });
      await client.next();
      device.unplug();
      expect(await client.next()).toMatchObject({ code: "link/lost" });
      expect(await client.ended).toMatchObject({ exit: 0, stderr: "" });
    });
  });
});

describe("HID tokens", () => {
  const token = () =>
    createHidToken({
      profile: {
        identity: { vendorId: 0x1209, productId: 1, manufacturer: "Example", product: "Echo" },
        interfaces: [{
          endpoints: [
            { address: 0x84, type: "interrupt", interval: 2 },
            { address: 0x04, type: "interrupt", interval: 2 },
          ],
        }],
      },
      serial: "T",
      reports: [new EchoHid()],
    });
  const LABEL = "Example Echo HID (T)";

  test.each(["report", "feature"])("pulled out while the link is open: %s", async (kind) => {
    const { device } = token();
    await withVirtualBus([device], async ({ start }) => {
      const client = start(program("client_program"), { args: [kind, "idle", LABEL] });
      expect(await client.next()).toBe("open");
      device.unplug();
      expect(await client.next()).toMatchObject({ name: "LinkError", code: "link/lost" });
      expect(await client.ended).toMatchObject({ exit: 0, stderr: "" });
    });
  });

  test.each([
    ["oath:yubikey5", "yubikey_slots_hid"],
    ["nitrokey:pro", "nitrokey_pro"],
  ])("%s takes a seed, and its codes are right", async (model, driver) => {
    const device = createUsbToken(createVirtualToken({ model }));
    await withVirtualBus([device], async ({ start }) => {
      const burn = start(program("key_burn_program"));
      expect(await burn.next()).toBe(driver);
      burn.say([...SEED]);
      expect(await burn.next()).toMatchObject({
        status: "done",
        proofs: [{ level: "computed", match: true }],
      });
      expect(await burn.ended).toMatchObject({ exit: 0, stderr: "" });
    });
  });

  test("a feature report that the device refuses", async () => {
    const { device, interfaces } = token();
    interfaces[0]!.strike({ kind: "stall", on: "set" });
    await withVirtualBus([device], async ({ run }) => {
      const [error] = await run(program("client_program"), {
        args: ["feature", "exchange", LABEL],
      });
      expect(error).toMatchObject({ name: "LinkError", code: "link/lost", delivery: "unknown" });
    });
  });
});

test("a machine without USB: nothing is plugged in, and no error", async () => {
  await withVirtualBus([], async ({ run }) => {
    for (const tried of ["ccid", "report"]) {
      const [state] = await run(program("client_program"), { args: [tried, "probe"] });
      expect(state).toMatchObject({ usable: false, code: "no-reader" });
      const [list] = await run(program("client_program"), { args: [tried, "list"] });
      expect(list).toEqual([]);
    }
  });
});
