import { expect, test } from "vitest";
import { startService } from "./_obstacle.ts";

function on(platform: string, paths: readonly string[], environment = {}): string {
  return startService({ platform, environment, exists: (path) => paths.includes(path) });
}

test("names the command that starts the service on this kind of machine", () => {
  const pcscd = "/usr/sbin/pcscd";
  expect(on("linux", [pcscd, "/run/systemd/system"])).toBe("sudo systemctl start pcscd.socket");
  expect(on("linux", [pcscd, "/etc/init.d/pcscd"])).toBe("sudo service pcscd start");
  expect(on("linux", ["/usr/bin/pcscd"])).toBe("sudo pcscd");
  expect(on("linux", [])).toMatch(/sudo apt install pcscd/);
  expect(on("darwin", [])).toMatch(/Plug the reader in again/);
  expect(on("win32", [])).toMatch(/Start-Service SCardSvr/);
});

test("looks at PCSCLITE_CSOCK_NAME first: that is where the library looks", () => {
  expect(on("linux", ["/usr/sbin/pcscd"], { PCSCLITE_CSOCK_NAME: "/x/pcscd.comm" }))
    .toBe("Start the service behind PCSCLITE_CSOCK_NAME (/x/pcscd.comm), or unset it");
});
