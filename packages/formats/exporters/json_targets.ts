import type { TokenRecord } from "../token_record.ts";
import {
  hashes,
  lengths,
  lost,
  note,
  serialNeeded,
  serialsOnce,
  steps,
  totpOnly,
} from "./_rules.ts";
import { Writer } from "./_writer.ts";
import type { Target } from "./target.ts";

const GRAPH_HASHES = { SHA1: "hmacsha1", SHA256: "hmacsha256", SHA512: "" };

/** Microsoft Graph (beta): body of a PATCH of `…/authenticationMethodDevices/hardwareOathDevices`. */
export const entraGraph: Target = {
  name: "Microsoft Entra ID (Graph, beta)",
  refuse: (records) => [
    totpOnly("Entra ID"),
    hashes("Entra ID", ["SHA1", "SHA256"]),
    lengths("Entra ID", [6]),
    steps("Entra ID", [30, 60]),
    serialNeeded("Entra ID"),
    serialsOnce("Entra ID", records),
  ],
  lose: () => [
    lost("The list of devices", ["issuer", "account", "user"]),
    note(
      "setting-elsewhere",
      "Tokens are assigned to users and activated in calls of their own; the caller needs the role " +
        "Authentication Policy Administrator.",
    ),
  ],
  write: (records) =>
    list('{"@context":"#$delta","value":[', records, "]}\n", (file, record, index) => {
      const { manufacturer, model } = record;
      file.text(fields({
        "@contentId": String(index + 1),
        serialNumber: record.serial,
        manufacturer: manufacturer || "unknown",
        model: model || "unknown",
        timeIntervalInSeconds: record.period,
        hashFunction: GRAPH_HASHES[record.algorithm],
      })).text(',"secretKey":"').base32(record.secret).text('"}');
    }),
};

const PING_HASHES = { SHA1: "HmacSHA1", SHA256: "HmacSHA256", SHA512: "HmacSHA512" };
const PING_MOST = 100_000;

/** PingOne: body of a POST to `…/environments/ID/oathJobs`. */
export const pingone: Target = {
  name: "PingOne",
  refuse: (records) => [
    lengths("PingOne", [6, 8]),
    serialNeeded("PingOne"),
    serialsOnce("PingOne", records),
    ({ type, algorithm }) =>
      type === "totp" || algorithm === "SHA1" ? undefined : {
        code: "algorithm",
        message: "PingOne computes counter-based codes with SHA1 alone.",
      },
  ],
  lose: (records) => [
    lost("PingOne's list", ["issuer", "account", "user", "manufacturer", "model"]),
    ...(records.length > PING_MOST
      ? [note("setting-elsewhere", `An environment holds at most ${PING_MOST} tokens.`)]
      : []),
  ],
  write: (records) =>
    list('{"type":"CREATE_OATH_TOKENS","tokens":[', records, "]}\n", (file, record, index) => {
      const { type, algorithm, period, counter } = record;
      const moving = type === "totp"
        ? { hashAlgorithm: PING_HASHES[algorithm], totp: { timeStep: period } }
        : { hotp: { counter } };
      file.text(fields({
        serialNumber: record.serial,
        type: type.toUpperCase(),
        otpLength: record.digits,
        ...moving,
        rowNumber: index + 1,
      })).text(',"secret":"').hex(record.secret).text('"}');
    }),
};

/**
 * Okta, custom TOTP: one body of a POST to `/api/v1/users/USER/factors` a line. Hash, length, time step
 * and encoding of the seed belong to the factor profile, which has to fit.
 */
export const okta: Target = {
  name: "Okta (custom TOTP)",
  refuse: (records) => [
    totpOnly("Okta's custom TOTP"),
    ({ algorithm, digits, period }) =>
      algorithm === records[0]!.algorithm && digits === records[0]!.digits &&
        period === records[0]!.period
        ? undefined
        : {
          code: "setting-elsewhere",
          message:
            "Okta keeps hash, length and time step in the profile: export tokens with others on " +
            "their own.",
        },
  ],
  lose: (records) => {
    const [{ algorithm, digits, period }] = records as readonly [TokenRecord];
    return [
      lost("Okta's factor", ["issuer", "account", "manufacturer", "model"]),
      note(
        "setting-elsewhere",
        `The factor profile must say ${algorithm}, ${digits} digits, ${period} s and base32; put its id ` +
          "in place of FACTOR_PROFILE_ID. User and serial number stand beside each body, not in it.",
      ),
    ];
  },
  write: (records) => {
    const file = new Writer();
    for (const { user, serial, secret } of records) {
      file.text(`{"user":${JSON.stringify(user)},"serial":${JSON.stringify(serial)},"body":{`)
        .text(
          '"factorType":"token:hotp","provider":"CUSTOM","factorProfileId":"FACTOR_PROFILE_ID",',
        )
        .text('"profile":{"sharedSecret":"').base32(secret).text('"}}}\n');
    }
    return file.take();
  },
};

/** An object without its closing brace: the seed follows, and is never part of a string. */
function fields(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(value).slice(0, -1);
}

function list(
  head: string,
  records: readonly TokenRecord[],
  tail: string,
  write: (file: Writer, record: TokenRecord, index: number) => void,
): Uint8Array {
  const file = new Writer();
  file.text(head);
  records.forEach((record, index) => {
    file.text(index === 0 ? "\n" : ",\n");
    write(file, record, index);
  });
  return file.text(records.length === 0 ? tail : `\n${tail}`).take();
}
