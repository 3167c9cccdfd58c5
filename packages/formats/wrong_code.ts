/**
 * What a code is that holds no seed for a token.
 *
 * - `serial-number`: the barcode of a token's own serial number (or another barcode of digits).
 * - `plain-number`: a shorter or longer number, such as a one-time code.
 * - `phonefactor`, `okta-verify`, `duo`: activation of a maker's own app; no seed inside.
 * - `fido`: a passkey sign-in.
 * - `otpauth-migration`: an export of Google Authenticator, with several accounts.
 * - `hotp`, `steam`, `yandex`, `motp`: seeds for codes that are computed differently.
 * - `web-link`: an address of a web page.
 * - `cut-off-secret`: the text ends inside, or its secret has a length that cannot be.
 * - `bare-secret`: a seed without anything around it; typed input takes it.
 * - `unreadable-otpauth`: an otpauth URI with a mistake; the message and position say which.
 * - `unknown`: anything else.
 */
export type WrongKind =
  | "serial-number"
  | "plain-number"
  | "phonefactor"
  | "okta-verify"
  | "duo"
  | "fido"
  | "otpauth-migration"
  | "hotp"
  | "steam"
  | "yandex"
  | "motp"
  | "web-link"
  | "cut-off-secret"
  | "bare-secret"
  | "unreadable-otpauth"
  | "unknown";

/** What to tell a person about a wrong code. */
export interface Explanation {
  /** What it is, as "action: state". */
  readonly message: string;
  /** The plain next step. */
  readonly next: string;
}

const OWN_APP = "it activates the maker's own app and holds no seed";
const OTHER_CODES = "a hardware token cannot compute its codes";

/** Explanations of the kinds that are recognised without reading further. */
export const WRONG_CODES: Readonly<
  Record<Exclude<WrongKind, "unreadable-otpauth" | "cut-off-secret">, Explanation>
> = {
  "serial-number": {
    message: "Cannot use this code: it is a serial number or product barcode, not a seed",
    next:
      "Scan the QR code that the service shows when you add an authenticator app, not the token.",
  },
  "plain-number": {
    message: "Cannot use this code: it is only a number",
    next: "Scan the QR code that the service shows when you add an authenticator app.",
  },
  phonefactor: {
    message: `Cannot use this code: ${OWN_APP} (Microsoft Authenticator)`,
    next:
      'On the Microsoft page choose "I want to use a different authenticator app", then scan the new code.',
  },
  "okta-verify": {
    message: `Cannot use this code: ${OWN_APP} (Okta Verify)`,
    next:
      'On the Okta page set up "Google Authenticator" instead of Okta Verify and scan that code.',
  },
  duo: {
    message: `Cannot use this code: ${OWN_APP} (Duo Mobile)`,
    next:
      "Duo has no QR code for hardware tokens: burn a random seed and let a Duo administrator import it.",
  },
  fido: {
    message: "Cannot use this code: it is for signing in with a passkey and holds no seed",
    next: 'Go back on that page and choose "authenticator app" instead of passkey or security key.',
  },
  "otpauth-migration": {
    message:
      "Cannot use this code: it is an export of Google Authenticator, perhaps of many accounts",
    next: "Set up the authenticator app anew at the service and scan the code that it shows.",
  },
  hotp: {
    message:
      "Cannot use this code: it is for counter-based codes (HOTP), and the token has a clock only",
    next: "Ask the service for time-based codes (TOTP).",
  },
  steam: {
    message: `Cannot use this code: it is for Steam Guard, and ${OTHER_CODES}`,
    next: "Keep Steam Guard in the Steam app; Steam does not offer ordinary TOTP codes.",
  },
  yandex: {
    message: `Cannot use this code: it is for Yandex Key, and ${OTHER_CODES}`,
    next: "Keep the Yandex app: its codes also depend on a PIN that is typed into it.",
  },
  motp: {
    message: `Cannot use this code: it is for Mobile-OTP, and ${OTHER_CODES}`,
    next: "Ask the service for ordinary time-based codes (TOTP).",
  },
  "web-link": {
    message: "Cannot use this code: it is the address of a web page, not a seed",
    next:
      "Go on with the set-up in the browser until the service shows a code for authenticator apps.",
  },
  "bare-secret": {
    message:
      "Cannot use this code: it is a bare text that may be a seed, without name and settings",
    next: "Give it as a typed seed, and say whether the service calls it base32 or hexadecimal.",
  },
  unknown: {
    message: "Cannot use this code: it is not the set-up code of an authenticator app",
    next: "Scan the QR code that the service shows when you add an authenticator app.",
  },
};
