// SPDX-License-Identifier: EUPL-1.2
//
// What pages can do more with script: copy buttons and menus that close. Every
// page works without it.

const ready = (root) => {
  for (const button of root.querySelectorAll('button[data-copy]')) button.hidden = !navigator.clipboard
}

document.addEventListener('click', async (event) => {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target)) menu.open = false
  }
  const button = event.target.closest('button[data-copy]')
  if (!button) return
  await navigator.clipboard.writeText(button.dataset.copy)
  button.classList.add('copied')
  setTimeout(() => button.classList.remove('copied'), 1500)
})

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    menu.open = false
    menu.querySelector('summary').focus()
  }
})

document.addEventListener('htmx:after:swap', () => ready(document))
ready(document)
document.querySelector('[role=alert]')?.focus()
