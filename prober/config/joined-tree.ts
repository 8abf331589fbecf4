/** A configuration and its module files as one tree, in which every place keeps the file that it came from. */
import { entriesOf } from './headers.ts'
import { formatPosition, type Path, type PlacedProblem } from './problem.ts'
import type { Tree } from './yaml-tree.ts'

/** Of a module that is written twice the first counts, and the second is a problem. */
export function joinTrees(
  main: Tree,
  parts: readonly Tree[],
): { readonly tree: Tree; readonly problems: readonly PlacedProblem[] } {
  const owners = new Map<string, Tree>(modulesOf(main).map(([name]) => [name, main]))
  const modules: Record<string, unknown> = Object.assign(Object.create(null), Object.fromEntries(modulesOf(main)))
  const problems: PlacedProblem[] = []
  for (const part of parts) {
    for (const [name, module] of modulesOf(part)) {
      const owner = owners.get(name)
      if (owner === undefined) {
        owners.set(name, part)
        modules[name] = module
      } else problems.push(twice(name, owner, part))
    }
  }
  /** The tree that a module came from. */
  const treeOf = (path: Path) => (path[0] === 'modules' && owners.get(String(path[1]))) || main
  const tree: Tree = {
    value: hasRoomForModules(main) ? { ...(main.value as object), modules } : main.value,
    positionOf: (path, atKey) => treeOf(path).positionOf(path, atKey),
    sourceOf: (path) => treeOf(path).sourceOf(path),
    replace: (path, value) => treeOf(path).replace(path, value),
  }
  return { tree, problems }
}

/** What stands there and is no map is told by the schema; a file that names no others stays as it is. */
function hasRoomForModules({ value }: Tree): boolean {
  const keys = new Map(entriesOf(value))
  const modules = keys.get('modules')
  return keys.has('module_files') && (modules === undefined || (typeof modules === 'object' && !Array.isArray(modules)))
}

function modulesOf(tree: Tree): [string, unknown][] {
  return entriesOf(new Map(entriesOf(tree.value)).get('modules'))
}

function twice(name: string, first: Tree, second: Tree): PlacedProblem {
  const path = ['modules', name]
  const where = formatPosition(first.positionOf(path, true))
  return {
    path,
    position: second.positionOf(path, true),
    message: `is already a module at ${where}; keep one, or write another name`,
  }
}
