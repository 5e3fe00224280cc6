// SPDX-License-Identifier: EUPL-1.2
//
// Makes the files of ../dist from the packages of package-lock.json and our own
// style and script: one style sheet, two scripts, fonts and icons, with names
// that carry a hash, packed beforehand. Run it through scripts/assets.sh.

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const here = dirname(fileURLToPath(import.meta.url))
const dist = join(here, '..', 'dist')
const modules = join(here, 'node_modules')
const read = (...path) => readFileSync(join(...path), 'utf8')

// The components we use; candidate packages come after those they replace.
const utrecht = [
  'root', 'document', 'body', 'table', 'form-field', 'form-label', 'form-field-description',
  'form-field-error-message', 'textbox', 'textarea', 'select', 'checkbox', 'alert', 'code-block',
]
const candidate = ['button', 'data-badge', 'heading', 'link', 'paragraph', 'skip-link']
const weights = [400, 600, 700]

const files = {}
for (const name of readdirSync(dist)) if (name !== '.gitkeep') rmSync(join(dist, name), { recursive: true })
mkdirSync(dist, { recursive: true })

/** keep writes a file under a name with its hash; text is packed. */
function keep(name, data, pack = true) {
  const hash = createHash('sha256').update(data).digest('hex').slice(0, 10)
  const dot = name.lastIndexOf('.')
  const hashed = `${name.slice(0, dot)}.${hash}${name.slice(dot)}`
  const file = pack ? hashed + '.gz' : hashed
  writeFileSync(join(dist, file), pack ? gzipSync(data, { level: 9 }) : data)
  files[name] = file
  return hashed
}

/** squeeze leaves out comments and spaces that mean nothing. */
function squeeze(css) {
  return css
    .replace(/@charset[^;]*;/g, '')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
}

/** used leaves out the tokens that no rule asks for, directly or through another. */
function used(theme, rules) {
  const tokens = new Map()
  for (const [, name, value] of theme.matchAll(/(--[\w-]+):\s*([^;]+);/g)) tokens.set(name, value.trim())
  const wanted = new Set()
  const want = (text) => {
    for (const [, name] of text.matchAll(/var\(\s*(--[\w-]+)/g)) {
      if (!wanted.has(name) && tokens.has(name)) {
        wanted.add(name)
        want(tokens.get(name))
      }
    }
  }
  want(rules)
  return '.voorbeeld-theme{' + [...wanted].sort().map((n) => `${n}:${tokens.get(n)}`).join(';') + '}'
}

const fonts = weights.map((weight) => {
  const file = readFileSync(join(modules, '@fontsource/open-sans/files', `open-sans-latin-${weight}-normal.woff2`))
  const name = keep(`open-sans-${weight}.woff2`, file, false)
  return `@font-face{font-family:"Open Sans";font-style:normal;font-weight:${weight};font-display:swap;src:url(${name}) format("woff2")}`
})

const components = [
  ...utrecht.map((name) => read(modules, '@utrecht', `${name}-css`, 'dist/index.css')),
  ...candidate.map((name) => read(modules, '@nl-design-system-candidate', `${name}-css`, `dist/${name}.css`)),
].join('\n')
const own = read(here, 'own.css')
const theme = used(read(modules, '@nl-design-system-unstable/voorbeeld-design-tokens/dist/theme.css'), components + own)
keep('app.css', squeeze([...fonts, theme, components, own].join('\n')))
keep('htmx.js', read(modules, 'htmx.org/dist/htmx.min.js'))
keep('own.js', read(here, 'own.js'))
keep('icon.svg', read(here, 'icon.svg'))

// What checks dossiers in a page; scripts/assets.sh compiled it with Go.
keep('verify.js', read(here, 'verify.js'))
keep('wasm_exec.js', read(here, 'verify', 'wasm_exec.js'))
keep('verify.wasm', readFileSync(join(here, 'verify', 'verify.wasm')))

// What is given to others comes with its licence.
const shipped = [
  ...utrecht.map((name) => `@utrecht/${name}-css`),
  ...candidate.map((name) => `@nl-design-system-candidate/${name}-css`),
  '@nl-design-system-unstable/voorbeeld-design-tokens', '@fontsource/open-sans', '@tabler/icons', 'htmx.org',
]
const texts = new Map()
for (const name of shipped) {
  const about = JSON.parse(read(modules, name, 'package.json'))
  const file = readdirSync(join(modules, name)).find((f) => /^(licen[cs]e|copying)/i.test(f))
  const text = file ? read(modules, name, file).trim() : `Licence: ${about.license}`
  texts.set(text, [...(texts.get(text) ?? []), `${name} ${about.version} (${about.license})`])
}
texts.set(read(here, 'verify', 'LICENSE').trim(), ['The Go programming language, in the program that checks dossiers (BSD-3-Clause)'])
keep('licences.txt', [...texts].map(([text, names]) => names.join('\n') + '\n\n' + text).join('\n\n' + '-'.repeat(72) + '\n\n') + '\n')

const icons = {}
for (const name of read(here, 'icons.txt').trim().split('\n')) {
  const drawing = read(modules, '@tabler/icons/icons/outline', `${name}.svg`).replace(/<!--[\s\S]*?-->/g, '')
  const paths = drawing.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/>\s+</g, '><').trim()
  icons[name] = `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${paths}</svg>`
}
writeFileSync(join(dist, 'manifest.json'), JSON.stringify({ files, icons }, null, 1) + '\n')
