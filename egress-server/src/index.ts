export * from './egress-server.ts'
export { createSessionTable } from './session-table.ts'
export * from './sessions.ts'
