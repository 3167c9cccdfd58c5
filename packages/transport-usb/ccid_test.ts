import { afterEach, describe, expect, test } from "vitest";
import { EchoCard } from "@otpsmith/conformance";
import type { LinkError } from "@otpsmith/core/errors";
import type { ApduLink, Endpoint } from "@otpsmith/core/link";
import {
  CCID_PROFILES,
  type CcidFault,
  type CcidProfile,
  type CcidProfileName,
  type CcidReaderOptions,
  createCcidReader,
  withTransferFaults,
} from "@otpsmith/simulator/usb";
import { ccid } from "./ccid.ts";
import { hurriedTime, VirtualSystem } from "./testdata/virtual_system.ts";

const ECHO = Uint8Array.of(0, 0xe0, 0, 0, 3, 1, 2, 3);
const ECHOED = Uint8Array.of(1, 2, 3, 0x90, 0);
const open: AsyncDisposable[] = [];
const systems: VirtualSystem[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
  for (const { log, claimed } of systems.splice(0)) {
    expect(log.broken).toEqual([]);
    expect([...claimed]).toEqual([]);
    expect(log.closed).toBe(log.opened);
  }
});

function begin(options: CcidReaderOptions = {}) {
  const card = new EchoCard();
  const reader = createCcidReader({ cards: [card], time: hurriedTime, ...options });
  const { device, faults: bus } = withTransferFaults(reader.device);
  const system = new VirtualSystem([device]);
  const transport = ccid({
    pollMs: 1000,
    time: hurriedTime,
    system: () => Promise.resolve(system),
  });
  open.push(transport);
  systems.push(system);
  return { card, reader, device, bus, system, transport };
}

/** A reader that differs from a real one in its class descriptor. */
function variant(
  name: CcidProfileName,
  changes: Partial<CcidProfile["interfaces"][number]["class"]>,
): CcidProfile {
  const profile: CcidProfile = CCID_PROFILES[name];
  const interfaces = profile.interfaces.map((each) => ({
    ...each,
    class: { ...each.class, ...changes },
  }));
  return { ...profile, interfaces };
}

async function failure(call: Promise<unknown>): Promise<LinkError> {
  const error = await call.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "LinkError" });
  return error as LinkError;
}

async function connect(options?: CcidReaderOptions) {
  const all = begin(options);
  const [endpoint] = await all.transport.list() as Endpoint<"apdu">[];
  return { ...all, endpoint: endpoint!, link: await endpoint!.open() };
}

describe("what is plugged in", () => {
  test("is listed without opening it", async () => {
    const { transport, system } = begin({ serial: "77" });
    expect(await transport.list()).toMatchObject([{
      id: "ccid:virtual-0:0:0",
      kind: "apdu",
      transport: "ccid",
      label: "HID OMNIKEY 5427 CK (77)",
      facts: { usb: { vendorId: 0x076b, productId: 0x5427 }, usbSerial: "77" },
    }]);
    expect(await transport.probe()).toMatchObject({ usable: true });
    expect(system.log.opened).toBe(0);
  });

  test("interface by interface", async () => {
    const { transport } = begin({ profile: "OMNIKEY 5422" });
    expect((await transport.list()).map(({ label }) => label)).toEqual([
      "HID Global OMNIKEY 5422 Smartcard Reader interface 0 slot 0",
      "HID Global OMNIKEY 5422 Smartcard Reader interface 1 slot 0",
    ]);
  });

  test("readers of one kind are told apart", async () => {
    const system = new VirtualSystem([createCcidReader().device, createCcidReader().device]);
    const transport = ccid({ system: () => Promise.resolve(system) });
    const labels = (await transport.list()).map(({ label }) => label);
    expect(new Set(labels).size).toBe(2);
  });

  test("nothing: says so", async () => {
    const transport = ccid({ system: () => Promise.resolve(new VirtualSystem([])) });
    expect(await transport.list()).toEqual([]);
    expect(await transport.probe()).toMatchObject({ usable: false, code: "no-reader" });
  });

  test("what this account may not open: the rules are printed", async () => {
    const { system } = begin();
    const [device] = await system.list();
    const denied = { ...device!, permitted: false };
    const transport = ccid({
      system: () => Promise.resolve({ list: () => Promise.resolve([denied]) }),
    });
    const state = await transport.probe();
    expect(state).toMatchObject({ usable: false, code: "denied" });
    expect(state.usable || state.fix).toMatch(/udevadm[^]*TAG\+="uaccess"/);
  });

  test("watched: comes and goes", async () => {
    const { transport, device } = begin();
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const endpoints of transport.watch({ signal: stop.signal })) {
      seen.push(endpoints.length);
      if (seen.length === 1) device.unplug();
      if (seen.length === 2) device.plug();
      if (seen.length === 3) stop.abort();
    }
    expect(seen).toEqual([1, 0, 1]);
  });
});

