import { css, html } from 'lit';
import { LANGUAGES, language, switchLanguage, t } from '../i18n/language.js';
import { controls } from './controls.js';
import { ParleyElement } from './element.js';
import { chosenTheme, switchTheme, THEMES, themeChanges } from './theme.js';

/** The choice of theme and language. */
class ParleyPreferences extends ParleyElement {
  static styles = [
    controls,
    css`
      :host {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr));
        gap: var(--s3);
      }
    `,
  ];

  constructor() {
    super();
    this.watch(themeChanges, 'change');
  }

  render() {
    const theme = chosenTheme();
    return html`
      <div>
        <label for="theme">${t('theme')}</label>
        <select id="theme" @change=${(/** @type {any} */ event) => switchTheme(event.target.value)}>
          ${THEMES.map(
            (name) => html`<option value=${name} ?selected=${name === theme}>${t(`theme.${name}`)}</option>`,
          )}
        </select>
      </div>
      <div>
        <label for="language">${t('language')}</label>
        <select id="language" @change=${(/** @type {any} */ event) => switchLanguage(event.target.value)}>
          ${Object.entries(LANGUAGES).map(
            ([tag, name]) => html`<option value=${tag} lang=${tag} ?selected=${tag === language()}>${name}</option>`,
          )}
        </select>
      </div>
    `;
  }
}

customElements.define('parley-preferences', ParleyPreferences);
