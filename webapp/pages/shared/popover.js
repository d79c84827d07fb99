const GAP = 6;
const MARGIN = 8;

/**
 * Puts an open popover beside its button, on the side that has room for it. To be called on `toggle`.
 * @param {HTMLElement} popover
 * @param {HTMLElement} button
 */
export function placeBeside(popover, button) {
  const at = button.getBoundingClientRect();
  const { width, height } = popover.getBoundingClientRect();
  const isRoomAbove = at.top - GAP - MARGIN >= height;
  const top = isRoomAbove ? at.top - GAP - height : Math.min(at.bottom + GAP, innerHeight - height - MARGIN);
  const left = Math.max(MARGIN, Math.min(at.left, innerWidth - width - MARGIN));
  Object.assign(popover.style, { top: `${Math.max(MARGIN, top)}px`, left: `${left}px` });
}
