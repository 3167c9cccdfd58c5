/** A module of its own, so that it is loaded for files of tokens alone: it brings XML and ciphers along. */
export { readTokens } from "@otpsmith/formats";
