import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { StationState } from "../station_api/mod.ts";
import { serveStation, type StationEnd } from "./station_server.ts";
import { type TestStation, testStation } from "./testdata/bench.ts";

vi.mock("./_page_files.ts", () => ({
  readPageFiles: () => {
    const file = { type: "text/html; charset=utf-8", bytes: new TextEncoder().encode("<p>page") };
    return Promise.resolve(new Map([["/", file]]));
  },
}));

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** How many requests were refused in all. */
let refused = 0;
afterAll(() => console.log(`${refused} requests were refused, as they have to be`));

let station: TestStation;
let links: string[];
let stop: AbortController;
let end: Promise<StationEnd>;
let port: number;

async function serve(idleMs = 60_000): Promise<void> {
  station = testStation([]);
  links = [];
  stop = new AbortController();
  let ready: () => void;
  const isReady = new Promise<void>((resolve) => ready = resolve);
  end = serveStation({
    job: station.job,
    idleMs,
    signal: stop.signal,
    onLink: (url) => {
      links.push(url);
      ready();
    },
  });
  await isReady;
  port = Number(new URL(links[0]!).port);
}

beforeEach(() => serve());
afterEach(async () => {
  stop.abort();
  await end;
  await station.job[Symbol.asyncDispose]();
});

interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly host?: string;
}

