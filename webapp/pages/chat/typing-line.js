import { css, html } from 'lit';
import { t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { ChatElement } from './chat-element.js';

/** Who is writing in the room on the screen; for the eyes, since it would interrupt whoever listens. */
class TypingLine extends ChatElement {
  static styles = [
    controls,
    css`
      p {
        min-height: 1.5rem;
        padding: 0 var(--s5);
      }
    `,
  ];

  render() {
    const names = [...this.chat.active.typing.values()].map(({ person }) => person.username);
    const [first, second] = names;
    return html`<p id="typing" class="quiet cut">
      ${
        names.length === 0
          ? ''
          : names.length === 1
            ? t('typing.one', { name: first })
            : names.length === 2
              ? t('typing.two', { name: first, other: second })
              : t('typing.many', { count: names.length })
      }
    </p>`;
  }
}

customElements.define('typing-line', TypingLine);
