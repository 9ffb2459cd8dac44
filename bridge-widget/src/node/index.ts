export { BridgeEngine, type BridgeEngineOptions } from '../engine.ts'
export type { Platform } from '../platform.ts'
export { SignalingLink, type SignalingLinkOptions } from '../signaling-link.ts'
export * from './headless-bridge.ts'
