/// <reference lib="dom" />
import { execFileSync } from "node:child_process";
import { createVirtualToken, type VirtualToken } from "@otpsmith/simulator";
import type { Browser, BrowserContext, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  agreeAndBurn,
  codePicture,
  givePicture,
  LINK,
  openPage,
  proveWith,
  type RunningStation,
  SEED,
  startBrowser,
  startStation,
  stateOf,
  takeShots,
} from "./station_bench.ts";

let browser: Browser;
let context: BrowserContext;
let station: RunningStation | undefined;
let page: Page;
let errors: readonly string[];

beforeAll(async () => {
  browser = await startBrowser({ args: ["--auto-select-tab-capture-source-by-title=Service"] });
});
afterAll(() => browser.close());
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1100, height: 800 } });
});
afterEach(async () => {
  await context.close();
  await station?.stop();
  station = undefined;
});

async function begin(...tokens: readonly VirtualToken[]): Promise<void> {
  station = await startStation({ tokens });
  ({ page, errors } = await openPage(context, station));
}

/** A code with a finder pattern under a grey window. */
async function coveredPicture(): Promise<Buffer> {
  const code = execFileSync("qrencode", ["-l", "Q", "-s", "6", "-o", "-"], { input: LINK });
  const cover = { create: { width: 70, height: 70, channels: 3, background: "#777" } } as const;
  return await sharp(code).composite([{ input: cover, left: 20, top: 20 }]).png().toBuffer();
}

const newToken = (ordinal = 1): VirtualToken =>
  createVirtualToken({ model: "token2-single:C302-i", ordinal });

describe("the whole job in the browser, with a reader of the real pcscd", () => {
  test("from the shared screen to the proof; the seed is nowhere afterwards", async () => {
    const service = await context.newPage();
    const image = `<img src="data:image/png;base64,${codePicture().toString("base64")}">`;
    await service.setContent(`<title>Service</title>${image}`);
    const token = newToken();
    await begin(token);
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));

    await page.getByRole("button", { name: "Share a screen or window" }).click();
    await page.getByText("alice", { exact: true }).waitFor();
    expect(await page.getByText("the shared screen").count()).toBe(1);
    await page.getByText(token.serial).first().waitFor();
    await takeShots(page, "burn");
    await agreeAndBurn(page);
    await page.getByText("Burned.").waitFor();
    await takeShots(page, "prove");
    await proveWith(page, token);
    await page.getByText("The code is right. The token works.").waitFor();
    await takeShots(page, "proven");

    const own = new URL(station!.links[0]!).origin;
    expect(requests.filter((url) => !url.startsWith(`${own}/`) && !url.startsWith("blob:")))
      .toEqual([]);
    expect(requests.filter((url) => url.includes("#") || url.includes("?"))).toEqual([]);
    const traces = [
      await page.content(),
      await page.evaluate(() =>
        JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href])
      ),
      JSON.stringify(await stateOf(page)),
      station!.output(),
    ];
    for (const trace of traces) {
      expect(trace).not.toContain(SEED);
      expect(trace).not.toContain("3132333435363738");
    }
    expect(errors).toEqual([]);
  });

  test("from a file, pasted, dropped, and by keyboard", async () => {
    await begin(newToken());
    await takeShots(page, "scan");
    await givePicture(page);
    await page.getByText("the picture", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Take another account" }).click();
    await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], "code.png", { type: "image/png" }));
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
    }, codePicture().toString("base64"));
    await page.getByText("the pasted picture").waitFor();
    await page.getByRole("button", { name: "Take another account" }).click();
    await page.evaluate((base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], "code.png", { type: "image/png" }));
      document.dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
    }, codePicture().toString("base64"));
    await page.getByText("the picture", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Take another account" }).click();

    await page.getByRole("button", { name: "Type the seed" }).click();
    await page.getByLabel("Seed", { exact: true }).fill(SEED);
    await page.getByRole("button", { name: "Use this seed" }).click();
    await page.getByText("Say how the seed is written").waitFor();
    await page.getByLabel(/^base32/).check();
    await page.getByLabel("Service (optional)").fill("Example");
    await page.getByRole("button", { name: "Use this seed" }).click();
    await page.getByText("the keyboard").waitFor();
    expect((await stateOf(page)).account).toMatchObject({ issuer: "Example", seedBytes: 20 });
    expect(errors).toEqual([]);
  });

  test("wrong digits are diagnosed, right ones are taken", async () => {
    const token = newToken();
    await begin(token);
    await givePicture(page);
    await agreeAndBurn(page);
    await page.getByLabel("Code on the display").fill("000000");
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByText(/Code does not match/).waitFor();
    await takeShots(page, "wrong_digits");
    await proveWith(page, token);
    await page.getByText("The code is right. The token works.").waitFor();
  });

  test("a restricted model: what is lost is named, and nothing is burned without consent", async () => {
    const token = createVirtualToken({ model: "token2-single:OTPC-P2-i" });
    await begin(token);
    await givePicture(page);
    await page.getByText("the seed that is in the token now").waitFor();
    expect(await page.getByRole("button", { name: "Burn", exact: true }).isDisabled()).toBe(true);
    await agreeAndBurn(page);
    await proveWith(page, token);
    await page.getByText("The code is right. The token works.").waitFor();
  });

  test("ten tokens in a row", async () => {
    const tokens = Array.from({ length: 10 }, (_, index) => newToken(index + 1));
    await begin(...tokens);
    await givePicture(page);
    for (const [index, token] of tokens.entries()) {
      await page.getByRole("radio", { name: new RegExp(`^Desk ${index + 1} `) }).click();
      await page.locator("#token").getByText(token.serial).waitFor();
      await agreeAndBurn(page);
      await page.getByText("Burned.").waitFor();
      await proveWith(page, token);
      await page.getByText("The code is right. The token works.").waitFor();
      await page.getByRole("button", { name: "Next token, same account" }).click();
      await page.getByText("After the burn the code").waitFor(); // the page has stopped moving
    }
    const { records } = await stateOf(page);
    expect(records.map(({ serial, proven }) => [serial, proven])).toEqual(
      tokens.map(({ serial }) => [serial, true]),
    );
    expect(await page.getByRole("row").count()).toBe(11);
  });
});

