/** Everything that is not an answer: RFC 9457 problem documents, which say no more than the caller may know. */
import { STATUS_CODES } from 'node:http'
import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'

function sendProblem(response: Response, status: number, detail: string): void {
  const body = { title: STATUS_CODES[status] ?? 'Error', status, detail }
  response.status(status).type('application/problem+json').send(JSON.stringify(body))
}

export const notFound: RequestHandler = (_request, response) =>
  sendProblem(response, 404, 'There is nothing at this path; / says hello.')

/** RFC 9110 §15.5.6: a 405 names what is allowed. OPTIONS asks for just that. */
export function onlyGet(): RequestHandler {
  return (request, response) => {
    response.setHeader('Allow', 'GET, HEAD, OPTIONS')
    if (request.method === 'OPTIONS') response.status(204).end()
    else sendProblem(response, 405, `This path answers GET and HEAD, not ${request.method}.`)
  }
}

/** The stack goes to the log alone. Express marks what the client did wrong (a malformed escape, say) with a 4xx status. */
export function onError(logger: Logger): ErrorRequestHandler {
  return (error, _request, response, next) => {
    const claimed: unknown = error?.status
    const isClients = typeof claimed === 'number' && claimed >= 400 && claimed < 500
    if (!isClients) logger.error({ err: error }, 'request failed')
    if (response.headersSent) return next(error)
    if (isClients) sendProblem(response, claimed, 'The request is malformed; check its path and headers.')
    else sendProblem(response, 500, 'The service failed; its log has the reason under this trace.')
  }
}
