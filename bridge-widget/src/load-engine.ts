/** The engine's file beside the element's, and its digest. Only the bundled element has them, from its build. */
declare const ENGINE: { readonly file: string; readonly integrity: string } | undefined

/** Loads what a volunteer's browser needs once it helps. Rejects if it cannot be had as it was built. */
export async function loadEngine(): Promise<typeof import('./browser-engine.ts')> {
  if (typeof ENGINE !== 'undefined') {
    await preload(new URL(ENGINE.file, import.meta.url).href, ENGINE.integrity)
  }
  return import('./browser-engine.ts')
}

/**
 * Has the browser load the module at `url`, and drop it unless it matches `integrity`: `import()` takes no digest, but
 * gets what was preloaded, without another request. So the digest of the element covers its engine too.
 */
async function preload(url: string, integrity: string): Promise<void> {
  const link = document.createElement('link')
  if (!link.relList.supports('modulepreload')) throw new Error('this browser is too old to check the engine')
  Object.assign(link, { rel: 'modulepreload', crossOrigin: 'anonymous', integrity, href: url })
  try {
    await new Promise<void>((resolve, reject) => {
      link.onload = () => resolve()
      link.onerror = () => reject(new Error('failed to load the engine as it was built; reload the page'))
      document.head.append(link)
    })
  } finally {
    link.remove()
  }
}
