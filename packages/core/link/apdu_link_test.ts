import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { LinkError } from "../errors/mod.ts";
import { ManualTime } from "../time/mod.ts";
import { type ApduBackend, createApduLink, DEFAULT_EXCHANGE_TIMEOUT_MS } from "./mod.ts";

const OK = Uint8Array.of(0x90, 0x00);
const command = (...data: number[]): Uint8Array => Uint8Array.of(0x80, 0x01, 0, 0, ...data);

interface Exchange {
  /** The very array that the backend was given. */
  readonly sent: Uint8Array;
  /** What was in it when it was given. */
  readonly bytes: number[];
  answer(answer: Uint8Array): void;
  fail(error: unknown): void;
}

/** Promises to the backend that were broken; a throw would be swallowed by the link. */
const broken: string[] = [];
afterEach(() => expect(broken.splice(0)).toEqual([]));

/** A backend whose exchanges are answered by hand, and which checks what it was promised. */
class HandBackend implements ApduBackend {
  readonly label = "hand";
  readonly medium = "simulated";
  readonly limits = { command: 64, response: 258 };
  readonly exchanges: Exchange[] = [];
  readonly lost = new AbortController();
  readonly gone: AbortSignal = this.lost.signal;
  releases = 0;
  releaseError: Error | undefined;
  #out = 0;

