import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVirtualToken, type VirtualToken } from "@otpsmith/simulator";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  agreeAndBurn,
  givePicture,
  openPage,
  proveWith,
  type RunningStation,
  startBrowser,
  startStation,
  stateOf,
  takeShots,
} from "./station_bench.ts";

let browser: Browser;
let context: BrowserContext;
let station: RunningStation | undefined;
let token: VirtualToken;
let page: Page;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1100, height: 800 } });
  token = createVirtualToken({ model: "token2-single:C302-i" });
  station = await startStation({ tokens: [token] });
  ({ page } = await openPage(context, station));
});
afterEach(async () => {
  token.faults.release();
  await context.close();
  await station?.stop();
});

/** The write of the seed, which no burn stops in front of once the configuration is written. */
const isSeedWrite = (command: Uint8Array): boolean => command[1] === 0xc5;

/** Begins a burn that hangs while the seed is being written, until `release`. */
async function burnThatHangs(): Promise<void> {
  token.faults.schedule({ kind: "hang", when: isSeedWrite });
  await givePicture(page);
  await agreeAndBurn(page);
  await expect.poll(() => token.faults.struck.length).toBe(1);
}

describe("in the middle of a burn", () => {
  test("the page is loaded again: the burn goes on, and the page shows it", async () => {
    await burnThatHangs();
    await page.reload();
    await page.getByText("Burning. Leave the token where it is.").waitFor();
    await takeShots(page, "burning");
    token.faults.release();
    await proveWith(page, token);
    await page.getByText("The code is right. The token works.").waitFor();
    expect((await stateOf(page)).records).toHaveLength(1);
  });

  test("the page is closed: the burn is finished, and the next page shows its end", async () => {
    await burnThatHangs();
    await page.close();
    token.faults.release();
    ({ page } = await openPage(context, station!));
    await proveWith(page, token);
    await page.getByText("The code is right. The token works.").waitFor();
  });

  test("the token is torn away: the page asks for it, and nothing is burned twice", async () => {
    token.faults.schedule({ kind: "lose-after", returns: false, when: isSeedWrite });
    await givePicture(page);
    await agreeAndBurn(page);
    await page.getByText(`Switch token ${token.serial} on and place it on the reader again.`)
      .waitFor();
    await takeShots(page, "torn_away");
    token.hands.place();
    await proveWith(page, token);
    await page.getByText("The code is right. The token works.").waitFor();
  });

  test("the reader goes away and comes back: the page says what the token may hold", async () => {
    await burnThatHangs();
    await station!.exposure!.killDaemon("SIGKILL");
    const outcome = page.locator("#burn .outcome");
    await expect.poll(() => outcome.getAttribute("data-status"), { timeout: 40_000 })
      .toBe("needs-person");
    expect(await outcome.innerText()).toMatch(/The token (may )?holds?/);
    await page.getByText("The smart-card service is not running", { exact: false }).last()
      .waitFor();
    expect(await page.locator("#reader .number").innerText()).toBe("2"); // no longer done
    await takeShots(page, "reader_gone");
    token.faults.release();
    await station!.exposure!.restartDaemon();
    await page.getByText(token.serial).first().waitFor();
    await page.getByLabel("I agree: this will be lost").check();
    await page.getByRole("button", { name: "Burn again" }).click();
    await proveWith(page, token);
    await page.getByText("The code is right. The token works.").waitFor();
  }, 90_000);

  test("the server is killed: the next one says what the token may hold, and burns it anew", async () => {
    await burnThatHangs();
    station!.child.kill("SIGKILL");
    await page.getByText(/The station does not answer/).waitFor();
    token.faults.release();
    await station!.restart();
    ({ page } = await openPage(context, station!));
    await page.getByText(/The last burn of this token from this computer was cut off/).waitFor();
    await givePicture(page);
    await agreeAndBurn(page);
    await proveWith(page, token);
    await page.getByText("The code is right. The token works.").waitFor();
  });
});

