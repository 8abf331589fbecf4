/** The modules of one or more blackbox.yml as they were written: comments, anchors, and each word of a value. */
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { type Document, isMap, isScalar, isSeq, type Pair, parseDocument, type Scalar, visit, type YAMLMap } from 'yaml'

export interface ModulesFile {
  readonly file: string
  readonly text: string
}

/** Each loads. `folder`: that of the file which is written. */
export function modulesText(files: readonly ModulesFile[], folder: string): string {
  const [first, ...others] = files.map((file) => readModules(file, folder))
  if (first === undefined) return ''
  for (const other of others) append(first, other)
  return first.toString({ lineWidth: 0, flowCollectionPadding: false, directives: false })
}

/** Without types, so that `010`, `1.10` and `yes` stay what they are. */
function readModules({ file, text }: ModulesFile, folder: string): Document.Parsed {
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { schema: 'failsafe', uniqueKeys: false })
  moveFiles(document, dirname(file), folder)
  return document
}

/** An anchor that both have means, for each, its own: that which stands last before. */
function append(into: Document.Parsed, other: Document.Parsed): void {
  const [own, more] = [into, other].map((document) => document.get('modules'))
  if (isMap(own) && isMap(more)) own.items.push(...(more as YAMLMap).items)
  else if (isMap(more)) into.set('modules', more)
}

const FILE_KEY = /(^|_)files?$/

/** They are found from the folder of the configuration, which is now another. */
function moveFiles(document: Document, from: string, to: string): void {
  if (resolve(from) === resolve(to)) return
  visit(document, {
    Pair(_, { key, value }: Pair) {
      if (!isScalar(key) || !FILE_KEY.test(String(key.value))) return
      for (const file of isSeq(value) ? value.items : [value]) if (isScalar(file)) moveFile(file, from, to)
    },
  })
}

function moveFile(file: Scalar, from: string, to: string): void {
  const path = String(file.value)
  if (path === '' || isAbsolute(path) || path.startsWith('${')) return
  file.value = relative(to, resolve(from, path))
}
