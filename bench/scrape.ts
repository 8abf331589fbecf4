/** A scraper on bare sockets: kept connections, one request at a time on each, as little work of its own as can be. */
import { connect } from 'node:net'

export interface Scraper {
  /** The whole answer, headers included. */
  get(path: string): Promise<string>
  close(): void
}

interface Lane {
  ask(path: string): Promise<string>
  close(): void
}

export function createScraper(port: number): Scraper {
  const idle: Lane[] = []
  const all: Lane[] = []
  return {
    async get(path) {
      const lane = idle.pop() ?? (await openLane(port))
      if (!all.includes(lane)) all.push(lane)
      const answer = await lane.ask(path)
      idle.push(lane)
      return answer
    },
    close() {
      for (const lane of all) lane.close()
    },
  }
}

function openLane(port: number): Promise<Lane> {
  return new Promise((resolve, reject) => {
    let received = ''
    let done: ((answer: string) => void) | undefined
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      received += text
      if (!isComplete(received)) return
      const answer = received
      received = ''
      done?.(answer)
    })
    const ask = (path: string) =>
      new Promise<string>((answered) => {
        done = answered
        socket.write(`GET ${path} HTTP/1.1\r\nhost: prober\r\n\r\n`)
      })
    socket.once('error', reject)
    socket.once('connect', () => resolve({ ask, close: () => socket.destroy() }))
  })
}

function isComplete(received: string): boolean {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(received)?.[1]
  return length === undefined ? received.endsWith('\r\n0\r\n\r\n') : received.length >= end + 4 + Number(length)
}
