/// <reference lib="dom" />
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createVirtualToken, type VirtualToken } from "@otpsmith/simulator";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  agreeAndBurn,
  codePicture,
  givePicture,
  openPage,
  proveWith,
  type RunningStation,
  SEED,
  startBrowser,
  startStation,
} from "./station_bench.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  readonly id: string;
  readonly nodes: readonly {
    readonly target: readonly string[];
    readonly failureSummary: string;
  }[];
}

let browser: Browser;
let station: RunningStation | undefined;
let checks = 0;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(async () => {
  await browser.close();
  console.log(`axe looked at ${checks} pages`);
});
afterEach(async () => {
  await station?.stop();
  station = undefined;
});

/** What axe finds in the page as it stands, in light and in dark. */
async function findings(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: Finding[] }> };
      };
      return await axe.run();
    });
    checks++;
    found.push(
      ...violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) =>
          `${colorScheme} ${id} ${target.join(" ")}: ${failureSummary}`
        )
      ),
    );
  }
  return found;
}

async function open(token: VirtualToken): Promise<Page> {
  station = await startStation({ tokens: [token] });
  // The page's policy forbids foreign scripts: the checker is one, and is let in.
  const context = await browser.newContext({ bypassCSP: true });
  return (await openPage(context, station)).page;
}

describe("axe finds nothing", () => {
  test("on each step of a burn", async () => {
    const token = createVirtualToken({ model: "token2-single:C302-i" });
    const page = await open(token);
    await page.getByText(token.serial).first().waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: "Type the seed" }).click();
    await page.getByText("Other settings").click();
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: "Cancel" }).click();
    await givePicture(page, codePicture("https://example.org"));
    await page.locator("#scan .problem").waitFor();
    expect(await findings(page)).toEqual([]);
    await givePicture(page);
    await page.getByLabel("I agree: this will be lost").waitFor();
    expect(await findings(page)).toEqual([]);
    await agreeAndBurn(page);
    await page.getByText("Burned.").waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByLabel("Code on the display").fill("000000");
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByText(/Code does not match/).waitFor();
    expect(await findings(page)).toEqual([]);
    await proveWith(page, token);
    await page.getByText("The code is right. The token works.").waitFor();
    expect(await findings(page)).toEqual([]);
    await page.context().close();
  }, 120_000);

  test("on a token with slots and a key, and on a refusal", async () => {
    const page = await open(createVirtualToken({ model: "token2-molto2:Molto2v2" }));
    await givePicture(page);
    await page.locator("#burn .problem").waitFor();
    await page.getByRole("button", { name: "List the slots" }).click();
    await page.getByRole("combobox", { name: /^Slot/ }).selectOption("7");
    await page.getByRole("button", { name: "Burn", exact: true }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.context().close();
  });
});

test("the whole job by keyboard alone", async () => {
  const token = createVirtualToken({ model: "token2-single:C302-i" });
  const page = await open(token);
  await page.getByText(token.serial).first().waitFor();
  const { keyboard } = page;
  /** Goes on with Tab until the element is reached, as a person does who has no mouse. */
  const reach = async (name: string | RegExp): Promise<void> => {
    for (let steps = 0; steps < 60; steps++) {
      await keyboard.press("Tab");
      const label = await page.evaluate(() => {
        const element = document.activeElement as HTMLInputElement | null;
        return element?.labels?.[0]?.textContent ?? element?.textContent ?? "";
      });
      if (typeof name === "string" ? label === name : name.test(label)) return;
    }
    throw new Error(`Tab does not lead to ${name}`);
  };
  await reach("Type the seed");
  await keyboard.press("Enter");
  await reach("Seed");
  await keyboard.type(SEED);
  await keyboard.press("Tab");
  await keyboard.press("Space"); // the first of the two notations: base32
  await reach("Use this seed");
  await keyboard.press("Enter");
  await page.getByLabel("I agree: this will be lost").waitFor();
  await reach("I agree: this will be lost");
  await keyboard.press("Space");
  await reach("Burn");
  await keyboard.press("Enter");
  await page.getByText("Burned.").waitFor();
  token.hands.powerCycle();
  // After a burn the field for the code has the focus already.
  await keyboard.type(token.display().code!);
  await keyboard.press("Enter");
  await page.getByText("The code is right. The token works.").waitFor();
  await page.context().close();
});

test("it fits a small laptop and a telephone: nothing is cut off at the side", async () => {
  const page = await open(createVirtualToken({ model: "token2-single:C302-i" }));
  await givePicture(page);
  await page.getByLabel("I agree: this will be lost").waitFor();
  for (const width of [1280, 1024, 390, 320]) {
    await page.setViewportSize({ width, height: 700 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(width);
  }
  await page.context().close();
});
