import type { LinkKind } from "@otpsmith/core/link";
import { burnCases } from "./burn.ts";
import { echoCases } from "./echo.ts";
import { givingUpCases } from "./giving_up.ts";
import { hardwareCases } from "./hardware.ts";
import { hotplugCases } from "./hotplug.ts";
import { lengthCases } from "./lengths.ts";
import { reportCases } from "./reports.ts";
import type { TransportCase } from "./setup.ts";
import { shapeCases } from "./shape.ts";

const ALL: readonly TransportCase[] = [
  ...shapeCases,
  ...echoCases,
  ...lengthCases,
  ...reportCases,
  ...givingUpCases,
  ...hotplugCases,
  ...hardwareCases,
  ...burnCases,
];

/**
 * What a transport promises whose endpoints give links of that kind, in order of tier. The echo device is an
 * {@linkcode EchoCard} for `apdu`, an {@linkcode EchoHid} for `report` and `feature`.
 *
 * @example How many promises there are
 * ```ts
 * import { transportCasesFor } from "@otpsmith/conformance";
 *
 * if (transportCasesFor("report").length < 20) throw new Error("unexpected");
 * ```
 */
export function transportCasesFor(kind: LinkKind): readonly TransportCase[] {
  return ALL.filter(({ kinds }) => kinds?.includes(kind) ?? true);
}

/** What every transport to smart cards promises: {@linkcode transportCasesFor} `apdu`. */
export const transportCases: readonly TransportCase[] = transportCasesFor("apdu");
