import type { SeedNotation } from "../_digits.ts";

/** What a column may hold. */
export type Column =
  | "user"
  | "serial"
  | "secret"
  | "period"
  | "manufacturer"
  | "model"
  | "issuer"
  | "account"
  | "type"
  | "algorithm"
  | "digits"
  | "counter";

/** Which column holds what, and how the header says that seeds are written. */
export interface Layout {
  readonly columns: ReadonlyMap<Column, number>;
  readonly notation: SeedNotation | undefined;
  /** Whether the first row is data: the columns are known by their order alone. */
  readonly headless: boolean;
}

/**
 * Spellings of headers, without case, spaces and signs. Microsoft writes `time interval` and Token2's
 * tools read `timeinterval`; both are the same here.
 */
const SPELLINGS: Readonly<Record<Column, readonly string[]>> = {
  user: ["upn", "user", "username", "userprincipalname", "email", "owner", "assignedto"],
  serial: ["serialnumber", "serial", "serialno", "sn", "tokenserial", "tokenserialnumber", "token"],
  secret: [
    ..."secretkey secret seed key sharedsecret tokenseed otpkey secretbase32 base32 seedbase32"
      .split(" "),
    ..."secretkeybase32 keybase32 secrethex seedhex hex secretkeyhex keyhex hexseed".split(" "),
  ],
  period: ["timeinterval", "interval", "timestep", "period", "step", "timeintervalinseconds"],
  manufacturer: ["manufacturer", "vendor", "make", "maker"],
  model: ["model", "devicemodel", "product"],
  issuer: ["issuer", "service", "provider"],
  account: ["account", "accountname", "name", "label", "title"],
  type: ["type", "tokentype", "otptype"],
  algorithm: ["algorithm", "hash", "hashalgorithm", "hashfunction", "hmac", "algo"],
  digits: ["digits", "otplength", "otplen", "codelength", "length", "codedigits"],
  counter: ["counter", "movingfactor"],
};

const COLUMN_OF = new Map(
  Object.entries(SPELLINGS).flatMap(([column, names]) =>
    names.map((name) => [name, column as Column] as const)
  ),
);

/** The layout that a header row describes; `undefined` if the row is no header with a seed column. */
export function layoutOfHeader(names: readonly string[]): Layout | undefined {
  const columns = new Map<Column, number>();
  let notation: SeedNotation | undefined;
  names.forEach((name, index) => {
    const bare = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
    const column = COLUMN_OF.get(bare);
    if (!column || columns.has(column)) return;
    columns.set(column, index);
    if (column !== "secret") return;
    if (bare.includes("base32")) notation = "base32";
    else if (bare.includes("hex")) notation = "hex";
  });
  if (!columns.has("secret")) return undefined;
  // Microsoft's own header, which its importer reads as base32 alone.
  const isEntra = columns.has("user") && columns.has("serial") && columns.has("period") &&
    columns.has("manufacturer") && columns.has("model");
  return { columns, notation: notation ?? (isEntra ? "base32" : undefined), headless: false };
}

/** Order of columns without a header: of NetIQ, privacyIDEA, LinOTP; with a number third, of Duo. */
export function layoutOfOrder(
  options: { readonly thirdIsNumber: boolean; readonly withUser: boolean },
): Layout {
  const order: readonly (Column | undefined)[] = options.thirdIsNumber
    ? ["serial", "secret", "period"]
    : ["serial", "secret", "type", "digits", "period", "algorithm"];
  // Version 2 of privacyIDEA's files puts user, resolver and realm in front.
  const all = options.withUser ? ["user" as const, undefined, undefined, ...order] : order;
  const columns = new Map<Column, number>();
  all.forEach((column, index) => column && columns.set(column, index));
  return { columns, notation: undefined, headless: true };
}
