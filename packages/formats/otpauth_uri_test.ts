import { describe, expect, test } from "vitest";
import { parseOtpauth } from "./otpauth_uri.ts";
import { base32, errorOf, everythingShown, expectHidden, hexOf, utf8 } from "./testdata/bytes.ts";

const source = "QR code";
const SECRET = "JBSWY3DPEHPK3PXP";
const HELLO = "48656c6c6f21deadbeef";
const read = (text: string) => parseOtpauth(utf8(text), { source });
const failed = (text: string) => errorOf(() => read(text));

describe("shapes of services", () => {
  const forty = base32(Uint8Array.from({ length: 40 }, (_, i) => 7 * i + 3));

  test("Alibaba Cloud: 40 bytes, name in Chinese", () => {
    const name = encodeURIComponent("张三");
    const uri = `otpauth://totp/Aliyun:${name}@1234567890123456?secret=${forty}&issuer=Aliyun`;
    const account = read(uri);
    expect(account).toMatchObject({
      type: "totp",
      issuer: "Aliyun",
      account: "张三@1234567890123456",
      algorithm: "SHA1",
      digits: 6,
      period: 30,
      warnings: [],
    });
    expect(account.secret.length).toBe(40);
    expect(base32(account.secret.use((bytes) => bytes))).toBe(forty);
    expect(account).not.toHaveProperty("labelIssuer");
    expect(account).not.toHaveProperty("raw");
  });

  test("AWS: spaces in the issuer, 40 bytes", () => {
    const label = "Amazon%20Web%20Services:device@123456789012";
    const account = read(`otpauth://totp/${label}?secret=${forty}&issuer=Amazon%20Web%20Services`);
    expect(account).toMatchObject({
      issuer: "Amazon Web Services",
      account: "device@123456789012",
      warnings: [],
    });
    expect(account.secret.length).toBe(40);
  });

  test("Microsoft: plus for space, %3A, lower-case secret, another issuer in the label", () => {
    const account = read(
      `otpauth://totp/Test+Und+Firma%3Aalice%40example.com?secret=${SECRET.toLowerCase()}&issuer=Microsoft`,
    );
    expect(account).toMatchObject({
      issuer: "Microsoft",
      labelIssuer: "Test Und Firma",
      account: "alice@example.com",
    });
    expect(account.warnings).toEqual([expect.stringMatching(/another issuer/)]);
    expect(hexOf(account.secret)).toBe(HELLO);
  });

  test("Google: groups of four in lower case", () => {
    const spaced = SECRET.toLowerCase().replace(/(.{4})/g, "$1 ").trim();
    const account = read(`otpauth://totp/Google:alice@gmail.com?secret=${spaced}&issuer=Google`);
    expect(hexOf(account.secret)).toBe(HELLO);
    expect(account.issuer).toBe("Google");
  });

  test("Dropbox: 26 characters are 16 bytes", () => {
    const sixteen = base32(new Uint8Array(16).fill(0xa5));
    expect(sixteen).toHaveLength(26);
    const account = read(`otpauth://totp/Dropbox:alice?secret=${sixteen}&issuer=Dropbox`);
    expect(account.secret.length).toBe(16);
    expect(account.warnings).toEqual([]);
  });

  // azure-ad-b2c/samples#649
  test("Azure AD B2C: the issuer with plus equals the label with %20", () => {
    const account = read(
      `otpauth://totp/Tenant%20AAA%20(Dev):alice?secret=${SECRET}&issuer=Tenant+AAA+(Dev)`,
    );
    expect(account).toMatchObject({
      issuer: "Tenant AAA (Dev)",
      account: "alice",
      raw: { issuer: "Tenant+AAA+(Dev)", account: "alice" },
      warnings: [],
    });
  });
});

