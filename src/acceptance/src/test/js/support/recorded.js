/**
 * Records the events of a socket, each as one line, in the order in which they come.
 * @param {EventTarget} socket
 * @returns {string[]}
 */
export function recorded(socket) {
  /** @type {string[]} */
  const lines = [];
  socket.addEventListener('open', () => lines.push('open'));
  socket.addEventListener('message', (event) => lines.push(`message ${/** @type {MessageEvent} */ (event).data}`));
  socket.addEventListener('error', (event) => {
    const { message } = /** @type {ErrorEvent} */ (event);
    lines.push(message ? `error ${message}` : 'error');
  });
  socket.addEventListener('close', (event) => {
    const { code, reason, wasClean } = /** @type {CloseEvent} */ (event);
    lines.push(`close ${code}${reason && ` ${reason}`}${wasClean ? '' : ' unclean'}`);
  });
  return lines;
}

/** Waits until all promises that are settled have told it. */
export function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}
