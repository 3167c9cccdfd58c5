/**
 * From modules to content: layout, format information, Reed-Solomon, segments.
 *
 * @module
 */
export {
  decodeMatrix,
  type MatrixOptions,
  type MatrixRead,
  type Modules,
} from "./decode_matrix.ts";
export { type Redundancy, RULE, type Rule } from "./evidence.ts";
export { formatCandidates } from "./format_candidates.ts";
export { DARK, DATA, FORMAT, type Layout, layoutOfSize, LIGHT } from "./layout.ts";
export type { Part, Segment } from "./segments.ts";
export { bytesOf, textOf } from "./text.ts";
export { type Level, LEVELS, MAX_VERSION, sizeOf, versionOf } from "./versions.ts";