describe("every kind of reader", () => {
  const profiles = Object.keys(CCID_PROFILES) as CcidProfileName[];

  test.each(profiles)("%s", async (profile) => {
    const { link, card, endpoint, transport } = await connect({ profile });
    expect(await link.transceive(ECHO)).toEqual(ECHOED);
    expect(await link.transceive(Uint8Array.of(0, 0xe6, 1, 0))).toHaveLength(258);
    const [now] = await transport.list();
    expect(now?.facts).toMatchObject({ atr: card.atr, card: "present", inUse: true });
    await link[Symbol.asyncDispose]();
    const again = await endpoint.open() as ApduLink;
    expect(await again.transceive(ECHO)).toEqual(ECHOED);
  });

  test.each(["OMNIKEY 5427 CK", "Token2 Molto2"] as const)(
    "%s: commands and answers that do not fit into a message",
    async (profile) => {
      class MirrorCard extends EchoCard {
        override process(command: Uint8Array): Promise<Uint8Array> {
          return Promise.resolve(Uint8Array.of(...command.subarray(7), 0x90, 0));
        }
      }
      const { link } = await connect({ profile, answerPart: 50, cards: [new MirrorCard()] });
      const data = Uint8Array.from({ length: 3000 }, (_, at) => at * 7);
      const command = Uint8Array.of(0, 0xe0, 0, 0, 0, data.length >> 8, data.length & 255, ...data);
      const answer = await link.transceive(command);
      expect(answer).toEqual(Uint8Array.of(...data, 0x90, 0));
    },
  );

  test("Nitrokey Pro: T=1 blocks are repaired, and time is asked for", async () => {
    const { link, reader } = await connect({ profile: "Nitrokey Pro", waitingTimeExtensions: 2 });
    for (const kind of ["corrupt", "fail"] as const) {
      reader.faults.schedule({ kind, on: 0x6f });
      expect(await link.transceive(ECHO)).toEqual(ECHOED);
    }
    expect(reader.faults.struck).toHaveLength(2);
  });

  test("T=0: what is asked for apart is put together", async () => {
    const t0 = variant("Nitrokey Pro", { protocols: 1 });
    class T0Card extends EchoCard {
      override readonly atr: Uint8Array = Uint8Array.of(0x3b, 0x00);
    }
    const { link } = await connect({ profile: t0, cards: [new T0Card()] });
    expect(await link.transceive(Uint8Array.of(...ECHO, 0))).toEqual(ECHOED);
    expect(await link.transceive(Uint8Array.of(0, 0xe6, 1, 0, 0))).toHaveLength(258);
  });

  test("a reader that wants single bytes is refused", async () => {
    const profile = variant("Nitrokey Pro", { features: 0x30 });
    const { transport } = begin({ profile });
    const [endpoint] = await transport.list();
    expect(await failure(endpoint!.open())).toMatchObject({ code: "link/unsupported" });
  });
});

