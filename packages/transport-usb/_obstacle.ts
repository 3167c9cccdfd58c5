import type { Obstacle } from "@otpsmith/core/link";
import { toLinkError, UsbError } from "./usb_error.ts";
import { installRules } from "./udev_rules.ts";

/** What is looked at besides being there. */
export interface Plugged {
  /** Whether this account may open it, where that can be told. */
  readonly permitted?: boolean | undefined;
}

/** What is being looked for, in the words of a person. */
export interface Wanted {
  /** Such as "CCID readers". */
  readonly what: string;
  /** What to do where there is none. */
  readonly plugIn: string;
}

/** Why a transport cannot be used, from what is plugged in; `undefined` if it can. */
export function obstacleOf(
  devices: readonly Plugged[],
  { what, plugIn }: Wanted,
): Obstacle | undefined {
  if (devices.length === 0) {
    const message = `Cannot use ${what}: none is plugged in`;
    return { usable: false, code: "no-reader", message, fix: plugIn };
  }
  if (devices.some(({ permitted }) => permitted !== false)) return undefined;
  return {
    usable: false,
    code: "denied",
    message: `Cannot use ${what}: the system does not let this account open them`,
    fix: installRules(),
  };
}

/** Why a transport cannot be used, from the error that listing ended with. */
export function obstacleOfError(thrown: unknown, { what }: Wanted): Obstacle {
  const { message, next } = toLinkError(thrown, { action: `Cannot use ${what}`, sending: false });
  const missing = thrown instanceof UsbError && thrown.meaning.missing === true;
  const fix = next ?? "Try again.";
  return { usable: false, code: missing ? "missing-library" : "failed", message, fix };
}
