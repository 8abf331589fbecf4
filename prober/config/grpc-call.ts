/** Of the call itself, or none of HTTP/2 (RFC 9113 §8.2.2): loaded and left out, as grpc-go does without a word. */
const OF_THE_CALL = new Set([
  ...['content-type', 'user-agent', 'te', 'host', 'content-length'],
  ...['grpc-timeout', 'grpc-encoding', 'grpc-message', 'grpc-message-type', 'grpc-status'],
  ...['connection', 'upgrade', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'http2-settings'],
])

export function isOfTheCall(name: string): boolean {
  return name.startsWith(':') || OF_THE_CALL.has(name.toLowerCase())
}
