// Keeps the built files of one release on the phone, and nothing else: no answer of the service, so no
// personal data. scripts/shell.mjs fills in the release.
const { version, start, startDigest, files } = __RELEASE__
const NAME = 'program-'
const CACHE = NAME + version
// Answers differ by Accept-Encoding, but these are stored unpacked.
const ANY = { ignoreVary: true }

/** Store a release whole, or fail and try at the next visit. */
async function keep() {
  const cache = await caches.open(CACHE)
  const page = await fetch(start, { cache: 'no-cache' })
  const bytes = await crypto.subtle.digest('SHA-256', await page.clone().arrayBuffer())
  const digest = [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  // While a release changes, the page may be of another one.
  if (!page.ok || digest !== startDigest) throw new Error('another release')
  for (const file of files) {
    if (await cache.match(file, ANY)) continue
    const earlier = await caches.match(file, ANY)
    if (earlier) await cache.put(file, earlier)
    else await cache.add(file)
  }
  // Last: a cache with a start page is whole.
  await cache.put(start, page)
  await self.skipWaiting()
}

/** Forget all releases but this and the one before, which open pages may still run. */
async function forgetOld() {
  const names = (await caches.keys()).filter((name) => name.startsWith(NAME) && name !== CACHE)
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)))
}

/** Return the start page: the kept one, but after a reload the newest that can be had. */
async function startPage(request) {
  const page = await caches.open(CACHE).then((cache) => cache.match(start, ANY))
  if (page && request.cache === 'default') return page
  return fetch(request).catch((error) => {
    if (page) return page
    throw error
  })
}

self.addEventListener('install', (event) => event.waitUntil(keep()))
self.addEventListener('activate', (event) => event.waitUntil(forgetOld()))
self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin) return
  if (request.mode === 'navigate' && pathname === start) event.respondWith(startPage(request))
  else if (files.includes(pathname) || pathname.startsWith(`${start}assets/`)) {
    event.respondWith(caches.match(request, ANY).then((kept) => kept ?? fetch(request)))
  }
})
