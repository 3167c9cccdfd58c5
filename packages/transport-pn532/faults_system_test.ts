// What happens on the way between this computer and the module, over the real serialport and a real tty.
import { SerialPort } from "serialport";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ECHO, EchoCard } from "@otpsmith/conformance";
import { LinkError } from "@otpsmith/core/errors";
import type { ApduLink, Endpoint } from "@otpsmith/core/link";
import {
  exposeThroughPn532,
  openVirtualPort,
  type Pn532Exposure,
  type Pn532Fault,
  type VirtualPort,
} from "@otpsmith/simulator/expose";
import { pn532 } from "@otpsmith/transport-pn532";

const EXCHANGE = 0x40;
const echo = (...data: number[]): Uint8Array =>
  Uint8Array.of(0, ECHO.echo, 0, 0, data.length, ...data);

let card: EchoCard;
let module: Pn532Exposure;
const links: ApduLink[] = [];

beforeEach(async () => {
  card = new EchoCard();
  module = await exposeThroughPn532({ card });
});
afterEach(async () => {
  for (const link of links.splice(0)) await link[Symbol.asyncDispose]();
  await module.stop();
});

async function open(path = module.path): Promise<ApduLink> {
  const [endpoint] = await pn532({ ports: [path], searchMs: 100, pollMs: 50 }).list();
  const link = await (endpoint as Endpoint<"apdu">).open();
  links.push(link);
  return link;
}

