// Lets a child process of a test run TypeScript sources on Node 20, which cannot strip types itself:
//   node --conditions=@otpsmith/source --import ./typescript_hook.mjs program.ts
import { register } from "node:module";

register("./_strip_types.mjs", import.meta.url);
