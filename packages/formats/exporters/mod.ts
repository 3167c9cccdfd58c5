/** Exporters: records in the form that a target takes, with what the form cannot say. */
export {
  EXPORT_FORMATS,
  type ExportOptions,
  exportTokens,
  type NeutralFormat,
  type ProviderFormat,
} from "./export_tokens.ts";
export type { ExportResult, Loss, LossCode } from "./export_result.ts";
export { linkOf } from "./otpauth_target.ts";
