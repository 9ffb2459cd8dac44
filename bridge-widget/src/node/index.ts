export { BridgeEngine, type BridgeEngineOptions } from '../engine.ts'
export type { Platform } from '../platform.ts'
export * from './headless-bridge.ts'
