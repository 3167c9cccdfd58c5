import { type ApduCommandDefinition, defineCommand } from "../../command/mod.ts";
import { decodeHex } from "../../bytes/mod.ts";
import { expectTlv, readTlvs } from "./_tlv.ts";

// YubiKeys tell their serial number in an application apart (Yubico/yubikey-manager@b0dbb7f, yubikit).

const NOT_THERE = { kind: "unsupported", says: "the token has no such application" } as const;

/** Selects the application that tells a YubiKey's serial number; changes nothing. */
export const selectManagement: ApduCommandDefinition<void, void> = defineCommand({
  name: "select management application",
  effect: "none",
  repeatable: true,
  encode: () => ({
    cla: 0,
    ins: 0xa4,
    p1: 0x04,
    p2: 0,
    data: decodeHex("A000000527471117"),
  }),
  decode: () => undefined,
  refusals: { 0x6a82: NOT_THERE, 0x6d00: NOT_THERE, 0x6e00: NOT_THERE, 0x6999: NOT_THERE },
  secrets: [],
});

/** What a YubiKey says of itself. */
export interface DeviceInfo {
  /** The number that is printed on it; some are set not to tell it. */
  readonly serial: string | undefined;
}

/** Reads the serial number: a length byte, then tagged values. */
export const readDeviceInfo: ApduCommandDefinition<void, DeviceInfo> = defineCommand({
  name: "read device info",
  effect: "none",
  repeatable: true,
  encode: () => ({ cla: 0, ins: 0x1d, p1: 0, p2: 0 }),
  decode: (data) => {
    const length = data.u8();
    if (length !== data.left) throw new RangeError("Cannot read device info: its length is wrong");
    const tlvs = readTlvs(data);
    if (!tlvs.some(({ tag }) => tag === 0x02)) return { serial: undefined };
    const [a = 0, b = 0, c = 0, d = 0] = expectTlv(tlvs, 0x02, 4);
    return { serial: String(((a << 24) | (b << 16) | (c << 8) | d) >>> 0) };
  },
  refusals: { 0x6d00: NOT_THERE, 0x6e00: NOT_THERE, 0x6a82: NOT_THERE, 0x6985: NOT_THERE },
  secrets: [],
});
