/**
 * Loads a file of the bundled widget as it was built, or rejects. The bundle knows the digest of each, which is also in its
 * name: so the digest of the element covers all that it loads. `import()` takes no digest, but gets what was
 * preloaded, without another request.
 */
export async function loadChunk(name: string, digest: string): Promise<unknown> {
  const file = `${name}-${digest.slice(0, 8).replace(/\W/g, '_')}.js`
  const url = new URL(file, import.meta.url).href
  await preload(url, `sha256-${digest}`)
  return import(url)
}

async function preload(url: string, integrity: string): Promise<void> {
  const link = document.createElement('link')
  if (!link.relList.supports('modulepreload'))
    throw new Error('this browser is too old to check what it loads')
  Object.assign(link, { rel: 'modulepreload', crossOrigin: 'anonymous', integrity, href: url })
  try {
    await new Promise<unknown>((resolve, reject) => {
      link.onload = resolve
      link.onerror = () => reject(new Error('failed to load a part as it was built; reload the page'))
      document.head.append(link)
    })
  } finally {
    link.remove()
  }
}
