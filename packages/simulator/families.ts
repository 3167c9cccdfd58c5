import type { VirtualFamily } from "./firmware.ts";
import { nitrokeyProFamily } from "./models/nitrokey_pro/family.ts";
import { onlykeyFamily } from "./models/onlykey/family.ts";
import { protectimusSlimFamily } from "./models/protectimus_slim/family.ts";
import { oathFamily } from "./models/security_key/family.ts";
import { token2Molto2Family } from "./models/token2_molto2/family.ts";
import { token2PinPlusFamily } from "./models/token2_pinplus/family.ts";
import { token2SingleFamily } from "./models/token2_single/family.ts";

/** The families that the simulator can play. */
export const VIRTUAL_FAMILIES: readonly VirtualFamily[] = [
  token2SingleFamily,
  token2Molto2Family,
  token2PinPlusFamily,
  oathFamily,
  nitrokeyProFamily,
  onlykeyFamily,
  protectimusSlimFamily,
];
