import { concatBytes } from "../bytes/concat.ts";
import { LinkError } from "../errors/link_error.ts";
import { TokenError } from "../errors/token_error.ts";
import type { ApduLink, CallOptions } from "../link/link.ts";
import { decodeResponse, type ResponseApdu } from "./response_apdu.ts";

/** Bounds of an answer that comes in parts: a hostile card must not keep us for ever. */
export const MAX_RESPONSE_PARTS = 4096;
/** Longest answer put together from parts, in bytes. */
export const MAX_RESPONSE_BYTES = 1_048_576;

/** Options of {@linkcode exchangeApdu}. */
export interface ExchangeOptions extends CallOptions {
  /** Name of the command, for errors. */
  readonly command: string;
  /**
   * Instruction that fetches the rest of an answer; GET RESPONSE (C0) unless given. One of a family's own
   * is sent without a length: it is the application that counts, not the reader.
   */
  readonly more?: number | undefined;
  /**
   * Called with every single exchange, for traces: what was sent and what came back. `offset` is where the
   * data of this part stands in the whole answer's.
   */
  readonly onExchange?:
    | ((sent: Uint8Array, answer: Uint8Array, part: { readonly offset: number }) => void)
    | undefined;
}

/**
 * Sends a command and puts its whole answer together. Readers for T=0 cards hand their protocol through
 * at times: `6Cxx` asks for the same command with another Le, `61xx` says that more is waiting, to be
 * fetched with GET RESPONSE. Both loops are bounded.
 *
 * @throws {LinkError} Where an answer was begun and the rest cannot be fetched, `delivery` is never
 * `not-sent`: the token has carried the command out. (`6Cxx` says that it has not.)
 * @throws {TokenError} `garbled` if the bounds are passed, or an answer that was announced does not come.
 *
 * @example An answer in two parts
 * ```ts
 * import { createApduLink, exchangeApdu } from "@otpsmith/core";
 *
 * const answers = [Uint8Array.of(1, 0x61, 0x01), Uint8Array.of(2, 0x90, 0x00)];
 * const link = createApduLink({
 *   label: "example", medium: "simulated", limits: { command: 261, response: 258 },
 *   exchange: () => Promise.resolve(answers.shift()!), release: () => Promise.resolve(),
 * });
 * const { data } = await exchangeApdu(link, Uint8Array.of(0x80, 0x41, 0, 0, 0), { command: "read info" });
 * if (data.length !== 2) throw new Error("unexpected");
 * ```
 */
export async function exchangeApdu(
  link: ApduLink,
  command: Uint8Array,
  options: ExchangeOptions,
): Promise<ResponseApdu> {
  let answer = await send(link, command, options);
  if (answer.status >> 8 === 0x6c) {
    // The fifth byte of a command without data is its Le; with data, Le goes behind it.
    const corrected = command.length <= 5
      ? Uint8Array.of(...command.subarray(0, 4), answer.status & 0xff)
      : concatBytes([command.subarray(0, 5 + command[4]!), Uint8Array.of(answer.status & 0xff)]);
    try {
      answer = await send(link, corrected, options);
    } finally {
      corrected.fill(0);
    }
  }

  const parts = [answer.data];
  let bytes = answer.data.length;
  while (answer.status >> 8 === 0x61) {
    if (parts.length >= MAX_RESPONSE_PARTS || bytes > MAX_RESPONSE_BYTES) {
      throw new TokenError(
        "garbled",
        `Cannot ${options.command}: the answer does not end`,
        options,
      );
    }
    const fetch = options.more === undefined
      ? Uint8Array.of(0x00, 0xc0, 0x00, 0x00, answer.status & 0xff)
      : Uint8Array.of(0x00, options.more, 0x00, 0x00, 0x00);
    try {
      answer = await send(link, fetch, { ...options, offset: bytes });
    } catch (error) {
      if (!(error instanceof LinkError) || error.delivery !== "not-sent") throw error;
      const { reason, message, next } = error;
      throw new LinkError(reason, message, { delivery: "unknown", next, cause: error });
    }
    parts.push(answer.data);
    bytes += answer.data.length;
  }
  if (parts.length > 1 && bytes === 0 && answer.status === 0x9000) {
    throw new TokenError(
      "garbled",
      `Cannot ${options.command}: the answer that was announced does not come`,
      options,
    );
  }
  return { data: concatBytes(parts), status: answer.status };
}

async function send(
  link: ApduLink,
  command: Uint8Array,
  { onExchange, command: name, more: _, offset = 0, ...call }: ExchangeOptions & {
    offset?: number;
  },
): Promise<ResponseApdu> {
  const answer = await link.transceive(command, call);
  onExchange?.(command, answer, { offset });
  return decodeResponse(answer, { command: name });
}
