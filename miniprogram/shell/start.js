// Runs before the program: home's first view stands in the page already, and shows at once what is
// known of this visit. scripts/shell.mjs fills in what is given.
;(() => {
  const { version, home, titles, chunks, enrolment, loading, offline, retry } = __GIVEN__
  const PAUSE = 2000
  const shell = document.getElementById('shell')
  const page = shell.querySelector('.page')
  const main = shell.querySelector('main')
  const path = location.hash.slice(1).split('?')[0].replace(/^\//, '') || home

  /** Return what the program keeps under a key, as src/api/kept.ts does. */
  function kept(key) {
    try {
      const isShared = sessionStorage.getItem('shared-computer')
      const value = JSON.parse(isShared ? sessionStorage.getItem(`kept:${key}`) : localStorage.getItem(key))
      return isShared ? value : value?.data
    } catch {
      return undefined
    }
  }
  function preload(files) {
    return Promise.all(
      files.map(
        (file) =>
          new Promise((done) => {
            const link = Object.assign(document.createElement('link'), { rel: 'modulepreload', href: file })
            link.onload = link.onerror = done
            document.head.append(link)
          }),
      ),
    )
  }
  /** Ask what the program will ask first, so that its parts do not move when it answers. */
  function ask(path) {
    const answer = fetch(path, { headers: { 'X-Client-Version': version } })
    window.early[path] = answer.then(async (response) => ({ status: response.status, body: await response.json() }))
    window.early[path].catch(() => undefined)
  }
  /** Show a sentence in place of the view. */
  function say(sentence) {
    const line = Object.assign(document.createElement('p'), { className: 'p quiet', textContent: sentence })
    line.setAttribute('role', 'status')
    main.replaceChildren(line)
  }

  const isVisitor = !kept('token') || kept('visitor') === true
  const hasBegun = kept('draft:register') || kept('draft:activation')
  window.early = {}
  ask('/api/v1/operator')
  if (path === home) {
    const district = kept('district')
    ask(`/api/v1/announcements${district ? `?district=${encodeURIComponent(district)}` : ''}`)
  } else {
    shell.querySelector('h1').textContent = titles[path] ?? titles[home]
    shell.querySelectorAll('header button').forEach((button) => button.remove())
    void preload(chunks[path] ?? [])
  }
  if (path !== home || !isVisitor || hasBegun) say(loading)
  const probe = document.body.appendChild(document.createElement('span'))
  probe.style.fontSize = 'medium'
  const scale = parseFloat(getComputedStyle(probe).fontSize) / 16
  probe.remove()
  page.style.setProperty('--scale', Math.min(2, Math.max(0.8, scale || 1)))
  page.classList.toggle('elder', Boolean(kept('elder')))
  // Above the program, which grows below it.
  Object.assign(shell.style, { position: 'absolute', inset: '0 0 auto', zIndex: 9 })
  shell.hidden = false

  // What is pressed too early is pressed again in the program.
  const controls = (within) => [...within.querySelectorAll('a, button')]
  let pressed = null
  shell.addEventListener('click', (event) => {
    const control = event.target.closest('a, button')
    if (!control) return
    event.preventDefault()
    pressed = control
    control.setAttribute('aria-busy', 'true')
  })
  function follow(shown) {
    const typed = shell.querySelector('input')?.value
    const wanted = pressed && controls(shown)[controls(shell).indexOf(pressed)]
    shell.remove()
    const input = shown.querySelector('input')
    if (typed && input) {
      input.value = typed
      input.dispatchEvent(new Event('input', { bubbles: true }))
      input.focus()
    }
    if (wanted) setTimeout(() => wanted.click())
  }
  new MutationObserver((_, observer) => {
    const shown = document.querySelector('#app uni-page .page')
    if (!shown) return
    observer.disconnect()
    follow(shown)
  }).observe(document.getElementById('app'), { childList: true, subtree: true })

  // The program itself did not come.
  function fail({ target }) {
    if (target.tagName !== 'SCRIPT' || !shell.isConnected) return
    say(offline)
    const button = Object.assign(document.createElement('button'), {
      className: 'app-button primary',
      textContent: retry,
    })
    button.addEventListener('click', () => location.reload())
    main.append(button)
    addEventListener('online', () => location.reload())
  }
  addEventListener('error', fail, true)

  /** Load the pages that the visible one lists, one after the other, then keep the program. */
  async function prepare() {
    const listed = [...document.querySelectorAll('uni-page a[href^="#/"]')].map((link) => link.hash.slice(2))
    if (!navigator.connection?.saveData) {
      for (const name of new Set([...(isVisitor ? enrolment : []), ...listed]))
        await preload(chunks[name.split('?')[0]] ?? [])
    }
    await navigator.serviceWorker?.register('worker.js')
  }
  const idle = window.requestIdleCallback ?? setTimeout
  // Without it the program is only slower.
  addEventListener('load', () => setTimeout(() => idle(() => prepare().catch(() => undefined)), PAUSE))
})()