test("two pages show the same; what one does the other one sees, and nothing is burned twice", async () => {
  const second = (await openPage(context, station!)).page;
  await givePicture(page);
  await second.getByText("alice", { exact: true }).waitFor();
  await second.getByLabel("I agree: this will be lost").check();
  await page.getByLabel("I agree: this will be lost").check();
  const burns = [page, second].map((one) =>
    one.getByRole("button", { name: "Burn", exact: true }).click({ timeout: 3000 }).catch(() =>
      undefined
    )
  );
  await Promise.all(burns);
  await second.getByText("Burned.").waitFor();
  await proveWith(page, token);
  await second.getByText("The code is right. The token works.").waitFor();
  expect((await stateOf(second)).records).toHaveLength(1);
  expect(token.faults.struck).toEqual([]);
});

test("the computer sleeps and wakes up: page and station go on where they were", async () => {
  await givePicture(page);
  await page.getByLabel("I agree: this will be lost").waitFor();
  station!.child.kill("SIGSTOP");
  await page.waitForTimeout(3000);
  station!.child.kill("SIGCONT");
  await context.setOffline(true); // the connection did not outlive the night
  await context.setOffline(false);
  token.hands.takeAway();
  await page.getByText("Nothing on the reader that is switched on").waitFor();
  token.hands.place();
  await agreeAndBurn(page);
  await proveWith(page, token);
  await page.getByText("The code is right. The token works.").waitFor();
});

test("another token in its place between the plan and the burn is not burned", async () => {
  const other = createVirtualToken({ model: "token2-single:C302-i", ordinal: 2 });
  const desk = { now: token.card };
  await station!.stop();
  // A reader whose token is swapped so fast that no list has shown it.
  const swapped = new Proxy(token, {
    get: (target, name) =>
      name === "card"
        ? new Proxy(token.card, {
          get: (_, part) => Reflect.get(desk.now, part, desk.now) as unknown,
        })
        : Reflect.get(target, name) as unknown,
  });
  station = await startStation({ tokens: [swapped] });
  ({ page } = await openPage(context, station));
  await givePicture(page);
  await page.getByLabel("I agree: this will be lost").check();
  desk.now = other.card;
  await page.getByRole("button", { name: "Burn", exact: true }).click();
  await page.getByText(`the token on the reader is ${other.serial}, not ${token.serial}`).waitFor();
  expect(other.display().text).toBe("------");
  expect((await stateOf(page)).records).toEqual([]);
});

test("a page without its link, and a second one with a used link, are told what to do", async () => {
  const alone = await browser.newContext();
  try {
    const stranger = await alone.newPage();
    for (const url of [new URL(station!.links[0]!).origin, station!.links[0]!]) {
      await stranger.goto(url);
      await stranger.getByText(/the link/).first().waitFor();
      expect(await stranger.getByRole("button").count()).toBe(0);
    }
    await takeShots(stranger, "no_link");
  } finally {
    await alone.close();
  }
});

test("the page ends the station; nothing is left behind", async () => {
  await page.getByRole("button", { name: "End the station" }).click();
  await page.getByText("You can close this page.").waitFor();
  await expect.poll(() => station!.child.exitCode).toBe(0);
  expect(station!.output()).toContain('"end":"ended"');
});

test("the simulated token is switched and placed from the page: the demo of one command", async () => {
  await station!.stop();
  const file = join(tmpdir(), `otp-station-demo-${process.pid}.json`);
  try {
    station = await startStation({ args: ["--simulator", file] });
    ({ page } = await openPage(context, station));
    await givePicture(page);
    await page.getByRole("button", { name: "Take away" }).click();
    await page.getByText("Nothing on the reader that is switched on").waitFor();
    await page.getByRole("button", { name: "Place on the reader" }).click();
    await agreeAndBurn(page);
    await page.getByText("Burned.").waitFor();
    await page.getByRole("button", { name: "Switch off" }).click();
    await page.getByRole("button", { name: "Switch on" }).click();
    const display = page.getByRole("img", { name: /^Display: \d{6}$/ });
    const code = (await display.getAttribute("aria-label"))!.replace(/\D/g, "");
    await takeShots(page, "simulator");
    await page.getByLabel("Code on the display").fill(code);
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByText("The code is right. The token works.").waitFor();
  } finally {
    await rm(file, { force: true });
  }
});
