#!/usr/bin/env node
// @ts-check
/**
 * Writes docs/devices.md from the drivers' own evidence, traits and model tables: `node tools/devices.mjs`,
 * or with `--check` only says whether it is current. Wants the packages built.
 *
 * Tokens that no driver writes stand in docs/protocols/README.md, from where they are taken over.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { allDrivers } from "../packages/cli/dist/token/drivers.js";

const root = join(import.meta.dirname, "..");
const target = join(root, "docs/devices.md");

/** @typedef {import("../packages/core/token/mod.ts").TokenTraits} TokenTraits */
/** @typedef {import("../packages/core/token/mod.ts").TokenDriver} TokenDriver */

/** @type {Readonly<Record<string, string>>} */
const LEVELS = {
  "hardware": "a real token",
  "maker-firmware": "the maker's firmware, on a PC; no real token",
  "independent-card": "an independent card, in software; no real token",
  "published-tool": "the bytes of a published tool; no real token",
  "simulator": "our own simulated token alone",
};

/** @type {Readonly<Record<string, string>>} */
const CLOCKS = {
  "keeps-seeds": "keeps the seed",
  "clears-seeds": "**clears the seed**",
  "unknown": "may clear the seed",
  "none": "not on its own",
};

/** @type {Readonly<Record<string, string>>} */
const ACCESS = {
  "none": "nothing",
  "published-key": "a key that everybody knows",
  "private-key": "the key of its owner",
  "customer-key": "the customer key; the factory one is published",
  "password": "a password or PIN, where one is set",
};

/** @type {Readonly<Record<string, string>>} */
const PROOFS = {
  computed: "the token computes a code",
  presence: "the token says that there is a seed, not which",
  display: "a person compares the display",
};

/** @type {Readonly<Record<string, string>>} */
const LINKS = {
  apdu: "smart-card commands",
  report: "HID reports",
  feature: "HID feature reports",
};

