import { afterEach, describe, expect, test, vi } from "vitest";
import { LinkError } from "../errors/mod.ts";
import { ManualTime } from "../time/mod.ts";
import {
  createFeatureLink,
  createReportLink,
  DEFAULT_EXCHANGE_TIMEOUT_MS,
  type FeatureBackend,
  type ReportBackend,
} from "./mod.ts";

interface NativeCall {
  readonly what: "send" | "receive" | "set" | "get";
  /** The very array that the backend was given. */
  readonly sent: Uint8Array;
  /** What was in it when it was given. */
  readonly bytes: number[];
  /** Fires when nobody waits any more. */
  readonly signal: AbortSignal | undefined;
  succeed(report?: Uint8Array): void;
  fail(error: unknown): void;
}

/** Promises to the backend that were broken; a throw would be swallowed by the link. */
const broken: string[] = [];
afterEach(() => expect(broken.splice(0)).toEqual([]));

/** A backend of both kinds whose calls are answered by hand, and which checks what it was promised. */
class HandBackend implements ReportBackend, FeatureBackend {
  readonly label = "hand";
  readonly reportBytes = 8;
  readonly calls: NativeCall[] = [];
  readonly lost = new AbortController();
  readonly gone: AbortSignal = this.lost.signal;
  releases = 0;
  readonly out = new Set<string>();

  send = (report: Uint8Array) => this.#call("send", report) as Promise<never>;
  set = (report: Uint8Array) => this.#call("set", report) as Promise<never>;
  get = () => this.#call("get");
  receive = (signal: AbortSignal) => this.#call("receive", new Uint8Array(), signal);

  #call(what: NativeCall["what"], sent: Uint8Array = new Uint8Array(), signal?: AbortSignal) {
    // Feature reports go one at a time in all; sending and receiving one at a time each.
    const lane = what === "get" ? "set" : what;
    if (this.out.has(lane)) broken.push(`two calls at once: ${what}`);
    this.out.add(lane);
    return new Promise<Uint8Array>((succeed, fail) => {
      this.calls.push({
        what,
        sent,
        bytes: [...sent],
        signal,
        succeed: (report = new Uint8Array()) => succeed(report),
        fail,
      });
    }).finally(() => this.out.delete(lane));
  }

  release(): Promise<void> {
    if (this.out.size > 0) broken.push("released while a call is out");
    if (++this.releases > 1) broken.push("released again");
    return Promise.resolve();
  }

  async begun(index: number): Promise<NativeCall> {
    await vi.waitFor(() => expect(this.calls.length).toBeGreaterThan(index), { interval: 1 });
    return this.calls[index]!;
  }
}

function setUp() {
  const backend = new HandBackend();
  const time = new ManualTime(0);
  return {
    backend,
    time,
    report: createReportLink(backend, time),
  };
}