describe("names", () => {
  test.each([
    ["no issuer", "alice", "", "", "alice"],
    ["issuer in the label only", "Ex:alice", "", "Ex", "alice"],
    ["%3A", "Ex%3Aalice", "&issuer=Ex", "Ex", "alice"],
    ["%3a", "Ex%3aalice", "&issuer=Ex", "Ex", "alice"],
    ["two colons", "Ex:arn:alice", "&issuer=Ex", "Ex", "arn:alice"],
    ["space behind the colon", "Ex:%20alice", "&issuer=Ex", "Ex", "alice"],
    ["raw space", "My Ex:alice b", "&issuer=My Ex", "My Ex", "alice b"],
    ["raw # and /", "Ex/1:alice#2", "", "Ex/1", "alice#2"],
    ["raw UTF-8", "Müller:Jürgen", "&issuer=Müller", "Müller", "Jürgen"],
    ["malformed percent", "100%:al%zzice%", "&issuer=100%", "100%", "al%zzice%"],
    ["empty label", "", "&issuer=Ex", "Ex", "Ex"],
    ["label with an empty account", "Ex:", "&issuer=Ex", "Ex", "Ex"],
    ["label with an empty issuer", ":alice", "", "", "alice"],
    ["empty issuer parameter", "Ex:alice", "&issuer=", "Ex", "alice"],
    ["no name at all", "", "", "", ""],
    ["plus for space", "My+Ex:Alice+B", "&issuer=My+Ex", "My Ex", "Alice B"],
    ["plus in an address", "Ex:alice+bank@example.com", "", "Ex", "alice+bank@example.com"],
    ["encoded plus", "Ex:alice%2Bb", "&issuer=A%2BB", "A+B", "alice+b"],
    ["plus at an end, two of them", "C++:alice", "&issuer=Disney+", "Disney+", "alice"],
    ["upper-case names", "Ex:alice", "&ISSUER=Ex", "Ex", "alice"],
  ])("%s", (_name, label, query, issuer, account) => {
    expect(read(`otpauth://totp/${label}?secret=${SECRET}${query}`)).toMatchObject({
      issuer,
      account,
    });
  });

  test("no label, not even a slash", () => {
    const account = read(`otpauth://totp?secret=${SECRET}&issuer=Ex`);
    expect(account).toMatchObject({ issuer: "Ex", account: "Ex" });
  });

  test("issuer in the label differs from the parameter: both are kept, with a warning", () => {
    const account = read(`otpauth://totp/Old:alice?secret=${SECRET}&issuer=New`);
    expect(account).toMatchObject({ issuer: "New", labelIssuer: "Old", account: "alice" });
    expect(account.warnings).toHaveLength(1);
  });

  test("a plus that was read as a space is kept in raw, and only then", () => {
    expect(read(`otpauth://totp/A+B:c+d?secret=${SECRET}`).raw).toEqual({
      issuer: "A+B",
      account: "c+d",
    });
    expect(read(`otpauth://totp/A:c+d@e?secret=${SECRET}`)).not.toHaveProperty("raw");
  });

  test("a name cannot steer the terminal", () => {
    const account = read(`otpauth://totp/%1B[2JEx:al%07%E2%80%AEice%00?secret=${SECRET}`);
    expect(account.issuer).toBe("\ufffd[2JEx");
    expect(account.account).toBe("al\ufffd\ufffdice\ufffd");
  });

  test("bytes that are no UTF-8 are shown as replacement characters", () => {
    expect(read(`otpauth://totp/%FF%FE:alice?secret=${SECRET}`).issuer).toBe("\ufffd\ufffd");
  });

  test("two issuers: the first is used, with a warning", () => {
    const account = read(`otpauth://totp/alice?secret=${SECRET}&issuer=A&issuer=B`);
    expect(account.issuer).toBe("A");
    expect(account.warnings).toEqual([expect.stringMatching(/twice/)]);
  });
});

