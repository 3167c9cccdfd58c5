import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../bytes/mod.ts";
import { FeatureSession } from "../command/mod.ts";
import { token2Single } from "../drivers/token2_single/mod.ts";
import { LinkError } from "../errors/mod.ts";
import { createApduLink, createFeatureLink, type Endpoint, type Transport } from "../link/mod.ts";
import { ManualTime } from "../time/mod.ts";
import type { TokenDriver } from "../token/mod.ts";
import type { TraceEvent } from "../trace/mod.ts";
import { createStation } from "./station.ts";

const NOW = 1_700_000_000_000;
// Three bytes of header, the length, 14 digits, two bytes, the clock: seven seconds ahead.
const INFO = "0000000E" + "3836353936333231323334353637" + "0000" + "6553F107" + "9000";
const sessions: string[][] = [];

type Answer = (sent: string) => string;

function reader(label: string, answer: Answer | LinkError): Endpoint<"apdu"> {
  return {
    id: label,
    kind: "apdu",
    transport: "fake",
    label,
    facts: {},
    open: () => {
      if (answer instanceof LinkError) return Promise.reject(answer);
      const sent: string[] = [];
      sessions.push(sent);
      return Promise.resolve(createApduLink({
        label,
        medium: "simulated",
        limits: { command: 261, response: 258 },
        exchange: (command) => {
          sent.push(encodeHex(command));
          return Promise.resolve(decodeHex(answer(sent.at(-1)!)));
        },
        release: () => {
          sent.push("released");
          return Promise.resolve();
        },
      }));
    },
  };
}