describe("who has it", () => {
  test("another program: both ways out are named", async () => {
    const { transport, system } = begin();
    system.claimed.add("virtual-0:0");
    const [endpoint] = await transport.list();
    const error = await failure(endpoint!.open());
    expect(error).toMatchObject({ code: "link/busy", delivery: "not-sent" });
    expect(error.message).toContain("pcscd is using this reader");
    expect(error.next).toMatch(/PC\/SC.*systemctl stop pcscd/);
    system.claimed.clear();
  });

  test("this program, already", async () => {
    const { endpoint } = await connect();
    expect(await failure(endpoint.open())).toMatchObject({ code: "link/busy" });
  });

  test("both interfaces of a reader can be open, and so can several slots of one", async () => {
    const profile = variant("OMNIKEY 5427 CK", { slots: 2 });
    for (const options of [{ profile }, { profile: "OMNIKEY 5422" } as const]) {
      const { transport } = begin({ ...options, cards: [new EchoCard(), new EchoCard()] });
      const endpoints = await transport.list() as Endpoint<"apdu">[];
      const links = await Promise.all(endpoints.map((each) => each.open()));
      const answers = await Promise.all(links.map((link) => link.transceive(ECHO)));
      expect(answers).toEqual([ECHOED, ECHOED]);
    }
  });
});

describe("cards", () => {
  test("none there: absent", async () => {
    const { transport, card } = begin();
    card.present = false;
    const [endpoint] = await transport.list();
    expect(await failure(endpoint!.open())).toMatchObject({
      code: "link/absent",
      delivery: "not-sent",
    });
  });

  test.each(["OMNIKEY 5427 CK", "Nitrokey 3"] as const)(
    "%s: taken away, the link is told, with and without an interrupt endpoint",
    async (profile) => {
      const { link, card } = await connect({ profile });
      card.present = false;
      await expect.poll(() => link.closed.aborted).toBe(true);
      expect(link.closed.reason).toMatchObject({ code: "link/lost" });
    },
  );

  test("lose their power with the link", async () => {
    const { link, endpoint } = await connect();
    await link.transceive(Uint8Array.of(0, 0xe8, 0, 0, 2, 7, 7));
    await link[Symbol.asyncDispose]();
    const again = await endpoint.open() as ApduLink;
    expect(await again.transceive(Uint8Array.of(0, 0xea, 0, 0))).toEqual(Uint8Array.of(0x90, 0));
  });

  test("a device that is unplugged while nothing is sent", async () => {
    const { link, device } = await connect();
    device.unplug();
    await expect.poll(() => link.closed.aborted).toBe(true);
    expect(link.closed.reason).toMatchObject({ code: "link/lost" });
  });
});

