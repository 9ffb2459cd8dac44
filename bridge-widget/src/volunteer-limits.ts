/** How much a volunteer gives. What is absent has no limit. */
export interface VolunteerLimits {
  readonly clients: number
  readonly rate?: number | undefined
}
/** For `parseLimits`. */
export function formatLimits(limits: VolunteerLimits): string {
  return JSON.stringify(limits)
}
/** What `formatLimits` made, if it did. */
export function parseLimits(text: string): VolunteerLimits | undefined {
  const { clients, rate } = JSON.parse(text)
  if (!Number.isSafeInteger(clients) || clients < 1 || clients > 1_024) return undefined
  return { clients, ...(Number.isFinite(rate) && { rate }) }
}
