/** Where a page stands, as far as it tells who embeds it. */
export interface Standing {
  /** `location.ancestorOrigins`, nearest first; not in every browser. */
  readonly ancestorOrigins?: ArrayLike<string> | undefined
  /** `document.referrer`: at first that of the page that embeds this one, unless it hides itself. */
  readonly referrer: string
}

/**
 * Origin of the page that embeds this one, for `postMessage`: what is said is for that page, and not for another that took
 * its place. `undefined` if it cannot be known, or is none that can be named.
 */
export function originOfEmbedder({ ancestorOrigins, referrer }: Standing): string | undefined {
  const origin = ancestorOrigins === undefined ? originOf(referrer) : ancestorOrigins[0]
  // That of a sandboxed page.
  return origin === undefined || origin === 'null' ? undefined : origin
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined
}
