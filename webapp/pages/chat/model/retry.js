/** After these the same message or file may be stored when it is sent again; after any other it never is. */
const WORTH_A_RETRY = new Set([
  'rate_limited',
  'store_unavailable',
  'internal',
  'bad_chunk',
  'conflict',
  'disconnected',
  'timeout',
  'unreachable',
  'expired',
  'closed',
  'queue_full',
  'no_such_room',
  'too_many_files',
]);

/** @param {{code?: string}} [error] why something was not sent, if that is known */
export function isWorthARetry(error) {
  return error?.code === undefined || WORTH_A_RETRY.has(error.code);
}
