import { decodeMatrix, type MatrixRead, type Modules } from "./codec/mod.ts";
import { QrContent } from "./qr_code.ts";

/** A caller's say on what was read. */
export interface AcceptOptions {
  /**
   * Whether a content can be what is looked for, such as a link of a known form. What is refused is as good as
   * not read, and the search goes on. Asked only after the rule on check bytes (at least four that were not used).
   */
  readonly accept?: (content: QrContent) => boolean;
}

/** Options of {@link readModules}. */
export interface ModulesOptions extends AcceptOptions {
  /** Modules that are not to be trusted, row by row: 1 for one of them. */
  readonly doubt?: Uint8Array;
}

/**
 * Reads a code from its modules. It stands upright and is not mirrored; there are no pixels any more.
 *
 * @returns what it says, or undefined: no size of a QR code, too much damage, too little that speaks for it
 *
 * @example Modules of a code that somebody typed in
 * ```ts
 * import { readModules } from "@otpsmith/qr";
 *
 * const rows = `
 *   #######...#.#.#######
 *   #.....#.#...#.#.....#
 * `; // and so on
 * const lines = rows.trim().split(/\s+/);
 * const dark = Uint8Array.from(lines.join(""), (letter) => letter === "#" ? 1 : 0);
 * const content = readModules({ size: lines.length, dark });
 * if (content !== undefined) throw new Error("two rows are no code");
 * ```
 */
export function readModules(modules: Modules, options: ModulesOptions = {}): QrContent | undefined {
  const { doubt, accept } = options;
  const { dark, size } = modules;
  if (dark.length !== size * size || (doubt && doubt.length !== dark.length)) return undefined;
  const none = new Uint8Array(dark.length);
  let content: QrContent | undefined;
  const believe = (read: MatrixRead): boolean => {
    content = new QrContent(read);
    if (content.bytes.length > 0 && (accept === undefined || accept(content))) return true;
    content.bytes.fill(0);
    content = undefined;
    return false;
  };
  decodeMatrix({ size, dark: dark.map((value) => value === 0 ? 0 : 1) }, {
    doubts: doubt ? [none, doubt.map((value) => value === 0 ? 0 : 1)] : [none],
    believe,
  });
  return content;
}