/** @param {readonly string[]} cells */
const row = (cells) => `| ${cells.join(" | ")} |`;

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
function table(head, rows) {
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

/** @param {TokenTraits} traits */
function abilities({ slots, seed, seedRefused, algorithms, digits, periods, clockWrite }) {
  return [
    `${slots.count}${slots.titleBytes > 0 ? `, titles of ${slots.titleBytes} bytes` : ""}`,
    seedRefused === undefined ? `${seed.minBytes} to ${seed.maxBytes}` : "**not written**",
    algorithms.join(", "),
    digits.join(", "),
    periods.length > 4
      ? `${Math.min(...periods)} to ${Math.max(...periods)} s`
      : `${periods.join(", ")} s`,
    CLOCKS[clockWrite] ?? clockWrite,
  ];
}

/** @param {TokenDriver} driver */
function section({ name, family, kind, evidence, models = [] }) {
  const traits = models[0]?.traits;
  const facts = traits
    ? [
      `- To be shown before a write: ${ACCESS[traits.access] ?? traits.access}.`,
      traits.seedRefused === undefined
        ? `- Proof of a burn: ${traits.proof.map((proof) => PROOFS[proof] ?? proof).join("; ")}.`
        : `- A seed is refused: ${traits.seedRefused}.`,
      `- The table is from ${[...new Set(models.map(({ source }) => source))].join("; ")}.`,
    ]
    : [];
  const known = models.length > 0
    ? table(
      [
        "model",
        "told by",
        "seeds",
        "bytes of a seed",
        "hash",
        "digits",
        "time step",
        "setting the clock",
      ],
      models.map(({ model, toldBy, traits }) => [model, toldBy, ...abilities(traits)]),
    )
    : "The driver has no table of models.";
  const remarks = models.flatMap(({ model, remark }) => remark ? [`- ${model}: ${remark}`] : []);
  return [
    `## ${family}`,
    `Driver \`${name}\`, over ${LINKS[kind] ?? kind}.`,
    [
      `- Evidence: **${LEVELS[evidence.level] ?? evidence.level}**. ${evidence.note}`,
      ...facts,
    ].join("\n"),
    known,
    ...(remarks.length > 0 ? [remarks.join("\n")] : []),
  ].join("\n\n");
}

/** The table of tokens that cannot be written, from the protocol notes. */
function notPublic() {
  const notes = readFileSync(join(root, "docs/protocols/README.md"), "utf8");
  const [, part = ""] = notes.split("## Tokens that cannot be written, and why");
  const rows = part.split("\n").filter((line) => /^\| [^-]/.test(line)).slice(1);
  if (rows.length < 5) throw new Error("docs/protocols/README.md has no table of such tokens");
  return table(
    ["token", "what is public"],
    rows.map((line) =>
      line.split("|").slice(1, 3).map((cell) =>
        cell.trim().replaceAll(/\]\((\w+\.md)/g, "](protocols/$1")
      )
    ),
  );
}

const drivers = allDrivers();

/** @type {readonly string[]} */
const parts = [
  "# Devices",
  "<!-- Written by tools/devices.mjs from the drivers. Do not edit: `node tools/devices.mjs` writes it again. -->",
  "What each driver says of itself: which tokens it knows, what they can do, and how well it is known to work. " +
  "`otpsmith info` says the same of the token that lies on the reader. A token whose model is in no table is read and " +
  'never written. A clock that is set "not on its own" is none at all, or one that is set with a seed or a question.',
  table(
    ["family", "driver", "models", "evidence"],
    drivers.map(({ family, name, models = [], evidence }) => [
      family,
      `\`${name}\``,
      [...new Set(models.map(({ model }) => model))].join(", ") || "–",
      LEVELS[evidence.level] ?? evidence.level,
    ]),
  ),
  ...drivers.map(section),
  "## Under another label",
  "Some of these tokens are sold by others, with keys and serial numbers of their own. Owners who were given the key " +
  "describe their tokens in a profile file, of the kind for [one seed](protocols/token2_single.md#profiles) or for " +
  "[many](protocols/token2_molto2.md#profiles), and name it with `--profile`. Keys that are not published are not " +
  "shipped, and none is guessed.",
  "## Tokens whose bytes are not public",
  "Nothing is claimed of these, no key is tried, and nothing that writes is sent.",
  notPublic(),
  "What otpsmith does with one of them: `otpsmith info` asks for serial number and clock. `otpsmith info --report` asks " +
  "that, for a profile, and for two applications of security keys, and prints the answers without what would name the " +
  "owner. Please send that in with the name that stands on the token.",
  "If the first question is answered in the known shape, the token probably is of a family above under another label. " +
  "Then ask its maker or seller for the key; with that, a [profile file](protocols/token2_single.md#profiles) is all that " +
  "is missing: `otpsmith burn --profile FILE`. A token that answers " +
  "otherwise needs a driver: see [architecture.md](architecture.md#how-to-add).",
];

const text = format(parts.join("\n\n") + "\n");

/** As `deno fmt` lays tables out. @param {string} markdown */
function format(markdown) {
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length;) {
    let end = at;
    while (lines[end]?.startsWith("| ")) end++;
    if (end > at) {
      const cells = lines.slice(at, end).map((line) =>
        line.slice(2, -2).split(" | ").map((cell) => cell.trim())
      );
      const widths = (cells[0] ?? []).map((_, column) =>
        Math.max(...cells.map((row) => row[column] === "---" ? 1 : (row[column] ?? "").length))
      );
      cells.forEach((row, index) => {
        lines[at + index] = `| ${
          row.map((cell, column) =>
            cell === "---" ? "-".repeat(widths[column] ?? 3) : cell.padEnd(widths[column] ?? 0)
          ).join(" | ")
        } |`;
      });
    }
    at = Math.max(end, at + 1);
  }
  return lines.join("\n");
}

/** Line breaks are the formatter's business. @param {string} markdown */
const words = (markdown) => markdown.replace(/\s+/g, " ").replace(/-{3,}/g, "---");

if (argv.includes("--check")) {
  if (words(readFileSync(target, "utf8")) !== words(text)) {
    console.error("docs/devices.md is not current: run node tools/devices.mjs && npm run format");
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
