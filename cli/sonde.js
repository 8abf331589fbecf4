#!/usr/bin/env -S node --max-semi-space-size=2
// The door: plain JavaScript, because a Node.js too old for the TypeScript behind it must still be able to read this
// file and say so. Node.js 20 answers `node cli/main.ts` with ERR_UNKNOWN_FILE_EXTENSION before any line of it runs.
import { fileURLToPath } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)

if (major > 24 || (major === 24 && minor >= 12)) {
  // Compiled code is kept in a folder of our own: the next start takes half the time and 30 MiB less, because the
  // types need not be stripped again. Where that folder cannot be written, nothing is kept.
  const [{ enableCompileCache }, { join }] = await Promise.all([import('node:module'), import('node:path')])
  enableCompileCache(join(import.meta.dirname, '..', '.cache', 'compiled'))
  // The service shares nothing with the prober but this door, so that a shared fault cannot hide from its probe.
  const wantsService = process.argv[2] === 'service' && process.argv.length === 3
  await import(wantsService ? '../service/main.ts' : './main.ts')
} else {
  const [command, ...rest] = process.argv.slice(2)
  const isPlainDemo = command === 'demo' && rest.length === 0
  const words = process.argv.slice(2).map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word)))
  // npm looks for the package where it stands, and a person may stand anywhere.
  const home = fileURLToPath(new URL('..', import.meta.url)).replace(/.$/, '')
  const npm = process.cwd() === home ? 'npm' : `npm --prefix ${home}`
  const instead = isPlainDemo
    ? `${npm} start`
    : [`${npm} run sonde`, ...(words.length > 0 ? ['--', ...words] : [])].join(' ')
  process.stderr.write(`sonde: this is Node.js ${process.versions.node}, too old (24.12 is needed); run: ${instead}\n`)
  process.exitCode = 1
}
