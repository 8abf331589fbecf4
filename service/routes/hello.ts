import type { RequestHandler } from 'express'

export function hello(text: string): RequestHandler {
  return (_request, response) => {
    response.type('text/plain').send(text)
  }
}
