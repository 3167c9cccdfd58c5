import type { ConformanceCase } from "../case.ts";
import { modelFaultCases } from "./faults.ts";
import { refusalCases } from "./refusals.ts";
import type { ModelSetup } from "./setup.ts";
import { storageCases } from "./storage.ts";

/** What every virtual token promises: to be what the protocol notes say, however it is asked. */
export const modelCases: readonly ConformanceCase<ModelSetup>[] = [
  ...refusalCases,
  ...storageCases,
  ...modelFaultCases,
];