/** A request with just these headers, as no browser would send it. */
function ask(
  path: string,
  { method = "GET", headers = {}, body, host }: Call = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: "127.0.0.1",
      port,
      path,
      method,
      headers: { Host: host ?? `127.0.0.1:${port}`, ...headers },
    }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => text += chunk);
      response.on("end", () => {
        const { statusCode: status = 0, headers } = response;
        if (status >= 400) refused++;
        resolve({ status, headers, text });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const keyOf = (link: string): string => new URL(link).hash.slice(1);
const bearer = (key: string): Record<string, string> => ({ Authorization: `Bearer ${key}` });

async function openSession(link = links.at(-1)!): Promise<string> {
  const { text } = await ask("/api/session", { method: "POST", headers: bearer(keyOf(link)) });
  return (JSON.parse(text) as { key: string }).key;
}

function act(
  name: string,
  input: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  return ask(`/api/actions/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof input === "string" ? input : JSON.stringify(input),
  });
}

test("the page is served to this computer, with nothing from elsewhere", async () => {
  const { status, headers, text } = await ask("/");
  expect([status, text]).toEqual([200, "<p>page"]);
  expect(headers["content-security-policy"]).toContain("default-src 'none'");
  expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  expect(headers).toMatchObject({
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
  });
  expect(headers["access-control-allow-origin"]).toBe(undefined);
});

test("a link opens one page, once; another one is made at once", async () => {
  const key = await openSession();
  expect(links).toHaveLength(2);
  const state = await ask("/api/state", { headers: bearer(key) });
  expect(JSON.parse(state.text)).toMatchObject({ revision: expect.any(Number) as number });
  const again = await ask("/api/session", { method: "POST", headers: bearer(keyOf(links[0]!)) });
  expect(again.status).toBe(401);
  expect(await openSession()).not.toBe(key);
});

describe("requests that are refused", () => {
  const hosts = [
    "127.0.0.1.evil.example",
    "evil.example",
    "localhost",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.0.0.1@evil.example",
    "0.0.0.0",
    "[::ffff:127.0.0.1]",
  ];
  test.each(hosts)("host %s", async (host) => {
    const key = await openSession();
    for (const path of ["/", "/api/state", "/api/events"]) {
      const named = host.includes(":") || host === "127.0.0.1" ? host : `${host}:${port}`;
      const { status, text } = await ask(path, { host: named, headers: bearer(key) });
      // What is no name of a computer at all is refused before the guard sees it, with 400.
      expect([path, status]).toEqual([path, /[@]|::/.test(named) ? 400 : 403]);
      expect(text).not.toContain("<p>page");
    }
  });

  test("no host at all", async () => {
    const raw = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => socket.end("GET / HTTP/1.0\r\n\r\n"));
      let text = "";
      socket.setEncoding("utf8").on("data", (chunk: string) => text += chunk);
      socket.on("end", () => resolve(text)).on("error", reject);
    });
    expect(raw).toMatch(/^HTTP\/1\.[01] (400|403) /);
    expect(raw).not.toContain("<p>page");
  });

  test.each([
    "http://evil.example",
    "null",
    "http://127.0.0.1",
    "https://127.0.0.1:PORT",
    "file://",
  ])(
    "origin %s",
    async (origin) => {
      const key = await openSession();
      const Origin = origin.replace("PORT", String(port));
      const { status } = await act("clear-account", {}, { ...bearer(key), Origin });
      expect(status).toBe(403);
    },
  );

  test("another site, as browsers say it", async () => {
    const key = await openSession();
    for (const site of ["cross-site", "same-site"]) {
      const headers = { ...bearer(key), "Sec-Fetch-Site": site };
      expect((await act("clear-account", {}, headers)).status).toBe(403);
      expect((await ask("/api/state", { headers })).status).toBe(403);
    }
  });

  test("without a key, with a wrong one, with the key of a link", async () => {
    await openSession();
    const wrong = [{}, bearer(""), bearer("x".repeat(43)), bearer(keyOf(links.at(-1)!))];
    for (const headers of wrong) {
      for (const path of ["/api/state", "/api/events", "/api/nothing"]) {
        expect([path, (await ask(path, { headers })).status]).toEqual([path, 401]);
      }
      expect((await act("end", {}, headers)).status).toBe(401);
    }
    expect(station.job.ended.aborted).toBe(false);
  });

  test("a form of another page: it has no key, and is not JSON", async () => {
    const key = await openSession();
    for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]) {
      const headers = { "Content-Type": type };
      expect((await act("end", "{}", headers)).status).toBe(401);
      expect((await act("end", "{}", { ...headers, ...bearer(key) })).status).toBe(415);
    }
    expect(station.job.ended.aborted).toBe(false);
  });

  test("paths that lead out of the page", async () => {
    const paths = [
      "/../package.json",
      "/%2e%2e/package.json",
      "/..%2fpackage.json",
      "/page.js.map",
      "//etc/passwd",
      "/%00",
    ];
    for (const path of paths) {
      const { status, text } = await ask(path);
      expect([path, status]).toEqual([path, 404]);
      expect(text).not.toContain("otpsmith/cli");
    }
  });

  test("bodies that are too long, no JSON, or have more or less in them than they should", async () => {
    const headers = bearer(await openSession());
    const text = "A".repeat(100_000);
    expect((await act("set-account", { text, as: "link", source: "" }, headers)).status).toBe(413);
    const bad: readonly (readonly [name: string, body: unknown])[] = [
      ["set-account", "{"],
      ["set-account", {}],
      ["set-account", { text: "x", as: "guess", source: "" }],
      ["set-account", { text: SEED, as: "base32", source: "", extra: SEED }],
      ["burn", { plan: "x", agreed: false }],
      ["prove", { code: "12 34 ab" }],
      ["simulate", { hand: "smash" }],
      ["clear-account", []],
      ["clear-account", "null"],
    ];
    for (const [name, body] of bad) {
      const answer = await act(name, body, headers);
      expect([name, answer.status]).toEqual([name, 400]);
      expect(answer.text).not.toContain(SEED);
    }
    expect((await act("toString", {}, headers)).status).toBe(404);
    expect((await act("nothing", {}, headers)).status).toBe(404);
  });

  test("other methods, and preflight requests of other pages", async () => {
    const key = await openSession();
    for (const method of ["OPTIONS", "PUT", "DELETE", "PATCH"]) {
      const { status, headers } = await ask("/api/actions/end", { method, headers: bearer(key) });
      expect([method, status]).toEqual([method, 404]);
      expect(headers["access-control-allow-methods"]).toBe(undefined);
    }
  });
});

describe("the interface", () => {
  test("an action that is not allowed now, and one whose input is wrong, say why", async () => {
    const headers = bearer(await openSession());
    const early = await act("prove", { code: "123456" }, headers);
    expect([early.status, JSON.parse(early.text)]).toMatchObject([
      409,
      { error: { code: "station/not-now" } },
    ]);
    const wrong = await act(
      "set-account",
      { text: "https://example.org", as: "link", source: "x" },
      headers,
    );
    expect([wrong.status, JSON.parse(wrong.text)]).toMatchObject([
      409,
      { error: { code: "code/web-link", next: expect.any(String) as string } },
    ]);
  });

  test("events give each state, the seed in none of them", async () => {
    const key = await openSession();
    const lines: string[] = [];
    const seen = new Promise<void>((resolve) => {
      request({
        host: "127.0.0.1",
        port,
        path: "/api/events",
        headers: { Host: `127.0.0.1:${port}`, ...bearer(key) },
      }, (response) => {
        let rest = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          const parts = (rest + chunk).split("\n");
          rest = parts.pop()!;
          lines.push(...parts.filter((line) => line !== ""));
          if (lines.some((line) => line.includes("alice"))) resolve();
        });
      }).end();
    });
    await expect.poll(() => lines.length).toBeGreaterThan(0);
    const text = `otpauth://totp/Aliyun:alice?secret=${SEED}`;
    const answer = await act("set-account", { text, as: "link", source: "x" }, bearer(key));
    await seen;
    expect(answer.text).not.toContain(SEED);
    expect(lines.join()).not.toContain(SEED);
    const states = lines.map((line) => JSON.parse(line) as StationState);
    expect(states.map(({ revision }) => revision)).toEqual(
      states.map(({ revision }) => revision).toSorted((a, b) => a - b),
    );
    expect(states.at(-1)?.account).toMatchObject({ account: "alice", seedBytes: 20 });
  });

  test("the page ends the station", async () => {
    const { status } = await act("end", {}, bearer(await openSession()));
    expect(status).toBe(200);
    expect(await end).toBe("ended");
  });

  test("it listens on this computer's own addresses alone", async () => {
    const { networkInterfaces } = await import("node:os");
    const foreign = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { address } of foreign) {
      const answered = await new Promise<boolean>((resolve) => {
        const socket = connect(port, address, () => resolve(true));
        socket.on("error", () => resolve(false)).on("connect", () => socket.destroy());
      });
      expect([address, answered]).toEqual([address, false]);
    }
    expect(new URL(links[0]!).hostname).toBe("127.0.0.1");
  });
});

test("a station that nobody looks at ends by itself; an open page keeps it", async () => {
  stop.abort();
  await end;
  await station.job[Symbol.asyncDispose]();
  await serve(50);
  expect(await end).toBe("idle");
});
