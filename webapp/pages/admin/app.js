import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { errorText, language, t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { ParleyElement } from '../shared/element.js';
import { storedCredentials } from '../shared/session.js';
import { sign } from '../shared/signs.js';
import { Api } from './api.js';
import '../shared/dialog.js';
import '../shared/page-header.js';

/**
 * @typedef {{
 *   node: string, name: string, version: string, startedAt: string, sessions: number, state: string, problem?: string,
 * }} Node
 */
/**
 * @typedef {{
 *   session: string, node: string, path: string, address: string, username?: string, guest?: string, roles?: string[],
 * }} Session
 */
/**
 * @typedef {{
 *   node: string, name: string, answered: boolean, count?: number, listed?: number,
 * }} Answer whether a list has what is on a node: how many there are, and how many of them are listed
 */
/** @typedef {{room: string, present: number}} Room */
/** @typedef {{question: string, action: () => Promise<string>}} Plan something that is asked about before it is done */

const PERIOD_MILLIS = 5_000;

/**
 * @param {Answer[]} answers to several questions
 * @returns {string[]} the names of the nodes that left one unanswered
 */
function namesOfSilent(answers) {
  return [...new Map(answers.filter(({ answered }) => !answered).map(({ node, name }) => [node, name])).values()];
}

/**
 * The administration: the nodes, their sessions and rooms, announcements, and the end of a session or of a user's
 * access. For tokens with the role `admin`.
 */
class AdminApp extends ParleyElement {
  static properties = {
    nodes: { state: true },
    sessions: { state: true },
    sessionCount: { state: true },
    rooms: { state: true },
    roomAnswers: { state: true },
    silent: { state: true },
    username: { state: true },
    problem: { state: true },
    listsProblem: { state: true },
    done: { state: true },
    plan: { state: true },
    hasToken: { state: true },
  };

  static styles = [
    controls,
    css`
      :host {
        display: block;
      }

      main {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--s5);
        max-width: 76rem;
        margin: 0 auto;
        padding: var(--s4);
      }

      h1 {
        font-size: var(--type-head);
      }

      .nodes,
      .forms {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr));
        gap: var(--s4);
        margin-top: var(--s3);
      }

      .forms {
        grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr));
        align-items: start;
      }

      .card {
        padding: var(--s4);
      }

      .node .problem {
        margin-top: var(--s2);
      }

      .node dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0 var(--s3);
        margin: var(--s2) 0 0;
        font-size: var(--type-quiet);
      }

      dt {
        color: var(--quiet);
      }

      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }

      .state {
        font-size: var(--type-quiet);
        font-weight: 600;
        color: var(--good);
      }

      .state.draining {
        color: var(--warning);
      }

      .forms form {
        display: grid;
        align-content: start;
        gap: var(--s3);
      }

      .forms button {
        justify-self: start;
      }

      /* Positioned, or what only screen readers see would stand outside of it and widen the page. */
      .table {
        position: relative;
        margin-top: var(--s3);
        padding: 0;
        overflow-x: auto;
      }

      table {
        width: 100%;
        border-collapse: collapse;
        font-size: var(--type-quiet);
      }

      th,
      td {
        padding: var(--s2) var(--s4);
        border-bottom: 1px solid var(--line);
        text-align: start;
        white-space: nowrap;
      }

      tbody tr:last-child td {
        border-bottom: 0;
      }

      th {
        color: var(--quiet);
        font-weight: 600;
      }

      td.name {
        max-width: 16rem;
        overflow: hidden;
        text-overflow: ellipsis;
        font-weight: 550;
      }

      th:last-child,
      td:last-child {
        text-align: end;
      }

      .head {
        display: flex;
        flex-wrap: wrap;
        gap: var(--s2) var(--s4);
        align-items: end;
        justify-content: space-between;
      }

      .head > div {
        flex: 0 1 16rem;
      }

      h1 + .problem,
      .done {
        margin-top: var(--s3);
      }

      #silent,
      #lists-problem,
      #part,
      #rooms-part {
        margin-top: var(--s3);
        overflow-wrap: anywhere;
      }

      .done {
        padding: var(--s2) var(--s3);
        border-radius: var(--round);
        background: var(--own);
        font-size: var(--type-quiet);
        overflow-wrap: anywhere;
      }

      .actions {
        display: flex;
        gap: var(--s2);
        justify-content: end;
        margin-top: var(--s4);
      }

      @media (max-width: 30rem) {
        th,
        td {
          padding: var(--s2) var(--s3);
        }
      }
    `,
  ];

  /** @type {Api | undefined} */
  #api;
  /** Ends the questions that are under way. */
  #end = new AbortController();
  #timer = 0;

  constructor() {
    super();
    /** @type {Node[] | undefined} */
    this.nodes = undefined;
    /** @type {Session[] | undefined} */
    this.sessions = undefined;
    this.sessionCount = 0;
    /** @type {Room[]} */
    this.rooms = [];
    /** @type {Answer[]} */
    this.roomAnswers = [];
    /** @type {string[]} the names of the nodes that did not answer */
    this.silent = [];
    this.username = '';
    this.problem = '';
    this.listsProblem = '';
    this.done = '';
    /** @type {Plan | undefined} */
    this.plan = undefined;
    const token = storedCredentials()?.token;
    this.hasToken = token !== undefined;
    if (token !== undefined) this.#api = new Api(token);
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.#api) this.#refresh();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#end.abort();
    clearTimeout(this.#timer);
  }

  updated() {
    document.title = `${t('admin')} · Parley`;
  }

  render() {
    return html`
      <page-header id="head" current="admin"></page-header>
      <main>
        <div>
          <h1>${t('admin')}</h1>
          <p id="problem" class="problem" role="alert" ?hidden=${!this.problem}>${this.problem}</p>
          <p class=${this.done ? 'done' : ''} role="status">${this.done}</p>
        </div>
        ${this.hasToken ? this.#content() : this.#invitation()}
      </main>
      ${this.plan ? this.#question(this.plan) : nothing}
    `;
  }

  #invitation() {
    return html`<div class="card empty">
      ${sign('shield')}
      <p>${t('admin.signIn')}</p>
      <button class="primary" @click=${() => this.byId('head').signIn()}>${t('signIn')}</button>
    </div>`;
  }

  #content() {
    if (!this.nodes) return nothing;
    return html`
      <section aria-labelledby="nodes-title">
        <h2 id="nodes-title">${t('admin.nodes')}</h2>
        <ul id="nodes" class="nodes">
          ${repeat(
            this.nodes,
            ({ node: id }) => id,
            (shown) => this.#node(shown),
          )}
        </ul>
        ${this.silent.length === 0 ? nothing : this.#silence()}
        <p id="lists-problem" class="problem" role="alert" ?hidden=${!this.listsProblem}>
          ${t('admin.listsFailed', { problem: this.listsProblem })}
        </p>
      </section>
      <section class="forms" aria-label=${t('admin.actions')}>
        <form id="announce" class="card" @submit=${this.#announce}>
          <h2>${t('admin.announce')}</h2>
          <div>
            <label for="announce-title">${t('admin.title')}</label>
            <input id="announce-title" maxlength="200" dir="auto" autocomplete="off" />
          </div>
          <div>
            <label for="announce-content">${t('admin.text')}</label>
            <textarea id="announce-content" rows="3" dir="auto" required></textarea>
          </div>
          <div>
            <label for="announce-level">${t('admin.level')}</label>
            <select id="announce-level">
              ${['info', 'warning', 'critical'].map(
                (level) => html`<option value=${level}>${t(`level.${level}`)}</option>`,
              )}
            </select>
          </div>
          <button class="primary">${t('admin.send')}</button>
        </form>
        <form id="revoke" class="card" @submit=${this.#revoke}>
          <h2>${t('admin.revoke')}</h2>
          <p class="quiet">${t('admin.revokeHint')}</p>
          <div>
            <label for="revoke-name">${t('admin.user')}</label>
            <input id="revoke-name" maxlength="64" dir="auto" autocomplete="off" required />
          </div>
          <button class="danger">${t('admin.doRevoke')}</button>
        </form>
      </section>
      ${this.sessions ? this.#lists(this.sessions) : nothing}
    `;
  }

  /** @param {Session[]} sessions */
  #lists(sessions) {
    const { rooms, roomAnswers } = this;
    const isPart = roomAnswers.some(({ count = 0, listed = 0 }) => listed < count);
    // At least: a room may be on several nodes, and which those are that a node does not list is not known.
    const roomCount = Math.max(rooms.length, ...roomAnswers.map(({ count = 0 }) => count));
    return html`
      <section aria-labelledby="sessions-title">
        <div class="head">
          <h2 id="sessions-title">${t('admin.sessions', { count: this.sessionCount })}</h2>
          <div>
            <label for="username">${t('admin.filter')}</label>
            <input id="username" type="search" maxlength="64" dir="auto" autocomplete="off" @change=${this.#filter} />
          </div>
        </div>
        ${sessions.length < this.sessionCount
          ? html`<p id="part" class="quiet">${t('admin.part', { count: sessions.length })}</p>`
          : nothing}
        ${this.#sessionTable(sessions)}
      </section>
      <section aria-labelledby="rooms-title">
        <h2 id="rooms-title">${t('admin.rooms', { count: roomCount })}</h2>
        ${isPart
          ? html`<p id="rooms-part" class="quiet">${t('admin.roomsPart', { count: rooms.length })}</p>`
          : nothing}
        ${this.#roomTable()}
      </section>
    `;
  }

  /** @param {Node} node */
  #node({ node, name, version, startedAt, sessions, state, problem }) {
    return html`
      <li class="card node" data-node=${node}>
        <div class="row">
          <h3 class="cut" dir="auto">${name}</h3>
          <span class="state ${state} push"
            >${state === 'ready' || state === 'draining' ? t(`admin.${state}`) : state}</span
          >
        </div>
        <dl>
          <dt>${t('admin.sessionCount')}</dt>
          <dd>${new Intl.NumberFormat(language()).format(sessions)}</dd>
          <dt>${t('admin.version')}</dt>
          <dd>${version}</dd>
          <dt>${t('admin.since')}</dt>
          <dd>${new Date(startedAt).toLocaleString(language(), { dateStyle: 'medium', timeStyle: 'short' })}</dd>
        </dl>
        ${problem ? html`<p class="problem">${problem}</p>` : nothing}
      </li>
    `;
  }

  #silence() {
    const nodes = new Intl.ListFormat(language()).format(this.silent);
    return html`<p id="silent" class="quiet">${t('admin.silent', { nodes })}</p>`;
  }

  /** @param {Session[]} sessions */
  #sessionTable(sessions) {
    const nodes = /** @type {Node[]} */ (this.nodes);
    const names = new Map(nodes.map(({ node, name }) => [node, name]));
    const areSeveral = nodes.length > 1;
    return html`
      <div class="card table" tabindex="0" role="region" aria-labelledby="sessions-title">
        <table id="sessions">
          <thead>
            <tr>
              <th scope="col">${t('admin.user')}</th>
              <th scope="col">${t('admin.roles')}</th>
              <th scope="col">${t('admin.endpoint')}</th>
              <th scope="col">${t('admin.address')}</th>
              ${areSeveral ? html`<th scope="col">${t('admin.node')}</th>` : nothing}
              <th scope="col"><span class="unseen">${t('admin.actions')}</span></th>
            </tr>
          </thead>
          <tbody>
            ${repeat(
              sessions,
              ({ session }) => session,
              (session) => html`
                <tr data-session=${session.session}>
                  <td class="name">
                    <bdi>${session.username ?? '–'}</bdi>
                    ${session.guest ? html`<span class="tag">${t('guest', { tag: session.guest })}</span>` : nothing}
                  </td>
                  <td>${session.roles?.join(', ') || '–'}</td>
                  <td>${session.path}</td>
                  <td>${session.address}</td>
                  ${areSeveral ? html`<td><bdi>${names.get(session.node) ?? session.node}</bdi></td>` : nothing}
                  <td>
                    <button class="small danger" @click=${() => this.#planClose(session)}>${t('admin.close')}</button>
                  </td>
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
    `;
  }

  #roomTable() {
    return html`
      <div class="card table" tabindex="0" role="region" aria-labelledby="rooms-title">
        <table id="rooms">
          <thead>
            <tr>
              <th scope="col">${t('admin.room')}</th>
              <th scope="col">${t('admin.present')}</th>
            </tr>
          </thead>
          <tbody>
            ${repeat(
              this.rooms,
              ({ room }) => room,
              ({ room, present }) =>
                html`<tr>
                  <td class="name"><bdi>${room}</bdi></td>
                  <td>${new Intl.NumberFormat(language()).format(present)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    `;
  }

  /** @param {Plan} plan */
  #question({ question, action }) {
    return html`
      <parley-dialog id="question" .heading=${question} @closed=${() => (this.plan = undefined)}>
        <p>${t('admin.sure')}</p>
        <div class="actions">
          <button @click=${() => this.byId('question').close()}>${t('cancel')}</button>
          <button
            id="confirm"
            class="danger"
            @click=${async () => {
              this.byId('question').close();
              await this.#act(action);
            }}
          >
            ${t('admin.confirm')}
          </button>
        </div>
      </parley-dialog>
    `;
  }

  /** @param {Plan} plan */
  async #ask(plan) {
    this.plan = plan;
    await this.updateComplete;
    this.byId('question').show();
  }

  /** Ends an older refresh, whose answers may be older, or to another question. */
  async #refresh() {
    clearTimeout(this.#timer);
    this.#end.abort();
    if (!this.isConnected) return;
    this.#end = new AbortController();
    const { signal } = this.#end;
    const results = await Promise.allSettled([this.#readNodes(signal), this.#readLists(signal)]);
    if (signal.aborted) return;
    const [problem, listsProblem] = results.map((result) => (result.status === 'rejected' ? result.reason : undefined));
    this.problem = problem ? errorText(problem) : '';
    // It would most often be the same sentence again.
    this.listsProblem = listsProblem && !problem ? errorText(listsProblem) : '';
    // Of a token that is refused, or that lacks the role, nothing else is to be expected.
    if ([problem, listsProblem].some((error) => [401, 403].includes(error?.status))) return;
    this.#timer = setTimeout(() => this.#refresh(), PERIOD_MILLIS);
  }

  /** @param {AbortSignal} signal */
  async #readNodes(signal) {
    const api = /** @type {Api} */ (this.#api);
    const { nodes } = await api.ask('nodes', { signal });
    if (!signal.aborted) this.nodes = nodes;
  }

  /**
   * What the nodes tell each other: it takes a second, or fails, where one of them does not answer.
   *
   * @param {AbortSignal} signal
   */
  async #readLists(signal) {
    const api = /** @type {Api} */ (this.#api);
    const query = this.username === '' ? '' : `?username=${encodeURIComponent(this.username)}`;
    const [{ count: sessionCount, sessions, nodes: answers }, { rooms, nodes: roomAnswers }] = await Promise.all([
      api.ask(`nodes/sessions${query}`, { signal }),
      api.ask('nodes/rooms', { signal }),
    ]);
    if (signal.aborted) return;
    const silent = namesOfSilent([...answers, ...roomAnswers]);
    Object.assign(this, { sessions, sessionCount, rooms, roomAnswers, silent });
  }

  /** @param {() => Promise<string>} action gives a sentence about what was done */
  async #act(action) {
    this.done = '';
    this.problem = '';
    try {
      this.done = await action();
      await this.#refresh();
    } catch (error) {
      this.problem = errorText(/** @type {Error} */ (error));
    }
  }

  /** @param {any} event */
  #filter({ target }) {
    this.username = target.value.trim();
    this.#refresh();
  }

  /** @param {Event} event */
  #announce(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const title = this.byId('announce-title').value.trim();
    const content = this.byId('announce-content').value.trim();
    const level = this.byId('announce-level').value;
    this.#act(async () => {
      await this.#api?.ask('node/announcements', {
        method: 'POST',
        body: { content, level, ...(title === '' ? {} : { title }) },
      });
      form.reset();
      return t('admin.announced');
    });
  }

  /** @param {Event} event */
  #revoke(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const name = this.byId('revoke-name').value.trim();
    this.#ask({
      question: t('admin.revokeOf', { name }),
      action: async () => {
        await this.#api?.ask(`users/${encodeURIComponent(name)}/revocation`, { method: 'POST' });
        form.reset();
        return t('admin.revoked', { name });
      },
    });
  }

  /** @param {Session} session */
  #planClose({ session, username = '–' }) {
    this.#ask({
      question: t('admin.closeOf', { name: username }),
      action: async () => {
        await this.#api?.ask(`node/sessions/${encodeURIComponent(session)}`, { method: 'DELETE' });
        return t('admin.closed', { name: username });
      },
    });
  }
}

customElements.define('admin-app', AdminApp);
