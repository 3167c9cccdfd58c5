import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The files that take longest, by their times on a busy machine with two processors (281 s to 30 s). One of them
 * that begins last is waited for by all, and a fresh clone knows no times of its own.
 */
export const LONGEST: readonly string[] = [
  "tests/usb/vm/conformance_system_test.ts",
  "tests/qr_belief_test.ts",
  "tests/usb/vm/vm_system_test.ts",
  "tests/scan_belief_system_test.ts",
  "tests/conformance_command_test.ts",
  "tests/pcscd/trouble_system_test.ts",
  "packages/scan/scan_image_test.ts",
  "packages/scan/capture/x11_system_test.ts",
  "packages/transport-usb/conformance_system_test.ts",
  "tests/fault_sweep_test.ts",
  "packages/transport-usb/lane_system_test.ts",
  "packages/transport-pcsc/scenarios_system_test.ts",
  "tests/usb/preload/keys_system_test.ts",
];

/** Begins with the files of each project that take longest; the rest goes as vitest has it. */
export class LongestFirst extends BaseSequencer {
  /** Sorts what is to be run. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const projects = [...new Set(sorted.map(({ project }) => project.name))];
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const place = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`));
      const inProject = place === -1 ? LONGEST.length : place;
      return projects.indexOf(project.name) * (LONGEST.length + 1) + inProject;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
