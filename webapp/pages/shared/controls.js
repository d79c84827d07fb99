import { css } from 'lit';

/** What every component uses: buttons, fields, badges and the like. */
export const controls = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  [hidden] {
    display: none !important;
  }

  h1,
  h2,
  h3,
  p,
  ul,
  ol {
    margin: 0;
    padding: 0;
  }

  ul,
  ol {
    list-style: none;
  }

  h1 {
    font-size: var(--type-title);
    font-weight: 650;
    line-height: 1.3;
  }

  h2 {
    font-size: var(--type-body);
    font-weight: 650;
  }

  a {
    color: var(--accent);
    text-underline-offset: 0.15em;
  }

  button,
  input,
  select,
  textarea {
    font: inherit;
    color: inherit;
  }

  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }

  input,
  select,
  textarea {
    width: 100%;
    min-width: 0;
    min-height: 2.5rem;
    padding: 0.45rem var(--s3);
    border: 1px solid var(--line-strong);
    border-radius: var(--round);
    background: var(--surface);
  }

  input::placeholder,
  textarea::placeholder {
    color: var(--quiet);
    opacity: 1;
  }

  label,
  legend {
    display: block;
    margin-bottom: var(--s1);
    font-size: var(--type-quiet);
    font-weight: 600;
  }

  button,
  .button {
    display: inline-flex;
    gap: var(--s2);
    align-items: center;
    justify-content: center;
    min-height: 2.5rem;
    padding: 0.35rem var(--s4);
    border: 1px solid var(--line);
    border-radius: var(--round);
    background: var(--raised);
    font-weight: 550;
    text-decoration: none;
    white-space: nowrap;
    cursor: pointer;
  }

  button:hover,
  .button:hover {
    background: var(--hover);
  }

  button:disabled {
    opacity: 0.55;
    cursor: default;
  }

  button.primary {
    border-color: transparent;
    background: var(--accent-fill);
    color: var(--on-accent);
  }

  button.primary:hover:enabled {
    background: var(--accent-fill-hover);
  }

  button.danger {
    color: var(--danger);
  }

  button.small {
    min-height: 1.75rem;
    padding: 0 var(--s3);
    font-size: var(--type-quiet);
  }

  /* A button in a bar: only its sign. */
  button.icon,
  a.icon {
    display: inline-flex;
    flex: none;
    align-items: center;
    justify-content: center;
    position: relative;
    width: 2.25rem;
    min-height: 2.25rem;
    height: 2.25rem;
    padding: 0;
    border-color: transparent;
    border-radius: var(--round);
    background: none;
    color: var(--quiet);
  }

  button.icon:hover,
  a.icon:hover {
    background: var(--hover);
    color: var(--text);
  }

  button.icon[aria-expanded='true'],
  button.icon[aria-pressed='true'] {
    background: var(--selected);
    color: var(--accent);
  }

  /* A button that looks like a link. */
  button.link {
    min-height: 0;
    padding: 0 var(--s1);
    border: 0;
    background: none;
    color: var(--accent);
    font-size: inherit;
    text-decoration: underline;
    text-underline-offset: 0.15em;
  }

  svg.sign {
    width: 1.25rem;
    height: 1.25rem;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.75;
    stroke-linecap: round;
    stroke-linejoin: round;
  }

  .badge {
    display: inline-block;
    min-width: 1.25rem;
    padding: 0 0.35rem;
    border-radius: 1rem;
    background: var(--accent-fill);
    color: var(--on-accent);
    font-size: var(--type-small);
    font-weight: 700;
    line-height: 1.25rem;
    text-align: center;
  }

  .quiet {
    color: var(--quiet);
    font-size: var(--type-quiet);
  }

  .tag {
    flex: none;
    padding: 0 0.35rem;
    border: 1px solid var(--line);
    border-radius: 0.4rem;
    color: var(--quiet);
    font-size: var(--type-small);
    font-weight: 400;
    white-space: nowrap;
  }

  .problem {
    padding: var(--s2) var(--s3);
    border-radius: var(--round);
    background: var(--danger-soft);
    color: var(--danger);
    font-size: var(--type-quiet);
    overflow-wrap: anywhere;
  }

  .cut {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .card {
    border: 1px solid var(--line);
    border-radius: var(--round-large);
    background: var(--surface);
  }

  .row {
    display: flex;
    gap: var(--s2);
    align-items: center;
  }

  .stack {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--s4);
  }

  .push {
    margin-inline-start: auto;
  }

  .empty {
    display: grid;
    justify-items: center;
    gap: var(--s2);
    padding: var(--s7) var(--s4);
    color: var(--quiet);
    text-align: center;
    overflow-wrap: anywhere;
  }

  .empty svg.sign {
    width: 2.5rem;
    height: 2.5rem;
    stroke-width: 1.25;
  }

  /* Read by screen readers alone. */
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
      scroll-behavior: auto !important;
    }
  }
`;
