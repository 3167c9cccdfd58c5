import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runSimulator, type SimulatorOptions, type UsbipReady } from "./mod.ts";
import { UsbipClient } from "./usbip/testdata/usbip_client.ts";

let folder: string;
let stop: AbortController;
let running: Promise<void> | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "otpsmith-usb-"));
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running;
  rmSync(folder, { recursive: true });
});

/** Offers a bench on a free port. */
async function offer(options: SimulatorOptions): Promise<UsbipReady> {
  return await new Promise((resolve, reject) => {
    running = runSimulator({
      ...options,
      expose: "usbip",
      listen: { host: "127.0.0.1", port: 0 },
      signal: stop.signal,
      onReady: (ready) => resolve(ready as UsbipReady),
    });
    running.catch(reject);
  });
}

/** Attaches a token and reads a feature report of its first interface. */
async function status(client: UsbipClient): Promise<{ status: number; data: string }> {
  client.submit({ endpoint: 0, length: 8, setup: "a101000300000800" });
  return await client.answer(true);
}

test("tokens with a plug are USB devices by themselves, unless they lie on a reader that is named", async () => {
  const { readers } = await offer({
    tokens: [
      { model: "oath:yubikey5" },
      { model: "oath:yubikey5", reader: "ACR122U" },
      { model: "oath:nitrokey3", reader: "Nitrokey 3" },
      { model: "nitrokey:pro", reader: "OMNIKEY 5422" }, // has no card that could lie there
      { model: "token2-single:C302-i", reader: "My reader" },
    ],
  });
  const told = readers.map(({ name, busId, productId }) =>
    `${busId} ${name} ${productId.toString(16)}`
  );
  expect(told).toEqual([
    "1-1 YubiKey OTP+FIDO+CCID 407",
    "1-2 ACR122U PICC Interface 2200",
    "1-3 Nitrokey 3 42b2",
    "1-4 Nitrokey Pro 4108",
    "1-5 My reader 5427",
  ]);
});

test("faults of a scenario strike over USB/IP: refused, garbled, pulled out and there again", async () => {
  const scenario = join(folder, "bench.json");
  const reportFaults = [
    { kind: "refuse", at: 2 },
    { kind: "garble", at: 3 },
    { kind: "lose-before", at: 5 },
  ];
  const tokens = [{ model: "oath:yubikey5", reader: "Key", reportFaults }];
  writeFileSync(scenario, JSON.stringify({ schemaVersion: 1, tokens }));
  const { port } = await offer({ scenario });
  const client = await UsbipClient.connect(port);
  expect(await client.import("1-1")).toBe(0);
  const fine = { status: 0, data: "0005040300000000" };
  expect(await status(client)).toMatchObject(fine);
  expect(await status(client)).toMatchObject({ status: -32 }); // EPIPE: the endpoint stalls
  expect(await status(client)).toMatchObject({ status: 0, data: "fffafbfcffffffff" });
  expect(await status(client)).toMatchObject(fine);
  client.submit({ endpoint: 0, length: 8, setup: "a101000300000800" });
  await client.closed();
  const again = await UsbipClient.connect(port);
  expect(await again.import("1-1")).toBe(0);
  expect(await status(again)).toMatchObject(fine);
  again.socket.destroy();
});

test("faults of a card strike over USB/IP, too: the reader finds its slot empty", async () => {
  const scenario = join(folder, "bench.json");
  const faults = [{ kind: "lose-before", at: 1, returns: false }];
  const tokens = [{ model: "token2-single:C302-i", reader: "OMNIKEY 5427 CK", faults }];
  writeFileSync(scenario, JSON.stringify({ schemaVersion: 1, tokens }));
  const { port } = await offer({ scenario });
  const client = await UsbipClient.connect(port);
  expect(await client.import("1-1")).toBe(0);
  const say = async (hex: string): Promise<string> => {
    const data = Buffer.from(hex, "hex");
    client.submit({ endpoint: 2, length: data.length, data });
    await client.answer();
    client.submit({ endpoint: 1, length: 520 });
    return (await client.answer(true)).data;
  };
  expect(await say("62000000000000000000")).toMatch(/^80.{12}00/); // power on: the card is active
  expect(await say("6f070000000001000000" + "80410000020211")).toMatch(/^80.{12}42fe/); // gone, mute
  client.socket.destroy();
});

test("a token without a smart card is not shown behind pcscd", async () => {
  const call = runSimulator({
    tokens: [{ model: "nitrokey:pro" }],
    signal: stop.signal,
    onReady: () => {},
  });
  await expect(call).rejects.toMatchObject({
    code: "format/arguments",
    message: expect.stringMatching(/nitrokey:pro behind pcscd: it has no smart card$/),
    next: expect.stringMatching(/--expose usbip/),
  });
});
