import type { ConformanceCase } from "../case.ts";
import { commandCases } from "./commands.ts";
import { faultCases } from "./faults.ts";
import { identifyCases } from "./identify.ts";
import { personCases } from "./person.ts";
import type { DriverSetup } from "./setup.ts";

/** What every token driver promises, tried against virtual tokens of its family. */
export const driverCases: readonly ConformanceCase<DriverSetup>[] = [
  ...identifyCases,
  ...commandCases,
  ...personCases,
  ...faultCases,
];
