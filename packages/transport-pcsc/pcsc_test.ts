import { describe, expect, test } from "vitest";
import { ManualTime } from "@otpsmith/core/time";
import type { ApduLink, Endpoint } from "@otpsmith/core/link";
import { hasHungCalls } from "./hung_calls.ts";
import { pcsc } from "./pcsc.ts";
import { MissingLibraryError, PcscError } from "./pcsc_error.ts";
import { FakeBinding, reader } from "./testdata/fake_binding.ts";

const COMMAND = Uint8Array.of(0, 1, 2, 3);

async function first(binding: FakeBinding): Promise<Endpoint<"apdu">> {
  const [endpoint] = await pcsc({ binding }).list();
  return endpoint as Endpoint<"apdu">;
}

describe("open", () => {
  test("takes the card alone, and its power when it closes", async () => {
    const binding = new FakeBinding();
    const link = await (await first(binding)).open();
    await link.transceive(COMMAND);
    await link[Symbol.asyncDispose]();
    expect(binding.calls).toEqual([
      "readers",
      "connect Desk 00 00 exclusive",
      "transmit",
      "disconnect unpower",
    ]);
  });

  test("leaves a shared card as it is", async () => {
    const binding = new FakeBinding();
    const link = await (await first(binding)).open({ share: "shared" });
    await link[Symbol.asyncDispose]();
    expect(binding.calls.slice(1)).toEqual(["connect Desk 00 00 shared", "disconnect leave"]);
  });

  test("that is given up returns at once, and the late connection is ended", async () => {
    const binding = new FakeBinding();
    let goOn: (value?: unknown) => void = () => {};
    const endpoint = await first(binding);
    binding.gate = new Promise((resolve) => goOn = resolve);
    const giveUp = new AbortController();
    const opening = endpoint.open({ signal: giveUp.signal });
    opening.catch(() => undefined);
    await expect.poll(() => binding.calls.at(-1)).toMatch(/^connect/);
    giveUp.abort();
    await expect(opening).rejects.toMatchObject({ code: "link/aborted", delivery: "not-sent" });
    expect(hasHungCalls()).toBe(true);
    goOn();
    await expect.poll(() => binding.calls.at(-1)).toBe("disconnect leave");
    expect(hasHungCalls()).toBe(false);
  });

  test("that takes too long is given up", async () => {
    const binding = new FakeBinding();
    const time = new ManualTime(0);
    const [endpoint] = await pcsc({ binding, time }).list();
    let goOn: (value?: unknown) => void = () => {};
    binding.gate = new Promise((resolve) => goOn = resolve);
    const opening = endpoint!.open({ timeoutMs: 100 });
    opening.catch(() => undefined);
    await expect.poll(() => time.sleeping).toBe(1);
    time.advance(100);
    await expect(opening).rejects.toMatchObject({ code: "link/timeout", delivery: "not-sent" });
    goOn();
    await expect.poll(() => hasHungCalls()).toBe(false);
  });

  test("guesses the medium from what the reader says", async () => {
    const binding = new FakeBinding();
    const mediumOf = async (changes: Parameters<typeof reader>[0]): Promise<string> => {
      binding.current = [reader(changes)];
      const link = await (await first(binding)).open();
      await link[Symbol.asyncDispose]();
      return link.medium;
    };
    const contactAtr = Uint8Array.of(0x3b, 0x68, 0, 0, 0, 0x73);
    expect(await mediumOf({})).toBe("contactless");
    expect(await mediumOf({ atr: contactAtr })).toBe("contact");
    expect(await mediumOf({ atr: contactAtr, name: "ACS ACR122U PICC Interface 00 00" }))
      .toBe("contactless");
    expect(await mediumOf({ atr: undefined, name: "HID OMNIKEY 5422 CL 00 00" })).toBe(
      "contactless",
    );
    expect(await mediumOf({ atr: undefined, name: "Alcor Micro AU9540 00 00" })).toBe("contact");
  });
});

describe("an exchange", () => {
  test.each([
    [0x80100069, "link/lost", "unknown"],
    [0x80100016, "link/lost", "unknown"],
    [0x80100068, "link/lost", "not-sent"],
    [0x8010001d, "link/lost", "unknown"],
    [0x8010006a, "link/lost", "unknown"], // not a refusal: see pcsc_error.ts
    [0x80109999, "link/lost", "unknown"],
  ])("that ends with 0x%s", async (code, expected, delivery) => {
    const binding = new FakeBinding();
    const link = await (await first(binding)).open();
    binding.failure = new PcscError(code, "SCardTransmit");
    await expect(link.transceive(COMMAND)).rejects.toMatchObject({ code: expected, delivery });
    expect(link.closed.aborted).toBe(true);
    await expect.poll(() => binding.calls.at(-1)).toBe("disconnect unpower");
  });
});

