export * from './egress-server.ts'
export * from './sessions.ts'
export { createSessionTable } from './session-table.ts'
