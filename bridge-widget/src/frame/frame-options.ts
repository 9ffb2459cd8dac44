/** What a site says of its frame, in the address of it. Anything else it says is ignored. */
export interface FrameOptions {
  readonly layout?: string
  readonly theme?: string
  readonly lang?: string
  readonly 'max-clients'?: string
  readonly 'max-rate'?: string
}

const MAX_SEARCH_LENGTH = 1_024

/** Attributes of the element that a site may set, and what each may be. The network is not among them. */
const ALLOWED: Readonly<Record<keyof FrameOptions, RegExp>> = {
  layout: /^(switch|card|banner|floating)$/,
  theme: /^(auto|light|dark)$/,
  // BCP 47, roughly: what is no language is answered in English.
  lang: /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/,
  'max-clients': /^\d{1,4}$/,
  'max-rate': /^\d{1,9}(\.\d{1,3})?([kKMG]B)?$/,
}

/** Reads `location.search`. Never throws. */
export function parseFrameOptions(search: string): FrameOptions {
  if (search.length > MAX_SEARCH_LENGTH) return {}
  const parameters = new URLSearchParams(search)
  return Object.fromEntries(
    Object.entries(ALLOWED).flatMap(([name, allowed]) => {
      const value = parameters.get(name)
      return value !== null && allowed.test(value) ? [[name, value]] : []
    }),
  )
}