describe("readers that do something wrong", () => {
  const recovers: readonly CcidFault[] = [
    { kind: "wrong-sequence", again: true },
    { kind: "wrong-slot", again: true },
    { kind: "empty" },
    { kind: "extend", times: 3 },
  ];
  test.each(recovers)("$kind: goes on", async (fault) => {
    const { link, reader } = await connect();
    reader.faults.schedule({ ...fault, on: 0x6f });
    expect(await link.transceive(ECHO)).toEqual(ECHOED);
    expect(reader.faults.struck).toHaveLength(1);
  });

  const fails: readonly (readonly [CcidFault, string, string])[] = [
    [{ kind: "wrong-sequence" }, "timeout", "unknown"],
    [{ kind: "wrong-slot" }, "timeout", "unknown"],
    [{ kind: "wrong-type" }, "lost", "unknown"],
    [{ kind: "short" }, "lost", "unknown"],
    [{ kind: "lying-length" }, "lost", "unknown"],
    [{ kind: "mute" }, "timeout", "unknown"],
    [{ kind: "stall" }, "lost", "unknown"],
    [{ kind: "busy" }, "busy", "not-sent"],
    [{ kind: "fail" }, "lost", "unknown"],
    [{ kind: "fail", error: 0 }, "unsupported", "not-sent"],
    [{ kind: "fail", error: 7 }, "unsupported", "not-sent"],
    [{ kind: "remove", moment: "before" }, "lost", "unknown"],
    [{ kind: "remove", moment: "after" }, "lost", "unknown"],
    [{ kind: "remove", moment: "half" }, "lost", "unknown"],
  ];
  test.each(fails)("%o: %s, %s", async (fault, reason, delivery) => {
    const { link, reader } = await connect();
    reader.faults.schedule({ ...fault, on: 0x6f });
    // The reader's own time is up before that of the call, however busy the computer is.
    const error = await failure(link.transceive(ECHO, { timeoutMs: 60_000 }));
    expect(error).toMatchObject({ reason, delivery });
    expect(error.message).toMatch(/^Cannot send to "HID OMNIKEY 5427 CK": [a-z]/);
    expect(error.next).toMatch(/[a-z]/);
  });

  test("after a stall the reader is fine again", async () => {
    const { link, reader, endpoint } = await connect();
    reader.faults.schedule({ kind: "stall", on: 0x6f });
    await failure(link.transceive(ECHO));
    await link[Symbol.asyncDispose]();
    const again = await endpoint.open() as ApduLink;
    expect(await again.transceive(ECHO)).toEqual(ECHOED);
  });

  test("asks for more and more time: an end", async () => {
    const { link, reader } = await connect({ extendEveryMs: 500 });
    reader.faults.schedule({ kind: "extend", times: Infinity, on: 0x6f });
    const error = await failure(link.transceive(ECHO, { timeoutMs: 600_000 }));
    expect(error).toMatchObject({ code: "link/timeout", delivery: "unknown" });
  });

  test("given up: the command is broken off, and the reader can be used again", async () => {
    const { link, reader, endpoint } = await connect({ extendEveryMs: 100 });
    reader.faults.schedule({ kind: "extend", times: Infinity, on: 0x6f });
    const stop = new AbortController();
    const call = failure(link.transceive(ECHO, { signal: stop.signal }));
    await expect.poll(() => reader.faults.struck.length).toBe(1);
    stop.abort();
    expect(await call).toMatchObject({ code: "link/aborted", delivery: "unknown" });
    await link[Symbol.asyncDispose]();
    const again = await endpoint.open() as ApduLink;
    expect(await again.transceive(ECHO)).toEqual(ECHOED);
  });

  test("given up at any moment of opening: a link, or nothing that is open", async () => {
    for (let moment = 0, opened = false; !opened; moment++) {
      const { transport, system } = begin();
      const [endpoint] = await transport.list() as Endpoint<"apdu">[];
      const stop = new AbortController();
      const opening = endpoint!.open({ signal: stop.signal }).then(async (link) => {
        opened = !stop.signal.aborted;
        await link[Symbol.asyncDispose]();
      }, (error: unknown) => expect(error).toMatchObject({ code: "link/aborted" }));
      for (let turn = 0; turn < moment; turn++) await Promise.resolve();
      stop.abort();
      await opening;
      await expect.poll(() => [...system.claimed], { interval: 1 }).toEqual([]);
      await transport[Symbol.asyncDispose]();
    }
  });

  test("a reader that does not open in time", async () => {
    const { transport, reader } = begin();
    reader.faults.schedule({ kind: "mute", on: 0x62 });
    const [endpoint] = await transport.list();
    const error = await failure(endpoint!.open({ timeoutMs: 100 }));
    expect(error).toMatchObject({ reason: "timeout", delivery: "not-sent" });
    expect(error.message).toMatch(/: the device does not open in time$/);
  });

  test("opening what has gone: it is absent", async () => {
    const { transport, device } = begin();
    const [endpoint] = await transport.list();
    device.unplug();
    const error = await failure(endpoint!.open());
    expect(error).toMatchObject({ reason: "absent", delivery: "not-sent" });
    expect(error.message).toMatch(/: it is not plugged in any more$/);
  });

  test("a card that is taken away while it is agreed with how to speak: it is absent", async () => {
    class Shy extends EchoCard {
      override power(event: "on" | "off" | "reset"): void {
        super.power(event);
        if (event === "on") this.present = false;
      }
    }
    const profile = variant("Nitrokey Pro", { features: 0x000100ba }); // sizes are agreed by blocks
    const { transport } = begin({ profile, cards: [new Shy()] });
    const [endpoint] = await transport.list();
    const error = await failure(endpoint!.open());
    expect(error).toMatchObject({ reason: "absent", delivery: "not-sent" });
  });

  test("opening that is given up leaves nothing open", async () => {
    const { transport, reader } = begin();
    const [endpoint] = await transport.list();
    const before = await failure(endpoint!.open({ signal: AbortSignal.abort() }));
    expect(before).toMatchObject({ code: "link/aborted", delivery: "not-sent" });
    reader.faults.schedule({ kind: "extend", times: 2, on: 0x62 });
    const stop = new AbortController();
    const under = failure(endpoint!.open({ signal: stop.signal }));
    stop.abort();
    expect(await under).toMatchObject({ code: "link/aborted", delivery: "not-sent" });
  });
});

