/**
 * From finder patterns to modules: where a code may lie, what its modules look like, which of them are covered, how
 * it is turned.
 *
 * @module
 */
export { type Candidate, candidateOf } from "./candidate.ts";
export { refinements } from "./refine.ts";
export { looksTimed, sampleMiddles } from "./sample.ts";
export { type Square, squaresOf } from "./squares.ts";
export { cornersOf, type Turn, upright } from "./turns.ts";
