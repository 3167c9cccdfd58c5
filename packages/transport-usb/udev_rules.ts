import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Where the udev rules of this package are: they let the person who sits at a Linux computer use USB tokens
 * and smart-card readers without being root.
 *
 * @example Name the file
 * ```ts
 * import { udevRulesPath } from "@otpsmith/transport-usb";
 *
 * if (!udevRulesPath().endsWith("70-otpsmith.rules")) throw new Error("unexpected");
 * ```
 */
export function udevRulesPath(): string {
  // Beside the sources, and beside the folder of what was built from them.
  const places = ["./udev/70-otpsmith.rules", "../udev/70-otpsmith.rules"];
  const paths = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return paths.find((path) => existsSync(path)) ?? paths[0]!;
}

/** How to install the rules, ready to be pasted, with the rules themselves. */
export function installRules(): string {
  return `Save as /etc/udev/rules.d/70-otpsmith.rules (the file is ${udevRulesPath()}),
then run: sudo udevadm control --reload && sudo udevadm trigger, and plug the device in again.

${ruleLines()}`;
}

function ruleLines(): string {
  return readFileSync(udevRulesPath(), "utf8").trim();
}
