import { renderUnicodeCompact } from 'uqr'

/** Most that a QR code holds (ISO/IEC 18004, version 40 at the lowest level of correction). */
const MAX_QR_CHARS = 2_953

/** The link as a QR code for a terminal; `undefined` if it is too long for one or the code too wide for `columns`. */
export function drawInvitation(link: string, columns: number): string | undefined {
  if (link.length > MAX_QR_CHARS) return undefined
  const code = renderUnicodeCompact(link, { ecc: 'L', border: 2 })
  return code.indexOf('\n') <= columns ? code : undefined
}
