import type { ConformanceCase } from "./case.ts";
import type { TransportSetup } from "./transport_context.ts";
import { echoCases } from "./transport_echo.ts";
import { givingUpCases } from "./transport_giving_up.ts";
import { shapeCases } from "./transport_shape.ts";

/** What every transport promises, in order of tier. */
export const transportCases: readonly ConformanceCase<TransportSetup>[] = [
  ...shapeCases,
  ...echoCases,
  ...givingUpCases,
];
