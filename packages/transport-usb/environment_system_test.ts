// Programs on which something is missing: the npm packages, a library of the system.
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { withVirtualBus } from "../../tests/usb/preload/with_virtual_bus.ts";

const program = new URL("./testdata/client_program.ts", import.meta.url);
const preloading = (path: string): string =>
  `--require ${fileURLToPath(new URL(path, import.meta.url))}`;
const WITHOUT_MODULES = preloading("../transport-pn532/testdata/without_modules.cjs");
const WITHOUT_LIBRARY = preloading("./testdata/without_library.cjs");
const NATIVE_USB = "@node-usb/usb-linux-x64-gnu,./usb.linux-x64-gnu.node";

const missing: readonly (readonly [string, string, Record<string, string>, RegExp, string])[] = [
  [
    "usb",
    "ccid",
    { NODE_OPTIONS: WITHOUT_MODULES, WITHOUT_MODULES: NATIVE_USB },
    /^Cannot use CCID readers: the npm package usb cannot be loaded$/,
    "Run: npm install usb",
  ],
  [
    "node-hid",
    "report",
    { NODE_OPTIONS: WITHOUT_MODULES, WITHOUT_MODULES: "pkg-prebuilds/bindings" },
    /^Cannot use HID tokens: the npm package node-hid cannot be loaded$/,
    "Run: npm install node-hid",
  ],
  [
    "the library libusb",
    "report",
    { NODE_OPTIONS: WITHOUT_LIBRARY },
    /^Cannot use HID tokens: a library of the system is missing$/,
    "Install libusb 1.0 and libudev. On Debian and Ubuntu: sudo apt install libusb-1.0-0 libudev1",
  ],
];

test.each(missing)("without %s", async (_, tried, env, message, fix) => {
  await withVirtualBus([], async ({ run }) => {
    const [state] = await run(program, { args: [tried, "probe"], env });
    expect(state).toMatchObject({
      usable: false,
      code: "missing-library",
      message: expect.stringMatching(message) as string,
      fix,
    });
    const [error] = await run(program, { args: [tried, "list"], env });
    expect(error).toMatchObject({
      name: "LinkError",
      code: "link/absent",
      delivery: "not-sent",
      next: fix,
    });
  });
});
