import type { TokenRecord } from "../token_record.ts";
import {
  bareTexts,
  countersLost,
  hashByLength,
  hashes,
  lengths,
  lost,
  note,
  serialNeeded,
  serialsOnce,
  steps,
  totpOnly,
  userWanted,
} from "./_rules.ts";
import { csvCell, Writer } from "./_writer.ts";
import type { Target } from "./target.ts";

/** Where each target's layout was learned stands in docs/formats.md. */
const MAX_ENTRA_BASE32 = 128;

/** Microsoft Entra ID, upload of hardware OATH tokens. */
export const entraCsv: Target = {
  name: "Microsoft Entra ID (CSV)",
  refuse: (records) => [
    totpOnly("Entra ID"),
    hashes("Entra ID's CSV", ["SHA1"]),
    lengths("Entra ID", [6]),
    steps("Entra ID", [30, 60]),
    serialNeeded("Entra ID"),
    serialsOnce("Entra ID", records),
    ({ secret }) =>
      Math.ceil(secret.length * 8 / 5) <= MAX_ENTRA_BASE32 ? undefined : {
        code: "seed-too-long",
        message: `Entra ID takes seeds of at most ${MAX_ENTRA_BASE32} characters in base32.`,
      },
  ],
  lose: () => [userWanted("Entra ID"), lost("Entra ID's CSV", ["issuer", "account"])],
  write: (records) => {
    const file = new Writer();
    file.text("upn,serial number,secret key,time interval,manufacturer,model\r\n");
    for (const { user, serial, secret, period, manufacturer, model } of records) {
      file.text(`${csvCell(user)},${csvCell(serial)},`).base32(secret);
      // An importer refuses an empty cell here; what the token is called is of no matter to codes.
      file.text(
        `,${period},${csvCell(manufacturer || "unknown")},${csvCell(model || "unknown")}\r\n`,
      );
    }
    return file.take();
  },
};

/** Duo, "Import Hardware Tokens": serial, seed, interval. */
export const duo: Target = {
  name: "Duo",
  refuse: (records) => [
    totpOnly("Duo's list of TOTP tokens"),
    hashes("Duo", ["SHA1"]),
    lengths("Duo", [6, 8]),
    serialNeeded("Duo"),
    serialsOnce("Duo", records),
    bareTexts("Duo", ["serial"]),
    ({ digits }) =>
      digits === records[0]!.digits ? undefined : {
        code: "digits",
        message: "Duo takes one code length for a whole list: export the others on their own.",
      },
  ],
  lose: (records) => [
    lost("Duo's list", ["issuer", "account", "user", "manufacturer", "model"]),
    note("setting-elsewhere", `Choose the token type TOTP-${records[0]!.digits} in Duo's form.`),
    note("no-drift", "Duo follows no clock that drifts: take tokens whose clock can be set again."),
  ],
  write: (records) => {
    const file = new Writer();
    for (const { serial, secret, period } of records) {
      file.text(`${serial},`).hex(secret).text(`,${period}\r\n`);
    }
    return file.take();
  },
};

/** What privacyIDEA takes the hash from, by seed length in bytes. */
const PRIVACYIDEA_HASHES = { 28: "SHA224", 32: "SHA256", 48: "SHA384", 64: "SHA512" };

/** privacyIDEA, OATH CSV. */
export const privacyideaCsv: Target = {
  name: "privacyIDEA (OATH CSV)",
  refuse: (records) => [
    lengths("privacyIDEA", [6, 8]),
    steps("privacyIDEA", [30, 60]),
    hashByLength("privacyIDEA", PRIVACYIDEA_HASHES),
    serialNeeded("privacyIDEA"),
    serialsOnce("privacyIDEA", records),
    bareTexts("privacyIDEA", ["serial"]),
  ],
  lose: () => [lost("privacyIDEA's CSV", ["issuer", "account", "user", "manufacturer", "model"])],
  write: (records) => {
    const file = new Writer();
    for (const record of records) {
      oathColumns(file, record);
      // Behind the length stands the time step of TOTP, and the counter of HOTP.
      file.text(`, ${record.type === "totp" ? record.period : record.counter}\n`);
    }
    return file.take();
  },
};

/** LinOTP, OATH CSV: the sixth column names the hash. */
export const linotp: Target = {
  name: "LinOTP (OATH CSV)",
  refuse: (records) => [
    lengths("LinOTP", [6, 8]),
    steps("LinOTP", [30, 60]),
    serialNeeded("LinOTP"),
    serialsOnce("LinOTP", records),
    bareTexts("LinOTP", ["serial"]),
  ],
  lose: () => [
    lost("LinOTP's CSV", ["issuer", "account", "user", "manufacturer", "model"]),
    countersLost("LinOTP's CSV"),
  ],
  write: (records) => {
    const file = new Writer();
    for (const record of records) {
      oathColumns(file, record);
      file.text(
        `, ${record.type === "totp" ? record.period : ""}, ${record.algorithm.toLowerCase()}\n`,
      );
    }
    return file.take();
  },
};

/** NetIQ Advanced Authentication, OATH CSV. */
export const netiq: Target = {
  name: "NetIQ Advanced Authentication",
  refuse: (records) => [
    hashes("NetIQ's CSV", ["SHA1"]),
    lengths("NetIQ", [6, 8]),
    serialNeeded("NetIQ"),
    serialsOnce("NetIQ", records),
    bareTexts("NetIQ", ["serial"]),
  ],
  lose: () => [
    lost("NetIQ's CSV", ["issuer", "account", "user", "manufacturer", "model"]),
    countersLost("NetIQ's CSV"),
  ],
  write: (records) => {
    const file = new Writer();
    for (const record of records) {
      oathColumns(file, record);
      file.text(record.type === "totp" ? `, ${record.period}\r\n` : "\r\n");
    }
    return file.take();
  },
};

/** Serial, seed in hexadecimal, type, length: what NetIQ, LinOTP and privacyIDEA have in common. */
function oathColumns(file: Writer, { serial, secret, type, digits }: TokenRecord): void {
  file.text(`${serial}, `).hex(secret).text(`, ${type}, ${digits}`);
}

const COLUMNS = [
  "serial",
  "issuer",
  "account",
  "user",
  "manufacturer",
  "model",
  "type",
  "algorithm",
  "digits",
  "period",
  "counter",
] as const;

/** A list that this package reads back without a loss, and spreadsheets read, too. */
export const csv: Target = {
  name: "CSV with named columns",
  refuse: () => [],
  lose: () => [],
  write: (records) => {
    const file = new Writer();
    file.text(`${COLUMNS.join(",")},secret_base32\r\n`);
    for (const record of records) {
      // Texts are quoted, so that zeros in front of a serial number are seen to be meant.
      const cells = COLUMNS.map((column) => {
        const value = record[column];
        return typeof value === "number" ? String(value) : `"${value.replaceAll('"', '""')}"`;
      });
      file.text(`${cells.join(",")},`).base32(record.secret).text("\r\n");
    }
    return file.take();
  },
};
