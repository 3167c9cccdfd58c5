import { concatBytes } from "@otpsmith/core/bytes";

/**
 * How the token frames its serial number and clock. `zeros` is what the open firmware sends
 * (token2/openT2OTP@612317a); `tagged` puts `95 LL 02` and `11 04` in their places, as the maker's
 * multi-profile tokens do on hardware. Hosts must accept both.
 */
export type InfoFraming = "zeros" | "tagged";

/** The answer to "get info", without its status word. */
export function encodeInfo(
  serial: string,
  seconds: number,
  options: { readonly framing: InfoFraming },
): Uint8Array {
  const text = new TextEncoder().encode(serial);
  const clock = new Uint8Array(4);
  new DataView(clock.buffer).setUint32(0, seconds);
  const tagged = options.framing === "tagged";
  // After the length byte: tag 02, its length, the serial, tag 11, its length, the clock.
  const rest = 2 + text.length + 2 + clock.length;
  return concatBytes([
    tagged ? Uint8Array.of(0x95, rest, 0x02) : new Uint8Array(3),
    Uint8Array.of(text.length),
    text,
    tagged ? Uint8Array.of(0x11, 0x04) : new Uint8Array(2),
    clock,
  ]);
}
