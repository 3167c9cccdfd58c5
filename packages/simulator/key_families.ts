import type { VirtualFamily } from "./firmware.ts";
import { nitrokeyProFamily } from "./models/nitrokey_pro/family.ts";
import { onlykeyFamily } from "./models/onlykey/family.ts";
import { oathFamily } from "./models/security_key/family.ts";

/** The families of keys that are plugged in. */
export const KEY_FAMILIES: readonly VirtualFamily[] = [
  oathFamily,
  nitrokeyProFamily,
  onlykeyFamily,
];
