import { hmac } from "@noble/hashes/hmac.js";
// The bare build brings no hash functions along: a token needs three of its nine.
import { HOTP, Secret as OtpauthSecret } from "otpauth/bare";
import type { Secret } from "../secret/secret.ts";
import { HASHES } from "./_hash.ts";
import type { OtpParameters } from "./algorithm.ts";

/** The key goes in through the keyed HMAC below, so that otpauth never holds a copy of it. */
const NO_SECRET = new OtpauthSecret({ buffer: new ArrayBuffer(0) });

/**
 * Lends `use` a function from counter to code. The key is mixed in once for all counters, which halves
 * the work of a search, and its traces are wiped afterwards.
 */
export function withCoder<T>(
  secret: Secret,
  parameters: Pick<OtpParameters, "algorithm" | "digits">,
  use: (codeAt: (counter: number) => string) => T,
): T {
  const { algorithm, digits } = parameters;
  if (!Number.isInteger(digits) || digits < 1 || digits > 10) {
    throw new RangeError(`Cannot compute code: ${digits} digits are wanted, 1 to 10 are possible`);
  }
  if (!Object.hasOwn(HASHES, algorithm)) {
    throw new RangeError("Cannot compute code: the algorithm is none of SHA1, SHA256, SHA512");
  }
  return secret.use((bytes) => {
    const keyed = hmac.create(HASHES[algorithm], bytes);
    const digest = (_algorithm: string, _key: Uint8Array, message: Uint8Array): Uint8Array =>
      keyed.clone().update(message).digest();
    try {
      return use((counter) =>
        HOTP.generate({ secret: NO_SECRET, algorithm, digits, counter, hmac: digest })
      );
    } finally {
      keyed.destroy();
    }
  });
}
