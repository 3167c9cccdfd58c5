/** USB card readers and tokens with a smart card inside, as CCID devices. */
export {
  CcidInterface,
  type CcidInterfaceOptions,
  type CcidPersonality,
} from "./ccid_interface.ts";
export {
  type CcidReaderOptions,
  createCcidReader,
  type VirtualCcidReader,
} from "./create_ccid_reader.ts";
export { type CcidFault, CcidFaults } from "./faults.ts";
export {
  CCID_PROFILES,
  type CcidInterfaceProfile,
  type CcidProfile,
  type CcidProfileName,
} from "./profiles.ts";
export { type CcidClass, type ExchangeLevel } from "./class_descriptor.ts";
