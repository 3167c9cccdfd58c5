import type { Endpoint, OpenOptions } from "./endpoint.ts";
import type { LinkByKind, LinkKind } from "./link.ts";

/**
 * Opens an endpoint, lends the link to `use`, and closes it whatever happens.
 *
 * @example Ask a card one question
 * ```ts
 * import { createApduLink, type Endpoint, withLink } from "@otpsmith/core";
 *
 * const endpoint: Endpoint<"apdu"> = {
 *   id: "example-0", kind: "apdu", transport: "example", label: "Example", facts: {},
 *   open: () => Promise.resolve(createApduLink({
 *     label: "Example", medium: "simulated", limits: { command: 261, response: 258 },
 *     exchange: () => Promise.resolve(Uint8Array.of(0x90, 0x00)),
 *     release: () => Promise.resolve(),
 *   })),
 * };
 * const answer = await withLink(endpoint, (link) => link.transceive(Uint8Array.of(0, 0x84, 0, 0)));
 * if (answer.length !== 2) throw new Error("unexpected");
 * ```
 */
export async function withLink<K extends LinkKind, T>(
  endpoint: Endpoint<K>,
  use: (link: LinkByKind[K]) => Promise<T>,
  options: OpenOptions = {},
): Promise<T> {
  const link = await endpoint.open(options);
  try {
    return await use(link);
  } finally {
    await link[Symbol.asyncDispose]();
  }
}