describe("removal, a stall and a silence at every transfer of power-on and exchange", () => {
  test.each(["remove", "stall", "hang"] as const)("%s", async (kind) => {
    const { link, bus } = await connect({ profile: "Token2 Molto2" });
    await link.transceive(ECHO);
    const count = bus.transfers;
    expect(count).toBeGreaterThan(8);
    for (let at = 1; at <= count; at++) {
      const attempt = begin({ profile: "Token2 Molto2" });
      attempt.bus.schedule({ kind, at });
      const [endpoint] = await attempt.transport.list() as Endpoint<"apdu">[];
      const outcome = await endpoint!.open().then(async (opened) => {
        const answer = await opened.transceive(ECHO).catch((error: LinkError) => error);
        await opened[Symbol.asyncDispose]();
        return answer;
      }, (error: LinkError) => error);
      if (outcome instanceof Uint8Array) expect(outcome).toEqual(ECHOED);
      else {
        expect(outcome.name).toBe("LinkError");
        expect(["not-sent", "unknown"]).toContain(outcome.delivery);
      }
      await attempt.transport[Symbol.asyncDispose]();
    }
  });
});

describe("descriptors that lie", () => {
  test.each([
    ["endpoints that there are not", 0x02, 0x0d],
    ["endpoints the other way round", 0x81, 0x01],
  ])("%s", async (_, from, to) => {
    const { transport } = begin({
      lie: (truth) => {
        const configuration = truth.configuration.slice();
        for (let at = 0; at + 1 < configuration.length; at += configuration[at]!) {
          if (configuration[at + 1] === 5 && configuration[at + 2] === from) {
            configuration[at + 2] = to;
          }
        }
        return { ...truth, configuration };
      },
    });
    const endpoints = await transport.list();
    for (const endpoint of endpoints) {
      expect(await failure(endpoint.open())).toMatchObject({ delivery: "not-sent" });
    }
  });

  test("more slots than there are", async () => {
    const { transport } = begin({
      lie: (truth) => {
        const configuration = truth.configuration.slice();
        const own = configuration.findIndex((byte, at) =>
          byte === 54 && configuration[at + 1] === 0x21
        );
        configuration[own + 4] = 3;
        return { ...truth, configuration };
      },
    });
    const endpoints = await transport.list();
    expect(endpoints).toHaveLength(4);
    expect(await failure(endpoints[3]!.open())).toMatchObject({ delivery: "not-sent" });
  });
});

test("what was sent is overwritten", async () => {
  const { transport, system } = begin();
  const sent: Uint8Array[] = [];
  const [device] = await system.list();
  const listed = {
    list: () =>
      Promise.resolve([{
        ...device!,
        open: async () => {
          const port = await device!.open();
          const bulkOut = port.bulkOut.bind(port);
          port.bulkOut = (endpoint, data, timeoutMs) => {
            sent.push(data);
            return bulkOut(endpoint, data, timeoutMs);
          };
          return port;
        },
      }]),
  };
  void transport;
  const watched = ccid({ time: hurriedTime, system: () => Promise.resolve(listed) });
  open.push(watched);
  const [endpoint] = await watched.list() as Endpoint<"apdu">[];
  const link = await endpoint!.open();
  await link.transceive(ECHO);
  expect(sent.length).toBeGreaterThan(2);
  expect(sent.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
});

test("a transport that is closed says so, and closes its links", async () => {
  const { transport, link, endpoint } = await connect();
  await transport[Symbol.asyncDispose]();
  expect(link.closed.aborted).toBe(true);
  expect(await failure(transport.list())).toMatchObject({ delivery: "not-sent" });
  expect(await failure(endpoint.open())).toMatchObject({ delivery: "not-sent" });
});
