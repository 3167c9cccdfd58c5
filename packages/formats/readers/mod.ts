/** Readers of files with tokens or accounts, one for each kind; `readTokens` finds the right one. */
export type { Unlock } from "../_keys.ts";
export { detectFormat } from "./detect_format.ts";
export { readTokens, type ReadTokensOptions } from "./read_tokens.ts";
export { readAegis } from "./aegis.ts";
export { readAndOtp } from "./andotp.ts";
export { readCsv, type ReadCsvOptions } from "./csv.ts";
export { type GooglePart, parseGooglePart } from "./google_export.ts";
export { type OtpauthText, readOtpauthList, readOtpauthLists } from "./otpauth_list.ts";
export { readPskc } from "./pskc.ts";
export { readTwoFas } from "./twofas.ts";
