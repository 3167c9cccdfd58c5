import type { Random } from "./random.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ISSUERS = [
  "Example",
  "Aliyun",
  "Amazon Web Services",
  "GitHub",
  "Zürich Bank",
  "会社",
  "ACME Co",
];
const NAMES = ["alice", "bob.builder", "ci-user", "jürgen", "ops+totp", "root", "m.rossi"];
const HOSTS = ["example.com", "mail.example.org", "1234567890123456", "corp.example.net"];
/** Seeds as issuers hand them out: no number of bytes whose base32 would be ambiguous. */
const SEED_BYTES = [10, 16, 20, 20, 20, 32, 40];

/** A made-up account of 60 to 250 bytes, in the shapes that issuers use. */
export function otpauth(random: Random): string {
  for (;;) {
    const issuer = random.pick(ISSUERS);
    const padding = random.chance(0.3)
      ? base32(random.bytes(random.whole(4, 40))).toLowerCase()
      : "";
    const name = `${random.pick(NAMES)}${padding}@${random.pick(HOSTS)}`;
    const label = random.chance(0.8) ? `${issuer}:${name}` : name;
    const parts = [`secret=${base32(random.bytes(random.pick(SEED_BYTES)))}`];
    if (random.chance(0.8)) parts.push(`issuer=${encodeURIComponent(issuer)}`);
    if (random.chance(0.4)) parts.push(`algorithm=${random.pick(["SHA1", "SHA256", "SHA512"])}`);
    if (random.chance(0.5)) parts.push(`digits=${random.pick([6, 8])}`);
    if (random.chance(0.5)) parts.push(`period=${random.pick([30, 60])}`);
    const path = encodeURIComponent(label).replace("%40", "@").replace("%3A", ":");
    const text = `otpauth://totp/${path}?${parts.join("&")}`;
    if (text.length >= 60 && text.length <= 250) return text;
  }
}

/**
 * A Google Authenticator export of so many accounts. Its payload is protobuf: repeated field 1 with secret,
 * name, issuer, algorithm, digits, type; then version, parts, part and number of the export.
 */
export function googleExport(random: Random, accounts: number): string {
  const message: number[] = [];
  for (let i = 0; i < accounts; i++) {
    const issuer = random.pick(ISSUERS);
    const entry = [
      ...field(1, random.bytes(random.pick(SEED_BYTES))),
      ...field(2, utf8(`${random.pick(NAMES)}@${random.pick(HOSTS)}`)),
      ...field(3, utf8(issuer)),
      ...[4 << 3, 1, 5 << 3, 1, 6 << 3, 2],
    ];
    message.push(...field(1, Uint8Array.from(entry)));
  }
  message.push(2 << 3, 1, 3 << 3, 1, 4 << 3, 0, 5 << 3, random.whole(1, 127));
  const data = btoa(String.fromCharCode(...message));
  return `otpauth-migration://offline?data=${encodeURIComponent(data)}`;
}

/** A field with bytes in it, their number as a varint before them. */
function field(number: number, bytes: Uint8Array): number[] {
  const { length } = bytes;
  const size = length < 128 ? [length] : [length & 127 | 128, length >> 7];
  return [number << 3 | 2, ...size, ...bytes];
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Without padding, as in URIs (RFC 4648 §6). */
function base32(bytes: Uint8Array): string {
  let [text, bits, value] = ["", 0, 0];
  for (const byte of bytes) {
    value = (value << 8 | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[value >> (bits - 5) & 31]!;
  }
  return bits > 0 ? text + ALPHABET[value << (5 - bits) & 31]! : text;
}
