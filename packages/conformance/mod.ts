/**
 * Cases that tell whether a transport or a PC/SC binding keeps its promises: data, without a test
 * runner inside.
 *
 * @module
 */
export * from "./case.ts";
export * from "./echo_card.ts";
export * from "./run_cases.ts";
export * from "./describe_cases.ts";
export type { ChildProgram, TransportSetup } from "./transport_context.ts";
export * from "./transport_shape.ts";
export * from "./transport_echo.ts";
export * from "./transport_giving_up.ts";
export * from "./transport_cases.ts";
export * from "./binding_cases.ts";
export * from "./transport_module.ts";
