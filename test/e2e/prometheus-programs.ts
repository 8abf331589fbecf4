/** The real Prometheus and Alertmanager on configurations of a test. */
import { realpathSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { findProgram, freePort, type RunningProgram, startProgram } from '../programs.ts'
import { bodyOf, listening } from '../servers/http.ts'

export interface Listening extends AsyncDisposable {
  readonly port: number
}

/** `configFile` stands in the folder that it may write to. */
export async function startPrometheus(folder: string, configFile: string): Promise<Listening> {
  const port = await freePort()
  const program = await startProgram(
    findProgram('prometheus') ?? '',
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { ready: /Server is ready to receive web requests/ },
  )
  return running(program, port)
}

export async function startAlertmanager(folder: string, configFile: string, port: number): Promise<Listening> {
  const [command, ...inFront] = whereItsFilesAre(findProgram('alertmanager') ?? '')
  const flags = [
    `--config.file=${configFile}`,
    `--storage.path=${join(folder, 'alertmanager')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    // No cluster: else it looks for a private address of this machine.
    '--cluster.listen-address=',
  ]
  const program = await startProgram(command, [...inFront, ...flags], { ready: /Listening on/ })
  return running(program, port)
}

/**
 * Debian's Alertmanager reads its templates from /usr/share. Where the package was unpacked and not installed, it runs in
 * a mount namespace of its own in which they are there.
 */
function whereItsFilesAre(program: string): readonly [string, ...string[]] {
  const [, root = ''] = /^(.+)\/usr\/bin\/prometheus-alertmanager$/.exec(realpathSync(program)) ?? []
  if (root === '') return [program]
  const script = 'mount --bind "$0/usr/share" /usr/share && exec "$@"'
  return ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, root, program]
}

function running(program: RunningProgram, port: number): Listening {
  return { port, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() }
}

export interface Notification {
  readonly status: 'firing' | 'resolved'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface Webhook extends AsyncDisposable {
  readonly url: string
  /** In the order in which they came. */
  readonly notifications: readonly Notification[]
}

/** What Alertmanager sends people, kept. */
export async function startWebhook(): Promise<Webhook> {
  const notifications: Notification[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { alerts } = JSON.parse(body) as { alerts: readonly Notification[] }
      notifications.push(...alerts)
      response.end()
    })
  })
  const { url, ...rest } = await listening(server, 'http')
  return { url, notifications, [Symbol.asyncDispose]: () => rest[Symbol.asyncDispose]() }
}
