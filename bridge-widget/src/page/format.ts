const UNITS = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** Such as `12.3 MB`. */
export function formatBytes(bytes: number): string {
  return inUnit(bytes, '')
}

/** Such as `1.2 MB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return inUnit(bytesPerSecond, '-per-second')
}

/** Such as `5 min` or `3 h 20 min`. */
export function formatDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (hours >= 100) return `${hours.toLocaleString('en')} h`
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`
}

function inUnit(value: number, per: '' | '-per-second'): string {
  const power = Math.min(UNITS.length, Math.max(1, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  const scaled = value / 1_000 ** power
  return new Intl.NumberFormat('en', {
    style: 'unit',
    unit: `${UNITS[power - 1] ?? 'kilobyte'}${per}`,
    maximumFractionDigits: power === 1 || scaled >= 100 ? 0 : 1,
  }).format(scaled)
}
