/** The address of the WebSocket server that JavaScriptTest starts, without a path. */
export function server() {
  const address = process.env.PARLEY_TEST_SERVER;
  if (address) return address;
  throw new Error('These tests need a server. The build starts it: mvn verify, or JavaScriptTest alone.');
}
