import type { ServerResponse } from 'node:http'

/** For a person or a program that reads text; `nosniff`, because much of what is in it came from strangers. */
export function sendText(response: ServerResponse, status: number, text: string, headers: Headers = {}): void {
  const body = text.endsWith('\n') ? text : `${text}\n`
  response
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'x-content-type-options': 'nosniff',
      ...headers,
    })
    .end(body)
}

type Headers = Readonly<Record<string, string>>
