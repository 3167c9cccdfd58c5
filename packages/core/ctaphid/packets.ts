/** Bytes of a packet. */
const PACKET = 64;
const FIRST_BYTES = 57;
const NEXT_BYTES = 59;
/** The longest message that its 128 packets can carry. */
export const CTAPHID_MOST_BYTES = 7609;

/**
 * The packets of a CTAPHID message: 57 bytes in the first, 59 in each that follows (CTAP 2.1, 11.2.4).
 *
 * @param command As it stands on the wire, with the highest bit set.
 *
 * @example A message that fits into one packet
 * ```ts
 * import { ctaphidPackets } from "@otpsmith/core";
 *
 * const [packet] = ctaphidPackets(Uint8Array.of(7), { channel: 1, command: 0xc1 });
 * if (packet?.length !== 64 || packet[7] !== 7) throw new Error("unexpected");
 * ```
 */
export function ctaphidPackets(
  data: Uint8Array,
  { channel, command }: { readonly channel: number; readonly command: number },
): readonly Uint8Array[] {
  const packets: Uint8Array[] = [];
  let at = 0;
  do {
    const packet = new Uint8Array(PACKET);
    const view = new DataView(packet.buffer);
    view.setUint32(0, channel);
    const first = packets.length === 0;
    packet[4] = first ? command : packets.length - 1;
    if (first) view.setUint16(5, data.length);
    const part = data.subarray(at, at + (first ? FIRST_BYTES : NEXT_BYTES));
    packet.set(part, first ? 7 : 5);
    packets.push(packet);
    at += part.length;
  } while (at < data.length);
  return packets;
}
