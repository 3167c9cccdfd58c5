import { createVirtualToken } from "@otpsmith/simulator";
import { afterEach, expect, test } from "vitest";
import { Bench } from "../../packages/scan/capture/testdata/programs.ts";
import { XServer } from "../../packages/scan/capture/testdata/x_server.ts";
import {
  LINK,
  openPage,
  type RunningStation,
  startBrowser,
  startStation,
  stateOf,
} from "./station_bench.ts";

const bench = new Bench();
let station: RunningStation | undefined;
afterEach(async () => {
  await station?.stop();
  await bench.clear();
});

test("the second of two monitors is shared", async () => {
  const server = await XServer.start(bench);
  await server.twoMonitors();
  await server.manage();
  await server.show(LINK, { title: "Service", at: "+2200+300" });
  const browser = await startBrowser({
    display: server.env["DISPLAY"]!,
    args: [
      "--auto-select-desktop-capture-source=Screen 2",
      "--window-size=1200,900",
      "--window-position=0,0",
    ],
  });
  try {
    const token = createVirtualToken({ model: "token2-single:C302-i" });
    station = await startStation({ tokens: [token] });
    const { page, errors } = await openPage(await browser.newContext({ viewport: null }), station);
    await page.getByRole("button", { name: "Share a screen or window" }).click();
    await page.getByText("alice", { exact: true }).waitFor();
    const { account } = await stateOf(page);
    expect(account).toMatchObject({ source: "the shared screen", seedBytes: 20 });
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
  }
});
