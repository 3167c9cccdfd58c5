import { concatBytes, decodeHex, encodeHex } from "@otpsmith/core/bytes";
import type { VirtualCard } from "../card.ts";
import type { OtpSettings } from "../parts/flash.ts";
import { sm4 } from "./sm4.ts";

/** A host for tests, on a cipher that is neither the drivers' nor the token's own wherever there is another. */

const KEY = decodeHex("8AD206883CA369482AB27182B6E83224");

/** Sends hexadecimal, gives back hexadecimal. */
export async function say(card: VirtualCard, hex: string): Promise<string> {
  return encodeHex(await card.process(decodeHex(hex)));
}

/** A CLA 84 command with its MAC, in hexadecimal. */
export function secured(header: string, body: string, key: Uint8Array = KEY): string {
  const [ins, p1, p2] = decodeHex(header) as unknown as [number, number, number];
  const data = decodeHex(body);
  const message = concatBytes([Uint8Array.of(0x80, ins, p1, p2, data.length), data]);
  const padded = message.length % 16 === 0
    ? message
    : concatBytes([message, Uint8Array.of(0x80), new Uint8Array(15)]).subarray(
      0,
      Math.ceil(message.length / 16) * 16,
    );
  const mac = sm4.mac(key, padded);
  return encodeHex(
    concatBytes([Uint8Array.of(0x84, ins, p1, p2, data.length + 4), data, mac]),
  );
}

/** SM4-ECB of whole blocks. */
export function encrypt(blocks: Uint8Array, key: Uint8Array = KEY): Uint8Array {
  return sm4.seal(key, blocks);
}

/** Asks for a challenge and answers it; gives back the token's last word. */
export async function authenticate(card: VirtualCard, key: Uint8Array = KEY): Promise<string> {
  const challenge = (await card.process(decodeHex("804B08000100"))).subarray(0, 8);
  const response = encrypt(concatBytes([challenge, new Uint8Array(8)]), key);
  return say(card, `80CE000010${encodeHex(response)}`);
}

/** The command that writes a seed, always padded. */
export function seedCommand(seed: Uint8Array, key: Uint8Array = KEY): string {
  const padded = new Uint8Array(Math.ceil((seed.length + 1) / 16) * 16);
  padded.set(seed);
  padded[seed.length] = 0x80;
  return secured("C50100", encodeHex(encrypt(padded, key)), key);
}

/** The command that writes a configuration. */
export function configCommand(
  config: { seconds: number; algorithm?: number; period?: number; displayOff?: number },
): string {
  const { seconds, algorithm = 1, period = 30, displayOff = 1 } = config;
  const hex = (value: number, bytes = 1): string =>
    value.toString(16).padStart(2 * bytes, "0").toUpperCase();
  const time = hex(seconds, 4);
  return secured(
    "D40000",
    `81111F01${hex(displayOff)}0F04${time}86060A01${hex(algorithm)}0D01${hex(period)}`,
  );
}

/** The seed bytes in an image, in hexadecimal; null without one. */
export function seedHex(settings: OtpSettings | undefined): string | null {
  return settings?.seed ? settings.seed.use(encodeHex) : null;
}
