// The conformance cases over the real usb and node-hid modules, on virtual devices under a mocked kernel.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CaseResult, EchoCard, EchoHid, transportCasesFor } from "@otpsmith/conformance";
import {
  CCID_PROFILES,
  type CcidProfile,
  type CcidProfileName,
  createCcidReader,
  createHidToken,
  type VirtualUsbDevice,
} from "@otpsmith/simulator/usb";
import { type BusBench, withVirtualBus } from "../../tests/usb/preload/with_virtual_bus.ts";
import type { Tried } from "./testdata/lane_transport.ts";

const program = (name: string): URL => new URL(`./testdata/${name}.ts`, import.meta.url);
/** How long a program that has nothing left to do may take to end, on a busy machine. */
const PATIENCE_MS = 20_000;
/** Cases that wait for a dead reader take their time. */
const ALL_MS = 240_000;

/** What lies ready for the cases of one transport. */
interface Prepared {
  readonly devices: readonly VirtualUsbDevice[];
  readonly labels: readonly [echo: string, absent?: string, held?: string];
  readonly hold?: { readonly device: VirtualUsbDevice; readonly interface: number } | undefined;
  card?(present: boolean): void;
}

function readers(profile: CcidProfileName): Prepared {
  const { before = 0 }: CcidProfile = CCID_PROFILES[profile];
  const [echo, empty] = [new EchoCard(), new EchoCard()];
  empty.present = false;
  const reader = (serial: string, card: EchoCard): VirtualUsbDevice =>
    createCcidReader({ profile, serial, cards: [card], extendEveryMs: 200 }).device;
  const [full, none, held] = [
    reader("ECHO", echo),
    reader("EMPTY", empty),
    reader("HELD", new EchoCard()),
  ];
  const { manufacturer, product } = names(full!);
  const name = product.startsWith(manufacturer) ? product : `${manufacturer} ${product}`;
  return {
    devices: [full!, none!, held!],
    labels: [`${name} (ECHO)`, `${name} (EMPTY)`, `${name} (HELD)`],
    hold: { device: held!, interface: before },
    card: (present) => void (echo.present = present),
  };
}

function names({ descriptors }: VirtualUsbDevice): { manufacturer: string; product: string } {
  const [manufacturer = "", product = ""] = descriptors.strings;
  return { manufacturer, product };
}

function echoHid(): Prepared {
  const identity = {
    vendorId: 0x1209,
    productId: 0x0001,
    manufacturer: "Example",
    product: "Echo",
    serial: "ECHO",
  };
  const endpoints = [
    { address: 0x84, type: "interrupt", interval: 2 },
    { address: 0x04, type: "interrupt", interval: 2 },
  ] as const;
  const { device } = createHidToken({
    profile: { identity, interfaces: [{ endpoints }] },
    serial: "ECHO",
    reports: [new EchoHid()],
  });
  return { devices: [device], labels: ["Example Echo HID (ECHO)"] };
}

async function runClient(
  { start }: BusBench,
  args: readonly string[],
): Promise<"ended" | "hung" | "failed"> {
  const client = start(program("client_program"), { args });
  let hung = false;
  const patience = setTimeout(() => {
    hung = true;
    client.kill();
  }, PATIENCE_MS);
  const { exit } = await client.ended;
  clearTimeout(patience);
  return hung ? "hung" : exit === 0 ? "ended" : "failed";
}

async function runAll(tried: Tried, prepared: Prepared): Promise<readonly CaseResult[]> {
  const { devices, labels: [echo, absent = "", held = ""], hold, card } = prepared;
  return await withVirtualBus(devices, async (bench) => {
    if (hold) bench.bus.holdElsewhere(hold.device, hold.interface);
    const cases = bench.start(program("conformance_program"), {
      args: [tried, echo, absent, held],
    });
    const results: CaseResult[] = [];
    for (;;) {
      const said = await cases.next() as {
        result?: CaseResult;
        child?: string;
        plug?: boolean;
        card?: boolean;
        done?: true;
      };
      if (said.result) results.push(said.result);
      if (said.child) cases.say(await runClient(bench, [tried, said.child, echo]));
      if (said.card !== undefined) cases.say(card?.(said.card) ?? "done");
      if (said.plug !== undefined) {
        if (said.plug) devices[0]!.plug();
        else devices[0]!.unplug();
        cases.say("done");
      }
      if (!said.done) continue;
      expect(await cases.ended).toMatchObject({ exit: 0, stderr: "" });
      return results;
    }
  });
}

const TRIED: readonly (readonly [string, Tried, () => Prepared])[] = [
  ["ccid(), extended APDU level", "ccid", () => readers("OMNIKEY 5427 CK")],
  ["ccid(), T=1 TPDU level", "ccid", () => readers("Nitrokey Pro")],
  ["hid(), input and output reports", "report", echoHid],
  ["hid(), feature reports", "feature", echoHid],
];

describe.each(TRIED)("conformance of %s", (_, tried, prepare) => {
  let results: readonly CaseResult[] = [];
  beforeAll(async () => {
    results = await runAll(tried, prepare());
  }, ALL_MS);
  afterAll(() => {
    const kept = results.filter(({ outcome }) => outcome === "kept").length;
    console.info(`${tried}: ${kept} of ${results.length} cases kept`);
  });
  const kind = tried === "ccid" ? "apdu" : tried;
  test.each(transportCasesFor(kind).map(({ id, title }) => [id, title]))("%s: %s", (id) => {
    const result = results.find((each) => each.id === id);
    const why = result && "why" in result ? result.why : "";
    expect(`${result?.outcome} ${why}`).toMatch(/^(kept|skipped)/);
  });
});