describe("forgiven", () => {
  test.each([
    ["upper-case scheme, type and names", `OTPAUTH://TOTP/Ex:a?SECRET=${SECRET}&DIGITS=6`],
    ["lower-case secret", `otpauth://totp/Ex:a?secret=${SECRET.toLowerCase()}`],
    ["padding", `otpauth://totp/Ex:a?secret=${SECRET}====`],
    ["encoded padding", `otpauth://totp/Ex:a?secret=${SECRET}%3D%3D&digits=6`],
    ["spaces in the secret", "otpauth://totp/Ex:a?secret=JBSW Y3DP EHPK 3PXP"],
    ["%20 in the secret", "otpauth://totp/Ex:a?secret=JBSW%20Y3DP%20EHPK%203PXP"],
    ["plus in the secret", "otpauth://totp/Ex:a?secret=JBSW+Y3DP+EHPK+3PXP"],
    ["hyphens in the secret", "otpauth://totp/Ex:a?secret=JBSW-Y3DP-EHPK-3PXP"],
    ["encoded letters in the secret", "otpauth://totp/Ex:a?secret=%4ABSWY3DPEHPK3PX%50"],
    ["white space around it", `\r\n\t otpauth://totp/Ex:a?secret=${SECRET}\u00a0\n`],
    ["byte order mark", `\ufeffotpauth://totp/Ex:a?secret=${SECRET}`],
    ["trailing &", `otpauth://totp/Ex:a?secret=${SECRET}&`],
    ["doubled and leading &", `otpauth://totp/Ex:a?&&secret=${SECRET}&&digits=6`],
    ["&amp;", `otpauth://totp/Ex:a?issuer=Ex&amp;secret=${SECRET}&amp;digits=6`],
    ["&amp; escaped twice", `otpauth://totp/Ex:a?issuer=Ex&amp;amp;secret=${SECRET}`],
    ["unknown parameters", `otpauth://totp/Ex:a?image=https://x/y.png&secret=${SECRET}&x`],
    ["a counter", `otpauth://totp/Ex:a?secret=${SECRET}&counter=18446744073709551615`],
    ["empty digits and period", `otpauth://totp/Ex:a?secret=${SECRET}&digits=&period=&algorithm=`],
    ["parameters without value", `otpauth://totp/Ex:a?secret=${SECRET}&digits&period&algorithm`],
  ])("%s", (_name, text) => {
    const account = read(text);
    expect(hexOf(account.secret)).toBe(HELLO);
    expect(account).toMatchObject({
      issuer: "Ex",
      account: "a",
      algorithm: "SHA1",
      digits: 6,
      period: 30,
    });
  });

  test.each([
    ["SHA1", "SHA1"],
    ["sha1", "SHA1"],
    ["SHA-1", "SHA1"],
    ["SHA256", "SHA256"],
    ["SHA-256", "SHA256"],
    ["HmacSHA256", "SHA256"],
    ["HMAC-SHA-256", "SHA256"],
    ["hmacsha512", "SHA512"],
    ["SHA_512", "SHA512"],
  ])("algorithm %s", (text, algorithm) => {
    expect(read(`otpauth://totp/a?secret=${SECRET}&algorithm=${text}`).algorithm).toBe(algorithm);
  });

  test.each([1, 5, 6, 7, 8, 10])("%i digits: the token's limits decide later", (digits) => {
    expect(read(`otpauth://totp/a?secret=${SECRET}&digits=${digits}`).digits).toBe(digits);
  });

  test.each([1, 10, 30, 60, 86_400])("a period of %i seconds", (period) => {
    expect(read(`otpauth://totp/a?secret=${SECRET}&period=${period}`).period).toBe(period);
  });

  test("bits that no byte uses: accepted with a warning", () => {
    const account = read("otpauth://totp/a?secret=MZXW7");
    expect(hexOf(account.secret)).toBe("666f6f");
    expect(account.warnings).toEqual([expect.stringMatching(/bits that no byte uses/)]);
  });

  test("issuer Steam that asks for 6 digits is read, with a warning", () => {
    const account = read(`otpauth://totp/Steam:a?secret=${SECRET}&issuer=Steam&digits=6`);
    expect(account.warnings).toEqual([expect.stringMatching(/Steam/)]);
  });
});

