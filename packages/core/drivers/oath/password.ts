import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import { Secret } from "../../secret/mod.ts";

/**
 * The key that a password stands for: PBKDF2 with HMAC-SHA-1, the token's id as salt, 1000 rounds, 16
 * bytes. The token itself never sees the password.
 *
 * @param password In UTF-8.
 * @param id The eight bytes that the token told when it was selected.
 *
 * @example The key of a token
 * ```ts
 * import { encodeHex, Secret } from "@otpsmith/core";
 * import { passwordKey } from "@otpsmith/core/drivers/oath";
 *
 * const password = Secret.take(new TextEncoder().encode("password"));
 * const key = await passwordKey(password, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
 * if (key.use(encodeHex) !== "ED1B5A43D3A86504DD13C9DA7606BD35") throw new Error("unexpected");
 * ```
 */
export async function passwordKey(password: Secret, id: Uint8Array): Promise<Secret> {
  return Secret.take(
    await password.use((bytes) => pbkdf2Async(sha1, bytes, id, { c: 1000, dkLen: 16 })),
  );
}

/** What proves the knowledge of a key: HMAC-SHA-1 of a challenge. */
export function answerTo(challenge: Uint8Array, key: Secret): Uint8Array {
  return key.use((bytes) => hmac(sha1, bytes, challenge));
}
