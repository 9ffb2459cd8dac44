export * from './headless-bridge.ts'
