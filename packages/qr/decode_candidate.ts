import { decodeMatrix, type MatrixRead, type Rule } from "./codec/mod.ts";
import { type Candidate, cornersOf, upright } from "./grid/mod.ts";
import { QrCode } from "./qr_code.ts";
import type { AcceptOptions } from "./read_modules.ts";

/** Options of {@link decodeCandidate}. */
export interface DecodeOptions extends AcceptOptions {
  /** What must be left of the check bytes; the rule of this package if left out. */
  readonly rule?: Rule;
}

/** Reads what a square holds, in each way to look at it. */
export function decodeCandidate(
  { square, dark, doubts, turns }: Candidate,
  { accept, rule }: DecodeOptions = {},
): QrCode | undefined {
  for (const turn of turns) {
    const { isMirrored, modules } = turn;
    const corners = cornersOf(square, turn);
    let code: QrCode | undefined;
    const believe = (read: MatrixRead): boolean => {
      code = new QrCode(read, { corners, isMirrored, isInverted: square.isInverted });
      if (code.bytes.length > 0 && (accept === undefined || accept(code))) return true;
      code.bytes.fill(0);
      code = undefined;
      return false;
    };
    decodeMatrix({ size: square.size, dark: upright(dark, modules) }, {
      doubts: turnedAsAskedFor(doubts(), modules),
      believe,
      rule,
    });
    if (code) return code;
  }
  return undefined;
}

function* turnedAsAskedFor(
  maps: Iterable<Uint8Array>,
  modules: Uint32Array,
): Generator<Uint8Array, void, void> {
  for (const map of maps) yield upright(map, modules);
}
