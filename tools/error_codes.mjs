#!/usr/bin/env node
// @ts-check
/**
 * Writes docs/error-codes.md from the sources: `node tools/error_codes.mjs`, or with `--check` only says
 * whether it is current. It reads every place where an error is made, the unions whose doc comments
 * explain their members, and asks the built command for exit codes. Wants the packages built.
 *
 * Each code has a meaning, each meaning a code, and a place whose code is computed has to be listed in
 * `computedCodes()`: otherwise this fails, so that the document cannot fall behind in silence.
 *
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { parseSync, Visitor } from "rolldown/utils";
import { MEANINGS } from "./error_meanings.mjs";

const root = join(import.meta.dirname, "..");
const target = join(root, "docs/error-codes.md");

/** @typedef {{ exits: Set<string>, from: Set<string> }} Found */

/** Unions whose doc comments have a line ``- `member`: meaning`` for each member. */
const UNIONS = {
  link: ["packages/core/errors/link_error.ts", "LinkErrorReason"],
  token: ["packages/core/errors/token_error.ts", "TokenErrorKind"],
  code: ["packages/formats/wrong_code.ts", "WrongKind"],
  diagnosis: ["packages/core/otp/diagnose_code.ts", "CodeProblem"],
};

const SCHEMES =
  /^(?:link|token|format|burn|usage|needs-person|transport|journal|reader|code)\/[a-z][a-z-]*$/;

/** @param {string} path from the top of the repository */
function read(path) {
  return readFileSync(join(root, path), "utf8");
}

/**
 * Members and meanings of a union, from its doc comment.
 *
 * @param {readonly string[]} place
 * @returns {Map<string, string>}
 */
function unionMeanings([path = "", name]) {
  const comment = read(path).match(
    new RegExp(String.raw`/\*\*((?:(?!\*/)[^])*)\*/\s*export type ${name} =([^;]*);`),
  );
  const lines = (comment?.[1] ?? "").replace(/^\s*\*[ ]?/gm, "");
  /** @type {Map<string, string>} */
  const meanings = new Map();
  for (
    const [, names = "", text = ""] of lines.matchAll(
      /^- ((?:`[\w-]+`(?:, )?)+): ([^]*?)(?=^- |$(?![^]))/gm,
    )
  ) {
    const meaning = text.trim().replace(/\s+/g, " ").replace(/[;.]?$/, ".");
    for (const [, member = ""] of names.matchAll(/`([\w-]+)`/g)) {
      meanings.set(member, sentence(meaning));
    }
  }
  const members = [...(comment?.[2] ?? "").matchAll(/"([\w-]+)"/g)].map(([, member = ""]) =>
    member
  );
  const silent = members.filter((member) => !meanings.has(member));
  if (members.length === 0 || silent.length > 0) {
    throw new Error(
      `${path}: the doc comment of ${name} does not explain ${silent.join(", ") || "it"}`,
    );
  }
  return meanings;
}