async function failure(call: Promise<unknown>): Promise<LinkError> {
  const error = await call.then(() => undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(LinkError);
  return error as LinkError;
}

/** How many commands the card has seen; asks past the link. */
async function seen(): Promise<number> {
  const answer = await card.process(Uint8Array.of(0, ECHO.count, 0, 0));
  return new DataView(answer.buffer).getUint32(0) - 1;
}

describe("trouble that passes", () => {
  test.each<Pn532Fault>([
    { kind: "noise" },
    { kind: "noise", bytes: Uint8Array.of(0x00, 0xff, 0x10, 0xf0, 0x01) }, // swallows what follows
    { kind: "nack", times: 2 },
    { kind: "checksum" },
    { kind: "cut" },
  ])("$kind: the token sees the command once and its answer arrives", async (fault) => {
    const link = await open();
    module.strike({ ...fault, on: EXCHANGE });
    const answer = await link.transceive(echo(1, 2, 3));
    expect(answer).toEqual(Uint8Array.of(1, 2, 3, 0x90, 0));
    expect(await seen()).toBe(1);
    expect(await link.transceive(echo(4))).toEqual(Uint8Array.of(4, 0x90, 0));
  });

  test.each<Pn532Fault>([
    { kind: "noise", times: 6 },
    { kind: "nack", times: 2 },
    { kind: "deaf", times: 2 },
    { kind: "lost-ack", times: 2 },
    { kind: "checksum", times: 6 },
  ])("$kind while opening: it opens all the same", async (fault) => {
    module.strike(fault);
    const link = await open();
    expect(await link.transceive(echo(7))).toEqual(Uint8Array.of(7, 0x90, 0));
  });
});

describe("trouble that stays", () => {
  test.each<readonly [Pn532Fault, string, string, number]>([
    [{ kind: "nack", times: 3 }, "lost", "not-sent", 0],
    [{ kind: "deaf" }, "timeout", "unknown", 0],
    // Nobody can tell the ACK that did not come from a command that did not arrive: never sent twice.
    [{ kind: "lost-ack" }, "timeout", "unknown", 1],
  ])("%o: %s, %s", async (fault, reason, delivery, count) => {
    const link = await open();
    module.strike({ ...fault, on: EXCHANGE });
    const error = await failure(link.transceive(echo(1)));
    expect(error).toMatchObject({ reason, delivery });
    expect(error.message).toMatch(/^Cannot send to "PN532 .+": /);
    expect(error.next).toMatch(/\.$/);
    expect(await seen()).toBe(count);
    expect(link.closed.aborted).toBe(true);
  });

  test(
    "a module that never answers is given up when the call's time is over, and let go",
    async () => {
      const link = await open();
      await link.transceive(Uint8Array.of(0, ECHO.remember, 0, 0, 1, 7));
      module.strike({ kind: "hang", on: EXCHANGE });
      const error = await failure(link.transceive(echo(1), { timeoutMs: 200 }));
      expect(error).toMatchObject({ code: "link/timeout", delivery: "unknown" });
      // The token's power is taken, as by every link that closes: an authentication must not outlive it.
      await expect.poll(() => card.process(Uint8Array.of(0, ECHO.recall, 0, 0)), {
        timeout: 15_000,
      }).toEqual(Uint8Array.of(0x90, 0x00));
      await expect.poll(() => open().then(() => "open", ({ reason }) => reason), {
        timeout: 15_000,
      })
        .toBe("open"); // busy until the token's longest time for an answer is over
    },
    30_000,
  );

  test.each([
    [0x01, "lost", "unknown"],
    [0x13, "lost", "unknown"],
    [0x27, "lost", "not-sent"],
  ])("status %i of the chip: %s, %s", async (status, reason, delivery) => {
    const link = await open();
    module.strike({ kind: "status", status, on: EXCHANGE });
    expect(await failure(link.transceive(echo(1)))).toMatchObject({ reason, delivery });
  });

  test("a token that leaves the field is lost; one that has come back has to be opened anew", async () => {
    const link = await open();
    card.present = false;
    card.present = true;
    expect(await failure(link.transceive(echo(1)))).toMatchObject({
      code: "link/lost",
      delivery: "unknown",
      next: "Switch the token on, lay it flat on the antenna and try again.",
    });
    await link[Symbol.asyncDispose]();
    expect(await (await open()).transceive(echo(2))).toEqual(Uint8Array.of(2, 0x90, 0));
  });
});

describe("unplugging", () => {
  test("in the middle of an answer: lost, delivery unknown, one clear message", async () => {
    const link = await open();
    module.strike({ kind: "unplug", on: EXCHANGE });
    const error = await failure(link.transceive(echo(1, 2, 3, 4)));
    expect(error).toMatchObject({
      code: "link/lost",
      delivery: "unknown",
      message: `Cannot send to "PN532 ${module.path}": the module was unplugged`,
      next: "Plug the module in again and try once more.",
    });
    expect(await seen()).toBe(1);
  });

  test("while nothing is under way: the link closes by itself", async () => {
    const link = await open();
    await module.unplug();
    await expect.poll(() => link.closed.aborted).toBe(true);
    expect(await failure(link.transceive(echo(1)))).toMatchObject({
      code: "link/lost",
      delivery: "not-sent",
    });
  });

  test("a port that is gone without a word is noticed all the same", async () => {
    // What becomes of a read that finds the terminal hung up, and not an error: it goes on and on.
    const { binding } = SerialPort;
    const serial = {
      list: () => binding.list(),
      open: async (options: { path: string; baudRate: number; lock: boolean }) => {
        const port = await binding.open(options);
        let closed: (error: Error) => void = () => {};
        const untilClosed = new Promise<never>((_, reject) => closed = reject);
        untilClosed.catch(() => undefined);
        return {
          read: (buffer: Buffer, offset: number, length: number) =>
            port.read(buffer, offset, length).catch(() => untilClosed),
          write: (buffer: Buffer) => port.write(buffer),
          close: () => port.close().finally(() => closed(new Error("closed"))),
        };
      },
    };
    const [endpoint] = await pn532({
      ports: [module.path],
      pollMs: 20,
      serial: () => Promise.resolve(serial),
    }).list();
    const link = await (endpoint as Endpoint<"apdu">).open();
    links.push(link);
    await module.unplug();
    await expect.poll(() => link.closed.aborted).toBe(true);
  });

  test("watch() shows modules that come and go, under the same id", async () => {
    const stop = new AbortController();
    const transport = pn532({ ports: [module.path], pollMs: 20 });
    const watch = transport.watch({ signal: stop.signal })[Symbol.asyncIterator]();
    const next = async () => (await watch.next()).value?.map(({ id }: Endpoint) => id);
    expect(await next()).toEqual([`pn532:${module.path}`]);
    await module.unplug();
    expect(await next()).toEqual([]);
    await module.plug();
    expect(await next()).toEqual([`pn532:${module.path}`]);
    expect(await (await open()).transceive(echo(5))).toEqual(Uint8Array.of(5, 0x90, 0));
    stop.abort();
    expect((await watch.next()).done).toBe(true);
  });

  test("what lies on an open module is known: its ATR, and that it is in use", async () => {
    const transport = pn532({ ports: [module.path] });
    const [endpoint] = await transport.list();
    expect(endpoint!.facts).toEqual({ reader: module.path });
    const link = await endpoint!.open();
    expect((await transport.list())[0]!.facts).toEqual({
      reader: module.path,
      card: "present",
      inUse: true,
      atr: card.atr,
    });
    await link[Symbol.asyncDispose]();
    expect((await transport.list())[0]!.facts).toEqual({ reader: module.path });
  });
});

describe("a port that is not a PN532", () => {
  const ports: VirtualPort[] = [];
  afterEach(() => Promise.all(ports.splice(0).map((port) => port.stop())));

  test.each<readonly [string, (bytes: Uint8Array) => Uint8Array]>([
    ["silence", () => new Uint8Array()],
    ["an echo", (bytes) => bytes.slice()],
    ["the prompt of a login", () => new TextEncoder().encode("\r\nlogin: ")],
    ["garbage", () => Uint8Array.from({ length: 300 }, (_, i) => i * 7 + (i >> 3))],
    ["start codes without end", () => Uint8Array.from({ length: 300 }, (_, i) => i % 2 ? 0xff : 0)],
  ])("%s: one clear error within seconds", async (_, answer) => {
    const port = await openVirtualPort({ onData: (bytes) => port.write(answer(bytes)) });
    ports.push(port);
    expect(await failure(open(port.path))).toMatchObject({
      code: "link/absent",
      delivery: "not-sent",
      message: `Cannot open "PN532 ${port.path}": no PN532 answers on this port`,
      next: "Check that this is the module's port, that its switches are set to HSU (UART), and " +
        "that TX goes to RX and RX to TX.",
    });
  });

  test("another chip of the family", async () => {
    const other = await exposeThroughPn532({ card: new EchoCard(), firmware: [0x33, 2, 7, 7] });
    try {
      expect((await failure(open(other.path))).message).toMatch(/no PN532 answers on this port$/);
    } finally {
      await other.stop();
    }
  });
});
