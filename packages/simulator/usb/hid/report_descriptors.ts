import { u16 } from "../device/descriptors.ts";

/** Where a collection of raw reports stands: usage page and usage of the collection. */
export interface RawReports {
  /** Usage page, such as 0xF1D0 for FIDO. */
  readonly page: number;
  /** Usage of the collection. */
  readonly usage: number;
  /** Bytes of an input and of an output report; 64 unless given. */
  readonly bytes?: number | undefined;
  /** Bytes of a feature report; none unless given. */
  readonly featureBytes?: number | undefined;
}

/**
 * The report descriptor of an interface that carries raw bytes both ways, as FIDO keys and OnlyKey
 * have: one input and one output report, and a feature report where one is wanted, without ids (HID 1.11,
 * section 6.2.2).
 *
 * @example The interface of a FIDO key
 * ```ts
 * import { rawReportDescriptor } from "@otpsmith/simulator/usb";
 *
 * const descriptor = rawReportDescriptor({ page: 0xf1d0, usage: 0x01 });
 * if (descriptor[1] !== 0xd0 || descriptor[2] !== 0xf1) throw new Error("unexpected");
 * ```
 */
export function rawReportDescriptor(
  { page, usage, bytes = 64, featureBytes }: RawReports,
): Uint8Array {
  const fields = [0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 8, 0x95, bytes];
  const feature = featureBytes === undefined ? [] : [0x09, 0x22, 0x95, featureBytes, 0xb1, 0x02];
  const id = usage > 0xff ? [0x0a, ...u16(usage)] : [0x09, usage];
  return Uint8Array.from([
    ...[0x06, ...u16(page), ...id, 0xa1, 0x01],
    ...[0x09, 0x20, ...fields, 0x81, 0x02],
    ...[0x09, 0x21, ...fields, 0x91, 0x02],
    ...feature,
    0xc0,
  ]);
}

/**
 * The report descriptor of a keyboard that also has a feature report of so many bytes: the shape of a
 * YubiKey's OTP interface (8) and of a Nitrokey Pro (64). The keyboard part is the one of HID 1.11,
 * appendix B.1.
 *
 * @example A YubiKey's
 * ```ts
 * import { keyboardDescriptor } from "@otpsmith/simulator/usb";
 *
 * const descriptor = keyboardDescriptor({ featureBytes: 8 });
 * if (descriptor.slice(0, 4).join() !== "5,1,9,6") throw new Error("unexpected"); // page 1, usage 6
 * ```
 */
export function keyboardDescriptor(options: { readonly featureBytes: number }): Uint8Array {
  return Uint8Array.from([
    ...[
      0x05,
      0x01,
      0x09,
      0x06,
      0xa1,
      0x01,
      0x05,
      0x07,
      0x19,
      0xe0,
      0x29,
      0xe7,
      0x15,
      0x00,
      0x25,
      0x01,
    ],
    ...[
      0x75,
      0x01,
      0x95,
      0x08,
      0x81,
      0x02,
      0x95,
      0x01,
      0x75,
      0x08,
      0x81,
      0x01,
      0x95,
      0x05,
      0x75,
      0x01,
    ],
    ...[
      0x05,
      0x08,
      0x19,
      0x01,
      0x29,
      0x05,
      0x91,
      0x02,
      0x95,
      0x01,
      0x75,
      0x03,
      0x91,
      0x01,
      0x95,
      0x06,
    ],
    ...[0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00],
    ...[0x09, 0x03, 0x75, 0x08, 0x95, options.featureBytes, 0xb1, 0x02, 0xc0],
  ]);
}

/** What can be told from a report descriptor about how its reports travel. */
export interface ReportShape {
  /** Usage page and usage of the first top-level collection. */
  readonly page: number;
  /** Usage of the first top-level collection. */
  readonly usage: number;
  /** Whether its reports are led by an id. */
  readonly numbered: boolean;
  /** Bytes of its input reports; 0 where it has none. */
  readonly inputBytes: number;
  /** Bytes of its feature reports; 0 where it has none. */
  readonly featureBytes: number;
}

/** Reads a report descriptor as far as is needed. Whatever is cut off counts as not said. */
export function reportShape(descriptor: Uint8Array): ReportShape {
  let page = 0;
  let usage: number | undefined;
  let first: { page: number; usage: number } | undefined;
  let numbered = false;
  let [size, count, inputBits, featureBits] = [0, 0, 0, 0];
  for (let at = 0; at < descriptor.length;) {
    const prefix = descriptor[at]!;
    const bytes = (prefix & 3) === 3 ? 4 : prefix & 3;
    const value = descriptor.subarray(at + 1, at + 1 + bytes)
      .reduceRight((sum, byte) => sum * 0x100 + byte, 0);
    const item = prefix & 0xfc;
    if (item === 0x04) page = value;
    if (item === 0x08) usage ??= value;
    if (item === 0x84) numbered = true;
    if (item === 0x74) size = value;
    if (item === 0x94) count = value;
    if (item === 0x80) inputBits += size * count;
    if (item === 0xb0) featureBits += size * count;
    if (item === 0xa0) first ??= { page, usage: usage ?? 0 };
    at += 1 + (prefix === 0xfe ? 2 + (descriptor[at + 1] ?? 0) : bytes);
  }
  const [inputBytes, featureBytes] = [inputBits / 8, featureBits / 8];
  return { page, usage: 0, ...first, numbered, inputBytes, featureBytes };
}
