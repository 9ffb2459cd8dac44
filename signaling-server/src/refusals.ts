import type {
  BridgeRefusedMessage,
  ClientRefusedMessage,
  OfferRefuseReason,
  RegisterRefuseReason,
} from '@footbridge/shared'

/**
 * How long a refused peer had best wait. Who gets no bridge asks again soon, for one may register any moment; the wait
 * is the same whatever the cause, which is nobody's business.
 */
const RETRY_AFTER_MS: Readonly<Record<OfferRefuseReason | RegisterRefuseReason, number>> = {
  'no-bridge': 1_000,
  limit: 30_000,
  malformed: 0,
  version: 3_600_000,
  'censored-country': 3_600_000,
}

/** What a client hears whose offer comes to nothing. */
export function refusalOfOffer(
  offerId: number,
  reason: OfferRefuseReason,
  more: Partial<ClientRefusedMessage> = {},
): ClientRefusedMessage {
  return { type: 'refused', offerId, reason, retryAfterMs: RETRY_AFTER_MS[reason], ...more }
}

/** What a bridge hears that is not listed. */
export function refusalOfBridge(
  reason: RegisterRefuseReason,
  retryAfterMs: number = RETRY_AFTER_MS[reason],
): BridgeRefusedMessage {
  return { type: 'refused', reason, retryAfterMs }
}
