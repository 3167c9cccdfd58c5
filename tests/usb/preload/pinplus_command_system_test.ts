import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVirtualToken } from "@otpsmith/simulator";
import { createHidToken } from "@otpsmith/simulator/usb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withVirtualBus } from "./with_virtual_bus.ts";

const COMMAND = new URL("../../../packages/cli/bin/otpsmith.cjs", import.meta.url);
const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const URI = `otpauth://totp/Acme:alice?secret=${SECRET}&issuer=Acme`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  await writeFile(join(folder, "account.txt"), URI);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test(
  "a person burns, verifies and erases an entry of a key that is plugged in, with the command",
  async () => {
    const token = createVirtualToken({ model: "token2-pinplus:pin-plus" });
    const { device } = createHidToken({ profile: "Token2 PIN+", reports: token.reports });
    await withVirtualBus([device], async ({ start }) => {
      const run = async (...args: string[]): Promise<Record<string, unknown>> => {
        const all = [...args, "--transport", "hid", "--json"];
        const { stdout, stderr } = await start(COMMAND, {
          args: all,
          env: { OTPSMITH_STATE_DIR: folder },
        }).ended;
        expect(stdout + stderr).not.toContain(SECRET);
        const last = stdout.trim().split("\n").at(-1)!;
        return JSON.parse(last || JSON.stringify({ stderr })) as Record<string, unknown>;
      };
      const account = join(folder, "account.txt");
      expect(await run("info")).toMatchObject({ ok: true, serial: token.serial });
      const burned = await run("burn", account, "--yes");
      expect(burned, JSON.stringify(burned)).toMatchObject({
        ok: true,
        proof: { level: "computed", match: true },
      });
      expect(await run("slots")).toMatchObject({
        occupied: 1,
        slots: [{ title: "Acme:alice", algorithm: "SHA1", digits: 6, period: 30 }],
      });
      expect(await run("verify", account, "--from-token")).toMatchObject({ ok: true, match: true });
      expect(await run("erase", "--slot", "0", "--yes")).toMatchObject({ ok: true });
      expect(await run("slots")).toMatchObject({ occupied: 0 });
    });
  },
  180_000,
);
