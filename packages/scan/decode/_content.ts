import type { QrContent } from "@otpsmith/qr";
import type { Corners } from "../found_code.ts";
import { isUtf8 } from "./belief.ts";
import type { ReadSymbol } from "./rung.ts";

/** What `@otpsmith/qr` read, as a symbol of the ladder. */
export function toSymbol(content: QrContent, corners: Corners): ReadSymbol {
  const { bytes, part, redundancy: { check, unused, erasures } } = content;
  return {
    bytes: isUtf8(bytes) ? bytes : new TextEncoder().encode(content.text),
    corners,
    checkBytes: check,
    unusedCheckBytes: unused,
    erasures,
    part: part && { id: String(part.parity), index: part.index, count: part.count },
  };
}