  exchange(sent: Uint8Array): Promise<Uint8Array> {
    if (this.#out > 0) broken.push("two exchanges at once");
    this.#out++;
    return new Promise<Uint8Array>((answer, fail) =>
      this.exchanges.push({ sent, bytes: [...sent], answer, fail })
    ).finally(() => this.#out--);
  }

  release(): Promise<void> {
    if (this.#out > 0) broken.push("released while an exchange is out");
    if (++this.releases > 1) broken.push("released again");
    return this.releaseError ? Promise.reject(this.releaseError) : Promise.resolve();
  }

  /** Waits until the exchange with this number (from 0) has been begun. */
  async begun(index: number): Promise<Exchange> {
    await vi.waitFor(() => expect(this.exchanges.length).toBeGreaterThan(index), { interval: 1 });
    return this.exchanges[index]!;
  }
}

function setUp() {
  const backend = new HandBackend();
  const time = new ManualTime(0);
  const link = createApduLink(backend, time);
  const closings: unknown[] = [];
  link.closed.addEventListener("abort", () => closings.push(link.closed.reason));
  return { backend, time, link, closings };
}

/** The error of a call that must fail, as LinkError. */
async function failure(call: Promise<unknown>): Promise<LinkError> {
  const error = await call.then(() => undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(LinkError);
  return error as LinkError;
}

/** Lets everything happen that can happen without an answer or the clock. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe("order", () => {
  test("calls made at once are sent one after the other, in order, each with its answer", async () => {
    const { backend, link } = setUp();
    const calls = [1, 2, 3, 4].map((n) => link.transceive(command(n)));
    for (const n of [1, 2, 3, 4]) {
      const exchange = await backend.begun(n - 1);
      await turn();
      expect(backend.exchanges.length).toBe(n); // the next waits
      expect(exchange.bytes).toEqual([0x80, 1, 0, 0, n]);
      exchange.answer(Uint8Array.of(n, 0x90, 0));
    }
    expect((await Promise.all(calls)).map((answer) => answer[0])).toEqual([1, 2, 3, 4]);
  });

  test("any mix of fast, slow and refused exchanges keeps its order", async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.record({ turns: fc.nat(3), busy: fc.boolean() }), { maxLength: 8 }),
      async (script) => {
        const seen: number[] = [];
        const link = createApduLink({
          label: "script",
          medium: "simulated",
          limits: { command: 64, response: 258 },
          exchange: async (sent) => {
            const n = sent[4]!;
            seen.push(n);
            for (let i = 0; i < script[n]!.turns; i++) await turn();
            if (script[n]!.busy) throw new LinkError("busy", "no", { delivery: "not-sent" });
            return Uint8Array.of(n, 0x90, 0);
          },
          release: () => Promise.resolve(),
        });
        const calls = await Promise.allSettled(script.map((_, n) => link.transceive(command(n))));
        expect(seen).toEqual(script.map((_, n) => n));
        calls.forEach((call, n) => {
          expect(call.status).toBe(script[n]!.busy ? "rejected" : "fulfilled");
          if (call.status === "fulfilled") expect(call.value[0]).toBe(n);
        });
        await link[Symbol.asyncDispose]();
      },
    ));
  });
});

describe("abort", () => {
  test("while queued: taken out, not sent, and the link goes on", async () => {
    const { backend, link, closings } = setUp();
    const stop = new AbortController();
    const first = link.transceive(command(1));
    const second = failure(link.transceive(command(2), { signal: stop.signal }));
    const third = link.transceive(command(3));
    const out = await backend.begun(0);
    stop.abort(new Error("given up"));
    const error = await second; // at once, while the first is still out
    expect(error).toMatchObject({ code: "link/aborted", delivery: "not-sent" });
    expect(error.cause).toMatchObject({ message: "given up" });
    out.answer(OK);
    (await backend.begun(1)).answer(OK);
    await expect(Promise.all([first, third])).resolves.toEqual([OK, OK]);
    expect(backend.exchanges.map((e) => e.bytes[4])).toEqual([1, 3]);
    expect(closings).toEqual([]);
  });

  test("with a signal that fired before the call: nothing is sent", async () => {
    const { backend, link } = setUp();
    const error = await failure(link.transceive(command(), { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: "link/aborted", delivery: "not-sent" });
    expect(backend.exchanges).toEqual([]);
    expect(link.closed.aborted).toBe(false);
  });

  test("while queued, with another link's error as reason: still aborted and not sent", async () => {
    const { link } = setUp();
    const reason = new LinkError("lost", "other link", { delivery: "unknown" });
    const error = await failure(link.transceive(command(), { signal: AbortSignal.abort(reason) }));
    expect(error).toMatchObject({ code: "link/aborted", delivery: "not-sent", cause: reason });
  });

  test("in flight: rejects at once, closes, and gives the handle back when the answer comes", async () => {
    const { backend, link, closings } = setUp();
    const stop = new AbortController();
    const call = failure(link.transceive(command(), { signal: stop.signal }));
    const waiting = failure(link.transceive(command(2)));
    const out = await backend.begun(0);
    stop.abort("enough");
    const error = await call;
    expect(error).toMatchObject({ code: "link/aborted", delivery: "unknown", cause: "enough" });
    expect(error.message).toBe('Cannot send to "hand": the call was given up');
    expect(closings).toEqual([error]);
    expect(await waiting).toMatchObject({ code: "link/aborted", delivery: "not-sent" });
    await turn();
    expect(backend.releases).toBe(0);
    out.answer(OK);
    await link[Symbol.asyncDispose]();
    expect(backend.releases).toBe(1);
    expect(closings.length).toBe(1);
    expect(backend.exchanges.length).toBe(1);
  });

  test("after the answer has no effect", async () => {
    const { backend, link, time } = setUp();
    const stop = new AbortController();
    const call = link.transceive(command(), { signal: stop.signal });
    (await backend.begun(0)).answer(OK);
    await call;
    stop.abort();
    time.advance(10 * DEFAULT_EXCHANGE_TIMEOUT_MS);
    await turn();
    expect(link.closed.aborted).toBe(false);
    expect(time.sleeping).toBe(0); // no timer is left behind
  });
});

describe("timeout", () => {
  test.each([[undefined, DEFAULT_EXCHANGE_TIMEOUT_MS], [250, 250]])(
    "timeoutMs %s gives up after %i ms and not before",
    async (timeoutMs, ms) => {
      const { backend, link, time, closings } = setUp();
      const call = failure(link.transceive(command(), { timeoutMs }));
      const out = await backend.begun(0);
      time.advance(ms - 1);
      await turn();
      expect(link.closed.aborted).toBe(false);
      time.advance(1);
      const error = await call;
      expect(error).toMatchObject({ code: "link/timeout", delivery: "unknown" });
      expect(error.message).toBe('Cannot send to "hand": no answer in time');
      expect(closings).toEqual([error]);
      expect(backend.releases).toBe(0);
      out.answer(OK);
      await vi.waitFor(() => expect(backend.releases).toBe(1));
    },
  );

  test("counts from the sending, not from the queueing", async () => {
    const { backend, link, time } = setUp();
    const first = link.transceive(command(1), { timeoutMs: 1000 });
    const second = link.transceive(command(2), { timeoutMs: 1000 });
    const out = await backend.begun(0);
    time.advance(900);
    out.answer(OK);
    const next = await backend.begun(1);
    time.advance(900);
    await turn();
    next.answer(OK);
    await expect(Promise.all([first, second])).resolves.toEqual([OK, OK]);
  });
});

describe("closing", () => {
  test("disposing twice, and at once, releases once and gives a LinkError as reason", async () => {
    const { backend, link, closings } = setUp();
    await Promise.all([link[Symbol.asyncDispose](), link[Symbol.asyncDispose]()]);
    await link[Symbol.asyncDispose]();
    expect(backend.releases).toBe(1);
    expect(closings).toMatchObject([{
      code: "link/lost",
      delivery: "not-sent",
      message: 'Cannot use "hand": the link has been closed',
    }]);
    const error = await failure(link.transceive(command()));
    expect(error).toMatchObject({ delivery: "not-sent", cause: closings[0] });
    expect(backend.exchanges).toEqual([]);
  });

  test("disposing waits for the exchange that is out, whose caller is told at once", async () => {
    const { backend, link } = setUp();
    const call = failure(link.transceive(command()));
    const out = await backend.begun(0);
    let disposed = false;
    const disposing = link[Symbol.asyncDispose]().then(() => disposed = true);
    expect(await call).toMatchObject({ code: "link/lost", delivery: "unknown" });
    await turn();
    expect([disposed, backend.releases]).toEqual([false, 0]);
    out.answer(OK);
    await disposing;
    expect(backend.releases).toBe(1);
  });

  test("a hung exchange is never released under, and holds disposing no longer than it may take", async () => {
    const { backend, link, time } = setUp();
    const call = failure(link.transceive(command(), { timeoutMs: 500 }));
    await backend.begun(0);
    const disposing = link[Symbol.asyncDispose]();
    await call;
    time.advance(500);
    await disposing;
    await link[Symbol.asyncDispose]();
    expect(backend.releases).toBe(0);
  });

  test("disposing after a timeout does not wait for the call that hangs", async () => {
    const { backend, link, time } = setUp();
    const call = failure(link.transceive(command(), { timeoutMs: 500 }));
    const out = await backend.begun(0);
    time.advance(500);
    await call;
    await link[Symbol.asyncDispose]();
    expect(backend.releases).toBe(0);
    out.fail(new Error("reader unplugged at last"));
    await vi.waitFor(() => expect(backend.releases).toBe(1));
  });

  test("disposing does not throw when releasing fails", async () => {
    const { backend, link } = setUp();
    backend.releaseError = new Error("no such handle");
    await expect(link[Symbol.asyncDispose]()).resolves.toBeUndefined();
    expect(backend.releases).toBe(1);
  });

  test("a device that goes away closes the link, with its reason as cause", async () => {
    const { backend, link, closings } = setUp();
    backend.lost.abort("card removed");
    expect(closings).toMatchObject([{
      code: "link/lost",
      delivery: "unknown",
      cause: "card removed",
      message: 'Cannot send to "hand": the token or the reader went away',
    }]);
    await vi.waitFor(() => expect(backend.releases).toBe(1));
    expect(await failure(link.transceive(command()))).toMatchObject({
      code: "link/lost",
      delivery: "not-sent",
    });
  });

  test("a device that goes away in mid-command: told at once, released after the native call", async () => {
    const { backend, link } = setUp();
    const call = failure(link.transceive(command()));
    const out = await backend.begun(0);
    backend.lost.abort("card removed");
    expect(await call).toMatchObject({ code: "link/lost", delivery: "unknown" });
    await turn();
    expect(backend.releases).toBe(0);
    out.fail(new Error("SCARD_W_REMOVED_CARD"));
    await vi.waitFor(() => expect(backend.releases).toBe(1));
  });

  test("a link that is closed no longer listens to its device, which may live on", async () => {
    const { backend, link } = setUp();
    let heard = 0;
    Object.defineProperty(backend.gone, "reason", { get: () => heard++ });
    await link[Symbol.asyncDispose]();
    backend.lost.abort();
    expect(heard).toBe(0);
  });

  test("a device that was gone before the link was made", async () => {
    const backend = new HandBackend();
    backend.lost.abort("early");
    const link = createApduLink(backend, new ManualTime(0));
    expect(link.closed.reason).toMatchObject({ code: "link/lost", cause: "early" });
    await link[Symbol.asyncDispose]();
    expect(backend.releases).toBe(1);
  });

  test("a device that goes away while it takes the command is not released under", async () => {
    const gone = new AbortController();
    const events: string[] = [];
    const link = createApduLink({
      label: "sudden",
      medium: "simulated",
      limits: { command: 64, response: 258 },
      gone: gone.signal,
      exchange: async () => {
        gone.abort("torn out");
        await turn();
        events.push("exchange ends");
        return OK;
      },
      release: () => Promise.resolve(void events.push("released")),
    }, new ManualTime(0));
    expect(await failure(link.transceive(command()))).toMatchObject({ delivery: "unknown" });
    await link[Symbol.asyncDispose]();
    expect(events).toEqual(["exchange ends", "released"]);
  });
});

describe("answers and errors", () => {
  test.each([0, 1])("an answer of %i bytes means that the card is gone", async (length) => {
    const { backend, link, closings } = setUp();
    const call = failure(link.transceive(command()));
    (await backend.begun(0)).answer(new Uint8Array(length));
    const error = await call;
    expect(error).toMatchObject({
      code: "link/lost",
      delivery: "unknown",
      cause: new Error(`answer of ${length} bytes`),
    });
    expect(closings).toEqual([error]);
    await link[Symbol.asyncDispose]();
    expect(backend.releases).toBe(1);
  });

  test.each(["busy", "denied", "unsupported"] as const)(
    "a LinkError %s passes through and the link goes on",
    async (reason) => {
      const { backend, link } = setUp();
      const thrown = new LinkError(reason, "backend says", { delivery: "not-sent" });
      const call = failure(link.transceive(command()));
      (await backend.begun(0)).fail(thrown);
      expect(await call).toBe(thrown);
      expect(link.closed.aborted).toBe(false);
      const next = link.transceive(command());
      (await backend.begun(1)).answer(OK);
      expect(await next).toEqual(OK);
    },
  );

  test.each(["lost", "timeout", "aborted", "absent"] as const)(
    "a LinkError %s passes through and ends the link",
    async (reason) => {
      const { backend, link, closings } = setUp();
      const thrown = new LinkError(reason, "backend says", { delivery: "answered" });
      const call = failure(link.transceive(command()));
      (await backend.begun(0)).fail(thrown);
      expect(await call).toBe(thrown);
      expect(closings).toEqual([thrown]);
    },
  );

  test("what a person can do about a link that has ended is told again for each further call", async () => {
    const { backend, link } = setUp();
    const next = "Plug it in again.";
    const calls = [failure(link.transceive(command())), failure(link.transceive(command()))];
    const thrown = new LinkError("lost", "backend says", { delivery: "unknown", next });
    (await backend.begun(0)).fail(thrown);
    expect(await Promise.all(calls)).toMatchObject([{ next }, { delivery: "not-sent", next }]);
    expect(await failure(link.transceive(command()))).toMatchObject({ next, cause: thrown });
  });

  test("anything else that is thrown is a lost link, with the thing as cause", async () => {
    const { backend, link } = setUp();
    const thrown = new TypeError("0x8010001D");
    const call = failure(link.transceive(command()));
    (await backend.begun(0)).fail(thrown);
    expect(await call).toMatchObject({ code: "link/lost", delivery: "unknown", cause: thrown });
  });

  test("a backend that throws instead of rejecting does not block the queue", async () => {
    const thrown = new Error("at once");
    const sent: Uint8Array[] = [];
    const link = createApduLink({
      label: "rude",
      medium: "simulated",
      limits: { command: 64, response: 258 },
      exchange: (bytes) => {
        sent.push(bytes);
        throw thrown;
      },
      release: () => Promise.resolve(),
    });
    const both = [link.transceive(command(7)), link.transceive(command(8))].map(failure);
    expect(await both[0]).toMatchObject({ code: "link/lost", cause: thrown });
    expect(await both[1]).toMatchObject({ code: "link/lost", delivery: "not-sent" });
    expect(sent.map((bytes) => [...bytes])).toEqual([[0, 0, 0, 0, 0]]);
  });

  test.each([
    [0, "a command has at least 4 bytes, this one has 0"],
    [3, "a command has at least 4 bytes, this one has 3"],
    [65, "it takes commands of at most 64 bytes, this one has 65"],
  ])("a command of %i bytes is refused before it is queued", async (length, says) => {
    const { backend, link } = setUp();
    const error = await failure(link.transceive(new Uint8Array(length)));
    expect(error).toMatchObject({ code: "link/unsupported", delivery: "not-sent" });
    expect(error.message).toBe(`Cannot send to "hand": ${says}`);
    expect(backend.exchanges).toEqual([]);
    expect(link.closed.aborted).toBe(false);
  });

  test.each([4, 64])("a command of %i bytes is sent", async (length) => {
    const { backend, link } = setUp();
    const call = link.transceive(new Uint8Array(length));
    (await backend.begun(0)).answer(OK);
    expect(await call).toEqual(OK);
  });

  test("facts of the backend are the link's", () => {
    const { backend, link } = setUp();
    expect(link).toMatchObject({ kind: "apdu", medium: "simulated", limits: backend.limits });
  });
});

describe("what was sent is overwritten", () => {
  test("after the answer, and after a failure, but not while it is out", async () => {
    const { backend, link } = setUp();
    const calls = [link.transceive(command(7)), failure(link.transceive(command(8)))] as const;
    const first = await backend.begun(0);
    await turn();
    expect([...first.sent]).toEqual([0x80, 1, 0, 0, 7]);
    first.answer(OK);
    await calls[0];
    expect([...first.sent]).toEqual([0, 0, 0, 0, 0]);
    const second = await backend.begun(1);
    second.fail(new Error("no"));
    await calls[1];
    expect([...second.sent]).toEqual([0, 0, 0, 0, 0]);
  });

  test("after a call that was given up, as soon as the native call is over", async () => {
    const { backend, link } = setUp();
    const stop = new AbortController();
    const call = failure(link.transceive(command(7), { signal: stop.signal }));
    const out = await backend.begun(0);
    stop.abort();
    await call;
    expect([...out.sent]).toEqual([0x80, 1, 0, 0, 7]); // the native call may still read it
    out.answer(OK);
    await vi.waitFor(() => expect([...out.sent]).toEqual([0, 0, 0, 0, 0]));
  });

  test.each([
    ["Uint8Array", (bytes: Uint8Array) => bytes],
    ["Node Buffer, whose slice() shares memory", (bytes: Uint8Array) => Buffer.from(bytes)],
  ])("the caller's %s is neither kept nor changed", async (_, make) => {
    const { backend, link } = setUp();
    const own = make(command(7));
    const first = link.transceive(own);
    const kept = make(command(9));
    const second = link.transceive(kept);
    own.fill(0xee); // a caller wipes right after the call has begun
    const out = await backend.begun(0);
    expect(out.bytes).toEqual([0x80, 1, 0, 0, 7]);
    out.answer(OK);
    (await backend.begun(1)).answer(OK);
    await Promise.all([first, second]);
    expect([...kept]).toEqual([0x80, 1, 0, 0, 9]);
  });
});