describe("watch", () => {
  test("gives the newest of several changes, once, and stops its monitor", async () => {
    const binding = new FakeBinding();
    const watch = pcsc({ binding }).watch() as AsyncGenerator<readonly Endpoint[]>;
    const next = async (): Promise<readonly (string | undefined)[]> =>
      ((await watch.next()).value as readonly Endpoint[]).map(({ facts }) => facts.card);
    expect(await next()).toEqual(["present"]);
    binding.change([reader({ card: "absent", events: 2 })]);
    binding.change([reader({ events: 3 })]);
    binding.change([reader({ events: 3 }), reader({ name: "B" })]);
    expect(await next()).toEqual(["present", "present"]);
    const waiting = watch.next();
    binding.change([reader({ events: 3 }), reader({ name: "B" })]); // nothing new
    binding.change([reader({ events: 5 })]); // gone and back: looks like before, but is not
    expect((await waiting).value).toHaveLength(1);
    expect(binding.monitors).toBe(1);
    await watch.return(undefined);
    expect(binding.monitors).toBe(0);
  });

  test("waits longer and longer for a service that is away", async () => {
    const binding = new FakeBinding();
    const time = new ManualTime(0);
    const stop = new AbortController();
    const seen: number[] = [];
    const watching = (async () => {
      for await (const endpoints of pcsc({ binding, time }).watch({ signal: stop.signal })) {
        seen.push(endpoints.length);
      }
    })();
    await expect.poll(() => seen).toEqual([1]);
    binding.end();
    await expect.poll(() => seen).toEqual([1, 0]);
    for (const wait of [100, 200, 400, 800, 1600, 2000, 2000]) {
      await expect.poll(() => time.sleeping).toBe(1);
      const asked = binding.calls.length;
      time.advance(wait - 1);
      expect(binding.calls.length).toBe(asked);
      time.advance(1);
      await expect.poll(() => binding.calls.length).toBe(asked + 1);
    }
    binding.current = [reader(), reader({ name: "B" })];
    await expect.poll(() => time.sleeping).toBe(1);
    time.advance(2000);
    await expect.poll(() => seen).toEqual([1, 0, 2]);
    stop.abort();
    await watching;
    expect(binding.monitors).toBe(0);
  });
});

describe("dispose", () => {
  test("ends watches and links, and nothing can be done afterwards", async () => {
    const binding = new FakeBinding();
    const transport = pcsc({ binding });
    const [endpoint] = await transport.list();
    const link = await endpoint!.open() as ApduLink;
    const watch = transport.watch()[Symbol.asyncIterator]();
    await watch.next();
    const waiting = watch.next();
    await transport[Symbol.asyncDispose]();
    expect((await waiting).done).toBe(true);
    expect(link.closed.aborted).toBe(true);
    expect(binding.calls.at(-1)).toBe("disconnect unpower");
    expect(binding.monitors).toBe(0);
    await expect(transport.list()).rejects.toMatchObject({ code: "link/absent" });
    await expect(endpoint!.open()).rejects.toMatchObject({ code: "link/absent" });
  });
});

describe("probe", () => {
  test("tells a machine without readers from one without a service", async () => {
    const binding = new FakeBinding();
    binding.current = [];
    expect(await pcsc({ binding }).probe()).toMatchObject({ usable: false, code: "no-reader" });
    binding.current = undefined;
    expect(await pcsc({ binding }).probe()).toMatchObject({ usable: false, code: "service-down" });
  });

  test("names what is missing", async () => {
    const binding = new FakeBinding();
    binding.missing = new MissingLibraryError("the library x is not installed", { next: "Get x" });
    expect(await pcsc({ binding }).probe()).toEqual({
      usable: false,
      code: "missing-library",
      message: "Cannot use smart-card readers: the library x is not installed",
      fix: "Get x",
    });
    await expect(pcsc({ binding }).list()).rejects.toMatchObject({
      code: "link/absent",
      message: "Cannot list readers: the library x is not installed",
      next: "Get x",
    });
  });
});
