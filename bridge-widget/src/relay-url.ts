/** Where an egress takes one path, given its ticket. */
export function relayUrl(egressOrigin: string, ticket: string): string {
  return `${egressOrigin.replace(/^http/, 'ws')}/v1/relay?ticket=${encodeURIComponent(ticket)}`
}