function transport(endpoints: readonly Endpoint[] | LinkError, name = "fake"): Transport {
  return {
    name,
    kinds: ["apdu"],
    probe: () =>
      Promise.resolve(
        endpoints instanceof LinkError
          ? { usable: false, code: "service-down", message: "Down", fix: "Start it" }
          : { usable: true },
      ),
    list: () =>
      endpoints instanceof LinkError ? Promise.reject(endpoints) : Promise.resolve(endpoints),
    watch: () => {
      throw new Error("not used here");
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const absent = new LinkError("absent", "Cannot open: no card", { delivery: "not-sent" });
const down = new LinkError("absent", "Cannot list readers: service is down", {
  delivery: "not-sent",
});
const token = reader("Token", () => INFO);
const options = { drivers: [token2Single()], time: new ManualTime(NOW) };

describe("connecting", () => {
  test("recognises a token with one exchange and reads its clock", async () => {
    const station = createStation({ transports: [transport([token])], ...options });
    const [endpoint] = await station.endpoints();
    const connection = await station.connect(endpoint!);
    expect(connection.token.identity).toMatchObject({ serial: "86596321234567", model: "C302-i" });
    expect(connection.token.clock?.seen).toEqual({
      tokenSeconds: 1_700_000_007,
      hostMilliseconds: NOW,
      driftSeconds: 7,
    });
    expect(sessions.at(-1)).toEqual(["80410000020211"]);
    await connection[Symbol.asyncDispose]();
    expect(sessions.at(-1)).toEqual(["80410000020211", "released"]);
    expect(() => connection.token).toThrow(TypeError);
  });

  test("opens again after the link was closed", async () => {
    const station = createStation({ transports: [transport([token])], ...options });
    const connection = await station.connect(token);
    await connection.reopen();
    expect(connection.token.identity.serial).toBe("86596321234567");
    expect(sessions.at(-2)).toContain("released");
    await connection[Symbol.asyncDispose]();
  });

  test("reads a token whose serial number is in no table, and offers nothing that writes", async () => {
    const info = INFO.replace("38363539363332", "31313131313131");
    const station = createStation({ transports: [], ...options });
    const connection = await station.connect(reader("Other", () => info));
    expect(connection.token.identity).toMatchObject({ serial: "11111111234567", model: undefined });
    expect(connection.token.traits).toBe(undefined);
    const { access, configuration, seeds } = connection.token;
    expect([access, configuration, seeds]).toEqual([undefined, undefined, undefined]);
    await connection[Symbol.asyncDispose]();
  });

  test.each([
    ["FIDO", "00A4040008A0000006472F0001"],
    ["YubiKey OATH", "00A4040007A0000005272101"],
  ])("calls a security key by its name: %s", async (name, select) => {
    const key = reader("Key", (sent) => sent === select ? "9000" : "6D00");
    const station = createStation({ transports: [], ...options });
    await expect(station.connect(key)).rejects.toMatchObject({
      code: "token/unsupported",
      message: expect.stringContaining(`it is a security key (${name})`) as string,
    });
    expect(sessions.at(-1)!.at(-1)).toBe("released");
  });

  test("never authenticates to find out what a token is", async () => {
    const station = createStation({ transports: [], ...options });
    await expect(station.connect(reader("Card", () => "6A82"))).rejects.toMatchObject({
      code: "token/unsupported",
    });
    expect(sessions.at(-1)!.filter((sent) => /^80(4B|CE)/.test(sent))).toEqual([]);
  });

  test("refuses an endpoint that no driver speaks over", async () => {
    const station = createStation({ transports: [], ...options });
    const hid = { ...token, kind: "report" } as unknown as Endpoint;
    await expect(station.connect(hid)).rejects.toMatchObject({ code: "link/unsupported" });
  });

  test("asks the drivers of HID reports with their session, and tells them what is plugged in", async () => {
    const facts = { usb: { vendorId: 0x20a0, productId: 0x4108 } };
    const asked: unknown[] = [];
    const identity = { driver: "hid", family: "HID", model: undefined, serial: "7" };
    const driver: TokenDriver<"feature"> = {
      name: "hid",
      family: "HID",
      kind: "feature",
      evidence: { level: "simulator", note: "test" },
      identify: (session, context) => {
        asked.push([session instanceof FeatureSession, context.facts]);
        const known = context.facts?.usb?.productId === 0x4108;
        const { evidence } = driver;
        return Promise.resolve(
          known ? { identity, traits: undefined, evidence } : { reason: "another device" },
        );
      },
    };
    const released: string[] = [];
    const plugged = (id: string, known: Endpoint["facts"]): Endpoint<"feature"> => ({
      id,
      kind: "feature",
      transport: "fake",
      label: id,
      facts: known,
      open: () =>
        Promise.resolve(createFeatureLink({
          label: id,
          reportBytes: 8,
          set: () => Promise.resolve(),
          get: () => Promise.resolve(Uint8Array.of(1)),
          release: () => Promise.resolve(void released.push(id)),
        })),
    });
    const station = createStation({
      ...options,
      transports: [],
      drivers: [token2Single(), driver],
    });
    const connection = await station.connect(plugged("Key", facts));
    expect(connection.token.identity).toBe(identity);
    await connection[Symbol.asyncDispose]();
    await expect(station.connect(plugged("Other", {}))).rejects.toMatchObject({
      code: "token/unsupported",
      message: "Cannot use what is plugged in: no driver knows it",
    });
    expect(asked).toEqual([[true, facts], [true, {}]]);
    expect(released).toEqual(["Key", "Other"]);
  });

  test("traces what it sends", async () => {
    const events: TraceEvent[] = [];
    const trace = (event: TraceEvent): void => void events.push(event);
    const station = createStation({ transports: [], ...options, trace });
    await (await station.connect(token))[Symbol.asyncDispose]();
    expect(events.map(({ what, text }) => [what, text])).toEqual([
      ["sent", "80410000020211"],
      ["answer", INFO],
    ]);
  });
});

describe("looking around", () => {
  test("a transport that is down hides no other one", async () => {
    const station = createStation({
      transports: [transport(down, "a"), transport([token])],
      ...options,
    });
    expect((await station.endpoints()).map(({ label }) => label)).toEqual(["Token"]);
    expect(await station.probe()).toMatchObject([
      { transport: "a", state: { usable: false, code: "service-down" } },
      { transport: "fake", state: { usable: true } },
    ]);
  });

  test("a reader that fails is told apart from the others, and stops none", async () => {
    const station = createStation({ transports: [], ...options });
    const surveys = await station.survey([reader("Empty", absent), token]);
    expect(surveys[0]).toMatchObject({ error: { code: "link/absent" } });
    expect(surveys[1]?.connection?.token.identity.model).toBe("C302-i");
    await surveys[1]?.connection?.[Symbol.asyncDispose]();
  });
});
