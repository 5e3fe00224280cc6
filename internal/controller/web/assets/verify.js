// SPDX-License-Identifier: EUPL-1.2
//
// Checks dossiers in the page. The program is fetched once a file was chosen;
// files are read here and sent nowhere. Without this script a form does the same
// on the server.

const here = document.getElementById('verify-here')
const chosen = document.getElementById('verify-files')
const result = document.getElementById('verify-result')
const words = document.getElementById('verify-words').content

const word = (name) => words.querySelector(`[data-word="${CSS.escape(name)}"]`)?.textContent ?? name
const state = (name) => words.querySelector(`[data-state="${CSS.escape(name)}"]`)?.textContent ?? name

/** make gives an element with texts and elements in it; text is never markup. */
function make(name, attributes, ...parts) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...parts)
  return element
}

let program

/** load starts the program, once. */
function load() {
  program ??= (async () => {
    await new Promise((done, failed) => {
      const loader = make('script', { src: here.dataset.loader })
      loader.addEventListener('load', done)
      loader.addEventListener('error', failed)
      document.head.append(loader)
    })
    const go = new globalThis.Go()
    const { instance } = await WebAssembly.instantiateStreaming(fetch(here.dataset.program), go.importObject)
    go.run(instance)
  })()
  return program
}

const notice = (kind, text) => make('div', { class: `utrecht-alert utrecht-alert--${kind} notice` }, make('p', {}, text))
const date = (seconds) => (seconds ? new Date(seconds * 1000).toLocaleString(document.documentElement.lang) : '')

function row(cells) {
  return make('tr', {}, ...cells.map(([label, text]) => make('td', { 'data-label': label }, text)))
}

function deeds(list, of) {
  const title = `${word('deeds')}: ${of}`
  const heads = ['kind', 'state', 'since', 'waits', 'why'].map(word)
  const rows = list.map((d) => row([
    [heads[0], [d.kind, d.name, d.hash].filter(Boolean).join(' · ')],
    [heads[1], state(d.word)],
    [heads[2], date(d.since)],
    [heads[3], (d.awaiting ?? []).map((p) => p.peer_id).join(', ')],
    [heads[4], (d.reasons ?? []).map((r) => r.detail ?? r.code).join('; ')],
  ]))
  return make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': title },
    make('table', { class: 'utrecht-table stack' },
      make('caption', { class: 'hidden-text' }, title),
      make('thead', {}, make('tr', {}, ...heads.map((h) => make('th', { scope: 'col' }, h)))),
      make('tbody', {}, ...rows)))
}

function dossier(d) {
  const facts = [['keeper', d.keeper ?? word('nobody')], ['feed', `${d.covered} / ${d.entries}`]]
  if (d.withheld) facts.push(['withheld', String(d.withheld.length)])
  const wrong = (d.findings ?? []).map((f) => `${word('finding')}: ${f.detail}`)
  if (d.equivocations) wrong.push(word('stories'))
  return [
    make('h3', { class: 'nl-heading nl-heading--level-3' }, d.file),
    make('dl', { class: 'facts' }, ...facts.flatMap(([name, text]) => [make('dt', {}, word(name)), make('dd', {}, text)])),
    make('ul', {}, ...wrong.map((text) => make('li', {}, text))),
    deeds(d.deeds, d.file),
  ]
}

function show(report) {
  if (report.error) {
    result.replaceChildren(notice('error', report.error))
    return
  }
  const parts = [report.sound ? notice('ok', word('sound')) : notice('error', word('unsound'))]
  for (const u of report.unread ?? []) parts.push(make('p', {}, `${u.file}: ${word('unread')} (${u.detail})`))
  for (const c of report.copies ?? []) parts.push(make('p', {}, `${c.files.join(', ')}: ${word('stories')}`))
  for (const d of report.dossiers ?? []) parts.push(...dossier(d))
  if (report.missing) parts.push(make('p', {}, word('missing')), make('ul', {}, ...report.missing.map((h) => make('li', {}, h))))
  result.replaceChildren(...parts)
}

async function check() {
  const files = [...chosen.files]
  if (files.length === 0) return
  result.replaceChildren(make('p', {}, word('busy')))
  try {
    await load()
    const contents = await Promise.all(files.map(async (f) => new Uint8Array(await f.arrayBuffer())))
    const anchors = document.getElementById('verify-anchors').value
    const names = files.map((f) => f.name)
    show(JSON.parse(globalThis.samenspelVerify(here.dataset.group, anchors, Math.floor(Date.now() / 1000), names, contents, here.dataset.field)))
  } catch (problem) {
    console.error(problem)
    result.replaceChildren(notice('error', word('failed')))
  }
}

if (globalThis.WebAssembly) {
  here.hidden = false
  chosen.addEventListener('change', check)
  here.addEventListener('dragover', (event) => event.preventDefault())
  here.addEventListener('drop', (event) => {
    event.preventDefault()
    chosen.files = event.dataTransfer.files
    check()
  })
}
