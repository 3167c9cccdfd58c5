import { concatBytes } from "../../bytes/mod.ts";
import { Secret } from "../../secret/mod.ts";

/** Bytes of a P-256 point without the 04 before it: X, then Y. */
export const POINT_BYTES = 64;
const CURVE = { name: "ECDH", namedCurve: "P-256" } as const;

/** A key as the runtime keeps it: what it is, and not its bytes. */
export type RuntimeKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Our side of one key agreement. The private half cannot be read. */
export interface AgreementPair {
  /** The private half. */
  readonly privateKey: RuntimeKey;
  /** The public half: X, then Y. */
  readonly publicKey: Uint8Array;
}

/** Makes a pair that serves for one agreement. */
export async function createAgreementPair(): Promise<AgreementPair> {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { privateKey: pair.privateKey, publicKey: point.slice(1) };
}

/**
 * The X coordinate that both sides find.
 *
 * @param theirs The token's public key: X, then Y.
 * @throws {RangeError} If that is no point of the curve.
 */
export async function agreeWith(pair: AgreementPair, theirs: Uint8Array): Promise<Secret> {
  const point = Uint8Array.from(concatBytes([Uint8Array.of(0x04), theirs]));
  try {
    const publicKey = await crypto.subtle.importKey("raw", point, CURVE, false, []);
    const request = { name: CURVE.name, public: publicKey };
    return Secret.take(
      new Uint8Array(await crypto.subtle.deriveBits(request, pair.privateKey, 256)),
    );
  } catch (cause) { // some runtimes look at the point when they read it, others when they use it
    throw new RangeError("Cannot agree on a key: the token's is no point of the curve", { cause });
  }
}
