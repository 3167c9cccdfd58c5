import type { TokenDriver } from "@otpsmith/core";
import { nitrokeyPro } from "@otpsmith/core/drivers/nitrokey_pro";
import { oath, oathHid } from "@otpsmith/core/drivers/oath";
import { onlykey } from "@otpsmith/core/drivers/onlykey";
import {
  type Molto2Profile,
  parseMolto2Profile,
  token2Molto2,
} from "@otpsmith/core/drivers/token2_molto2";
import { protectimusSlim } from "@otpsmith/core/drivers/protectimus_slim";
import { token2PinPlus, token2PinPlusHid } from "@otpsmith/core/drivers/token2_pinplus";
import {
  parseTokenProfile,
  token2Single,
  type TokenProfile,
} from "@otpsmith/core/drivers/token2_single";
import { yubikeySlots, yubikeySlotsHid } from "@otpsmith/core/drivers/yubikey_slots";
import { readProfile } from "./read_profile.ts";

/** Profiles of other labels, by the family that they are of. */
export interface LabelProfiles {
  readonly single?: readonly TokenProfile[];
  readonly molto2?: readonly Molto2Profile[];
}

/** Every token family that the command knows, in the order in which they are asked. */
export function allDrivers({ single, molto2 }: LabelProfiles = {}): readonly TokenDriver[] {
  return [
    token2Single({ profiles: single }),
    token2Molto2({ profiles: molto2 }),
    oath(), // before the slots of the same keys, which hold two seeds and have no names
    yubikeySlots(),
    token2PinPlus(),
    protectimusSlim(), // last of those over PC/SC: its question is no APDU that other cards know
    oathHid(),
    yubikeySlotsHid(),
    nitrokeyPro(),
    onlykey(),
    token2PinPlusHid(), // last: a key that answers in none of its framings may end the link
  ] as TokenDriver[];
}

/** All drivers, with the profiles that were named: by the path of a file, or by their name. */
export async function openDrivers(
  named: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly TokenDriver[]> {
  const single: TokenProfile[] = [];
  const molto2: Molto2Profile[] = [];
  for (const name of named) {
    const { text, ...options } = await readProfile(name, env);
    if (kindOf(text) === "token2_molto2") molto2.push(parseMolto2Profile(text, options));
    else single.push(parseTokenProfile(text, options));
  }
  return allDrivers({ single, molto2 });
}

/** Files of the first family have no kind; what is no profile at all is left to its parser to say. */
function kindOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly kind?: unknown } | null)?.kind;
  } catch {
    return undefined;
  }
}
