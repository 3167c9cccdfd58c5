// A machine on which PC/SC cannot be used: each program in a process of its own.
import { createServer, type Socket } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Bench } from "./testdata/bench_process.ts";
import { askClient } from "./testdata/client_process.ts";

const directory = mkdtempSync(join(tmpdir(), "pcsc-"));
const nowhere = join(directory, "nowhere");
afterAll(() => rmSync(directory, { recursive: true }));

describe.each(["pcsclite", "koffi", "default"])("%s without a service", (binding) => {
  test("probe() says that the service is down and what starts it", async () => {
    expect(await askClient({ socket: nowhere, binding, program: "probe" })).toEqual({
      usable: false,
      code: "service-down",
      message: "Cannot use smart-card readers: the smart-card service is not running",
      fix: `Start the service behind PCSCLITE_CSOCK_NAME (${nowhere}), or unset it`,
    });
  });

  test("list() throws an error for a person", async () => {
    expect(await askClient({ socket: nowhere, binding, program: "list" })).toEqual({
      name: "LinkError",
      code: "link/absent",
      message: "Cannot list readers: the smart-card service is not running",
      next: "Start the smart-card service (pcscd) and try again.",
    });
  });

  test("watch() begins with nothing, and the process ends by itself", async () => {
    expect(await askClient({ socket: nowhere, binding, program: "watch" })).toEqual([]);
  });
});

describe.each(["pcsclite", "koffi"])("%s refused by polkit", (binding) => {
  // A pcscd with polkit hangs up on an account that may not use it, before it has read a word, a while
  // after the client has sent its first ones (LudovicRousseau/PCSC, src/winscard_svc.c, "Rejected
  // unauthorized PC/SC client"). libpcsclite 1.9.9 makes SCARD_W_SECURITY_VIOLATION of the connection
  // reset that follows; where the words were read it sees an end, and makes SCARD_F_COMM_ERROR of it.
  const hangUp: Record<string, (connection: Socket) => void> = {
    unread: (connection) => void setTimeout(() => connection.destroy(), 200),
    read: (connection) => {
      let bytes = 0; // a header of 8, a version of 12
      connection.on("data", (words) => (bytes += words.length) < 20 || connection.destroy());
      connection.resume();
    },
  };
  test.each(Object.keys(hangUp))("with its words %s", async (how) => {
    const socket = join(directory, `${binding}-${how}`);
    const server = createServer({ pauseOnConnect: true }, (connection) => {
      connection.on("error", () => undefined);
      hangUp[how]!(connection);
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      const said = await askClient({ socket, binding, program: "probe" });
      expect(said).toMatchObject({
        usable: false,
        code: "denied",
        message:
          "Cannot use smart-card readers: the system does not let this account use smart cards",
      });
      expect((said as { fix: string }).fix).toContain("org.debian.pcsc-lite.access_card");
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe("native code that is not installed", () => {
  test("without pcsclite koffi is used", async () => {
    const bench = await Bench.start("ifd", ["Echo"]);
    try {
      const { socket } = bench;
      const probe = { socket, binding: "default", program: "probe" };
      expect(await askClient({ ...probe })).toMatchObject({ detail: "binding pcsclite, 1 reader" });
      expect(await askClient({ ...probe, without: ["pcsclite"] })).toMatchObject({
        detail: "binding koffi, 1 reader",
      });
    } finally {
      await bench.stop();
    }
  });

  test.each([
    ["default", /compiler|g\+\+/],
    ["koffi", /npm install koffi/],
  ])("without both, %s says what to install", async (binding, fix) => {
    const without = ["pcsclite", "koffi"];
    expect(await askClient({ socket: nowhere, binding, program: "probe", without }))
      .toMatchObject({ usable: false, code: "missing-library", fix: expect.stringMatching(fix) });
  });
});
