import { TokenError } from "../errors/token_error.ts";

/** An answer of ISO 7816-4. */
export interface ResponseApdu {
  /** The data field; empty where there is none. */
  readonly data: Uint8Array;
  /** The status word, SW1 and SW2: 0x9000 means done. */
  readonly status: number;
}

/**
 * Cuts an answer into data and status word.
 *
 * @throws {TokenError} `garbled` if there are fewer than two bytes.
 *
 * @example Take the status word off
 * ```ts
 * import { decodeResponse } from "@otpsmith/core";
 *
 * const { data, status } = decodeResponse(Uint8Array.of(1, 2, 0x90, 0x00), { command: "read info" });
 * if (data.length !== 2 || status !== 0x9000) throw new Error("unexpected");
 * ```
 */
export function decodeResponse(
  answer: Uint8Array,
  options: { readonly command: string },
): ResponseApdu {
  if (answer.length < 2) {
    throw new TokenError(
      "garbled",
      `Cannot ${options.command}: the answer has ${answer.length} bytes and no status word`,
      options,
    );
  }
  const end = answer.length - 2;
  return { data: answer.subarray(0, end), status: answer[end]! * 0x100 + answer[end + 1]! };
}
