import { existsSync } from "node:fs";
import type { Obstacle } from "@otpsmith/core/link";
import { LinkError } from "@otpsmith/core/errors";
import { MissingLibraryError, PcscError, toLinkError } from "./pcsc_error.ts";

/** Where the rights of an account that is refused come from, ready to be pasted. */
const ALLOW = `Save as /etc/polkit-1/rules.d/03-pcscd.rules, with your own login name:
polkit.addRule(function (action, subject) {
  if ((action.id == "org.debian.pcsc-lite.access_pcsc" ||
       action.id == "org.debian.pcsc-lite.access_card") && subject.user == "YOUR-LOGIN") {
    return polkit.Result.YES;
  }
});
More: docs/pcsc-permissions.md`;

/** Why PC/SC cannot be used, from the error that the first attempt ended with. */
export function toObstacle(thrown: unknown): Obstacle {
  if (thrown instanceof MissingLibraryError) {
    return {
      usable: false,
      code: "missing-library",
      message: `Cannot use smart-card readers: ${thrown.message}`,
      fix: thrown.next,
    };
  }
  const { reason, message, next } = toLinkError(thrown, {
    action: "Cannot use smart-card readers",
    sending: false,
  });
  if (reason === "denied") return { usable: false, code: "denied", message, fix: ALLOW };
  if (thrown instanceof PcscError && isDown(thrown)) {
    return { usable: false, code: "service-down", message, fix: startService() };
  }
  return { usable: false, code: "failed", message, fix: next ?? "Try again" };
}

/** What to say where there is a service and no reader. */
export const NO_READER: Obstacle = {
  usable: false,
  code: "no-reader",
  message: "Cannot use smart-card readers: none is connected",
  fix: "Plug in the reader; if it is plugged in already, its driver may be missing " +
    "(on Debian and Ubuntu: sudo apt install libccid)",
};

function isDown({ code }: PcscError): boolean {
  return code === 0x8010001d || code === 0x8010001e;
}

/** The command that starts the service on this machine. */
export function startService(
  { platform, environment, exists }: {
    readonly platform: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly exists: (path: string) => boolean;
  } = { platform: process.platform, environment: process.env, exists: existsSync },
): string {
  const socket = environment["PCSCLITE_CSOCK_NAME"];
  if (socket) return `Start the service behind PCSCLITE_CSOCK_NAME (${socket}), or unset it`;
  if (platform === "darwin") return "Plug the reader in again: macOS starts the service with it";
  if (platform === "win32") return "In an administrator's PowerShell: Start-Service SCardSvr";
  if (!exists("/usr/sbin/pcscd") && !exists("/usr/bin/pcscd")) {
    return "Install the service; on Debian and Ubuntu: sudo apt install pcscd";
  }
  if (exists("/run/systemd/system")) return "sudo systemctl start pcscd.socket";
  if (exists("/etc/init.d/pcscd")) return "sudo service pcscd start";
  return "sudo pcscd";
}

/** The error of a transport that was closed by its owner. */
export function closedError(): LinkError {
  return new LinkError("absent", "Cannot use smart-card readers: this transport has been closed", {
    delivery: "not-sent",
  });
}
