import { encode } from 'uqr'

/** Most that a QR code holds (ISO/IEC 18004, version 40 at the lowest level of correction). */
const MAX_QR_CHARS = 2_953
/** What the standard wants left free around it, in modules. */
const QUIET_ZONE = 4

/** `text` as a QR code; `undefined` if it is too long for one. Dark on light in every theme: cameras want it so. */
export function drawQrCode(text: string): SVGSVGElement | undefined {
  if (text.length > MAX_QR_CHARS) return undefined
  const { data, size } = encode(text, { ecc: 'L', border: QUIET_ZONE })
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`)
  svg.setAttribute('shape-rendering', 'crispEdges')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', 'Your link as a QR code')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', data.map(runsOf).join(''))
  svg.append(path)
  return svg
}

/** The dark modules of one row: each run of them a rectangle. */
function runsOf(row: readonly boolean[], y: number): string {
  let runs = ''
  for (let x = 0; x < row.length; x++) {
    const from = x
    while (row[x]) x++
    if (x > from) runs += `M${from} ${y}h${x - from}v1h${from - x}z`
  }
  return runs
}
