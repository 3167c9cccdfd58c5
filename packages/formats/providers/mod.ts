/** What is known of services that check codes, and whether a secret will work there. */
export { type Provider, PROVIDERS } from "./provider_data.ts";
export {
  preflight,
  type PreflightCode,
  type PreflightFinding,
  type PreflightQuestion,
} from "./preflight.ts";
