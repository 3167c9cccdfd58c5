import { describe, it } from "vitest";
import { declareSuite } from "./suite.ts";

declareSuite({ describe, it });
