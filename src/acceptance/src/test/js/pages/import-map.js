import { readFileSync } from 'node:fs';
import { register } from 'node:module';

/**
 * Lets Node find what the pages import by the name of a library, by the import map of the pages themselves. The
 * server's build has put the libraries where the map's addresses lead in the WAR. Modules must be imported dynamically
 * after this one.
 */
const REPOSITORY = new URL('../../../../../../', import.meta.url);
const LIBRARIES = new URL('src/server/target/libraries-of-the-pages/', REPOSITORY);

const page = readFileSync(new URL('webapp/index.html', REPOSITORY), 'utf8');
const [, map] = /<script type="importmap">(.*?)<\/script>/s.exec(page) ?? [];
if (map === undefined) throw new Error('webapp/index.html has no import map.');

/** @type {Record<string, string>} */
const addresses = Object.fromEntries(
  Object.entries(JSON.parse(map).imports).map(([name, address]) => [
    name,
    new URL(String(address).replace('./lib/', ''), LIBRARIES).href,
  ]),
);

const hooks = `
  let addresses;
  export function initialize(data) {
    addresses = data;
  }
  export function resolve(name, context, next) {
    const exact = addresses[name];
    const prefix = Object.keys(addresses).find((known) => known.endsWith('/') && name.startsWith(known));
    const url = exact ?? (prefix && addresses[prefix] + name.slice(prefix.length));
    return url ? { url, format: 'module', shortCircuit: true } : next(name, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: addresses });

/** @param {string} path of a module below webapp/pages */
export function importPage(path) {
  return import(new URL(`webapp/pages/${path}`, REPOSITORY).href);
}

export { addresses, LIBRARIES, REPOSITORY };
