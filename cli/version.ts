import { readFile } from 'node:fs/promises'

export async function ownVersion(): Promise<string> {
  return JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')).version
}

/** What reports of faults should name. */
export async function versionText(): Promise<string> {
  return `${await ownVersion()} (Node.js ${process.versions.node})`
}
