import { randomBytes, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { StationRefusal } from "../station_api/mod.ts";

/**
 * Where a request may come from. A page of another site can send requests to this computer, and a name
 * server can make its own name mean 127.0.0.1: so the address that the browser believes in has to be a
 * literal one of ours, and what it says of the asking page too. A prefix is no comparison:
 * `127.0.0.1.evil.example` begins well.
 */
export function fromThisComputer(port: () => number): MiddlewareHandler {
  return async (context, next) => {
    const own = [`127.0.0.1:${port()}`, `[::1]:${port()}`];
    const host = context.req.header("host");
    if (host === undefined || !own.includes(host)) {
      return context.json(refusal("host", "the request is not addressed to this computer"), 403);
    }
    const origin = context.req.header("origin");
    if (origin !== undefined && origin !== `http://${host}`) {
      return context.json(refusal("origin", "another page has sent it"), 403);
    }
    const site = context.req.header("sec-fetch-site");
    const navigates = context.req.header("sec-fetch-mode") === "navigate";
    if (site !== undefined && site !== "same-origin" && site !== "none" && !navigates) {
      return context.json(refusal("origin", "another page has sent it"), 403);
    }
    await next();
  };
}

/** Headers of every answer: nothing is kept, framed, guessed at or loaded from elsewhere. */
export const strictHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
};

const HEADERS = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'", // the decoder is WebAssembly
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Permissions-Policy": "display-capture=(self), camera=(self), clipboard-read=(self)",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-store",
} as const;

/** Keys that let a page in: one-time ones that stand in links, and those that they are exchanged for. */
export class Keys {
  readonly #links = new Set<string>();
  readonly #sessions = new Set<string>();

  /** A key for a link. It opens one page, once. */
  newLink(): string {
    const key = newKey();
    this.#links.add(key);
    return key;
  }

  /** Exchanges the key of a link; `undefined` if it is none, or was used. */
  exchange(authorization: string | undefined): string | undefined {
    const link = find(this.#links, authorization);
    if (link === undefined) return undefined;
    this.#links.delete(link);
    const key = newKey();
    this.#sessions.add(key);
    return key;
  }

  /** Lets in whoever has the key of a session. */
  readonly required: MiddlewareHandler = async (context, next) => {
    if (find(this.#sessions, context.req.header("authorization")) === undefined) {
      return context.json(refusal("key", "it has no key, or a wrong one"), 401);
    }
    await next();
  };
}

function newKey(): string {
  return randomBytes(32).toString("base64url");
}

/** The key that a header shows, compared in constant time. */
function find(keys: ReadonlySet<string>, authorization: string | undefined): string | undefined {
  const given = Buffer.from(authorization?.replace(/^Bearer /, "") ?? "");
  return [...keys].find((key) => {
    const wanted = Buffer.from(key);
    return wanted.length === given.length && timingSafeEqual(wanted, given);
  });
}

const NEXT = "Open the page with the link that 'otpsmith station' has printed.";

/** A refused request, in the words of the interface. */
export function refusal(code: string, state: string, next: string = NEXT): StationRefusal {
  return {
    error: { code: `station/${code}`, message: `Cannot answer this request: ${state}`, next },
  };
}
