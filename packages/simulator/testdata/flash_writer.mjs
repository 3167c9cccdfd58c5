// A process that writes to a token's state file as fast as it can, until it is killed or has done
// COUNT writes. Each write keeps one promise: the serial number's last digits, the clock and the
// number of power cycles belong together.
//
// node flash_writer.mjs FILE COUNT
import { fileFlash } from "@otpsmith/simulator";

const [file, count] = process.argv.slice(2);
const flash = fileFlash(file);
process.stdout.write("ready\n");
for (let i = 0; i < Number(count); i++) {
  flash.update((image) => {
    const powerCycles = image.powerCycles + 1;
    return { ...image, powerCycles, clock: { ...image.clock, setAt: powerCycles } };
  });
}
