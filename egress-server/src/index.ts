export * from './egress-server.ts'
export * from './sessions.ts'
