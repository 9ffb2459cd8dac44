import { FootbridgeError } from '@footbridge/shared'

/**
 * Where the state filters the whole network, so that a bridge is on the wrong side of it, and where people have been
 * punished for helping others around it: Belarus, China, Cuba, Iran, North Korea, Myanmar, Russia, Turkmenistan.
 */
export const CENSORED_COUNTRIES: readonly string[] = ['BY', 'CN', 'CU', 'IR', 'KP', 'MM', 'RU', 'TM']

/** Countries as the command line has them: `CN,IR`, or several such. Empty texts are none. Throws `usage`. */
export function parseCountries(lists: readonly string[]): string[] {
  const countries = lists
    .flatMap((list) => list.split(','))
    .map((country) => country.trim().toUpperCase())
    .filter((country) => country !== '')
  if (countries.every((country) => /^[A-Z]{2}$/.test(country))) return countries
  throw new FootbridgeError(
    'usage',
    '--censored takes countries of two letters each, such as CN,IR, or "" for none',
  )
}
