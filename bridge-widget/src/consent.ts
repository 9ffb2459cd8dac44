/** Raised when what a volunteer agrees to changes. Whoever agreed to something else is asked anew. */
const CONSENT_VERSION = 1
const LIFETIME_MS = 30 * 24 * 3_600_000
const KEY = 'footbridge:consent'

/** Tells the rest of this page, by `change`, what other tabs learn by `storage`. */
export const consentChanges: EventTarget = new EventTarget()

/** A browser that keeps nothing for this page asks again on each visit. */
let unkept: string | null = null

/** Whether somebody turned the bridge of this origin on, lately enough, and nobody has turned it off since. */
export function hasConsent(): boolean {
  return isConsent(read(), Date.now())
}

/** Only for what a person meant to do. */
export function giveConsent(): void {
  write(JSON.stringify({ version: CONSENT_VERSION, givenAt: Date.now() }))
}

/** Writes nothing where there is nothing. */
export function withdrawConsent(): void {
  if (read() !== null) write(null)
}

/** Whether the text that was kept, which may be anybody's, is a consent to this version that still holds at `now`. */
export function isConsent(text: string | null, now: number): boolean {
  if (text === null || text.length > 100) return false
  try {
    const { version, givenAt } = JSON.parse(text)
    const age = now - givenAt
    return version === CONSENT_VERSION && Number.isFinite(givenAt) && age >= 0 && age < LIFETIME_MS
  } catch {
    return false
  }
}

/** Whether this key of the storage is that of the consent; `null` is all of them at once. */
export function isOfConsent(key: string | null): boolean {
  return key === KEY || key === null
}

/** Somebody withdrew it in another tab, which cannot reach what this one had no place to keep in. */
export function forgetUnkeptConsent(): void {
  unkept = null
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY) ?? unkept
  } catch {
    return unkept
  }
}

function write(text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, text)
    unkept = null
  } catch {
    unkept = text
  }
  consentChanges.dispatchEvent(new Event('change'))
}
