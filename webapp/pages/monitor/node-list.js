import { element } from '../shared/element.js';

const PERIOD_MILLIS = 5_000;
const ANSWER_WITHIN_MILLIS = 15_000;

/** @type {Record<string, string>} */
const STATES = { ready: 'Ready', draining: 'Sends its clients away' };

/** @typedef {{node: string, name: string, version: string, startedAt: string, sessions: number, state: string, problem?: string}} Node */

/** All nodes, for administrators: asked for every 5 s from {@link open} to {@link close}. */
export class NodeList {
  #section;
  #list = element('ul', { class: 'node-list' });
  #problem = element('p', { class: 'problem', role: 'alert', hidden: '' });
  #timer = 0;
  #token = '';
  /** Ends the request that is under way. */
  #stop = new AbortController();

  /** @param {HTMLElement} section */
  constructor(section) {
    this.#section = section;
    section.append(element('h2', { text: 'Nodes' }), this.#problem, this.#list);
  }

  /** @param {string} token of an administrator */
  open(token) {
    this.close();
    this.#token = token;
    this.#stop = new AbortController();
    this.#ask(this.#stop.signal);
  }

  close() {
    this.#stop.abort();
    clearTimeout(this.#timer);
    this.#section.hidden = true;
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MILLIS)]);
    const answer = await fetch('api/nodes', { signal: deadline, headers: { Authorization: `Bearer ${this.#token}` } })
      .then(async (response) => ({ status: response.status, body: await response.json() }))
      .catch(() => undefined);
    if (signal.aborted) return;
    this.#section.hidden = false;
    if (answer?.status === 200) this.#list.replaceChildren(...answer.body.nodes.map(card));
    const problem = answer?.status === 200 ? '' : answer?.body.detail ?? 'The nodes cannot be asked for at the moment.';
    this.#problem.textContent = problem;
    this.#problem.hidden = problem === '';
    // Of a token that is refused nothing else is to be expected.
    if (answer?.status === 401) return;
    this.#timer = setTimeout(() => this.#ask(signal), PERIOD_MILLIS);
  }
}

/** @param {Node} node */
function card({ node, name, version, startedAt, sessions, state, problem }) {
  return element('li', { class: 'node card', 'data-node': node, 'data-state': problem ? 'problem' : state }, [
    element('h3', { text: name, dir: 'auto' }),
    element('p', { class: 'state', text: STATES[state] ?? state }),
    element('p', { class: 'detail', text: `${sessions} ${sessions === 1 ? 'session' : 'sessions'}` }),
    element('p', { class: 'detail', text: `Version ${version}` }),
    element('p', { class: 'detail', text: `Since ${new Date(startedAt).toLocaleString()}` }),
    problem ? element('p', { class: 'node-problem', text: problem }) : undefined,
  ]);
}
