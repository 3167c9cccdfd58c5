/**
 * Cases that tell whether a transport, a PC/SC binding, a token driver or a virtual token keeps its
 * promises: data, without a test runner inside.
 *
 * @module
 */
export * from "./case.ts";
export * from "./run_cases.ts";
export * from "./describe_cases.ts";
export * from "./echo/mod.ts";
export * from "./transport/mod.ts";
export * from "./binding/mod.ts";
export * from "./token/mod.ts";
export * from "./driver/mod.ts";
export * from "./model/mod.ts";
export * from "./transport_module.ts";
