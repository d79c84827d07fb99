const GAP = 6;
const MARGIN = 8;

/**
 * What a popover in a component needs: open, it stands beside its button; when it closes, the button gets the focus
 * back, which browsers do by themselves only outside of a shadow root.
 * @param {any} event `toggle`
 * @param {HTMLElement} button
 */
export function toggled({ newState, target }, button) {
  if (newState === 'open') placeBeside(target, button);
  else if (target.contains(target.getRootNode().activeElement)) button.focus();
}

/**
 * On the side that has room for it.
 * @param {HTMLElement} popover
 * @param {HTMLElement} button
 */
function placeBeside(popover, button) {
  const at = button.getBoundingClientRect();
  const { width, height } = popover.getBoundingClientRect();
  const isRoomAbove = at.top - GAP - MARGIN >= height;
  const top = isRoomAbove ? at.top - GAP - height : Math.min(at.bottom + GAP, innerHeight - height - MARGIN);
  const left = Math.max(MARGIN, Math.min(at.left, innerWidth - width - MARGIN));
  Object.assign(popover.style, { top: `${Math.max(MARGIN, top)}px`, left: `${left}px` });
}
