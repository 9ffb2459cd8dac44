import { keptByBrowser } from './kept-text.ts'
import { formatLimits, parseLimits, type VolunteerLimits } from './volunteer-limits.ts'

const kept = keptByBrowser('limits')

/** What the volunteer said last, on this visit or an earlier one. */
export function readLimits(): VolunteerLimits | undefined {
  try {
    return parseLimits(kept.read())
  } catch {
    return undefined
  }
}

/** For `readLimits`. Where the browser keeps nothing, they are gone with the page. */
export function keepLimits(limits: VolunteerLimits): void {
  try {
    kept.write(formatLimits(limits))
  } catch {
    // Nothing to be done about it, and nothing that a volunteer would have to know.
  }
}
