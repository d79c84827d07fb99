import { createRequire } from 'node:module';

/** TypeScript's compiler, which JavaScriptTest unpacks. */
export function typescript() {
  const folder = process.env.PARLEY_TEST_TYPESCRIPT;
  if (folder) return createRequire(import.meta.url)(`${folder}/lib/typescript.js`);
  throw new Error('These tests need TypeScript. The build brings it: mvn verify, or JavaScriptTest alone.');
}
