import { readFile } from 'node:fs/promises'
import { FootbridgeError } from '@footbridge/shared'
import { explainSystemError, isSystemError } from '@footbridge/shared/node'
import { checkTurn, type TurnOptions } from './turn-credentials.ts'

/** What `--turn` and `--turn-secret` say together; `undefined` if there is no TURN server. Throws `usage`. */
export async function readTurnOptions(
  urls: readonly string[],
  secretFile: string | undefined,
): Promise<TurnOptions | undefined> {
  if (urls.length === 0 && secretFile === undefined) return undefined
  if (urls.length === 0 || secretFile === undefined) {
    throw new FootbridgeError('usage', '--turn and --turn-secret go together: give both, or neither')
  }
  try {
    return checkTurn({ urls, secret: (await readFile(secretFile, 'utf8')).trim() })
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new FootbridgeError('usage', `--turn-secret: ${explainSystemError(error)}`, { cause: error })
  }
}
