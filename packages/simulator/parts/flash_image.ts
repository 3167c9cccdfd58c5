import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { FormatError } from "@otpsmith/core/errors";
import { Secret } from "@otpsmith/core/secret";
import { JsonNode } from "../_strict_json.ts";
import type { FlashImage, OtpSettings } from "./flash.ts";

/** The version of the state file that this release writes; it reads no other. */
const SCHEMA_VERSION = 1;

const CELLS = /^(?:[0-9A-F]{2})*$/;

/**
 * Writes an image as JSON. **The text holds the seed**: it is meant for a token's own state file and
 * for nothing else.
 */
export function encodeFlashImage(image: FlashImage): string {
  const settings = ({ seed, ...rest }: OtpSettings) => ({
    seed: seed && seed.use(encodeHex),
    ...rest,
  });
  const plain = {
    schemaVersion: SCHEMA_VERSION,
    ...image,
    stored: settings(image.stored),
    active: settings(image.active),
    cells: image.cells?.use(encodeHex), // left out where there are none
  };
  return JSON.stringify(plain, null, 2) + "\n";
}

/**
 * Reads what {@linkcode encodeFlashImage} wrote.
 *
 * @throws {FormatError} `format/state` if it is anything else. Says neither what is
 * there nor where, and does not pass on the parser's message: any word of it may be a seed.
 */
export function decodeFlashImage(text: string, source: string): FlashImage {
  const damaged = (state: string): never => {
    throw new FormatError("state", `Cannot read token state "${source}": ${state}`, {
      source,
      next: "Name another file, or delete this one to start with a new token.",
    });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return damaged("the file is damaged");
  }
  const root = new JsonNode(value, "", () => damaged("the file is damaged"));
  const fields = root.object([
    "schemaVersion",
    "model",
    "serial",
    "restricted",
    "clock",
    "stored",
    "active",
    "powerCycles",
    "wrongAnswers",
    "locked",
    "cells",
  ]);
  const need = (name: keyof typeof fields): JsonNode => root.required(fields[name], name);
  if (need("schemaVersion").value !== SCHEMA_VERSION) {
    damaged("another version of otpsmith wrote it");
  }
  return {
    model: need("model").string(/^[\w:.-]{1,64}$/),
    serial: need("serial").string(/^\d{8,15}$/),
    restricted: need("restricted").boolean(),
    clock: readClock(need("clock")),
    stored: readSettings(need("stored")),
    active: readSettings(need("active")),
    powerCycles: need("powerCycles").integer(0, Number.MAX_SAFE_INTEGER),
    wrongAnswers: need("wrongAnswers").integer(0, Number.MAX_SAFE_INTEGER),
    locked: need("locked").boolean(),
    ...(fields.cells && { cells: Secret.take(decodeHex(fields.cells.string(CELLS))) }),
  };
}

function readClock(node: JsonNode): FlashImage["clock"] {
  const { seconds, setAt, ppm } = node.object(["seconds", "setAt", "ppm"]);
  return {
    seconds: node.required(seconds, "seconds").integer(0, 0xffff_ffff),
    setAt: node.required(setAt, "setAt").number(-8.64e15, 8.64e15),
    ppm: node.required(ppm, "ppm").number(-1e6, 1e6),
  };
}

function readSettings(node: JsonNode): OtpSettings {
  const fields = node.object(["seed", "algorithm", "period", "displayOff"]);
  const byte = (name: "algorithm" | "period" | "displayOff"): number =>
    node.required(fields[name], name).integer(0, 255);
  const seed = node.required(fields.seed, "seed");
  return {
    seed: seed.value === null
      ? null
      : Secret.take(decodeHex(seed.string(/^(?:[0-9A-F]{2}){1,63}$/))),
    algorithm: byte("algorithm"),
    period: byte("period"),
    displayOff: byte("displayOff"),
  };
}