describe("refused", () => {
  const base = "otpauth://totp/Ex:a?secret=";

  test.each([
    ["0", /letter O/],
    ["1", /letter I or L/],
    ["8", /letter B/],
    ["9", /letter g/],
    ["%21", /A to Z/],
    ["é", /A to Z/],
    ["%", /A to Z/],
  ])("%s in the secret, pointed at", (wrong, next) => {
    const error = failed(`${base}JB%20SWY${wrong}DPEHPK3PXP&issuer=Ex`);
    expect(error).toMatchObject({
      code: "format/otpauth",
      message: "Cannot read secret of the otpauth URI: character 7 is not base32",
      position: base.length + 8,
      source,
    });
    expect(error.next).toMatch(next);
  });

  test.each([1, 3, 6, 17])("a secret of %i characters was cut off", (length) => {
    const error = failed(`${base}${"A".repeat(length)}&issuer=Ex`);
    expect(error).toMatchObject({ code: "format/cut-off-secret", position: base.length + length });
    expect(error.message).toMatch(/do not make whole bytes/);
  });

  test.each([
    "otpauth://",
    "otpauth://to",
    "otpauth://totp",
    "otpauth://totp/",
    "otpauth://totp/Example:al",
    "otpauth://totp/Example:alice?",
    "otpauth://totp/Example:alice?sec",
    "otpauth://totp/Example:alice?secret=",
    "otpauth://totp/Example:alice?issuer=Example&secr",
    `otpauth://totp/Example:alice?secret=${SECRET}%`,
    `otpauth://totp/Example:alice?secret=${SECRET}%3`,
  ])("the text ends inside: %s", (text) => {
    expect(failed(text)).toMatchObject({ code: "format/cut-off-secret", position: text.length });
  });

  test.each([
    ["another scheme", "https://example.com", "does not start", 0],
    ["nothing", "", "does not start", 0],
    ["another type", `otpauth://sotp/a?secret=${SECRET}`, "type", 10],
    [
      "two secrets",
      `otpauth://totp/a?secret=${SECRET}&secret=${SECRET}`,
      '"secret" is given twice',
      41,
    ],
    ["two digits", `otpauth://totp/a?digits=6&digits=8&secret=${SECRET}`, "twice", 26],
    ["no secret", "otpauth://totp/a?issuer=Ex", "no secret", 26],
    ["empty secret", "otpauth://totp/a?secret=&issuer=Ex", "empty", 24],
    ["secret of separators", "otpauth://totp/a?secret=--&issuer=Ex", "empty", 24],
    ["padding inside", "otpauth://totp/a?secret=MY==MY", "padding", 28],
    ["long secret", `otpauth://totp/a?secret=${"A".repeat(1025)}`, "1024", 24 + 1024],
    ["MD5", `otpauth://totp/a?secret=${SECRET}&algorithm=MD5`, "algorithm", 51],
    ["SHA-224", `otpauth://totp/a?secret=${SECRET}&algorithm=SHA224`, "algorithm", 51],
    [
      "a name of objects",
      `otpauth://totp/a?secret=${SECRET}&algorithm=constructor`,
      "algorithm",
      51,
    ],
    ["0 digits", `otpauth://totp/a?secret=${SECRET}&digits=0`, "digits", 48],
    ["11 digits", `otpauth://totp/a?secret=${SECRET}&digits=11`, "digits", 48],
    ["6.5 digits", `otpauth://totp/a?secret=${SECRET}&digits=6.5`, "digits", 48],
    ["digits in words", `otpauth://totp/a?secret=${SECRET}&digits=six`, "digits", 48],
    ["a period of 0", `otpauth://totp/a?secret=${SECRET}&period=0`, "period", 48],
    ["a negative period", `otpauth://totp/a?secret=${SECRET}&period=-30`, "period", 48],
    ["an endless period", `otpauth://totp/a?secret=${SECRET}&period=1e99`, "period", 48],
    [
      "a second URI",
      `otpauth://totp/a?secret=${SECRET} otpauth://totp/b?secret=AA`,
      "second one",
      41,
    ],
    ["a second line", `otpauth://totp/a?secret=${SECRET}\nJBSWY3DP`, "second line", 40],
  ])("%s", (_name, text, state, position) => {
    const error = failed(text);
    expect(error.code).toBe("format/otpauth");
    expect(error.message).toContain(state);
    expect(error.next).toBeTruthy();
    expect(error.position).toBe(position);
  });

  test.each([
    ["hotp", `otpauth://hotp/Ex:a?secret=${SECRET}&counter=1`],
    ["hotp", `otpauth://hotp/Ex:a?secret=${SECRET}`],
    ["hotp", `OTPAUTH://HOTP/Ex:a?secret=${SECRET}&counter=18446744073709551615`],
    ["steam", `otpauth://steam/Ex:a?secret=${SECRET}`],
    ["steam", `otpauth://totp/Steam%20Community:a?secret=${SECRET}&encoder=steam`],
    ["steam", `otpauth://totp/Ex:a?secret=${SECRET}&encoder=Steam&digits=6`],
    ["steam", `otpauth://totp/Ex:a?secret=${SECRET}&steam`],
    ["steam", `otpauth://totp/a?secret=${SECRET}&issuer=Steam&digits=5`],
    ["steam", `otpauth://totp/Steam:a?secret=${SECRET}&issuer=Steam`],
    ["steam", `otpauth://totp/steam:a?secret=${SECRET}`],
    ["yandex", `otpauth://yaotp/a@yandex.ru?secret=${SECRET}&pin_length=4`],
    ["yandex", `otpauth://yandex/a?secret=${SECRET}`],
    ["yandex", `otpauth://totp/?secret=${SECRET}&digits=8&encoder=yandex`],
    ["motp", `otpauth://motp/a?secret=${SECRET}`],
  ])("codes that a token cannot compute: %s, %s", (kind, text) => {
    const error = failed(text);
    expect(error.code).toBe(`format/${kind}`);
    expect(error.next).toBeTruthy();
    expectHidden(everythingShown(error), SECRET);
  });

  test("longer than 64 KiB", () => {
    const error = failed(`otpauth://totp/${"a".repeat(65_536)}?secret=${SECRET}`);
    expect(error.message).toMatch(/64 KiB/);
  });
});

describe("strings", () => {
  test("are read like bytes", () => {
    const account = parseOtpauth(`otpauth://totp/Müller:a?secret=${SECRET}`, { source });
    expect(account.issuer).toBe("Müller");
    expect(hexOf(account.secret)).toBe(HELLO);
  });

  test("positions count UTF-16 units in strings and bytes in bytes", () => {
    const text = "otpauth://totp/张三😀:a?secret=JBSWY3D!";
    const inString = errorOf(() => parseOtpauth(text, { source }));
    expect(inString).toMatchObject({ position: text.indexOf("!"), code: "format/otpauth", source });
    expect(failed(text).position).toBe(utf8(text).indexOf(0x21));
  });
});