describe("codes that are no seeds are named, with the next click", () => {
  test.each([
    ["a push registration", "phonefactor://activate_account?code=1&url=2", /Microsoft/],
    ["Okta", "oktaverify://alice/?t=1&f=2&s=3", /Okta/],
    ["Duo", "duo://ABCDEF-aG9zdA", /Duo/],
    ["a passkey", "FIDO:/123456789", /passkey|FIDO|security key/i],
    ["Steam", `otpauth://totp/Steam:a?secret=${SEED}&issuer=Steam&encoder=steam`, /Steam/],
    ["Yandex", `otpauth://yaotp/a?secret=${SEED}`, /Yandex/],
    ["Mobile-OTP", "motp://a:b?secret=0123456789abcdef", /Mobile-OTP/],
    ["a web link", "https://example.org/", /web page/],
    ["a serial number", "86596321234567", /serial number/],
    ["a number", "1234", /only a number/],
    ["a bare seed", SEED, /typed seed/],
    ["a counter-based code", `otpauth://hotp/a?secret=${SEED}&counter=1`, /counter/],
    ["a cut-off link", "otpauth://tot", /ends before its secret/],
    ["something else", "WIFI:S:guests;T:WPA;P:welcome;;", /not the set-up code/],
  ])("%s", async (_, text, words) => {
    await begin();
    await givePicture(page, codePicture(text));
    const problem = page.locator("#scan .problem");
    await problem.waitFor();
    expect(await problem.innerText()).toMatch(words);
    expect(await problem.innerText()).not.toContain(SEED);
    expect((await stateOf(page)).account).toBe(null);
    await takeShots(page, "wrong_code");
  });

  test("a covered code is read, said to be so, and only a typed code proves it", async () => {
    const token = newToken();
    await begin(token);
    await givePicture(page, await coveredPicture());
    await page.getByText(/Parts of the code were covered/).waitFor();
    expect((await stateOf(page)).account).toMatchObject({ account: "alice", repaired: true });
    await agreeAndBurn(page);
    await proveWith(page, token);
    await page.getByText("The code is right. The token works.").waitFor();
  });

  test("several accounts in one picture are a question, the seed is shown on request alone", async () => {
    const token = newToken();
    await begin(token);
    const second = `otpauth://totp/Other:bob?secret=${SEED.toLowerCase()}&issuer=Other`;
    const [one, two] = [codePicture(), codePicture(second)].map((png) => png.toString("base64"));
    const picture = await page.evaluate(async ([left, right]) => {
      const canvas = new OffscreenCanvas(900, 450);
      const drawing = canvas.getContext("2d")!;
      drawing.fillStyle = "white";
      drawing.fillRect(0, 0, 900, 450);
      for (const [index, base64] of [left!, right!].entries()) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        drawing.drawImage(await createImageBitmap(new Blob([bytes])), 10 + 450 * index, 10);
      }
      const png = await (await canvas.convertToBlob()).arrayBuffer();
      return btoa(String.fromCharCode(...new Uint8Array(png)));
    }, [one, two]);
    await givePicture(page, Buffer.from(picture, "base64"));
    await page.getByText("2 codes were found. Which one?").waitFor();
    expect(await page.content()).not.toContain(SEED);
    await page.getByRole("button", { name: "Show the seed" }).first().click();
    expect(await page.content()).toContain(SEED);
    await page.getByRole("listitem").filter({ hasText: "bob" })
      .getByRole("button", { name: "Use this one" }).click();
    await page.getByText("bob", { exact: true }).waitFor();
    expect((await stateOf(page)).account).toMatchObject({ issuer: "Other", account: "bob" });
    expect(await page.content()).not.toContain(SEED);
  });
});
