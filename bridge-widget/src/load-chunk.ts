/** A file beside the element's that is loaded when it is needed, and its digest. */
export interface Chunk {
  readonly file: string
  readonly integrity: string
}

/**
 * Loads a module of the bundled widget as it was built, or rejects. `import()` takes no digest, but gets what was
 * preloaded, without another request: so the digest of the element covers all that it loads.
 */
export async function loadChunk({ file, integrity }: Chunk): Promise<unknown> {
  const url = new URL(file, import.meta.url).href
  await preload(url, integrity)
  return import(url)
}

async function preload(url: string, integrity: string): Promise<void> {
  const link = document.createElement('link')
  if (!link.relList.supports('modulepreload')) throw new Error('this browser is too old to check what it loads')
  Object.assign(link, { rel: 'modulepreload', crossOrigin: 'anonymous', integrity, href: url })
  try {
    await new Promise<void>((resolve, reject) => {
      link.onload = () => resolve()
      link.onerror = () => reject(new Error('failed to load a part as it was built; reload the page'))
      document.head.append(link)
    })
  } finally {
    link.remove()
  }
}
