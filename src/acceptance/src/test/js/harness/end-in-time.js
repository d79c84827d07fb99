import { after } from 'node:test';

/** A process that has run its tests ends by itself when nothing is left open. */
const END_MILLIS = 5_000;

/** For `node --import`: ends the process of a file whose tests have left something open, and says what it is. */
after(() => {
  const end = () => {
    console.error(`Tests have left open: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exitCode = 1;
    // Not process.exit alone, which would cut off what is still to be written.
    process.stdout.write('', () => process.exit());
  };
  setTimeout(end, END_MILLIS).unref();
});
