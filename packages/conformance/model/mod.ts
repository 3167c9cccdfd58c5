/**
 * Cases for virtual tokens.
 *
 * @module
 */
export { modelCases } from "./cases.ts";
export type { ModelNotes, ModelSetup, ModelVector, NotedRefusal, RefusalSort } from "./setup.ts";
