import { resolve } from 'node:path';
import { inspect } from 'node:util';

/**
 * A reporter for `node --test`: one JSON object a line for each test, `{file, name, problem}`. Suites are part of the
 * names. `problem` is empty for a test that has passed. A skipped test has a problem too: nothing is left out silently.
 * @param {AsyncIterable<{type: string, data: any}>} events
 */
export default async function* jsonLines(events) {
  /** @type {Map<string, FileReport>} */
  const reports = new Map();
  for await (const { type, data } of events) {
    if (data.file === undefined) continue;
    const file = resolve(data.file);
    if (!reports.has(file)) reports.set(file, new FileReport(file));
    const result = reports.get(file)?.result(type, data);
    if (result) yield `${JSON.stringify({ file, ...result })}\n`;
  }
}

class FileReport {
  #file;
  /** @type {string[]} the tests that have begun, the outermost first */
  #begun = [];
  #output = '';

  /** @param {string} file */
  constructor(file) {
    this.#file = file;
  }

  /**
   * @param {string} type
   * @param {any} data
   * @returns {{name: string, problem: string} | undefined}
   */
  result(type, data) {
    if (type === 'test:stdout' || type === 'test:stderr') this.#output += data.message;
    else if (type === 'test:diagnostic') this.#output += `${data.message}\n`;
    else if (type === 'test:start') this.#begun = [...this.#begun.slice(0, data.nesting), data.name];
    else if (type === 'test:pass' || type === 'test:fail') {
      const problem = this.#problem(type, data);
      const isPassedSuite = data.details.type === 'suite' && !problem;
      if (!isPassedSuite) return { name: [...this.#begun.slice(0, data.nesting), data.name].join(' > '), problem };
    }
    return undefined;
  }

  /**
   * @param {string} type
   * @param {any} data
   */
  #problem(type, data) {
    // Node takes a file without tests for one test that passes.
    if (type === 'test:pass' && resolve(data.name) === this.#file) return 'The file has no test.';
    if (data.skip !== undefined) return `The test is skipped: ${data.skip}`;
    if (data.todo !== undefined) return `The test is still to be written: ${data.todo}`;
    if (type === 'test:pass') return '';
    const { error } = data.details;
    return `${inspect(error.cause ?? error)}\n${this.#output}`;
  }
}
