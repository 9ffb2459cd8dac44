/**
 * Writes `dist/custom-elements.json` (https://github.com/webcomponents/custom-elements-manifest), from which editors and
 * catalogues know the element: what the docstrings in its source say, and nothing that is private.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { create, ts } from '@custom-elements-manifest/analyzer'
import { litPlugin } from '@custom-elements-manifest/analyzer/src/features/framework-plugins/lit/lit.js'

const PACKAGE = dirname(fileURLToPath(import.meta.url))
const SOURCES = ['bridge-widget', 'define']
const TAGS = ['slots', 'cssParts', 'cssProperties', 'events']

const modules = await Promise.all(
  SOURCES.map(async (name) => {
    const source = await readFile(join(PACKAGE, 'src', `${name}.ts`), 'utf8')
    return ts.createSourceFile(`dist/${name}.js`, source, ts.ScriptTarget.ES2022, true)
  }),
)
const manifest = create({ modules, plugins: litPlugin(), context: { dev: false } })
const unions = Object.assign({}, ...modules.map(unionsIn))
const element = manifest.modules
  .flatMap(({ declarations }) => declarations ?? [])
  .find(({ name }) => name === 'BridgeWidget')
element.tagName = 'bridge-widget'
element.members = element.members.filter(
  ({ privacy, name }) => (privacy ?? 'public') === 'public' && !name.startsWith('#'),
)
// One event is made of a variable name, and each is documented.
element.events = element.events.filter(({ name }) => name !== 'name')
for (const { type } of [...element.members, ...element.attributes]) {
  if (type?.text in unions) type.text = unions[type.text]
}
checkTags(element)
await writeFile(join(PACKAGE, 'dist', 'custom-elements.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)

/** Types that are a choice of words, by name: editors offer the words. */
function unionsIn(source) {
  const types = source.statements.filter((statement) => ts.isTypeAliasDeclaration(statement))
  return Object.fromEntries(types.map(({ name, type }) => [name.text, type.getText(source)]))
}

function checkTags(declaration) {
  for (const kind of TAGS) {
    const wrong = declaration[kind]?.find(({ name }) => /[,\s]/.test(name))
    if (wrong) throw new Error(`${kind} of the element: "${wrong.name}" and what follows want a tag each`)
  }
}
