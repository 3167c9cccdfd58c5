import type { OtpAlgorithm } from "@otpsmith/core/otp";

/**
 * What is known of a service that checks codes. Only what a source says stands here; what is left out is
 * not known, and nothing is concluded from it.
 */
export interface Provider {
  /** Name for options: `duo`. */
  readonly id: string;
  /** Name for a person. */
  readonly name: string;
  /** How the seed gets there: the service shows a QR code, or an administrator uploads seeds. */
  readonly way: "qr" | "upload";
  /** Hash functions it computes with. */
  readonly algorithms?: readonly OtpAlgorithm[];
  /** Code lengths it takes. */
  readonly digits?: readonly number[];
  /** Time steps in seconds. */
  readonly periods?: readonly number[];
  /** Length of the seeds that it gives out, in bytes, where that asks much of a token. */
  readonly seedBytes?: number;
  /** Longest seed that it takes, in bytes. */
  readonly maxSeedBytes?: number;
  /** Whether it follows a token's clock that drifts. */
  readonly followsDrift?: boolean;
  /** What people stumble over, as sentences. */
  readonly pitfalls: readonly string[];
  /** Where all of that was learned. */
  readonly sources: readonly string[];
  /** Day on which the sources were read, YYYY-MM-DD. */
  readonly read: string;
}

const READ = "2026-11-25";

/** Providers, by name. Parameters and pitfalls, no click paths: those go stale. */
export const PROVIDERS: readonly Provider[] = [
  {
    id: "alibaba-cloud",
    name: "Alibaba Cloud",
    way: "qr",
    digits: [6],
    periods: [30],
    pitfalls: [
      "The QR code expires while the page stays open, and another one has another seed: finish while it is shown.",
      'For the account itself it is called "TOTP", for a RAM user "virtual MFA device".',
    ],
    sources: [
      "https://help.aliyun.com/en/ram/support/faq-about-mfa",
      "https://www.alibabacloud.com/help/en/ram/bind-an-mfa-device-to-a-ram-user-1",
    ],
    read: READ,
  },
  {
    id: "aws",
    name: "AWS (virtual MFA device)",
    way: "qr",
    seedBytes: 40,
    pitfalls: [
      'Choose "virtual MFA device": "hardware TOTP token" takes only models that AWS has approved.',
    ],
    sources: [
      "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_physical.html",
      "https://www.token2.com/site/page/using-totp-hardware-tokens-with-aws-mfa",
    ],
    read: READ,
  },
  {
    id: "duo",
    name: "Duo",
    way: "upload",
    algorithms: ["SHA1"],
    digits: [6, 8],
    periods: [30, 60],
    followsDrift: false,
    pitfalls: [
      "Duo shows no QR code: burn a random seed and let an administrator import it, in hexadecimal.",
    ],
    sources: [
      "https://wiki.deepnetsecurity.com/display/KB/How+to+Import+SafeID+Token+into+Duo",
      "https://www.token2.com/shop/page/using-token2-totp-hardware-tokens-with-duo",
    ],
    read: READ,
  },
  {
    id: "entra",
    name: "Microsoft Entra ID (set up by the user)",
    way: "qr",
    algorithms: ["SHA1"],
    digits: [6],
    periods: [30],
    pitfalls: [
      'The first QR code is for Microsoft\'s own app: choose "I want to use a different authenticator app".',
    ],
    sources: [
      "https://learn.microsoft.com/en-us/entra/identity/authentication/concept-authentication-oath-tokens",
      "https://www.ralpheckhard.com/2019-05-10-hardware-tokens-without-aadpremium/",
    ],
    read: READ,
  },
  {
    id: "entra-upload",
    name: "Microsoft Entra ID (uploaded by an administrator, CSV)",
    way: "upload",
    algorithms: ["SHA1"],
    digits: [6],
    periods: [30, 60],
    maxSeedBytes: 80,
    followsDrift: true,
    pitfalls: ["Each token has to be activated with a code of it after the upload."],
    sources: [
      "https://learn.microsoft.com/en-us/entra/identity/authentication/how-to-mfa-upload-oath-tokens",
      "https://wiki.deepnetsecurity.com/display/SafeID/Determining+the+extent+of+time+drift+on+Pre-Programmed+TOTP+Tokens",
    ],
    read: READ,
  },
  {
    id: "freeipa",
    name: "FreeIPA",
    way: "upload",
    algorithms: ["SHA1", "SHA256", "SHA512"],
    digits: [6, 8],
    pitfalls: [],
    sources: [
      "https://freeipa.readthedocs.io/en/ipa-4-11/api/otptoken_add.html",
      "https://github.com/freeipa/freeipa/blob/master/ipaserver/install/ipa_otptoken_import.py",
    ],
    read: READ,
  },
  {
    id: "linotp",
    name: "LinOTP",
    way: "upload",
    algorithms: ["SHA1", "SHA256", "SHA512"],
    digits: [6, 8],
    periods: [30, 60],
    pitfalls: [],
    sources: ["https://github.com/LinOTP/LinOTP/blob/master/linotp/lib/ImportOTP/oath.py"],
    read: READ,
  },
  {
    id: "okta",
    name: 'Okta (as "Google Authenticator")',
    way: "qr",
    algorithms: ["SHA1"],
    digits: [6],
    periods: [30],
    pitfalls: [
      "Codes are taken up to two minutes off: a token that drifts two minutes a year lasts about a year.",
    ],
    sources: [
      "https://www.token2.net/site/page/using-programmable-hardware-tokens-with-okta",
      "https://help.okta.com/en-us/content/topics/security/mfa-totp-seed.htm",
    ],
    read: READ,
  },
  {
    id: "pingone",
    name: "PingOne",
    way: "upload",
    algorithms: ["SHA1", "SHA256", "SHA512"],
    digits: [6, 8],
    pitfalls: [],
    sources: ["https://developer.pingidentity.com/pingone-api/mfa/oath-tokens.html"],
    read: READ,
  },
  {
    id: "privacyidea",
    name: "privacyIDEA",
    way: "upload",
    algorithms: ["SHA1", "SHA256", "SHA512"],
    digits: [6, 8],
    periods: [30, 60],
    pitfalls: [
      "Its CSV import takes the hash from the seed's length: import seeds of 32 and 64 bytes as PSKC.",
    ],
    sources: [
      "https://github.com/privacyidea/privacyidea/blob/master/privacyidea/lib/importotp.py",
      "https://privacyidea.readthedocs.io/en/latest/workflows_and_tools/import/index.html",
    ],
    read: READ,
  },
  {
    id: "rapididentity",
    name: "RapidIdentity",
    way: "upload",
    periods: [30],
    pitfalls: ["Its import takes seeds in hexadecimal alone."],
    sources: ["https://mfa.rapididentity.com/docs/otp-upload-and-enrollment"],
    read: READ,
  },
];
