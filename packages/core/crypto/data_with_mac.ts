import { concatBytes } from "../bytes/mod.ts";
import { cbcMac } from "./cbc_mac.ts";
import type { Sm4 } from "./sm4.ts";

/** A command whose body is followed by a MAC. */
export interface MacInput {
  /** Instruction byte. */
  readonly ins: number;
  /** First parameter. */
  readonly p1: number;
  /** Second parameter. */
  readonly p2: number;
  /** The data without the MAC. */
  readonly body: Uint8Array;
}

/**
 * The data field of a class 84 command of Token2's families: the body and its MAC, which is computed over
 * the command with class 80 and the length of the body alone. The body is overwritten.
 *
 * @example A clock of a multi-profile token
 * ```ts
 * import { dataWithMac, decodeHex, encodeHex, Sm4 } from "@otpsmith/core";
 *
 * const cipher = new Sm4(decodeHex("099250FDB017F442DA429ECBBEE17F79"));
 * const body = decodeHex("81060F046553F100");
 * const data = dataWithMac(cipher, { ins: 0xd4, p1: 0x01, p2: 2, body });
 * if (encodeHex(data) !== "81060F046553F100D57026B2") throw new Error("unexpected");
 * ```
 */
export function dataWithMac(cipher: Sm4, { ins, p1, p2, body }: MacInput): Uint8Array {
  const message = concatBytes([Uint8Array.of(0x80, ins, p1, p2, body.length), body]);
  const data = concatBytes([body, cbcMac(cipher, message)]);
  body.fill(0);
  message.fill(0);
  return data;
}
