/** The image that .ci/image.sh built, run as a cluster runs it. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type RunningProgram, startProgram } from '../programs.ts'

const STORAGE = join(import.meta.dirname, '..', '..', '.peers', 'image', 'storage.conf')
export const IMAGE = 'localhost/sonde:test'
/** Podman's own limits of open files may be over what root has here. */
export const RUN = [
  ...['--runtime', 'runc', 'run', '--rm', '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'],
  ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--memory', '256m', '--memory-swap', '256m'],
]
/** The image is looked at, not the network of whoever runs it: the machine's loopback will do. */
export const LOCKED = [...RUN, '--read-only', '--read-only-tmpfs=false', '--network', 'host']
const env = { ...process.env, CONTAINERS_STORAGE_CONF: STORAGE }

/** What prober and service print when they listen. */
export const LISTENING = /"listening"|Listening on/

export const isBuilt = () => existsSync(STORAGE)

export interface Ran {
  readonly code: number | null
  readonly output: string
}

export function podman(...args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync('podman', args, { env, encoding: 'utf8', timeout: 50_000 })
  return { code: status, output: `${stdout}${stderr}` }
}

export function startImage(args: readonly string[], ready: RegExp): Promise<RunningProgram> {
  return startProgram('podman', [...LOCKED, ...args], { ready, env, timeoutMs: 40_000 })
}