async function failure(call: Promise<unknown>): Promise<LinkError> {
  const error = await call.then(() => undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(LinkError);
  return error as LinkError;
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const REPORT = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** A link with its two calls, so that both kinds go through the same cases. */
const KINDS = [
  ["report", (backend: HandBackend, time: ManualTime) => {
    const link = createReportLink(backend, time);
    return {
      link,
      put: (report: Uint8Array, options?: object) => link.send(report, options),
      take: (options?: object) => link.receive(options),
    };
  }],
  ["feature", (backend: HandBackend, time: ManualTime) => {
    const link = createFeatureLink(backend, time);
    return {
      link,
      put: (report: Uint8Array, options?: object) => link.set(report, options),
      take: (options?: object) => link.get(options),
    };
  }],
  ["report link's feature", (backend: HandBackend, time: ManualTime) => {
    const link = createReportLink(backend, time);
    return {
      link,
      put: (report: Uint8Array, options?: object) => link.features!.set(report, options),
      take: (options?: object) => link.features!.get(options),
    };
  }],
] as const;

describe.each(KINDS)("a %s link", (kind, make) => {
  const begin = () => {
    const backend = new HandBackend();
    const time = new ManualTime(0);
    return { backend, time, ...make(backend, time) };
  };

  test("says what it is", () => {
    const { link } = begin();
    expect(link).toMatchObject({ kind: kind.split(" ")[0], reportBytes: 8 });
    expect(link.closed.aborted).toBe(false);
  });

  test("sends reports in order, one at a time, shorter ones filled up with zeros", async () => {
    const { backend, put } = begin();
    const calls = [put(Uint8Array.of(1)), put(REPORT), put(Uint8Array.of(3, 4))];
    for (
      const [n, bytes] of [[1, 0, 0, 0, 0, 0, 0, 0], [...REPORT], [3, 4, 0, 0, 0, 0, 0, 0]]
        .entries()
    ) {
      const call = await backend.begun(n);
      await turn();
      expect(backend.calls.length).toBe(n + 1); // the next waits
      expect(call.bytes).toEqual(bytes);
      call.succeed();
    }
    await Promise.all(calls);
  });

  test.each([0, 9])("refuses a report of %i bytes before it is queued", async (length) => {
    const { backend, put, link } = begin();
    const error = await failure(put(new Uint8Array(length)));
    expect(error).toMatchObject({ code: "link/unsupported", delivery: "not-sent" });
    expect(error.message).toMatch(/^Cannot send to "hand": /);
    expect(error.message).toContain(`this one has ${length}`);
    expect(backend.calls).toEqual([]);
    expect(link.closed.aborted).toBe(false);
  });

  test("gives what was read", async () => {
    const { backend, take } = begin();
    const call = take();
    (await backend.begun(0)).succeed(REPORT);
    expect(await call).toEqual(REPORT);
  });

  test("a report with nothing in it means that the device is gone", async () => {
    const { backend, take, link } = begin();
    const call = failure(take());
    (await backend.begun(0)).succeed(new Uint8Array());
    const error = await call;
    expect(error).toMatchObject({
      code: "link/lost",
      delivery: "unknown",
      cause: new Error("report of 0 bytes"),
    });
    expect(error.message).toMatch(/^Cannot read from "hand": /);
    expect(link.closed.reason).toBe(error);
    await link[Symbol.asyncDispose]();
    expect(backend.releases).toBe(1);
  });

  test("what was sent is overwritten when it is out, and the caller's array is not touched", async () => {
    const { backend, put } = begin();
    const own = REPORT.slice();
    const call = put(own);
    own.fill(0xee); // a caller wipes right after the call has begun
    const { sent, bytes, succeed } = await backend.begun(0);
    expect(bytes).toEqual([...REPORT]);
    expect([...sent]).toEqual([...REPORT]);
    succeed();
    await call;
    expect(sent.every((byte) => byte === 0)).toBe(true);
    expect(own.every((byte) => byte === 0xee)).toBe(true);
  });

  test("abort while queued: taken out, not sent, and the link goes on", async () => {
    const { backend, put, link } = begin();
    const stop = new AbortController();
    const first = put(REPORT);
    const second = failure(put(REPORT, { signal: stop.signal }));
    stop.abort("enough");
    expect(await second).toMatchObject({
      code: "link/aborted",
      delivery: "not-sent",
      cause: "enough",
      message: 'Cannot send to "hand": the call was given up',
    });
    (await backend.begun(0)).succeed();
    await first;
    expect(link.closed.aborted).toBe(false);
    expect(backend.calls.length).toBe(1);
  });

  test("so does one who waits for a report behind another", async () => {
    const { backend, take, link } = begin();
    const stop = new AbortController();
    const first = take();
    const second = failure(take({ signal: stop.signal }));
    stop.abort("enough");
    expect(await second).toMatchObject({
      code: "link/aborted",
      delivery: "not-sent",
      cause: "enough",
      message: 'Cannot read from "hand": the call was given up',
    });
    (await backend.begun(0)).succeed(REPORT);
    expect(await first).toEqual(REPORT);
    expect(link.closed.aborted).toBe(false);
    expect(backend.calls.length).toBe(1);
  });

  test("abort in flight: rejects at once, closes, releases when the native call is over", async () => {
    const { backend, take, link } = begin();
    const stop = new AbortController();
    const call = failure(take({ signal: stop.signal }));
    const out = await backend.begun(0);
    stop.abort("enough");
    const error = await call;
    expect(error).toMatchObject({ code: "link/aborted", delivery: "unknown", cause: "enough" });
    expect(error.message).toBe('Cannot read from "hand": the call was given up');
    expect(link.closed.reason).toBe(error);
    await turn();
    expect(backend.releases).toBe(0);
    out.succeed(REPORT);
    await link[Symbol.asyncDispose]();
    expect(backend.releases).toBe(1);
  });

  test.each([[undefined, DEFAULT_EXCHANGE_TIMEOUT_MS], [250, 250]])(
    "timeoutMs %s gives up after %i ms and not before",
    async (timeoutMs, ms) => {
      const { backend, take, link, time } = begin();
      const call = failure(take({ timeoutMs }));
      const out = await backend.begun(0);
      time.advance(ms - 1);
      await turn();
      expect(link.closed.aborted).toBe(false);
      time.advance(1);
      expect(await call).toMatchObject({
        code: "link/timeout",
        message: 'Cannot read from "hand": no answer in time',
      });
      out.succeed(REPORT);
      await vi.waitFor(() => expect(backend.releases).toBe(1));
      expect(time.sleeping).toBe(0);
    },
  );

  test("a device that goes away closes the link once", async () => {
    const { backend, link, take } = begin();
    const closings: unknown[] = [];
    link.closed.addEventListener("abort", () => closings.push(link.closed.reason));
    backend.lost.abort("unplugged");
    await link[Symbol.asyncDispose]();
    await link[Symbol.asyncDispose]();
    expect(closings).toMatchObject([{ code: "link/lost", cause: "unplugged" }]);
    expect(backend.releases).toBe(1);
    expect(await failure(take())).toMatchObject({ code: "link/lost", delivery: "not-sent" });
    expect(backend.calls).toEqual([]);
  });

  test("a failed call that is not fatal leaves the link open", async () => {
    const { backend, put, link } = begin();
    const thrown = new LinkError("busy", "backend says", { delivery: "not-sent" });
    const call = failure(put(REPORT));
    (await backend.begun(0)).fail(thrown);
    expect(await call).toBe(thrown);
    expect(link.closed.aborted).toBe(false);
  });
});

describe("a report link", () => {
  test("sends while somebody waits for a report", async () => {
    const { backend, report } = setUp();
    const waiting = report.receive();
    const sending = report.send(REPORT);
    const [receive, send] = [await backend.begun(0), await backend.begun(1)];
    expect([receive.what, send.what]).toEqual(["receive", "send"]);
    send.succeed();
    await sending;
    receive.succeed(REPORT);
    expect(await waiting).toEqual(REPORT);
  });

  test("those who wait for reports get them in order", async () => {
    const { backend, report } = setUp();
    const both = [report.receive(), report.receive()];
    (await backend.begun(0)).succeed(Uint8Array.of(1));
    (await backend.begun(1)).succeed(Uint8Array.of(2));
    expect(await Promise.all(both)).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  });

  test("closing tells both calls that are out, and releases when both are over", async () => {
    const { backend, report } = setUp();
    const waiting = failure(report.receive());
    const sending = failure(report.send(REPORT));
    const [receive, send] = [await backend.begun(0), await backend.begun(1)];
    expect(receive.signal?.aborted).toBe(false);
    const disposing = report[Symbol.asyncDispose]();
    expect(receive.signal?.aborted).toBe(true);
    expect(await waiting).toMatchObject({ code: "link/lost", delivery: "unknown" });
    expect(await sending).toMatchObject({ code: "link/lost", delivery: "unknown" });
    receive.fail(new Error("stopped"));
    await turn();
    expect(backend.releases).toBe(0);
    send.succeed();
    await disposing;
    expect(backend.releases).toBe(1);
  });

  test("after a wait that was too long, closing waits for the handle: the backend stops at once", async () => {
    const { backend, report, time } = setUp();
    const call = failure(report.receive({ timeoutMs: 50 }));
    const out = await backend.begun(0);
    time.advance(50);
    expect(await call).toMatchObject({ code: "link/timeout" });
    expect(out.signal?.aborted).toBe(true);
    let disposed = false;
    const disposing = report[Symbol.asyncDispose]().then(() => disposed = true);
    await turn();
    expect(disposed).toBe(false);
    out.fail(new Error("stopped"));
    await disposing;
    expect(backend.releases).toBe(1);
  });

  test("after a send that hangs, closing does not wait", async () => {
    const { backend, report, time } = setUp();
    const call = failure(report.send(REPORT, { timeoutMs: 50 }));
    await backend.begun(0);
    time.advance(50);
    await call;
    await report[Symbol.asyncDispose]();
    expect(backend.releases).toBe(0);
  });
});

test("a report link without feature reports says so", () => {
  const { label, reportBytes, send, receive } = new HandBackend();
  const link = createReportLink({
    label,
    reportBytes,
    send,
    receive,
    release: () => Promise.resolve(),
  });
  expect(link.features).toBeUndefined();
});

describe("a feature link", () => {
  test("reads and writes one after the other, in the order of asking", async () => {
    const backend = new HandBackend();
    const link = createFeatureLink(backend, new ManualTime(0));
    const calls = [link.get(), link.set(REPORT), link.get()];
    for (const [n, what] of ["get", "set", "get"].entries()) {
      const call = await backend.begun(n);
      await turn();
      expect(backend.calls.map((c) => c.what)).toHaveLength(n + 1);
      expect(call.what).toBe(what);
      call.succeed(Uint8Array.of(n + 1));
    }
    expect(await Promise.all(calls)).toEqual([
      Uint8Array.of(1),
      expect.anything(),
      Uint8Array.of(3),
    ]);
  });

  test("after a read that hangs, closing does not wait", async () => {
    const backend = new HandBackend();
    const time = new ManualTime(0);
    const link = createFeatureLink(backend, time);
    const call = failure(link.get({ timeoutMs: 50 }));
    await backend.begun(0);
    time.advance(50);
    await call;
    await link[Symbol.asyncDispose]();
    expect(backend.releases).toBe(0);
  });
});