/** @param {string} text */
function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Codes that are put together when the program runs, by the file that does it. */
function computedCodes() {
  const wrong = [...unionMeanings(UNIONS.code).keys()];
  const require = createRequire(join(root, "packages/cli/package.json"));
  const parser = dirname(require.resolve("commander"));
  const usage = readdirSync(join(parser, "lib")).flatMap((
    file,
  ) => [...readFileSync(join(parser, "lib", file), "utf8").matchAll(/'commander\.(\w+)'/g)]).map((
    [, name = ""],
  ) => name)
    // These end with exit code 0, with a help text, or belong to commands in files of their own.
    .filter((name) => !/^(help|helpDisplayed|version|executeSubCommandAsync)$/.test(name));
  const obstacles = [
    ...(read("packages/core/link/transport.ts").match(/readonly code:([^;]*);/)?.[1] ?? "")
      .matchAll(/"([\w-]+)"/g),
  ].map(([, code = ""]) => code);
  const typed = ["base32", "hex", "otpauth", "cut-off-secret"];
  /** @type {Record<string, readonly string[]>} */
  const computed = {
    "packages/cli/program.ts": usage.map((name) =>
      `usage/${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    ),
    "packages/cli/account/find_account.ts": ["none", "refused-entry", ...wrong].map((is) =>
      `code/${is}`
    ),
    "packages/cli/token/pick_token.ts": obstacles.map((code) => `transport/${code}`),
    "packages/cli/token/carry_out.ts": [], // the code of the refusal or the error, found at its own place
    "packages/cli/commands/conformance.ts": [], // named where wrong() is called
    "packages/cli/kit/supervise.ts": [], // what its worker has thrown, found at its own place
    "packages/cli/transports/read_module.ts": [], // named where cannot() is called
    "packages/scan/capture/_errors.ts": [
      ...unionMeanings(["packages/scan/capture/_errors.ts", "CaptureObstacle"]).keys(),
    ].map((kind) => `format/${kind}`),
    "packages/formats/_text.ts": [], // the same error again, and what its callers name
    "packages/formats/readers/_place.ts": ["aegis", "twofas", "andotp", "csv"].map((kind) =>
      `format/${kind}`
    ),
    "packages/formats/readers/_xml.ts": ["format/pskc"],
    "packages/formats/_digits.ts": typed.map((kind) => `format/${kind}`),
    "packages/formats/_uri_reader.ts": ["hotp", "steam", "yandex", "motp"].map((is) =>
      `format/${is}`
    ),
    "packages/formats/read_account.ts": wrong
      .filter((is) =>
        !/^(serial-number|plain-number|bare-secret|cut-off-secret|unreadable-otpauth|unknown)$/
          .test(is)
      )
      .map((is) => `format/${is}`),
  };
  return computed;
}

/**
 * The texts that an expression can be; `open` if it can be others too.
 *
 * @param {any} node
 * @returns {{ texts: string[], open: boolean }}
 */
function textsOf(node) {
  if (node?.type === "Literal" && typeof node.value === "string") {
    return { texts: [node.value], open: false };
  }
  const parts = node?.type === "ConditionalExpression"
    ? [node.consequent, node.alternate]
    : node?.type === "LogicalExpression"
    ? [node.left, node.right]
    : undefined;
  if (!parts) return { texts: [], open: true };
  const read = parts.map(textsOf);
  return { texts: read.flatMap(({ texts }) => texts), open: read.some(({ open }) => open) };
}

/** The exit codes that stand in an expression such as `EXIT.usage`. @param {any} node @returns {string[]} */
function exitsOf(node) {
  if (node?.type === "ConditionalExpression") {
    return [...exitsOf(node.consequent), ...exitsOf(node.alternate)];
  }
  return node?.type === "MemberExpression" && node.object.name === "EXIT"
    ? [node.property.name]
    : [];
}

/** Everything that sources say of codes. */
function scanSources() {
  /** @type {Map<string, Found>} */
  const codes = new Map();
  /** @type {Set<string>} */
  const open = new Set();
  const files = readdirSync(join(root, "packages"), { recursive: true, encoding: "utf8" })
    .map((path) => `packages/${path.replaceAll("\\", "/")}`)
    .filter((path) =>
      path.endsWith(".ts") &&
      !/_test\.ts$|\.d\.ts$|\/(dist|node_modules|testdata|conformance)\//.test(path)
    );
  for (const path of files.sort()) {
    const from = path.split("/")[1] ?? "";
    const note = (/** @type {string} */ code, /** @type {readonly string[]} */ exits = []) => {
      const found = codes.get(code) ?? { exits: new Set(), from: new Set() };
      found.from.add(from);
      for (const exit of exits) found.exits.add(exit);
      codes.set(code, found);
    };
    new Visitor({
      Literal({ value }) {
        if (typeof value === "string" && SCHEMES.test(value)) note(value);
      },
      NewExpression({ callee, arguments: args }) {
        if (callee.type !== "Identifier") return;
        if (/^(Link|Token|Format)Error$/.test(callee.name)) {
          const { texts, open: more } = textsOf(args[0]);
          const scheme = callee.name.replace("Error", "").toLowerCase();
          for (const text of texts) note(`${scheme}/${text}`);
          if (more && scheme === "format") open.add(path);
        } else if (callee.name === "CliError") {
          /** @type {any} */
          const options = args[1];
          const property = (/** @type {string} */ name) =>
            options.properties.find((/** @type {any} */ p) => p.key?.name === name)?.value;
          const { texts, open: more } = textsOf(property("code"));
          for (const text of texts) note(text, exitsOf(property("exit")));
          if (more) open.add(path);
        }
      },
    }).visit(parseSync(path, read(path)).program);
  }
  const computed = computedCodes();
  for (const path of open) {
    if (!(path in computed)) {
      throw new Error(
        `${path} computes a code: list it in computedCodes() of tools/error_codes.mjs`,
      );
    }
  }
  for (const [path, list] of Object.entries(computed)) {
    if (!open.has(path)) {
      throw new Error(`${path} computes no code any more: take it out of tools/error_codes.mjs`);
    }
    for (const code of list) {
      const found = codes.get(code) ?? { exits: new Set(), from: new Set() };
      codes.set(code, { ...found, from: found.from.add(path.split("/")[1] ?? "") });
    }
  }
  return codes;
}

const built = (/** @type {string} */ path) => import(join(root, "packages", path));
const { exitCodeOf, EXIT } = await built("cli/dist/exit_code.js");
const { FormatError, LinkError, TokenError } = await built("core/dist/errors/mod.js");

/**
 * The exit codes of a code, for the table.
 *
 * @param {string} code
 * @param {Found} found
 */
function exitsFor(code, { exits }) {
  const [scheme = "", name = ""] = code.split("/");
  if (exits.size > 0) return [...exits].map((exit) => EXIT[exit]).sort().join(" or ");
  if (scheme === "format") return String(exitCodeOf(new FormatError(name, "", { source: "" })));
  if (scheme === "token") {
    return String(exitCodeOf(new TokenError(/** @type {any} */ (name), "", { command: "" })));
  }
  if (scheme === "link") {
    const of = (/** @type {string} */ delivery) =>
      exitCodeOf(new LinkError(/** @type {any} */ (name), "", { delivery }));
    return of("not-sent") === of("unknown")
      ? String(of("unknown"))
      : `${of("not-sent")} if not sent, else ${of("unknown")}`;
  }
  if (scheme === "burn" || scheme === "code") return String(EXIT.refused); // refused() and wrongCode() of the command
  if (scheme === "usage") return String(EXIT.usage); // runProgram() of the command
  if (scheme === "needs-person" || code === "transport/no-reader") return String(EXIT.needsPerson);
  return String(EXIT.failed);
}

/**
 * A table as `deno fmt` wants it.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
function table(head, rows) {
  const widths = head.map((title, i) =>
    Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0), title.length)
  );
  const line = (/** @type {readonly string[]} */ cells, fill = " ") =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0, fill)).join(" | ")} |`;
  return [line(head), line(head.map(() => ""), "-"), ...rows.map((row) => line(row))].join("\n");
}

/** The whole document. */
function render() {
  const codes = scanSources();
  const unions = {
    link: unionMeanings(UNIONS.link),
    token: unionMeanings(UNIONS.token),
    code: unionMeanings(UNIONS.code),
  };
  for (const scheme of /** @type {const} */ (["link", "token"])) {
    for (const member of unions[scheme].keys()) {
      const code = `${scheme}/${member}`;
      if (!codes.has(code)) codes.set(code, { exits: new Set(), from: new Set() });
    }
  }
  const known = new Set(Object.keys(MEANINGS));
  const meaningOf = (/** @type {string} */ code) => {
    const [scheme = "", name = ""] = code.split("/");
    known.delete(code);
    const own = MEANINGS[code] ?? /** @type {Record<string, Map<string, string>>} */
      (unions)[scheme]?.get(name);
    const shared = scheme === "format" ? unions.code.get(name) : undefined;
    if (!own && !shared) {
      throw new Error(`"${code}" has no meaning: write one into tools/error_meanings.mjs`);
    }
    return own ?? shared ?? "";
  };
  const notes = ["burn/folded-seed", "burn/short-seed", "burn/unsynced-clock"];
  const spoken = (/** @type {string} */ code) =>
    codes.get(code)?.from.size === 1 && codes.get(code)?.from.has("cli");
  const belongs = {
    link: (/** @type {string} */ code) => code.startsWith("link/"),
    token: (/** @type {string} */ code) =>
      code.startsWith("token/") && unions.token.has(code.slice(6)),
    format: (/** @type {string} */ code) => code.startsWith("format/"),
    burn: (/** @type {string} */ code) =>
      code.startsWith("burn/") && !spoken(code) && !notes.includes(code),
    note: (/** @type {string} */ code) => notes.includes(code),
    wrong: (/** @type {string} */ code) => code.startsWith("code/"),
  };
  const sorted = [...codes.keys()].sort();
  const section = (/** @type {(code: string) => boolean} */ test) =>
    sorted.filter(test).map((code) => {
      const found = /** @type {Found} */ (codes.get(code));
      return [`\`${code}\``, exitsFor(code, found), meaningOf(code)];
    });
  const rest = (/** @type {string} */ code) => !Object.values(belongs).some((test) => test(code));
  const columns = ["code", "exit", "means"];
  const text = `# Error codes

<!-- Written by tools/error_codes.mjs from the sources. Do not edit: \`node tools/error_codes.mjs\` writes it again. -->

Every problem has a code that stays the same between releases; messages may get better. The libraries
throw \`LinkError\`, \`TokenError\` and \`FormatError\` with a \`code\`, a \`message\` and, where there is one, the
\`next\` step for a person. The command puts the same three into \`error\` of its \`--json\` result and ends
with the exit code shown here.

One rule stands above the tables: once something was written to a token and the burn is not complete, the
command ends with 4 whatever the code is, and \`outcome.holds\` of the result names what the token may hold.

## The conversation failed: LinkError

The token has not said no. \`delivery\` says where the bytes were: \`not-sent\`, \`unknown\` or \`answered\`.

${table(columns, section(belongs.link))}

## The token answered, and not with yes: TokenError

${table(columns, section(belongs.token))}

## Something cannot be read: FormatError

${table(columns, section(belongs.format))}

## A plan is refused

Nothing was sent. \`planBurn\` and \`planClockSync\` give all reasons at once; the command's result has them in
\`refusals\`.

${table(columns, section(belongs.burn))}

Notes of a plan stop nothing:

${table(["code", "means"], section(belongs.note).map(([code = "", , means = ""]) => [code, means]))}

## A code that holds no seed

In the result of \`scan\` these stand without \`code/\`, in \`is\`.

${table(columns, section(belongs.wrong))}

## The command itself

${table(columns, section(rest))}

## Why a typed code does not match

Not errors but answers: \`diagnosis\` in the results of \`burn\` and \`verify\`, which then end with ${EXIT.failed}.

${
    table(
      ["diagnosis", "means"],
      [...unionMeanings(UNIONS.diagnosis)].sort().map(([name, means]) => [`\`${name}\``, means]),
    )
  }
`;
  if (known.size > 0) {
    throw new Error(
      `No source has ${[...known].join(", ")}: take it out of tools/error_meanings.mjs`,
    );
  }
  return text;
}

const text = render();
if (!argv.includes("--check")) writeFileSync(target, text);
else if (readFileSync(target, "utf8") !== text) {
  console.error("docs/error-codes.md is not current: run node tools/error_codes.mjs");
  process.exitCode = 1;
}
