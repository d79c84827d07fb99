import { css } from 'lit';

/** What the panels beside a conversation have in common. */
export const panelStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
    border-inline-start: 1px solid var(--line);
    background: var(--ground);
  }

  .top {
    display: flex;
    flex: none;
    align-items: center;
    min-height: 3.5rem;
    padding: 0 var(--s2) 0 var(--s4);
    border-bottom: 1px solid var(--line);
  }

  .scroll {
    flex: 1;
    min-height: 0;
    padding: var(--s3);
    overflow-y: auto;
  }
`;
